// How a call is made, and its answer printed: the call, its result, and each 32-bit word of the argument that the call changed.
#include "walk.h"

char *room;
char *memory;
uint32_t answer[256];
void *volatile nowhere;

void begin(const char *name)
{
	printf("== %s\n", name);
}

const char *result_text(long result)
{
	static char text[32];

	if (result < 0)
		return strerrorname_np(errno);
	snprintf(text, sizeof text, "%ld", result);
	return text;
}

long tell(const char *what, long result)
{
	printf("%s -> %s\n", what, result_text(result));
	return result;
}

int tell_fd(const char *what, int fd)
{
	printf("%s -> %s\n", what, fd < 0 ? strerrorname_np(errno) : "fd");
	return fd;
}

// The argument stands right before the page that cannot be touched, so who reads too far is found out.
long do_call(int fd, const char *name, unsigned long number, const uint32_t *words, size_t size)
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
void do_sweep(int fd, const char *name, unsigned long number, size_t minimum, const uint32_t *valid, size_t size)
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
void numbers(int fd)
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

uint32_t ioas_alloc(int fd)
{
	CALL(fd, "IOMMU_IOAS_ALLOC", 0x81, 12, 0, 0);
	return answer[2];
}

void destroy(int fd, const char *what, uint32_t id)
{
	char name[80];

	snprintf(name, sizeof name, "IOMMU_DESTROY of %s", what);
	CALL(fd, name, 0x80, 8, id);
}
void print_words(const char *what, const uint32_t *words, size_t count)
{
	printf("%s:", what);
	for (size_t i = 0; i < count; i++)
		printf(" %x", words[i]);
	printf("\n");
}
