// Walks the calls of the catalogue with valid and invalid arguments and prints a line for each: what a kernel answers, to be compared with
// what another one does. A line holds the call, its result, and each 32-bit word of the argument that the call changed. Offsets of regions
// are told as the region's own; IOMMU_TEST_CMD is left out.
// usage: walk [ADDRESS]    (without: QEMU's edu, which must be bound to vfio-pci)
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dirent.h>
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
static char *room;
static char *memory;
static uint32_t answer[256];
// Not known to the compiler, which would warn of it.
static void *volatile nowhere;

static void begin(const char *name)
{
	printf("== %s\n", name);
}

static const char *result_text(long result)
{
	static char text[32];

	if (result < 0)
		return strerrorname_np(errno);
	snprintf(text, sizeof text, "%ld", result);
	return text;
}

static long tell(const char *what, long result)
{
	printf("%s -> %s\n", what, result_text(result));
	return result;
}

static int tell_fd(const char *what, int fd)
{
	printf("%s -> %s\n", what, fd < 0 ? strerrorname_np(errno) : "fd");
	return fd;
}

// The argument stands right before the page that cannot be touched, so who reads too far is found out.
static long do_call(int fd, const char *name, unsigned long number, const uint32_t *words, size_t size)
{
	char *at = room + ROOM - size;
	long result;

	memcpy(at, words, size);
	result = ioctl(fd, number, at);
	printf("%s -> %s", name, result_text(result));
	memcpy(answer, at, size);
	for (size_t i = 0; i < size / 4; i++) {
		// The offset of VFIO_DEVICE_GET_REGION_INFO is the kernel's own affair.
		if (number == NR(108) && (i == 6 || i == 7))
			continue;
		if (answer[i] != words[i])
			printf(" [%zu]=%x", i, answer[i]);
	}
	printf("\n");
	return result;
}

static void variant(int fd, const char *name, const char *how, unsigned long number, const uint32_t *words, size_t size, size_t behind, uint32_t tail)
{
	char text[160];
	uint32_t more[64] = { 0 };

	memcpy(more, words, size);
	if (behind)
		more[size / 4] = tail;
	snprintf(text, sizeof text, "%s %s", name, how);
	do_call(fd, text, number, more, size + behind);
}

// What every call of a struct with a size in front is asked: the address, the size, the flags.
static void do_sweep(int fd, const char *name, unsigned long number, size_t minimum, const uint32_t *valid, size_t size)
{
	uint32_t words[64];

	printf("%s at NULL -> %s\n", name, result_text(ioctl(fd, number, NULL)));
	printf("%s at an odd end of the world -> %s\n", name, result_text(ioctl(fd, number, (void *)0x7ffffffff001)));
	memcpy(room + ROOM - 4, valid, 4);
	printf("%s cut off by the page's end -> %s\n", name, result_text(ioctl(fd, number, room + ROOM - 4)));
	memcpy(words, valid, size);
	words[0] = 0;
	variant(fd, name, "of size 0", number, words, size, 0, 0);
	words[0] = minimum - 1;
	variant(fd, name, "of a byte too little", number, words, size, 0, 0);
	words[0] = size + 8;
	variant(fd, name, "with more that is set", number, words, size, 8, 1);
	words[0] = 0xffffffff;
	variant(fd, name, "of all sizes", number, words, size, 0, 0);
	words[0] = size;
	if (size > 4) {
		words[1] = 0xffffffff;
		variant(fd, name, "with ones in the second word", number, words, size, 0, 0);
	}
}

// Each number of the type with no argument: who answers anything but ENOTTY has such a call.
static void numbers(int fd)
{
	for (unsigned n = 0; n < 256; n++) {
		int result;

		// 0xa0 is the kernel's tests', and a kernel that has it reads a size for what is before it too. 0x6f is a reset, which is asked for by name.
		if ((n >= 0x95 && n <= 0xa0) || n == 0x6f)
			continue;
		errno = 0;
		result = ioctl(fd, NR(n), NULL);
		if (result >= 0 || errno != ENOTTY)
			printf("number %02x at NULL -> %s\n", n, result_text(result));
	}
	tell("number 80 of another direction", ioctl(fd, _IOWR(';', 0x80, uint64_t), NULL));
	tell("number 1 of another type", ioctl(fd, _IO('z', 1), NULL));
}

static uint32_t ioas_alloc(int fd)
{
	CALL(fd, "IOMMU_IOAS_ALLOC", 0x81, 12, 0, 0);
	return answer[2];
}

static void destroy(int fd, const char *what, uint32_t id)
{
	char name[80];

	snprintf(name, sizeof name, "IOMMU_DESTROY of %s", what);
	CALL(fd, name, 0x80, 8, id);
}

