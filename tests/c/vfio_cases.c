// Plays a file of VFIO calls (tests/transcripts/vfio/*.cases) on the kernel it runs on and prints each line with its answer. What a real kernel
// printed is what the soft kernel is held to. usage: vfio_cases FILE BDF GROUP
//
//   open N PATH | event N | close N           a file, an eventfd (not blocking); N names it
//   ioctl N NR WORD...                        a struct of 32-bit words; prints the result and the words after it
//   value N NR NUMBER                         an argument by value, or an address that is not there
//   device N FROM NAME...                     VFIO_GROUP_GET_DEVICE_FD
//   pread N OFFSET LENGTH | pwrite N OFFSET HEX | mmap N OFFSET LENGTH PROT FLAGS | count N
// A word is a number, $N (a descriptor) or %lo, %hi (a megabyte of memory). {bdf} and {group} stand for the arguments.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

static struct { char name[32]; int fd; } files[64];
static int nfiles;
static uint64_t memory;

static int *named(const char *name)
{
	for (int i = 0; i < nfiles; i++)
		if (!strcmp(files[i].name, name))
			return &files[i].fd;
	snprintf(files[nfiles].name, sizeof(files[nfiles].name), "%s", name);
	files[nfiles].fd = -1;
	return &files[nfiles++].fd;
}

static uint32_t word(const char *text)
{
	if (text[0] == '$')
		return *named(text + 1);
	if (!strcmp(text, "%lo"))
		return memory;
	if (!strcmp(text, "%hi"))
		return memory >> 32;
	return strtoull(text, 0, 0);
}

static void answer(long result)
{
	printf(" -> %ld", result < 0 ? -(long)errno : result);
}

static void opened(const char *name, int fd)
{
	if (fd >= 0) {
		*named(name) = fd;
		printf(" -> ok\n");
	} else {
		printf(" -> -%d\n", errno);
	}
}

static void replace(char *line, const char *what, const char *with)
{
	char *at, rest[512];

	while ((at = strstr(line, what))) {
		strcpy(rest, at + strlen(what));
		strcpy(at, with);
		strcat(line, rest);
	}
}

int main(int argc, char **argv)
{
	char line[512], copy[512], *token[80], *save;
	FILE *cases = argc > 1 ? fopen(argv[1], "r") : NULL;

	if (!cases)
		return 2;
	memory = (uintptr_t)mmap(0, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	while (fgets(line, sizeof(line) - 64, cases)) {
		int n = 0;

		line[strcspn(line, "\n")] = 0;
		if (!line[0] || line[0] == '#')
			continue;
		printf("%s", line);
		replace(line, "{bdf}", argv[2]);
		replace(line, "{group}", argv[3]);
		strcpy(copy, line);
		for (char *t = strtok_r(copy, " ", &save); t && n < 80; t = strtok_r(0, " ", &save))
			token[n++] = t;
		int fd = strcmp(token[0], "open") && strcmp(token[0], "event") && strcmp(token[0], "device") ? *named(token[1]) : -1;
		if (!strcmp(token[0], "open")) {
			opened(token[1], open(token[2], O_RDWR | O_CLOEXEC));
		} else if (!strcmp(token[0], "event")) {
			opened(token[1], eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
		} else if (!strcmp(token[0], "close")) {
			answer(close(fd));
			*named(token[1]) = -1;
			puts("");
		} else if (!strcmp(token[0], "device")) {
			opened(token[1], ioctl(*named(token[2]), 0x3b6a, strstr(line, token[2]) + strlen(token[2]) + 1));
		} else if (!strcmp(token[0], "value")) {
			answer(ioctl(fd, 0x3b00 | word(token[2]), strtoull(token[3], 0, 0)));
			puts("");
		} else if (!strcmp(token[0], "ioctl")) {
			static uint32_t words[80];

			for (int i = 3; i < n; i++)
				words[i - 3] = word(token[i]);
			answer(ioctl(fd, 0x3b00 | word(token[2]), words));
			printf(" :");
			for (int i = 3; i < n; i++)
				if ((token[i][0] == '$' || token[i][0] == '%') && words[i - 3] == word(token[i]))
					printf(" %s", token[i]);
				else
					printf(" %x", words[i - 3]);
			puts("");
		} else if (!strcmp(token[0], "pread")) {
			static unsigned char data[8192];
			long length = pread(fd, data, word(token[3]), strtoull(token[2], 0, 0));

			answer(length);
			printf(" ");
			for (long i = 0; i < length; i++)
				printf("%02x", data[i]);
			puts("");
		} else if (!strcmp(token[0], "pwrite")) {
			unsigned char data[64];
			size_t length = strlen(token[3]) / 2;

			for (size_t i = 0; i < length; i++)
				sscanf(token[3] + 2 * i, "%2hhx", &data[i]);
			answer(pwrite(fd, data, length, strtoull(token[2], 0, 0)));
			puts("");
		} else if (!strcmp(token[0], "mmap")) {
			void *p = mmap(0, strtoull(token[3], 0, 0), word(token[4]), word(token[5]), fd, strtoull(token[2], 0, 0));

			answer(p == MAP_FAILED ? -1 : 0);
			puts("");
			if (p != MAP_FAILED)
				munmap(p, strtoull(token[3], 0, 0));
		} else if (!strcmp(token[0], "count")) {
			uint64_t count = 0;

			answer(read(fd, &count, 8));
			printf(" %lu\n", (unsigned long)count);
		} else {
			puts(" -> ?");
		}
	}
	return 0;
}
