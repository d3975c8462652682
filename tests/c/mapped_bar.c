// A driver that knows device memory as memory only: it maps BAR 0 of an edu whole, and reads and writes its registers there and nowhere else.
// usage: mapped_bar [NODE]
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
#include <unistd.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>

// Debian 12's headers are older than iommufd and the device node.
#define BIND_IOMMUFD _IO(VFIO_TYPE, VFIO_BASE + 18)
#define ATTACH_IOMMUFD_PT _IO(VFIO_TYPE, VFIO_BASE + 19)
#define IOAS_ALLOC _IO(';', 0x81)
#define IOAS_MAP _IO(';', 0x85)

struct bind_iommufd { uint32_t argsz, flags; int32_t iommufd; uint32_t out_devid; };
struct attach_iommufd_pt { uint32_t argsz, flags, pt_id; };
struct ioas_alloc { uint32_t size, flags, out_ioas_id; };
struct ioas_map { uint32_t size, flags, ioas_id, reserved; uint64_t user_va, length, iova; };

#define ROUNDS 200
#define IOVA 0x100000
#define BUFFER 0x40000
#define PATIENCE 60000

static volatile uint8_t *registers;
static int vector;
static unsigned long received;

static void check(int right, const char *what)
{
	if (right)
		return;
	printf("%s: %s\n", what, strerrorname_np(errno));
	exit(1);
}

static uint32_t read32(unsigned at) { return *(volatile uint32_t *)(registers + at); }
static void write32(unsigned at, uint32_t value) { *(volatile uint32_t *)(registers + at) = value; }
static uint64_t read64(unsigned at) { return *(volatile uint64_t *)(registers + at); }
static void write64(unsigned at, uint64_t value) { *(volatile uint64_t *)(registers + at) = value; }

// What the interrupt is about stands in the registers when it comes.
static void expect_interrupt(uint32_t cause)
{
	struct pollfd waited = { .fd = vector, .events = POLLIN };
	uint64_t count = 0;

	check(poll(&waited, 1, PATIENCE) == 1 && read(vector, &count, 8) == 8, "an interrupt");
	received += count;
	check(count == 1 && read32(0x24) == cause, "the interrupt's cause");
	write32(0x64, cause);
}

static void transfer(uint64_t from, uint64_t to, uint64_t count, uint64_t command)
{
	write64(0x80, from);
	write64(0x88, to);
	write64(0x90, count);
	write64(0x98, command);
}

int main(int argc, char **argv)
{
	struct bind_iommufd bind = { .argsz = sizeof bind };
	struct attach_iommufd_pt attach = { .argsz = sizeof attach };
	struct ioas_alloc alloc = { .size = sizeof alloc };
	struct ioas_map map = { .size = sizeof map, .flags = 7, .length = 8192, .iova = IOVA };
	struct vfio_region_info bar = { .argsz = sizeof bar, .index = VFIO_PCI_BAR0_REGION_INDEX };
	struct vfio_region_info config = { .argsz = sizeof config, .index = VFIO_PCI_CONFIG_REGION_INDEX };
	struct { struct vfio_irq_set set; int32_t fd; } msi = {
		.set = { .argsz = sizeof msi, .flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER, .index = VFIO_PCI_MSI_IRQ_INDEX, .count = 1 },
	};
	uint8_t *memory = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int iommufd = open("/dev/iommu", O_RDWR | O_CLOEXEC);
	int device = open(argc > 1 ? argv[1] : "/dev/vfio/devices/vfio0", O_RDWR | O_CLOEXEC);
	uint64_t waits = 0;
	uint16_t command;
	uint32_t value;

	bind.iommufd = iommufd;
	check(ioctl(device, BIND_IOMMUFD, &bind) == 0 && ioctl(iommufd, IOAS_ALLOC, &alloc) == 0, "BIND, IOAS_ALLOC");
	attach.pt_id = map.ioas_id = alloc.out_ioas_id;
	map.user_va = (uintptr_t)memory;
	check(ioctl(iommufd, IOAS_MAP, &map) == 0 && ioctl(device, ATTACH_IOMMUFD_PT, &attach) == 0, "IOAS_MAP, ATTACH");
	check(ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &bar) == 0 && ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &config) == 0, "GET_REGION_INFO");
	printf("BAR 0 can be mapped: %d\n", (bar.flags & VFIO_REGION_INFO_FLAG_MMAP) != 0);
	registers = mmap(NULL, bar.size, PROT_READ | PROT_WRITE, MAP_SHARED, device, bar.offset);
	check(registers != MAP_FAILED, "mmap of BAR 0");
	command = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
	check(pwrite(device, &command, 2, config.offset + PCI_COMMAND) == 2, "the command register");
	vector = msi.fd = eventfd(0, EFD_NONBLOCK);
	check(ioctl(device, VFIO_DEVICE_SET_IRQS, &msi) == 0, "SET_IRQS");

	printf("identification: %08x\n", read32(0));
	write32(4, 0x12345678);
	while (read32(4) == 0x12345678)
		waits++;
	printf("inversion: %08x\n", read32(4));
	write32(0x20, 0x80);
	write32(8, 10);
	expect_interrupt(1);
	printf("factorial: %u\n", read32(8));
	write32(0x60, 0xed0);
	expect_interrupt(0xed0);

	// Every command at once after the interrupt of the one before.
	for (unsigned round = 0; round < ROUNDS; round++) {
		for (unsigned i = 0; i < 4096; i++)
			memory[i] = (uint8_t)(i * 13 + round);
		memset(memory + 4096, 0, 4096);
		transfer(IOVA, BUFFER, 4096, 1 | 4);
		expect_interrupt(0x100);
		transfer(BUFFER, IOVA + 4096, 4096, 1 | 2 | 4);
		expect_interrupt(0x100);
		check(memcmp(memory, memory + 4096, 4096) == 0, "memory after a transfer");
	}

	// And by looking at the command register, without an interrupt.
	for (unsigned round = 0; round < ROUNDS; round++) {
		memset(memory, (int)round + 1, 4096);
		transfer(IOVA, BUFFER, 4096, 1);
		while (read64(0x98) & 1)
			waits++;
		transfer(BUFFER, IOVA + 4096, 4096, 1 | 2);
		while (read64(0x98) & 1)
			waits++;
		check(memcmp(memory, memory + 4096, 4096) == 0, "memory after a transfer that was waited for");
	}

	printf("DMA: %u transfers, every byte right\n", 4 * ROUNDS);
	printf("MSI: %lu\n", received);
	check(pread(device, &value, 4, bar.offset + 0x80) == 4, "pread");
	printf("pread sees what was stored: %08x\n", value);

	// What is stored while the function's memory is off is lost, as it would be.
	command = 0;
	check(pwrite(device, &command, 2, config.offset + PCI_COMMAND) == 2, "the command register");
	write32(4, 1);
	while (read32(4) == 1)
		waits++;
	command = PCI_COMMAND_MEMORY;
	check(pwrite(device, &command, 2, config.offset + PCI_COMMAND) == 2, "the command register");
	printf("inversion after a store to memory that was off: %08x\n", read32(4));
	return 0;
}