static void walk_iommufd(void)
{
	int fd, other, file;
	uint32_t ioas, second;
	uint64_t ranges[64] = { 0 };

	begin("iommufd");
	fd = tell_fd("open /dev/iommu", open("/dev/iommu", O_RDWR | O_CLOEXEC));
	other = tell_fd("open /dev/iommu again", open("/dev/iommu", O_RDWR | O_CLOEXEC | O_NONBLOCK));
	numbers(fd);

	begin("iommufd: objects");
	SWEEP(fd, "IOMMU_DESTROY", 0x80, 8, 8, 0);
	destroy(fd, "0", 0);
	destroy(fd, "1", 1);
	destroy(fd, "all ones", 0xffffffff);
	SWEEP(fd, "IOMMU_IOAS_ALLOC", 0x81, 12, 12, 0, 0);
	ioas = ioas_alloc(fd);
	second = ioas_alloc(fd);
	CALL(fd, "IOMMU_IOAS_ALLOC with more that is zero", 0x81, 20, 0, 0, 0, 0);
	destroy(fd, "the last", answer[2]);
	destroy(fd, "the last again", answer[2]);
	ioas_alloc(other);
	destroy(fd, "what another file has", answer[2] + 7);

	begin("iommufd: ranges");
	SWEEP(fd, "IOMMU_IOAS_IOVA_RANGES", 0x84, 32, 32, ioas, 0, 0, U64(0), 0, 0, 0);
	CALL(fd, "IOMMU_IOAS_IOVA_RANGES with no room", 0x84, 32, ioas, 0, 0, U64(0), 0, 0);
	CALL(fd, "IOMMU_IOAS_IOVA_RANGES at NULL's array", 0x84, 32, ioas, 4, 0, U64(0), 0, 0);
	CALL(fd, "IOMMU_IOAS_IOVA_RANGES reserved", 0x84, 32, ioas, 0, 1, U64(0), 0, 0);
	ioctl(fd, NR(0x84), (uint32_t[]){ 32, ioas, 4, 0, (uint32_t)(uintptr_t)ranges, (uint32_t)((uintptr_t)ranges >> 32), 0, 0 });
	printf("ranges of an empty IOAS: %lx-%lx\n", ranges[0], ranges[1]);
	CALL(fd, "IOMMU_IOAS_IOVA_RANGES of nothing", 0x84, 32, 99, 0, 0, U64(0), 0, 0);
	SWEEP(fd, "IOMMU_IOAS_ALLOW_IOVAS", 0x82, 24, 24, ioas, 0, 0, U64(0));
	ranges[0] = 0x100000;
	ranges[1] = 0xffffff;
	CALL(fd, "IOMMU_IOAS_ALLOW_IOVAS at NULL's array", 0x82, 24, second, 1, 0, U64(0));
	CALL(fd, "IOMMU_IOAS_ALLOW_IOVAS reserved", 0x82, 24, second, 0, 1, U64(0));
	CALL(fd, "IOMMU_IOAS_ALLOW_IOVAS of too many", 0x82, 24, second, 0xffffffff, 0, U64(0));
	tell("IOMMU_IOAS_ALLOW_IOVAS", ioctl(fd, NR(0x82), (uint32_t[]){ 24, second, 1, 0, U64((uintptr_t)ranges) }));

	begin("iommufd: maps");
	SWEEP(fd, "IOMMU_IOAS_MAP", 0x85, 40, 40, 7, ioas, 0, U64(0), U64(PAGE), U64(0x10000));
	CALL(fd, "IOMMU_IOAS_MAP", 0x85, 40, 7, ioas, 0, U64((uintptr_t)memory), U64(4 * PAGE), U64(0x10000));
	CALL(fd, "IOMMU_IOAS_MAP over it", 0x85, 40, 7, ioas, 0, U64((uintptr_t)memory), U64(PAGE), U64(0x11000));
	CALL(fd, "IOMMU_IOAS_MAP anywhere", 0x85, 40, 6, ioas, 0, U64((uintptr_t)memory), U64(PAGE), U64(0));
	CALL(fd, "IOMMU_IOAS_MAP of no page", 0x85, 40, 7, ioas, 0, U64((uintptr_t)memory), U64(0), U64(0x40000));
	CALL(fd, "IOMMU_IOAS_MAP of half a page", 0x85, 40, 7, ioas, 0, U64((uintptr_t)memory), U64(PAGE / 2), U64(0x40000));
	CALL(fd, "IOMMU_IOAS_MAP at an odd place", 0x85, 40, 7, ioas, 0, U64((uintptr_t)memory), U64(PAGE), U64(0x40001));
	CALL(fd, "IOMMU_IOAS_MAP without rights", 0x85, 40, 1, ioas, 0, U64((uintptr_t)memory), U64(PAGE), U64(0x40000));
	CALL(fd, "IOMMU_IOAS_MAP reserved", 0x85, 40, 7, ioas, 1, U64((uintptr_t)memory), U64(PAGE), U64(0x40000));
	CALL(fd, "IOMMU_IOAS_MAP past the end", 0x85, 40, 7, ioas, 0, U64((uintptr_t)memory), U64(PAGE * 2), U64(0xfffffffffffff000));
	CALL(fd, "IOMMU_IOAS_MAP of all addresses", 0x85, 40, 7, ioas, 0, U64((uintptr_t)memory), U64(0xfffffffffffff000), U64(0));
	CALL(fd, "IOMMU_IOAS_MAP of nothing there", 0x85, 40, 7, ioas, 0, U64(0), U64(PAGE), U64(0x40000));
	CALL(fd, "IOMMU_IOAS_MAP in no IOAS", 0x85, 40, 7, 99, 0, U64((uintptr_t)memory), U64(PAGE), U64(0x40000));
	CALL(fd, "IOMMU_IOAS_MAP outside what is allowed", 0x85, 40, 7, second, 0, U64((uintptr_t)memory), U64(PAGE), U64(0x10000));
	CALL(fd, "IOMMU_IOAS_MAP inside what is allowed", 0x85, 40, 6, second, 0, U64((uintptr_t)memory), U64(PAGE), U64(0));
	SWEEP(fd, "IOMMU_IOAS_COPY", 0x83, 40, 40, 6, second, ioas, U64(PAGE), U64(0), U64(0x10000));
	CALL(fd, "IOMMU_IOAS_COPY", 0x83, 40, 6, second, ioas, U64(PAGE), U64(0), U64(0x10000));
	CALL(fd, "IOMMU_IOAS_COPY of what is not there", 0x83, 40, 6, second, ioas, U64(PAGE), U64(0), U64(0x900000));
	CALL(fd, "IOMMU_IOAS_COPY of a part and more", 0x83, 40, 6, second, ioas, U64(PAGE * 8), U64(0), U64(0x10000));
	CALL(fd, "IOMMU_IOAS_COPY from nothing", 0x83, 40, 6, second, 99, U64(PAGE), U64(0), U64(0x10000));

	file = memfd_create("walk", 0);
	tell("ftruncate of a memfd", ftruncate(file, PAGE * 4));
	SWEEP(fd, "IOMMU_IOAS_MAP_FILE", 0x8f, 40, 40, 7, ioas, file, U64(0), U64(PAGE), U64(0x80000));
	CALL(fd, "IOMMU_IOAS_MAP_FILE", 0x8f, 40, 7, ioas, file, U64(0), U64(PAGE), U64(0x80000));
	CALL(fd, "IOMMU_IOAS_MAP_FILE of no file", 0x8f, 40, 7, ioas, 0xffffffff, U64(0), U64(PAGE), U64(0x90000));
	CALL(fd, "IOMMU_IOAS_MAP_FILE of half a page", 0x8f, 40, 7, ioas, file, U64(0), U64(PAGE / 2), U64(0x90000));
	close(file);

	SWEEP(fd, "IOMMU_IOAS_UNMAP", 0x86, 24, 24, ioas, U64(0x700000), U64(PAGE));
	CALL(fd, "IOMMU_IOAS_UNMAP of what is not there", 0x86, 24, ioas, U64(0x700000), U64(PAGE));
	CALL(fd, "IOMMU_IOAS_UNMAP of a part", 0x86, 24, ioas, U64(0x10000), U64(PAGE));
	CALL(fd, "IOMMU_IOAS_UNMAP", 0x86, 24, ioas, U64(0x10000), U64(4 * PAGE));
	CALL(fd, "IOMMU_IOAS_UNMAP of no length", 0x86, 24, ioas, U64(0), U64(0));
	CALL(fd, "IOMMU_IOAS_UNMAP past the end", 0x86, 24, ioas, U64(PAGE), U64(0xfffffffffffffff0));
	CALL(fd, "IOMMU_IOAS_UNMAP of all", 0x86, 24, ioas, U64(0), U64(0xffffffffffffffff));
	CALL(fd, "IOMMU_IOAS_UNMAP of all again", 0x86, 24, ioas, U64(0), U64(0xffffffffffffffff));

	begin("iommufd: options");
	SWEEP(fd, "IOMMU_OPTION", 0x87, 24, 24, 0, 1, 0, U64(0));
	CALL(fd, "IOMMU_OPTION gets RLIMIT_MODE", 0x87, 24, 0, 1, 0, U64(7));
	CALL(fd, "IOMMU_OPTION sets RLIMIT_MODE of an object", 0x87, 24, 0, 0, ioas, U64(1));
	CALL(fd, "IOMMU_OPTION gets HUGE_PAGES", 0x87, 24, 1, 1, ioas, U64(7));
	CALL(fd, "IOMMU_OPTION sets HUGE_PAGES", 0x87, 24, 1, 0, ioas, U64(0));
	CALL(fd, "IOMMU_OPTION gets HUGE_PAGES again", 0x87, 24, 1, 1, ioas, U64(7));
	CALL(fd, "IOMMU_OPTION sets HUGE_PAGES to 2", 0x87, 24, 1, 0, ioas, U64(2));
	CALL(fd, "IOMMU_OPTION of no object", 0x87, 24, 1, 1, 99, U64(0));
	CALL(fd, "IOMMU_OPTION of no option", 0x87, 24, 9, 1, ioas, U64(0));
	CALL(fd, "IOMMU_OPTION of another operation", 0x87, 24, 0x20000, 1, ioas, U64(0));

	begin("iommufd: the container's calls");
	SWEEP(fd, "IOMMU_VFIO_IOAS", 0x88, 12, 12, 0, 0);
	CALL(fd, "IOMMU_VFIO_IOAS gets none", 0x88, 12, 0, 0);
	CALL(fd, "IOMMU_VFIO_IOAS sets nothing", 0x88, 12, 99, 1);
	CALL(fd, "IOMMU_VFIO_IOAS sets", 0x88, 12, ioas, 1);
	CALL(fd, "IOMMU_VFIO_IOAS gets", 0x88, 12, 0, 0);
	CALL(fd, "IOMMU_VFIO_IOAS of another operation", 0x88, 12, ioas, 0x30000);
	tell("VFIO_GET_API_VERSION", ioctl(fd, NR(100)));
	for (int extension = 0; extension < 16; extension++)
		printf("VFIO_CHECK_EXTENSION %d -> %s\n", extension, result_text(ioctl(fd, NR(101), extension)));
	tell("VFIO_SET_IOMMU 3", ioctl(fd, NR(102), 3));
	CALL(fd, "VFIO_IOMMU_MAP_DMA", 113, 32, 3, U64((uintptr_t)memory), U64(0x200000), U64(PAGE));
	CALL(fd, "VFIO_IOMMU_UNMAP_DMA", 114, 24, 0, U64(0x200000), U64(PAGE));
	CALL(fd, "IOMMU_VFIO_IOAS clears", 0x88, 12, 0, 2);

	begin("iommufd: what wants a device");
	SWEEP(fd, "IOMMU_HWPT_ALLOC", 0x89, 24, 40, 0, 99, ioas, 0, 0, 0, 0, U64(0));
	CALL(fd, "IOMMU_HWPT_ALLOC of no device", 0x89, 40, 0, 99, ioas, 0, 0, 0, 0, U64(0));
	CALL(fd, "IOMMU_HWPT_ALLOC of an IOAS for a device", 0x89, 40, 0, ioas, ioas, 0, 0, 0, 0, U64(0));
	SWEEP(fd, "IOMMU_GET_HW_INFO", 0x8a, 32, 40, 0, 99, 0, U64(0), 0, 0, U64(0));
	CALL(fd, "IOMMU_GET_HW_INFO of an IOAS", 0x8a, 40, 0, ioas, 0, U64(0), 0, 0, U64(0));
	SWEEP(fd, "IOMMU_HWPT_SET_DIRTY_TRACKING", 0x8b, 16, 16, 0, ioas, 0);
	SWEEP(fd, "IOMMU_HWPT_GET_DIRTY_BITMAP", 0x8c, 48, 48, ioas, 0, 0, U64(0), U64(0), U64(0), U64(0));
	SWEEP(fd, "IOMMU_HWPT_INVALIDATE", 0x8d, 32, 32, ioas, U64(0), 0, 0, 0, 0);
	SWEEP(fd, "IOMMU_FAULT_QUEUE_ALLOC", 0x8e, 16, 16, 0, 0, 0);
	SWEEP(fd, "IOMMU_VIOMMU_ALLOC", 0x90, 24, 40, 0, 1, ioas, ioas, 0, 0, 0, U64(0));
	SWEEP(fd, "IOMMU_VDEVICE_ALLOC", 0x91, 24, 24, ioas, ioas, 0, U64(0));
	SWEEP(fd, "IOMMU_IOAS_CHANGE_PROCESS", 0x92, 8, 8, 0);
	CALL(fd, "IOMMU_IOAS_CHANGE_PROCESS", 0x92, 8, 0);
	SWEEP(fd, "IOMMU_VEVENTQ_ALLOC", 0x93, 28, 28, 0, ioas, 1, 1, 0, 0);
	SWEEP(fd, "IOMMU_HW_QUEUE_ALLOC", 0x94, 40, 40, 0, ioas, 1, 0, 0, U64(0), U64(0));

	begin("iommufd: closed");
	destroy(fd, "the second", second);
	destroy(fd, "the first", ioas);
	close(other);
	close(fd);
	tell("ioctl of a closed file", ioctl(fd, NR(0x81), NULL));
}

