// A program that means harm: whatever it does, it is told errnos, and ends when it wants to.
// usage: hostile CALLS
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

static int files[FILES];
static long calls;
static unsigned char *shared;

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

int main(int argc, char **argv)
{
	pthread_t threads[4];
	uintptr_t i;

	calls = argc > 1 ? atol(argv[1]) : 1000;
	shared = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (i = 0; i < FILES; i++)
		files[i] = open(i & 1 ? "/dev/iommu" : "/dev/vfio/devices/vfio0", O_RDWR | O_CLOEXEC);
	if (fork() == 0) {
		harm((void *)7);
		_exit(0);
	}
	for (i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, harm, (void *)(i + 1));
	for (i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	wait(NULL);
	for (i = 3; i < 1024; i++)
		close(i);
	i = open("/dev/iommu", O_RDWR);
	printf("over: %d\n", ioctl(i, 0x3b81, (uint32_t[3]){ 12, 0, 0 }));
	return 0;
}
