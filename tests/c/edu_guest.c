// The whole user space of a small virtual machine that was given QEMU's edu device: /init of its initramfs. It finds the function that the firmware
// has set up, drives it through the guest's own VFIO (the machine has an IOMMU too: DMA is fenced twice), sends memory there and back by DMA, counts
// the interrupts, and switches the machine off. What it prints does not depend on who plays the device.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include "guest.h"

#define ROUNDS 16
#define RAISED (2 + 3 * ROUNDS)
// QEMU's edu ends QEMU when asked for its whole buffer.
#define MOST 4092
#define BUFFER 0x40000
#define INTERRUPT_DMA 0x100
#define PATIENCE 60000

static volatile uint8_t *registers;
static int container, vector;
static unsigned long received;

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	check(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text), path);
	close(fd);
}

static unsigned long read_number(const char *function, const char *name)
{
	char path[PATH_MAX], text[64] = "";
	int fd;

	snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/%s", function, name);
	fd = open(path, O_RDONLY);
	check(fd >= 0 && read(fd, text, sizeof text - 1) > 0, path);
	close(fd);
	return strtoul(text, NULL, 16);
}

static uint32_t read32(unsigned at) { return *(volatile uint32_t *)(registers + at); }
static void write32(unsigned at, uint32_t value) { *(volatile uint32_t *)(registers + at) = value; }
static void write64(unsigned at, uint64_t value) { *(volatile uint64_t *)(registers + at) = value; }

// A page, and where the device finds it.
static uint8_t *map_page(uint64_t iova)
{
	uint8_t *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof map, .flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE, .vaddr = (uintptr_t)page, .iova = iova, .size = 4096,
	};

	check(page != MAP_FAILED && ioctl(container, VFIO_IOMMU_MAP_DMA, &map) == 0, "MAP_DMA");
	return page;
}

static void unmap_page(uint8_t *page, uint64_t iova)
{
	struct vfio_iommu_type1_dma_unmap unmap = { .argsz = sizeof unmap, .iova = iova, .size = 4096 };

	check(ioctl(container, VFIO_IOMMU_UNMAP_DMA, &unmap) == 0 && unmap.size == 4096 && munmap(page, 4096) == 0, "UNMAP_DMA");
}

// Exactly one interrupt, with exactly this cause, which is then acknowledged.
static void expect_interrupt(uint32_t cause)
{
	struct pollfd waited = { .fd = vector, .events = POLLIN };
	uint64_t count = 0;
	uint32_t seen;

	check(poll(&waited, 1, PATIENCE) == 1 && read(vector, &count, 8) == 8, "an interrupt");
	received += count;
	seen = read32(0x24);
	if (count != 1 || seen != cause) {
		printf("%lu interrupts at once, cause %x instead of %x\n", (unsigned long)count, seen, cause);
		over(1);
	}
	write32(0x64, seen);
}

static void transfer(uint64_t from, uint64_t to, uint64_t count, uint64_t direction)
{
	write64(0x80, from);
	write64(0x88, to);
	write64(0x90, count);
	write64(0x98, 1 | direction | 4);
	expect_interrupt(INTERRUPT_DMA);
}

static void find(char *function)
{
	DIR *devices = opendir("/sys/bus/pci/devices");
	struct dirent *entry;

	check(devices != NULL, "/sys/bus/pci/devices");
	while ((entry = readdir(devices)))
		if (entry->d_name[0] != '.' && read_number(entry->d_name, "vendor") == 0x1234 && read_number(entry->d_name, "device") == 0x11e8) {
			strcpy(function, entry->d_name);
			closedir(devices);
			return;
		}
	printf("no edu among the PCI functions\n");
	over(1);
}

static int open_device(const char *function)
{
	char path[PATH_MAX], link[PATH_MAX] = "";
	int group, device;

	snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/driver_override", function);
	write_file(path, "vfio-pci");
	write_file("/sys/bus/pci/drivers_probe", function);
	snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/iommu_group", function);
	check(readlink(path, link, sizeof link - 1) > 0, path);
	snprintf(path, sizeof path, "/dev/vfio%s", strrchr(link, '/'));
	container = open("/dev/vfio/vfio", O_RDWR);
	group = open(path, O_RDWR);
	check(container >= 0 && group >= 0, path);
	check(ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) == 0, "SET_CONTAINER");
	check(ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU) == 0, "SET_IOMMU");
	device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, function);
	check(device >= 0, "GET_DEVICE_FD");
	return device;
}