static void access_region(int device, const char *name, uint64_t base, uint64_t size, int is_config)
{
	static const int widths[] = { 1, 2, 4, 8, 3 };
	uint8_t bytes[64] = { 0 };

	if (size == 0) {
		printf("%s: pread -> %s\n", name, result_text(pread(device, bytes, 4, base)));
		return;
	}
	for (size_t i = 0; i < COUNT(widths); i++) {
		memset(bytes, 0xee, sizeof bytes);
		printf("%s: pread of %d -> %s:", name, widths[i], result_text(pread(device, bytes, widths[i], base)));
		for (int j = 0; j < widths[i]; j++)
			printf(" %02x", bytes[j]);
		printf("\n");
	}
	printf("%s: pread at its end -> %s\n", name, result_text(pread(device, bytes, 4, base + size)));
	printf("%s: pread over its end -> %s\n", name, result_text(pread(device, bytes, 8, base + size - 4)));
	printf("%s: pread to NULL -> %s\n", name, result_text(pread(device, nowhere, 4, base)));
	printf("%s: pread of nothing -> %s\n", name, result_text(pread(device, bytes, 0, base)));
	printf("%s: pwrite at its end -> %s\n", name, result_text(pwrite(device, bytes, 4, base + size)));
	printf("%s: pwrite from NULL -> %s\n", name, result_text(pwrite(device, nowhere, 4, base)));
	if (!is_config)
		return;
	for (uint64_t at = 0; at < size && at < 256; at += 16) {
		printf("%s %02lx:", name, at);
		pread(device, bytes, 16, base + at);
		for (int j = 0; j < 16; j++)
			printf(" %02x", bytes[j]);
		printf("\n");
	}
	for (int at = 4; at < 0x40; at += 4) {
		uint32_t old, ones = 0xffffffff, now = 0;

		// What can be written: the command register keeps decode and mastering off, or the device would move.
		if (at == 4)
			ones = 0xfffffff8;
		pread(device, &old, 4, base + at);
		printf("%s: pwrite of ones at %02x -> %s", name, at, result_text(pwrite(device, &ones, 4, base + at)));
		pread(device, &now, 4, base + at);
		printf(", then %08x", now);
		pwrite(device, &old, 4, base + at);
		pread(device, &now, 4, base + at);
		printf(", back %08x\n", now);
	}
}

