// A program that means harm: whatever it does, it is told errnos, and ends when it wants to. Four threads and a child make senseless calls on descriptors that
// others close meanwhile; one thread has a device move memory that another takes away, cuts short and punches holes into. Nobody else's memory changes.
// usage: hostile CALLS [SEED]
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define FILES 16
#define MEMORIES 3
#define SIZE (2 << 20)
#define REGISTERS (1ULL << 60)
#define UNTOUCHED (1 << 20)

static int files[FILES];
static long calls;
static unsigned char *shared;
static int memories[MEMORIES];
static void *places[MEMORIES];
static volatile int over;

struct bind_iommufd { uint32_t argsz, flags; int32_t iommufd; uint32_t out_devid; };
struct attach_iommufd_pt { uint32_t argsz, flags, pt_id; };
struct ioas_alloc { uint32_t size, flags, out_ioas_id; };
struct ioas_map { uint32_t size, flags, ioas_id, reserved; uint64_t user_va, length, iova; };
struct ioas_map_file { uint32_t size, flags, ioas_id; int32_t fd; uint64_t start, length, iova; };
struct ioas_unmap { uint32_t size, ioas_id; uint64_t iova, length; };

static uint64_t random_of(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	return *state ^= *state << 17;
}

static uint64_t odd(uint64_t *state)
{
	switch (random_of(state) % 8) {
	case 0: return 0;
	case 1: return (uint64_t)(uintptr_t)shared + random_of(state) % 8192;
	case 2: return random_of(state);
	case 3: return -(random_of(state) % 8192);
	case 4: return (1ULL << 47) - random_of(state) % 8192;
	case 5: return (1ULL << 60) + ((random_of(state) % 10) << 40) + random_of(state) % 512;
	case 6: return random_of(state) % 8;
	default: return 4096 * (random_of(state) % 16);
	}
}

static void *harm(void *seed)
{
	uint64_t state = (uintptr_t)seed * 0x9e3779b97f4a7c15ULL + 1;
	long i;

	for (i = 0; i < calls; i++) {
		int *file = &files[random_of(&state) % FILES];
		uint64_t text[32];
		char path[64];
		unsigned n;

		for (n = 0; n < 32; n++)
			text[n] = odd(&state);
		text[0] = random_of(&state) % 96;
		switch (random_of(&state) % 16) {
		case 0:
			close(*file);
			*file = open(random_of(&state) & 1 ? "/dev/iommu" : "/dev/vfio/devices/vfio0", O_RDWR | O_CLOEXEC);
			break;
		case 1:
			snprintf(path, sizeof path, "/proc/self/fd/%d", *file);
			close(open(path, random_of(&state) & 1 ? O_RDWR : O_RDONLY));
			break;
		case 2: dup2(*file, files[random_of(&state) % FILES]); break;
		case 3: syscall(SYS_pread64, *file, odd(&state), random_of(&state) % 70000, odd(&state)); break;
		case 4: syscall(SYS_pwrite64, *file, odd(&state), random_of(&state) % 70000, (1ULL << 60) + odd(&state) % (1ULL << 44)); break;
		case 5: syscall(SYS_preadv, *file, odd(&state), random_of(&state) % 2000, (1ULL << 60) + odd(&state) % (1ULL << 44), 0); break;
		case 6: munmap(mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, *file, odd(&state) & ~4095ULL), 4096); break;
		case 7: (void)!ftruncate(*file, odd(&state) % (1ULL << 62)); fallocate(*file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 1ULL << 61); break;
		case 8: fchmod(*file, random_of(&state) & 0777); break;
		case 9: syscall(SYS_write, *file, odd(&state), random_of(&state) % 65); break;
		case 10: syscall(SYS_openat, odd(&state), odd(&state), O_RDWR); break;
		case 11: mmap(shared, 8192, PROT_READ | PROT_WRITE, MAP_FIXED | MAP_ANONYMOUS | (random_of(&state) & 1 ? MAP_SHARED : MAP_PRIVATE), -1, 0); break;
		default: ioctl(*file, 0x3b00 + (random_of(&state) & 1 ? 0x64 + random_of(&state) % 24 : 0x80 + random_of(&state) % 24), random_of(&state) % 4 ? (void *)text : (void *)odd(&state));
		}
	}

	return NULL;
}

// A device of its own: the other threads take it, or this one does.
static void *move_memory(void *seed)
{
	uint64_t state = (uintptr_t)seed * 0x9e3779b97f4a7c15ULL + 1;

	while (!over) {
		struct bind_iommufd bind = { .argsz = sizeof bind };
		struct attach_iommufd_pt attach = { .argsz = sizeof attach };
		struct ioas_alloc alloc = { .size = sizeof alloc };
		int device = open("/dev/vfio/devices/vfio0", O_RDWR | O_CLOEXEC), iommufd = open("/dev/iommu", O_RDWR | O_CLOEXEC), i, j;

		ioctl(iommufd, 0x3b81, &alloc);
		bind.iommufd = iommufd;
		ioctl(device, 0x3b76, &bind);
		attach.pt_id = alloc.out_ioas_id;
		ioctl(device, 0x3b77, &attach);
		for (i = 0; i < MEMORIES; i++) {
			struct ioas_map map = { .size = sizeof map, .flags = 7, .ioas_id = alloc.out_ioas_id, .user_va = (uintptr_t)places[i], .length = SIZE, .iova = (2 * i + 2) * (uint64_t)SIZE };
			struct ioas_map_file file = { .size = sizeof file, .flags = 7, .ioas_id = alloc.out_ioas_id, .fd = memories[i], .length = SIZE, .iova = (2 * i + 3) * (uint64_t)SIZE };

			ioctl(iommufd, 0x3b85, &map);
			ioctl(iommufd, 0x3b8f, &file);
		}
		for (i = 0; i < 200 && !over; i++) {
			uint64_t copy[4] = { (2 + random_of(&state) % 6) * SIZE + random_of(&state) % SIZE, 0x40000, 1 + random_of(&state) % 4096, 1 };

			if (random_of(&state) & 1) {
				copy[1] = copy[0];
				copy[0] = 0x40000;
				copy[3] = 3;
			}
			for (j = 0; j < 4; j++)
				syscall(SYS_pwrite64, device, &copy[j], 8, REGISTERS + 0x80 + 8 * j);
			if (i == 100)
				ioctl(iommufd, 0x3b86, &(struct ioas_unmap){ .size = sizeof(struct ioas_unmap), .ioas_id = alloc.out_ioas_id, .length = UINT64_MAX });
		}
		close(device);
		close(iommufd);
	}

	return NULL;
}

