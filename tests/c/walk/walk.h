// What the parts of this program share: how a call is made and its answer printed.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

// Debian 12's headers are older than much of this: numbers and words are written out.
#define NR(n) _IO(';', n)
#define U64(value) (uint32_t)(uint64_t)(value), (uint32_t)((uint64_t)(value) >> 32)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define CALL(fd, name, n, ...) do_call(fd, name, NR(n), (uint32_t[]){ __VA_ARGS__ }, sizeof((uint32_t[]){ __VA_ARGS__ }))
#define SWEEP(fd, name, n, minimum, ...) do_sweep(fd, name, NR(n), minimum, (uint32_t[]){ __VA_ARGS__ }, sizeof((uint32_t[]){ __VA_ARGS__ }))

enum { PAGE = 4096, ROOM = 16 * PAGE };

// ROOM bytes that can be written, and behind them a page that cannot be touched.
extern char *room;
// As much again that devices may reach.
extern char *memory;
// The argument of the last call as it came back.
extern uint32_t answer[256];
// Not known to the compiler, which would warn of it.
extern void *volatile nowhere;

void begin(const char *name);
const char *result_text(long result);
long tell(const char *what, long result);
int tell_fd(const char *what, int fd);
long do_call(int fd, const char *name, unsigned long number, const uint32_t *words, size_t size);
void do_sweep(int fd, const char *name, unsigned long number, size_t minimum, const uint32_t *valid, size_t size);
void numbers(int fd);
void print_words(const char *what, const uint32_t *words, size_t count);
void destroy(int fd, const char *what, uint32_t id);
uint32_t ioas_alloc(int fd);

// Of a function of the machine.
char *node_of(const char *address);
char *group_of(const char *address);
int is_edu(const char *address);
uint64_t region_offset(int device, uint32_t index);
// The offset in the answer of VFIO_DEVICE_GET_REGION_INFO.
uint64_t offset_of(void);
void write_config(int device, int at, uint16_t value);

void walk_files(const char *address);
void walk_file(const char *name, int fd);
void walk_iommufd(void);
void walk_node(const char *address);
void walk_device(int device);
void walk_features(int device, int other);
void move_data(int device);
void walk_group(const char *address);
void walk_container(int container);
void walk_compatible(const char *address);
void walk_kvm(const char *address);