static uint64_t offset_of(void)
{
	return answer[6] | (uint64_t)answer[7] << 32;
}

static void walk_device(int device)
{
	uint64_t config = 0, bar = 0;
	int event = eventfd(0, EFD_NONBLOCK);
	char name[80];

	begin("device: what it is");
	SWEEP(device, "VFIO_DEVICE_GET_INFO", 107, 16, 24, 0, 0, 0, 0, 0);
	CALL(device, "VFIO_DEVICE_GET_INFO", 107, 24, 0, 0, 0, 0, 0);
	CALL(device, "VFIO_DEVICE_GET_INFO of a short struct", 107, 16, 0, 0, 0);
	SWEEP(device, "VFIO_DEVICE_GET_REGION_INFO", 108, 32, 32, 0, 0, 0, U64(0), U64(0));
	for (uint32_t i = 0; i < 12; i++) {
		snprintf(name, sizeof name, "VFIO_DEVICE_GET_REGION_INFO %u", i);
		CALL(device, name, 108, 32, 0, i, 0, U64(0), U64(0));
	}
	SWEEP(device, "VFIO_DEVICE_GET_IRQ_INFO", 109, 16, 16, 0, 0, 0);
	for (uint32_t i = 0; i < 7; i++) {
		snprintf(name, sizeof name, "VFIO_DEVICE_GET_IRQ_INFO %u", i);
		CALL(device, name, 109, 16, 0, i, 0);
	}

	begin("device: regions");
	for (uint32_t i = 0; i < 9; i++) {
		uint64_t size;

		memset(answer, 0, sizeof answer);
		snprintf(name, sizeof name, "region %u", i);
		CALL(device, name, 108, 32, 0, i, 0, U64(0), U64(0));
		size = answer[4] | (uint64_t)answer[5] << 32;
		if (i == 0)
			bar = offset_of();
		if (i == 7)
			config = offset_of();
		if (i != 8)
			access_region(device, name, offset_of(), size, i == 7);
	}
	{
		uint16_t command = 2;
		uint32_t value = 0x12345678;

		tell("memory decode on", pwrite(device, &command, 2, config + 4));
		tell("pread of BAR 0", pread(device, &value, 4, bar));
		printf("register 0 is %08x\n", value);
		value = 0x12345678;
		tell("pwrite of register 4", pwrite(device, &value, 4, bar + 4));
		tell("pread of register 4", pread(device, &value, 4, bar + 4));
		printf("register 4 is %08x\n", value);
		command = 0;
		tell("memory decode off", pwrite(device, &command, 2, config + 4));
		tell("pread of BAR 0 while decode is off", pread(device, &value, 4, bar));
	}
	tell("mmap of the configuration", mmap(NULL, PAGE, PROT_READ, MAP_SHARED, device, config) == MAP_FAILED ? -1 : 0);
	tell("private mmap of BAR 0", mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, device, bar) == MAP_FAILED ? -1 : 0);

	begin("device: interrupts");
	SWEEP(device, "VFIO_DEVICE_SET_IRQS", 110, 20, 24, 0x24, 1, 0, 1, event);
	CALL(device, "VFIO_DEVICE_SET_IRQS MSI", 110, 24, 0x24, 1, 0, 1, event);
	CALL(device, "VFIO_DEVICE_SET_IRQS MSI by hand", 110, 20, 0x21, 1, 0, 1);
	{
		uint64_t count = 0;

		tell("read of the eventfd", read(event, &count, 8));
		printf("signalled %lu\n", count);
	}
	CALL(device, "VFIO_DEVICE_SET_IRQS INTx while MSI is on", 110, 24, 0x24, 0, 0, 1, event);
	CALL(device, "VFIO_DEVICE_SET_IRQS masks MSI", 110, 20, 0x09, 1, 0, 1);
	CALL(device, "VFIO_DEVICE_SET_IRQS MSI of no descriptor", 110, 24, 0x24, 1, 0, 1, 0x7fff);
	CALL(device, "VFIO_DEVICE_SET_IRQS MSI past its vectors", 110, 24, 0x24, 1, 40, 1, event);
	CALL(device, "VFIO_DEVICE_SET_IRQS MSI of all vectors", 110, 24, 0x24, 1, 0xffffffff, 2, event);
	CALL(device, "VFIO_DEVICE_SET_IRQS MSI of no action", 110, 24, 0x04, 1, 0, 1, event);
	CALL(device, "VFIO_DEVICE_SET_IRQS MSI of two kinds of data", 110, 24, 0x26, 1, 0, 1, event);
	CALL(device, "VFIO_DEVICE_SET_IRQS MSI off", 110, 20, 0x21, 1, 0, 0);
	CALL(device, "VFIO_DEVICE_SET_IRQS INTx", 110, 24, 0x24, 0, 0, 1, event);
	CALL(device, "VFIO_DEVICE_SET_IRQS masks INTx", 110, 20, 0x09, 0, 0, 1);
	CALL(device, "VFIO_DEVICE_SET_IRQS unmasks INTx", 110, 20, 0x11, 0, 0, 1);
	CALL(device, "VFIO_DEVICE_SET_IRQS INTx by hand", 110, 20, 0x21, 0, 0, 1);
	CALL(device, "VFIO_DEVICE_SET_IRQS INTx off", 110, 20, 0x21, 0, 0, 0);
	CALL(device, "VFIO_DEVICE_SET_IRQS INTx off again", 110, 20, 0x21, 0, 0, 0);
	CALL(device, "VFIO_DEVICE_SET_IRQS of the error interrupt", 110, 24, 0x24, 3, 0, 1, event);
	CALL(device, "VFIO_DEVICE_SET_IRQS of the request interrupt", 110, 24, 0x24, 4, 0, 1, event);
	CALL(device, "VFIO_DEVICE_SET_IRQS of the request interrupt off", 110, 20, 0x21, 4, 0, 0);
	CALL(device, "VFIO_DEVICE_SET_IRQS of no interrupt", 110, 24, 0x24, 9, 0, 1, event);

	begin("device: the rest");
	tell("VFIO_DEVICE_RESET", ioctl(device, NR(111)));
	SWEEP(device, "VFIO_DEVICE_GET_PCI_HOT_RESET_INFO", 112, 12, 12, 0, 0);
	CALL(device, "VFIO_DEVICE_GET_PCI_HOT_RESET_INFO", 112, 12, 0, 0);
	SWEEP(device, "VFIO_DEVICE_PCI_HOT_RESET", 113, 12, 12, 0, 0);
	CALL(device, "VFIO_DEVICE_PCI_HOT_RESET with no group", 113, 12, 0, 0);
	CALL(device, "VFIO_DEVICE_PCI_HOT_RESET with an eventfd", 113, 16, 0, 1, event);
	SWEEP(device, "VFIO_DEVICE_QUERY_GFX_PLANE", 114, 64, 64, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
	tell("VFIO_DEVICE_GET_GFX_DMABUF", ioctl(device, NR(115), room));
	SWEEP(device, "VFIO_DEVICE_IOEVENTFD", 116, 28, 32, 4, U64(bar), U64(0), 0xffffffff, 0);
	CALL(device, "VFIO_DEVICE_IOEVENTFD of no width", 116, 32, 0, U64(bar), U64(0), event, 0);
	CALL(device, "VFIO_DEVICE_IOEVENTFD of the configuration", 116, 32, 4, U64(config), U64(0), event, 0);
	CALL(device, "VFIO_DEVICE_IOEVENTFD past BAR 0", 116, 32, 4, U64(bar + 0x10000000), U64(0), event, 0);
	SWEEP(device, "VFIO_DEVICE_FEATURE", 117, 8, 8, 0);
	for (uint32_t feature = 0; feature < 14; feature++) {
		for (uint32_t operation = 0; operation < 8; operation++) {
			snprintf(name, sizeof name, "VFIO_DEVICE_FEATURE %u %s%s%s", feature, operation & 1 ? "get " : "", operation & 2 ? "set " : "", operation & 4 ? "probe" : "");
			CALL(device, name, 117, 8, feature | operation << 16);
		}
	}
	CALL(device, "VFIO_DEVICE_FEATURE masters the bus", 117, 12, 0x2000a, 1);
	CALL(device, "VFIO_DEVICE_FEATURE masters the bus no more", 117, 12, 0x2000a, 0);
	CALL(device, "VFIO_DEVICE_FEATURE masters the bus otherwise", 117, 12, 0x2000a, 2);
	close(event);
}