static void *take_memory_away(void *seed)
{
	uint64_t state = (uintptr_t)seed * 0x9e3779b97f4a7c15ULL + 1;

	while (!over) {
		int i = random_of(&state) % MEMORIES, fd = memories[i];

		switch (random_of(&state) % 8) {
		case 0: (void)!ftruncate(fd, random_of(&state) % SIZE & ~4095ULL); break;
		case 1: (void)!ftruncate(fd, 0); break;
		case 2: (void)!ftruncate(fd, SIZE); break;
		case 3: fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, random_of(&state) % SIZE & ~4095ULL, SIZE); break;
		case 4: munmap(places[i], SIZE); break;
		case 5: mprotect(places[i], SIZE, random_of(&state) % 4); break;
		default: mmap(places[i], SIZE, PROT_READ | PROT_WRITE, MAP_FIXED | MAP_SHARED, fd, 0);
		}
	}

	return NULL;
}

static unsigned char *keep_untouched(void)
{
	unsigned char *memory = mmap(NULL, UNTOUCHED, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	memset(memory, 0xa5, UNTOUCHED);
	return memory;
}

static int is_touched(const unsigned char *memory)
{
	for (int i = 0; i < UNTOUCHED; i++)
		if (memory[i] != 0xa5)
			return 1;
	return 0;
}

int main(int argc, char **argv)
{
	pthread_t threads[6];
	unsigned char *untouched = keep_untouched();
	uintptr_t i, seed = argc > 2 ? strtoul(argv[2], NULL, 0) * 16 : 0;
	int bystander[2], done[2], status = 0, touched, fd;
	char byte;
	pid_t other;

	calls = argc > 1 ? atol(argv[1]) : 1000;

	// Somebody else, who does nothing.
	if (pipe(bystander) || pipe(done))
		return 2;
	other = fork();
	if (other == 0) {
		unsigned char *mine = keep_untouched();

		close(bystander[1]);
		(void)!read(bystander[0], &byte, 1);
		byte = is_touched(mine) || is_touched(untouched);
		(void)!write(done[1], &byte, 1);
		_exit(0);
	}
	// Nothing below closes what is not its own by accident.
	bystander[1] = fcntl(bystander[1], F_DUPFD, 2000);
	done[0] = fcntl(done[0], F_DUPFD, 2000);

	shared = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (i = 0; i < MEMORIES; i++) {
		// One that may shrink, one that may not, one of huge pages, where there are some.
		memories[i] = i < 2 ? -1 : memfd_create("huge", MFD_ALLOW_SEALING | MFD_HUGETLB);
		if (memories[i] < 0 || ftruncate(memories[i], SIZE) || mmap(NULL, SIZE, PROT_READ, MAP_SHARED, memories[i], 0) == MAP_FAILED)
			memories[i] = memfd_create("memory", MFD_ALLOW_SEALING);
		(void)!ftruncate(memories[i], SIZE);
		memories[i] = fcntl(memories[i], F_DUPFD, 2000);
		if (i)
			fcntl(memories[i], F_ADD_SEALS, F_SEAL_SHRINK);
		places[i] = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, memories[i], 0);
	}
	for (i = 0; i < FILES; i++)
		files[i] = open(i & 1 ? "/dev/iommu" : "/dev/vfio/devices/vfio0", O_RDWR | O_CLOEXEC);
	if (fork() == 0) {
		harm((void *)(seed + 7));
		_exit(0);
	}
	pthread_create(&threads[4], NULL, move_memory, (void *)(seed + 8));
	pthread_create(&threads[5], NULL, take_memory_away, (void *)(seed + 9));
	for (i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, harm, (void *)(seed + i + 1));
	for (i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	over = 1;
	pthread_join(threads[4], NULL);
	pthread_join(threads[5], NULL);
	(void)!write(bystander[1], &byte, 1);
	byte = 1;
	(void)!read(done[0], &byte, 1);
	touched = byte || is_touched(untouched);
	waitpid(other, &status, 0);
	while (wait(NULL) > 0)
		;
	for (i = 3; i < 1024; i++)
		close(i);
	fd = open("/dev/iommu", O_RDWR);
	printf("over: %d\n", ioctl(fd, 0x3b81, (uint32_t[3]){ 12, 0, 0 }) || touched || status);
	return 0;
}
