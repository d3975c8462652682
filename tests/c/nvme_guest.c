// The whole user space of a small virtual machine that was given an NVMe controller: /init of its initramfs. Linux' own nvme driver has the controller; this writes
// blocks through it and reads them back, asks for SMART, sends what must be refused, resets the controller in each way there is, counts the interrupts, and switches the
// machine off.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/fs.h>
#include <linux/nvme_ioctl.h>
#include "guest.h"

#define PATIENCE 120
#define CONTROLLER "/sys/class/nvme/nvme0/"
#define PIECES 400
// More than one command moves: the kernel cuts it up.
#define MOST (1 << 20)

static uint64_t seed = 20, blocks, written;
static unsigned block_size;
static uint32_t *sums;
static uint8_t *memory;

static void read_file(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY);
	ssize_t length = fd < 0 ? -1 : read(fd, text, size - 1);

	check(length >= 0, path);
	close(fd);
	while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == ' '))
		length--;
	text[length] = 0;
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	check(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text), path);
	close(fd);
}

static uint64_t next(void)
{
	uint64_t z = seed += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static uint32_t sum_of(const uint8_t *block)
{
	uint32_t sum = 2166136261u;

	for (unsigned i = 0; i < block_size; i++)
		sum = (sum ^ block[i]) * 16777619u;
	return sum ? sum : 1;
}

// The controller is on its driver and has its namespace.
static void await_controller(void)
{
	char state[64];

	for (int tries = 0; tries < PATIENCE * 100; tries++, usleep(10000)) {
		if (access(CONTROLLER "state", R_OK) != 0 || access("/dev/nvme0n1", F_OK) != 0)
			continue;
		read_file(CONTROLLER "state", state, sizeof state);
		if (strcmp(state, "live") == 0)
			return;
	}
	printf("no nvme0n1 in %d s\n", PATIENCE);
	over(1);
}

static int open_namespace(void)
{
	int fd = open("/dev/nvme0n1", O_RDWR | O_DIRECT);

	check(fd >= 0, "/dev/nvme0n1");
	return fd;
}

static void check_blocks(uint64_t first, const uint8_t *bytes, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		if (sums[first + i] && sums[first + i] != sum_of(bytes + i * block_size)) {
			printf("block %lu holds something else than was written\n", (unsigned long)(first + i));
			over(1);
		}
}

static void write_and_read(int fd)
{
	for (unsigned piece = 0; piece < PIECES; piece++) {
		uint64_t most = MOST / block_size, count = piece % 4 == 0 ? 1 + next() % most : 1 + next() % 40, first = next() % (blocks - count + 1);
		size_t bytes = count * block_size;
		// From anywhere in a page to anywhere else.
		uint8_t *from = memory + next() % 1024 * 4, *to = memory + MOST + 8192 + next() % 1024 * 4;

		for (size_t i = 0; i < bytes; i += 4) {
			uint32_t value = (uint32_t)next();

			memcpy(from + i, &value, 4);
		}
		for (uint64_t i = 0; i < count; i++)
			sums[first + i] = sum_of(from + i * block_size);
		check(pwrite(fd, from, bytes, first * block_size) == (ssize_t)bytes, "a write");
		memset(to - 4, 0xcc, bytes + 8);
		check(pread(fd, to, bytes, first * block_size) == (ssize_t)bytes, "a read");
		check_blocks(first, to, count);
		check(to[-1] == 0xcc && to[bytes] == 0xcc, "memory beside what was read");
		written += bytes;
	}
	check(fsync(fd) == 0, "a flush");
}

// Every block that was written once more.
static void read_all(void)
{
	int fd = open_namespace();

	for (uint64_t first = 0; first < blocks; first += MOST / block_size) {
		uint64_t count = blocks - first < MOST / block_size ? blocks - first : MOST / block_size;

		check(pread(fd, memory, count * block_size, first * block_size) == (ssize_t)(count * block_size), "a read");
		check_blocks(first, memory, count);
	}
	close(fd);
}

static void expect_zeros(int fd, uint64_t first, uint64_t count)
{
	memset(memory, 0xcc, count * block_size);
	check(pread(fd, memory, count * block_size, first * block_size) == (ssize_t)(count * block_size), "a read of zeros");
	for (uint64_t i = 0; i < count * block_size; i++)
		check(memory[i] == 0, "zeros");
	for (uint64_t i = 0; i < count; i++)
		sums[first + i] = sum_of(memory);
}

static void clear(int fd)
{
	uint64_t range[2] = { 16 * block_size, 64 * block_size };

	check(ioctl(fd, BLKZEROOUT, range) == 0, "BLKZEROOUT");
	expect_zeros(fd, 16, 64);
	range[0] = 4096 * block_size;
	check(ioctl(fd, BLKDISCARD, range) == 0, "BLKDISCARD");
	expect_zeros(fd, 4096, 64);
}

static uint64_t count_at(const uint8_t *page, unsigned at)
{
	uint64_t count;

	memcpy(&count, page + at, 8);
	return count;
}

static void smart(int fd, uint8_t *page)
{
	struct nvme_admin_cmd log = { .opcode = 0x02, .nsid = 0xffffffff, .addr = (uintptr_t)page, .data_len = 512, .cdw10 = 0x02 | 127 << 16 };

	check(ioctl(fd, NVME_IOCTL_ADMIN_CMD, &log) == 0, "Get Log Page (SMART)");
}

static void expect_status(int answer, int expected, const char *what)
{
	if (answer != expected) {
		printf("%s: status %x instead of %x\n", what, answer, expected);
		over(1);
	}
}

static void refusals(int fd)
{
	struct nvme_admin_cmd unknown = { .opcode = 0x7f }, feature = { .opcode = 0x0a, .cdw10 = 0x7f }, nobody = { .opcode = 0x06, .addr = (uintptr_t)memory, .data_len = 4096 };
	struct nvme_passthru_cmd outside = { .opcode = 0x02, .nsid = 1, .addr = (uintptr_t)memory, .data_len = block_size, .cdw10 = (uint32_t)blocks };

	expect_status(ioctl(fd, NVME_IOCTL_ADMIN_CMD, &unknown), 0x4001, "a command that there is not");
	expect_status(ioctl(fd, NVME_IOCTL_ADMIN_CMD, &feature), 0x4002, "a feature that there is not");
	expect_status(ioctl(fd, NVME_IOCTL_ADMIN_CMD, &nobody), 0x400b, "Identify of namespace 0");
	expect_status(ioctl(fd, NVME_IOCTL_IO_CMD, &outside), 0x4080, "a read past the end");
}

static unsigned long interrupts_of(const char *queue, int *msix)
{
	char line[512];
	unsigned long count = 0;
	FILE *interrupts = fopen("/proc/interrupts", "r");

	check(interrupts != NULL, "/proc/interrupts");
	while (fgets(line, sizeof line, interrupts))
		if (strstr(line, queue)) {
			sscanf(line, " %*[^:]: %lu", &count);
			*msix = strstr(line, "-MSIX-") != NULL;
		}
	fclose(interrupts);
	return count;
}

int main(void)
{
	char model[64], serial[64], address[64], path[PATH_MAX];
	uint8_t *before, *after;
	uint64_t bytes;
	int fd, admin, msix = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (getpid() == 1) {
		mkdir("/proc", 0755);
		mkdir("/sys", 0755);
		mkdir("/dev", 0755);
		check(mount("proc", "/proc", "proc", 0, NULL) == 0, "/proc");
		check(mount("sys", "/sys", "sysfs", 0, NULL) == 0, "/sys");
		// The kernel may have done so.
		check(mount("dev", "/dev", "devtmpfs", 0, NULL) == 0 || errno == EBUSY, "/dev");
	}

	await_controller();
	read_file(CONTROLLER "model", model, sizeof model);
	read_file(CONTROLLER "serial", serial, sizeof serial);
	read_file(CONTROLLER "address", address, sizeof address);
	fd = open_namespace();
	admin = open("/dev/nvme0", O_RDWR);
	check(admin >= 0, "/dev/nvme0");
	check(ioctl(fd, BLKGETSIZE64, &bytes) == 0 && ioctl(fd, BLKSSZGET, &block_size) == 0, "the size");
	blocks = bytes / block_size;
	printf("%s at %s, serial %s: %lu blocks of %u bytes\n", model, address, serial, (unsigned long)blocks, block_size);

	sums = calloc(blocks, sizeof *sums);
	memory = mmap(NULL, 3 * MOST + (1 << 16), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	check(sums != NULL && memory != MAP_FAILED, "memory");
	before = memory + 2 * MOST + (1 << 16);
	after = before + 4096;
	smart(admin, before);
	write_and_read(fd);
	smart(admin, after);
	check(count_at(after, 64) >= count_at(before, 64) + PIECES && count_at(after, 80) >= count_at(before, 80) + PIECES, "SMART: the commands");
	printf("data: %lu bytes written and read back in %d pieces, every byte right\n", (unsigned long)written, PIECES);
	clear(fd);
	printf("SMART: no warning but %d, %d degrees; zeros written and blocks discarded\n", after[0], (after[1] | after[2] << 8) - 273);
	refusals(admin);
	check(interrupts_of("nvme0q0", &msix) > 0 && interrupts_of("nvme0q1", &msix) >= PIECES, "interrupts");
	printf("interrupts: of both queues, by %s\n", msix ? "MSI-X" : "a line");
	close(fd);

	write_file(CONTROLLER "reset_controller", "1");
	await_controller();
	read_all();
	snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/reset", address);
	write_file(path, "1");
	await_controller();
	read_all();
	close(admin);
	write_file("/sys/bus/pci/drivers/nvme/unbind", address);
	check(access("/dev/nvme0n1", F_OK) != 0, "nvme0n1 is gone");
	write_file("/sys/bus/pci/drivers/nvme/bind", address);
	await_controller();
	read_all();
	fd = open_namespace();
	write_and_read(fd);
	close(fd);
	read_all();
	printf("reset: by the driver, by the function, by another bind; what was written is there\n");
	over(0);
}