static char *edu(void)
{
	static char address[300];
	struct dirent *entry;
	DIR *directory = opendir("/sys/bus/pci/devices");

	while (directory && (entry = readdir(directory))) {
		char path[400], vendor[16] = "";
		int file;

		snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/vendor", entry->d_name);
		file = open(path, O_RDONLY);
		if (file >= 0 && read(file, vendor, sizeof vendor - 1) > 0 && strcmp(vendor, "0x1234\n") == 0)
			snprintf(address, sizeof address, "%s", entry->d_name);
		if (file >= 0)
			close(file);
	}
	if (directory)
		closedir(directory);
	return address;
}

static char *node_of(const char *address)
{
	static char node[300];
	char path[200];
	struct dirent *entry;
	DIR *directory;

	snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/vfio-dev", address);
	directory = opendir(path);
	snprintf(node, sizeof node, "/dev/vfio/devices/none");
	while (directory && (entry = readdir(directory)))
		if (strncmp(entry->d_name, "vfio", 4) == 0)
			snprintf(node, sizeof node, "/dev/vfio/devices/%s", entry->d_name);
	if (directory)
		closedir(directory);
	return node;
}

static void print_words(const char *what, const uint32_t *words, size_t count)
{
	printf("%s:", what);
	for (size_t i = 0; i < count; i++)
		printf(" %x", words[i]);
	printf("\n");
}

// edu's own engine: 0x80 from, 0x88 to, 0x90 how much, 0x98 the command; its buffer is at 0x40000.
static void transfer(int device, uint64_t bar, uint64_t from, uint64_t to, uint64_t count, uint64_t command)
{
	uint64_t words[] = { from, to, count, command };

	for (int i = 0; i < 4; i++)
		pwrite(device, &words[i], 8, bar + 0x80 + 8 * i);
	do
		pread(device, &words[3], 8, bar + 0x98);
	while (words[3] & 1);
}

