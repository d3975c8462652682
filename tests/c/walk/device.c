// A device that is open, by its node or by its group.
#include "walk.h"

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

uint64_t offset_of(void)
{
	return answer[6] | (uint64_t)answer[7] << 32;
}

void walk_device(int device)
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