static void set_up(int device)
{
	struct vfio_region_info bar = { .argsz = sizeof bar, .index = VFIO_PCI_BAR0_REGION_INDEX };
	struct vfio_region_info config = { .argsz = sizeof config, .index = VFIO_PCI_CONFIG_REGION_INDEX };
	struct { struct vfio_irq_set set; int32_t fd; } msi = {
		.set = { .argsz = sizeof msi, .flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER, .index = VFIO_PCI_MSI_IRQ_INDEX, .count = 1 },
	};
	uint16_t command = 0;

	check(ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &config) == 0 && ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &bar) == 0, "GET_REGION_INFO");
	check(pread(device, &command, 2, config.offset + PCI_COMMAND) == 2, "the command register");
	command |= PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
	check(pwrite(device, &command, 2, config.offset + PCI_COMMAND) == 2, "the command register");
	registers = mmap(NULL, bar.size, PROT_READ | PROT_WRITE, MAP_SHARED, device, bar.offset);
	check(registers != MAP_FAILED, "mmap of BAR 0");
	vector = msi.fd = eventfd(0, EFD_NONBLOCK);
	check(vector >= 0 && ioctl(device, VFIO_DEVICE_SET_IRQS, &msi) == 0, "SET_IRQS");
}

static unsigned long counted_by_the_kernel(void)
{
	char line[512];
	unsigned long count = 0;
	FILE *interrupts = fopen("/proc/interrupts", "r");

	check(interrupts != NULL, "/proc/interrupts");
	while (fgets(line, sizeof line, interrupts))
		if (strstr(line, "vfio-msi"))
			sscanf(line, " %*[^:]: %lu", &count);
	fclose(interrupts);
	return count;
}

int main(void)
{
	char function[NAME_MAX + 1] = "";
	uint64_t moved = 0, late = 0;
	int device;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (getpid() == 1) {
		mkdir("/proc", 0755);
		mkdir("/sys", 0755);
		mkdir("/dev", 0755);
		check(mount("proc", "/proc", "proc", 0, NULL) == 0, "/proc");
		check(mount("sys", "/sys", "sysfs", 0, NULL) == 0, "/sys");
		check(mount("dev", "/dev", "devtmpfs", 0, NULL) == 0, "/dev");
	}

	find(function);
	printf("edu at %s, BAR 0 at %lx\n", function, read_number(function, "resource"));
	device = open_device(function);
	set_up(device);

	check(read32(0) == 0x010000ed, "the identification");
	write32(4, 0x12345678);
	check(read32(4) == ~0x12345678u, "the inversion");
	write32(0x20, 0x80);
	write32(8, 10);
	expect_interrupt(1);
	check(read32(8) == 3628800, "the factorial");
	write32(0x60, 0xed0);
	expect_interrupt(0xed0);

	for (unsigned round = 0; round < ROUNDS; round++) {
		// Every length and place is another one; what is beside it must stay.
		unsigned start = round * 4, length = MOST - start - round;
		uint64_t there = (1 + round) << 20, back = there + 0x5000;
		uint8_t *from = map_page(there), *to = map_page(back);

		for (unsigned i = 0; i < 4096; i++) {
			from[i] = (uint8_t)(i * 7 + i / 256 + round * 31 + 1);
			to[i] = (uint8_t)~from[i];
		}
		transfer(there + start, BUFFER, length, 0);
		transfer(BUFFER, back + start, length, 2);
		for (unsigned i = 0; i < 4096; i++) {
			uint8_t expected = i >= start && i < start + length ? from[i] : (uint8_t)~from[i];

			if (to[i] != expected) {
				printf("round %u: byte %u is %02x instead of %02x\n", round, i, to[i], expected);
				over(1);
			}
		}
		moved += length;

		// What was mapped is no longer reached.
		unmap_page(from, there);
		memset(to, 0x5a, 4096);
		transfer(BUFFER, there, length, 2);
		for (unsigned i = 0; i < 4096; i++)
			check(to[i] == 0x5a, "memory beside what was unmapped");
		unmap_page(to, back);
	}

	printf("DMA: %lu bytes to the device and back in %u rounds, every byte right\n", (unsigned long)moved, ROUNDS);
	// One too many would come soon.
	usleep(100000);
	if (read(vector, &late, 8) == 8)
		received += late;
	printf("MSI: %lu interrupts by eventfd, %lu counted by the kernel, %d raised\n", received, counted_by_the_kernel(), RAISED);
	over(received != RAISED || counted_by_the_kernel() != RAISED);
}