static void move_data(int device)
{
	uint16_t command = 6, off = 0;
	uint64_t config, bar;

	do_call(device, "region 7", NR(108), (uint32_t[]){ 32, 0, 7, 0, 0, 0, 0, 0 }, 32);
	config = offset_of();
	do_call(device, "region 0", NR(108), (uint32_t[]){ 32, 0, 0, 0, 0, 0, 0, 0 }, 32);
	bar = offset_of();
	tell("decode and mastering on", pwrite(device, &command, 2, config + 4));
	memset(memory, 0, PAGE);
	strcpy(memory, "what the device carries");
	transfer(device, bar, 0x100000, 0x40000, 64, 1);
	transfer(device, bar, 0x40000, 0x100800, 64, 3);
	printf("carried: %s\n", memory + 0x800);
	tell("decode and mastering off", pwrite(device, &off, 2, config + 4));
}

static void walk_node(const char *address)
{
	uint32_t ioas, id, hwpt, parent, data[64] = { 0 };
	uint64_t ranges[64] = { 0 };
	char *node = node_of(address);
	int fd, device, second;
	struct stat status;

	begin("device by its node");
	fd = tell_fd("open /dev/iommu", open("/dev/iommu", O_RDWR | O_CLOEXEC));
	device = tell_fd("open the node", open(node, O_RDWR | O_CLOEXEC));
	if (device < 0)
		return;
	tell("fstat", fstat(device, &status));
	printf("character device: %d, %o, %u\n", S_ISCHR(status.st_mode), status.st_mode & 07777, minor(status.st_rdev));
	tell_fd("open of no node", open("/dev/vfio/devices/vfio99", O_RDWR));
	ioas = ioas_alloc(fd);
	CALL(fd, "IOMMU_IOAS_MAP", 0x85, 40, 7, ioas, 0, U64((uintptr_t)memory), U64(4 * PAGE), U64(0x100000));

	begin("device: before BIND");
	numbers(device);
	tell("VFIO_DEVICE_RESET", ioctl(device, NR(111)));
	// More behind the struct is nothing to VFIO: these two would succeed where their file or object were there.
	SWEEP(device, "VFIO_DEVICE_BIND_IOMMUFD", 118, 16, 16, 0, 0x7fff, 0);
	CALL(device, "VFIO_DEVICE_BIND_IOMMUFD to no file", 118, 16, 0, 0xffffffff, 0);
	CALL(device, "VFIO_DEVICE_BIND_IOMMUFD to itself", 118, 16, 0, device, 0);
	CALL(device, "VFIO_DEVICE_ATTACH_IOMMUFD_PT", 119, 12, 0, ioas);
	CALL(device, "VFIO_DEVICE_BIND_IOMMUFD", 118, 16, 0, fd, 0);
	id = answer[3];
	CALL(device, "VFIO_DEVICE_BIND_IOMMUFD again", 118, 16, 0, fd, 0);
	second = tell_fd("open the node again", open(node, O_RDWR | O_CLOEXEC));
	CALL(second, "VFIO_DEVICE_BIND_IOMMUFD of the second", 118, 16, 0, fd, 0);
	close(second);

	begin("device: attached");
	SWEEP(device, "VFIO_DEVICE_ATTACH_IOMMUFD_PT", 119, 12, 12, 0, 99);
	CALL(device, "VFIO_DEVICE_ATTACH_IOMMUFD_PT to nothing", 119, 12, 0, 99);
	CALL(device, "VFIO_DEVICE_ATTACH_IOMMUFD_PT to itself", 119, 12, 0, id);
	CALL(device, "VFIO_DEVICE_ATTACH_IOMMUFD_PT", 119, 12, 0, ioas);
	hwpt = answer[2];
	CALL(device, "VFIO_DEVICE_ATTACH_IOMMUFD_PT again", 119, 12, 0, ioas);
	tell("IOMMU_IOAS_IOVA_RANGES", ioctl(fd, NR(0x84), (uint32_t[]){ 32, ioas, 32, 0, U64((uintptr_t)ranges), 0, 0 }));
	for (int i = 0; i < 32 && ranges[2 * i + 1]; i++)
		printf("range %lx-%lx\n", ranges[2 * i], ranges[2 * i + 1]);
	destroy(fd, "the IOAS in use", ioas);
	destroy(fd, "the HWPT in use", hwpt);
	destroy(fd, "the device", id);
	tell("IOMMU_GET_HW_INFO", ioctl(fd, NR(0x8a), (uint32_t[]){ 40, 0, id, sizeof data, U64((uintptr_t)data), 0, 0, 0, 0 }));
	print_words("data", data, 16);
	CALL(fd, "IOMMU_GET_HW_INFO without data", 0x8a, 40, 0, id, 0, U64(0), 0, 0, U64(0));
	CALL(fd, "IOMMU_GET_HW_INFO to NULL", 0x8a, 40, 0, id, 64, U64(0), 0, 0, U64(0));
	CALL(fd, "IOMMU_GET_HW_INFO of the first release", 0x8a, 32, 0, id, 0, U64(0), 0, 0);
	begin("device: moves data");
	move_data(device);
	walk_device(device);

	begin("page tables of a device");
	for (uint32_t flags = 0; flags < 32; flags++) {
		char name[64];

		snprintf(name, sizeof name, "IOMMU_HWPT_ALLOC flags %x", flags);
		if (CALL(fd, name, 0x89, 40, flags, id, ioas, 0, 0, 0, 0, U64(0)) == 0)
			destroy(fd, "it", answer[4]);
	}
	CALL(fd, "IOMMU_HWPT_ALLOC with a kind of data", 0x89, 40, 0, id, ioas, 0, 0, 1, 0, U64(0));
	CALL(fd, "IOMMU_HWPT_ALLOC with data of length 0", 0x89, 40, 0, id, ioas, 0, 0, 0, 8, U64(0));
	CALL(fd, "IOMMU_HWPT_ALLOC with a fault queue of none", 0x89, 40, 4, id, ioas, 0, 0, 0, 0, U64(0), 99);
	CALL(fd, "IOMMU_HWPT_ALLOC to nest in", 0x89, 40, 1, id, ioas, 0, 0, 0, 0, U64(0));
	parent = answer[4];
	CALL(fd, "IOMMU_HWPT_ALLOC nested", 0x89, 40, 0, id, parent, 0, 0, 1, 24, U64((uintptr_t)memory));
	CALL(fd, "IOMMU_HWPT_INVALIDATE of what is not nested", 0x8d, 32, hwpt, U64(0), 0, 0, 0, 0);
	for (uint32_t type = 0; type < 4; type++) {
		char name[64];

		snprintf(name, sizeof name, "IOMMU_VIOMMU_ALLOC of type %u", type);
		CALL(fd, name, 0x90, 40, 0, type, id, parent, 0, 0, 0, U64(0));
	}
	CALL(fd, "IOMMU_VDEVICE_ALLOC", 0x91, 24, parent, id, 0, U64(0));
	CALL(fd, "IOMMU_HWPT_SET_DIRTY_TRACKING", 0x8b, 16, 1, hwpt, 0);
	CALL(fd, "IOMMU_HWPT_ALLOC with dirty tracking", 0x89, 40, 2, id, ioas, 0, 0, 0, 0, U64(0));
	CALL(fd, "IOMMU_FAULT_QUEUE_ALLOC", 0x8e, 16, 0, 0, 0);
	close((int)answer[3]);

	begin("device: detached");
	SWEEP(device, "VFIO_DEVICE_DETACH_IOMMUFD_PT", 120, 8, 8, 0);
	CALL(device, "VFIO_DEVICE_DETACH_IOMMUFD_PT", 120, 8, 0);
	CALL(device, "VFIO_DEVICE_DETACH_IOMMUFD_PT again", 120, 8, 0);
	CALL(device, "VFIO_DEVICE_ATTACH_IOMMUFD_PT to a HWPT", 119, 12, 0, parent);
	destroy(fd, "the HWPT in use", parent);
	close(device);
	destroy(fd, "the HWPT", parent);
	destroy(fd, "the device that is closed", id);
	CALL(fd, "IOMMU_GET_HW_INFO of the device that is closed", 0x8a, 40, 0, id, 0, U64(0), 0, 0, U64(0));
	close(fd);
}

static void walk_container(int container)
{
	uint32_t information[128] = { sizeof information };

	begin("container: type 1");
	for (int extension = 0; extension < 16; extension++)
		printf("VFIO_CHECK_EXTENSION %d -> %s\n", extension, result_text(ioctl(container, NR(101), extension)));
	tell("VFIO_SET_IOMMU 3 again", ioctl(container, NR(102), 3));
	SWEEP(container, "VFIO_IOMMU_GET_INFO", 112, 16, 24, 0, U64(0), 0, 0);
	tell("VFIO_IOMMU_GET_INFO", ioctl(container, NR(112), information));
	print_words("information", information, information[0] / 4 < 64 ? information[0] / 4 : 64);
	SWEEP(container, "VFIO_IOMMU_MAP_DMA", 113, 32, 32, 3, U64(0), U64(0x100000), U64(0));
	CALL(container, "VFIO_IOMMU_MAP_DMA", 113, 32, 3, U64((uintptr_t)memory), U64(0x100000), U64(4 * PAGE));
	CALL(container, "VFIO_IOMMU_MAP_DMA over it", 113, 32, 3, U64((uintptr_t)memory), U64(0x101000), U64(PAGE));
	CALL(container, "VFIO_IOMMU_MAP_DMA without rights", 113, 32, 0, U64((uintptr_t)memory), U64(0x200000), U64(PAGE));
	CALL(container, "VFIO_IOMMU_MAP_DMA of no length", 113, 32, 3, U64((uintptr_t)memory), U64(0x200000), U64(0));
	CALL(container, "VFIO_IOMMU_MAP_DMA at an odd place", 113, 32, 3, U64((uintptr_t)memory), U64(0x200001), U64(PAGE));
	CALL(container, "VFIO_IOMMU_MAP_DMA of nothing there", 113, 32, 3, U64(0), U64(0x200000), U64(PAGE));
	CALL(container, "VFIO_IOMMU_MAP_DMA past the end", 113, 32, 3, U64((uintptr_t)memory), U64(0xfffffffffffff000), U64(2 * PAGE));
	CALL(container, "VFIO_IOMMU_MAP_DMA in the interrupts' window", 113, 32, 3, U64((uintptr_t)memory), U64(0xfee00000), U64(PAGE));
	SWEEP(container, "VFIO_IOMMU_DIRTY_PAGES", 117, 8, 8, 0);
	CALL(container, "VFIO_IOMMU_DIRTY_PAGES starts", 117, 8, 1);
	CALL(container, "VFIO_IOMMU_DIRTY_PAGES stops", 117, 8, 2);
	CALL(container, "VFIO_IOMMU_DIRTY_PAGES of two flags", 117, 8, 3);
	SWEEP(container, "VFIO_IOMMU_UNMAP_DMA", 114, 24, 24, 0, U64(0x700000), U64(PAGE));
	CALL(container, "VFIO_IOMMU_UNMAP_DMA of a part", 114, 24, 0, U64(0x100000), U64(PAGE));
	CALL(container, "VFIO_IOMMU_UNMAP_DMA of what is not there", 114, 24, 0, U64(0x700000), U64(PAGE));
	CALL(container, "VFIO_IOMMU_UNMAP_DMA of no length", 114, 24, 0, U64(0x700000), U64(0));
	CALL(container, "VFIO_IOMMU_UNMAP_DMA of all and a part", 114, 24, 2, U64(0), U64(PAGE));
}

static void walk_group(const char *address)
{
	char path[200], link[200] = "", node[64];
	int container, group, second, device;
	uint32_t number;

	begin("group");
	snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/iommu_group", address);
	if (readlink(path, link, sizeof link - 1) < 0 || !strrchr(link, '/')) {
		printf("no group\n");
		return;
	}
	snprintf(node, sizeof node, "/dev/vfio/%s", strrchr(link, '/') + 1);
	container = tell_fd("open /dev/vfio/vfio", open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC));
	numbers(container);
	tell("VFIO_GET_API_VERSION", ioctl(container, NR(100)));
	for (int extension = 0; extension < 16; extension++)
		printf("VFIO_CHECK_EXTENSION %d -> %s\n", extension, result_text(ioctl(container, NR(101), extension)));
	tell("VFIO_SET_IOMMU of an empty container", ioctl(container, NR(102), 1));
	CALL(container, "VFIO_IOMMU_MAP_DMA of an empty container", 113, 32, 3, U64((uintptr_t)memory), U64(0x100000), U64(PAGE));
	group = tell_fd("open the group", open(node, O_RDWR | O_CLOEXEC));
	second = tell_fd("open the group again", open(node, O_RDWR | O_CLOEXEC));
	if (second >= 0)
		close(second);
	numbers(group);
	SWEEP(group, "VFIO_GROUP_GET_STATUS", 103, 8, 8, 0);
	CALL(group, "VFIO_GROUP_GET_STATUS", 103, 8, 0);
	tell_fd("VFIO_GROUP_GET_DEVICE_FD without a container", ioctl(group, NR(106), address));
	tell("VFIO_GROUP_UNSET_CONTAINER of none", ioctl(group, NR(105)));
	number = 0x7fff;
	tell("VFIO_GROUP_SET_CONTAINER of no file", ioctl(group, NR(104), &number));
	number = group;
	tell("VFIO_GROUP_SET_CONTAINER of itself", ioctl(group, NR(104), &number));
	number = container;
	tell("VFIO_GROUP_SET_CONTAINER", ioctl(group, NR(104), &number));
	tell("VFIO_GROUP_SET_CONTAINER again", ioctl(group, NR(104), &number));
	CALL(group, "VFIO_GROUP_GET_STATUS", 103, 8, 0);
	tell_fd("VFIO_GROUP_GET_DEVICE_FD without an IOMMU", ioctl(group, NR(106), address));
	for (int type = 0; type < 12; type++)
		if (type != 1 && type != 3)
			printf("VFIO_SET_IOMMU %d -> %s\n", type, result_text(ioctl(container, NR(102), type)));
	tell("VFIO_SET_IOMMU 3", ioctl(container, NR(102), 3));
	walk_container(container);
	tell_fd("VFIO_GROUP_GET_DEVICE_FD of no device", ioctl(group, NR(106), "0000:ff:1f.7"));
	tell_fd("VFIO_GROUP_GET_DEVICE_FD at NULL", ioctl(group, NR(106), NULL));
	device = tell_fd("VFIO_GROUP_GET_DEVICE_FD", ioctl(group, NR(106), address));
	tell("VFIO_GROUP_UNSET_CONTAINER while a device is open", ioctl(group, NR(105)));
	CALL(device, "VFIO_DEVICE_BIND_IOMMUFD of a group's device", 118, 16, 0, 0xffffffff, 0);
	CALL(device, "VFIO_DEVICE_ATTACH_IOMMUFD_PT of a group's device", 119, 12, 0, 1);
	tell_fd("open the node while the group has it", open(node_of(address), O_RDWR | O_CLOEXEC));
	begin("group: moves data");
	move_data(device);
	walk_device(device);
	begin("group: closed");
	close(device);
	tell("VFIO_GROUP_UNSET_CONTAINER", ioctl(group, NR(105)));
	CALL(container, "VFIO_IOMMU_UNMAP_DMA of a container that lost its group", 114, 24, 0, U64(0x100000), U64(4 * PAGE));
	close(group);
	close(container);
}

static void walk_kvm(const char *address)
{
	struct { uint32_t flags, group; uint64_t attribute, address; } attribute = { 0, 1, 1, 0 };
	struct { uint32_t type, fd, flags; } create = { 4, 0, 0 };
	int kvm, machine, device, vfio;
	int32_t number;

	begin("KVM");
	kvm = tell_fd("open /dev/kvm", open("/dev/kvm", O_RDWR | O_CLOEXEC));
	if (kvm < 0)
		return;
	tell("KVM_GET_API_VERSION", ioctl(kvm, _IO(0xae, 0), 0));
	tell("KVM_CHECK_EXTENSION DEVICE_CTRL", ioctl(kvm, _IO(0xae, 3), 89));
	machine = tell_fd("KVM_CREATE_VM", ioctl(kvm, _IO(0xae, 1), 0));
	tell("KVM_CREATE_DEVICE at NULL", ioctl(machine, _IOWR(0xae, 0xe0, create), NULL));
	create.type = 99;
	tell("KVM_CREATE_DEVICE of no type", ioctl(machine, _IOWR(0xae, 0xe0, create), &create));
	create.type = 4;
	create.flags = 1;
	tell("KVM_CREATE_DEVICE to try", ioctl(machine, _IOWR(0xae, 0xe0, create), &create));
	create.flags = 0;
	tell("KVM_CREATE_DEVICE", ioctl(machine, _IOWR(0xae, 0xe0, create), &create));
	device = create.fd;
	create.fd = 0;
	tell("KVM_CREATE_DEVICE again", ioctl(machine, _IOWR(0xae, 0xe0, create), &create));
	for (uint32_t group = 0; group < 3; group++)
		for (uint64_t which = 0; which < 4; which++) {
			attribute.group = group;
			attribute.attribute = which;
			printf("KVM_HAS_DEVICE_ATTR %u %lu -> %s\n", group, which, result_text(ioctl(device, _IOW(0xae, 0xe3, attribute), &attribute)));
			printf("KVM_GET_DEVICE_ATTR %u %lu -> %s\n", group, which, result_text(ioctl(device, _IOW(0xae, 0xe2, attribute), &attribute)));
			printf("KVM_SET_DEVICE_ATTR %u %lu at NULL -> %s\n", group, which, result_text(ioctl(device, _IOW(0xae, 0xe1, attribute), &attribute)));
		}
	vfio = tell_fd("open the node", open(node_of(address), O_RDWR | O_CLOEXEC));
	attribute.group = 1;
	attribute.attribute = 1;
	attribute.address = (uintptr_t)&number;
	number = kvm;
	tell("KVM_SET_DEVICE_ATTR of another file", ioctl(device, _IOW(0xae, 0xe1, attribute), &attribute));
	number = vfio;
	tell("KVM_SET_DEVICE_ATTR adds", ioctl(device, _IOW(0xae, 0xe1, attribute), &attribute));
	tell("KVM_SET_DEVICE_ATTR adds again", ioctl(device, _IOW(0xae, 0xe1, attribute), &attribute));
	attribute.attribute = 2;
	tell("KVM_SET_DEVICE_ATTR takes away", ioctl(device, _IOW(0xae, 0xe1, attribute), &attribute));
	tell("KVM_SET_DEVICE_ATTR takes away again", ioctl(device, _IOW(0xae, 0xe1, attribute), &attribute));
	close(vfio);
	close(device);
	close(machine);
	close(kvm);
}

int main(int argc, char **argv)
{
	const char *address = argc > 1 ? argv[1] : edu();

	if (!*address)
		return 1;
	setvbuf(stdout, NULL, _IOLBF, 0);
	room = mmap(NULL, ROOM + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memory = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (room == MAP_FAILED || memory == MAP_FAILED || mprotect(room + ROOM, PAGE, PROT_NONE) != 0)
		return 1;
	walk_iommufd();
	walk_node(address);
	walk_group(address);
	walk_kvm(address);
	begin("end");
	return 0;
}
