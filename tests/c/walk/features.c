// VFIO_DEVICE_FEATURE with what features carry, and interrupts that are told and taken in other ways.
#include "walk.h"

static int comes(int event)
{
	struct pollfd waits = { event, POLLIN, 0 };
	uint64_t count = 0;

	return poll(&waits, 1, 2000) == 1 && read(event, &count, sizeof count) == sizeof count;
}

static void features(int device)
{
	char name[80];

	begin("device: features with something in them");
	for (uint32_t feature = 0; feature < 14; feature++) {
		for (uint32_t operation = 1; operation < 7; operation++) {
			uint32_t flags = feature | operation << 16;
			const char *how = (const char *[]){ "", "get", "set", "get set", "probe", "get probe", "set probe" }[operation];
			long result;

			// To sleep and to wake are asked below.
			if (feature >= 3 && feature <= 5 && operation == 2)
				continue;
			snprintf(name, sizeof name, "VFIO_DEVICE_FEATURE %u %s zeros", feature, how);
			result = CALL(device, name, 117, 72, flags, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
			if (result > 0)
				close((int)result);
			snprintf(name, sizeof name, "VFIO_DEVICE_FEATURE %u %s ones", feature, how);
			result = CALL(device, name, 117, 72, flags, -1u, -1u, -1u, -1u, -1u, -1u, -1u, -1u, -1u, -1u, -1u, -1u, -1u, -1u, -1u, -1u);
			if (result > 0)
				close((int)result);
			snprintf(name, sizeof name, "VFIO_DEVICE_FEATURE %u %s a byte", feature, how);
			result = CALL(device, name, 117, 9, flags, 0);
			if (result > 0)
				close((int)result);
		}
	}
	CALL(device, "VFIO_DEVICE_FEATURE sleeps", 117, 8, 0x20003);
	CALL(device, "VFIO_DEVICE_FEATURE sleeps again", 117, 8, 0x20003);
	CALL(device, "VFIO_DEVICE_FEATURE wakes", 117, 8, 0x20005);
	CALL(device, "VFIO_DEVICE_FEATURE wakes again", 117, 8, 0x20005);
	CALL(device, "VFIO_DEVICE_FEATURE sleeps and is woken by nobody", 117, 16, 0x20004, 0x7fff, 0);
}

static void interrupts(int device, int is_edu)
{
	int event = eventfd(0, EFD_NONBLOCK), unmask = eventfd(0, EFD_NONBLOCK);
	uint64_t bar = region_offset(device, 0), one = 1;
	uint32_t value;

	begin("device: interrupts that come");
	CALL(device, "VFIO_DEVICE_SET_IRQS INTx", 110, 24, 0x24, 0, 0, 1, event);
	CALL(device, "VFIO_DEVICE_SET_IRQS INTx by a byte that is 0", 110, 24, 0x22, 0, 0, 1, 0);
	CALL(device, "VFIO_DEVICE_SET_IRQS INTx by a byte", 110, 24, 0x22, 0, 0, 1, 1);
	printf("comes: %d\n", comes(event));
	CALL(device, "VFIO_DEVICE_SET_IRQS INTx of two", 110, 24, 0x24, 0, 0, 2, event);
	CALL(device, "VFIO_DEVICE_SET_IRQS INTx of the second", 110, 24, 0x24, 0, 1, 1, event);
	CALL(device, "VFIO_DEVICE_SET_IRQS INTx takes its event away", 110, 24, 0x24, 0, 0, 1, -1u);
	CALL(device, "VFIO_DEVICE_SET_IRQS INTx gives it back", 110, 24, 0x24, 0, 0, 1, event);
	CALL(device, "VFIO_DEVICE_SET_IRQS unmasks INTx by an event", 110, 24, 0x14, 0, 0, 1, unmask);
	CALL(device, "VFIO_DEVICE_SET_IRQS unmasks INTx by it again", 110, 24, 0x14, 0, 0, 1, unmask);
	CALL(device, "VFIO_DEVICE_SET_IRQS unmasks INTx by no file", 110, 24, 0x14, 0, 0, 1, 0x7fff);
	CALL(device, "VFIO_DEVICE_SET_IRQS masks INTx by an event", 110, 24, 0x0c, 0, 0, 1, unmask);
	CALL(device, "VFIO_DEVICE_SET_IRQS masks INTx by a byte", 110, 24, 0x0a, 0, 0, 1, 1);
	CALL(device, "VFIO_DEVICE_SET_IRQS unmasks INTx by a byte", 110, 24, 0x12, 0, 0, 1, 1);
	CALL(device, "VFIO_DEVICE_SET_IRQS masks INTx of none", 110, 20, 0x09, 0, 0, 0);
	if (is_edu) {
		write_config(device, 4, 2);
		value = 1;
		tell("edu raises INTx", pwrite(device, &value, 4, bar + 0x60));
		printf("comes: %d\n", comes(event));
		tell("unmasked while it is up", write(unmask, &one, 8));
		printf("comes again: %d\n", comes(event));
		tell("edu lowers it", pwrite(device, &value, 4, bar + 0x64));
		CALL(device, "VFIO_DEVICE_SET_IRQS unmasks INTx", 110, 20, 0x11, 0, 0, 1);
		value = 2;
		tell("edu raises another", pwrite(device, &value, 4, bar + 0x60));
		printf("comes: %d\n", comes(event));
		tell("edu lowers it", pwrite(device, &value, 4, bar + 0x64));
	}
	CALL(device, "VFIO_DEVICE_SET_IRQS INTx unmask's event away", 110, 24, 0x14, 0, 0, 1, -1u);
	CALL(device, "VFIO_DEVICE_SET_IRQS INTx off", 110, 20, 0x21, 0, 0, 0);
	CALL(device, "VFIO_DEVICE_SET_IRQS masks INTx that is off", 110, 20, 0x09, 0, 0, 1);
	CALL(device, "VFIO_DEVICE_SET_IRQS INTx by hand while it is off", 110, 20, 0x21, 0, 0, 1);
	CALL(device, "VFIO_DEVICE_SET_IRQS MSI of no event", 110, 24, 0x24, 1, 0, 1, -1u);
	CALL(device, "VFIO_DEVICE_SET_IRQS MSI gets one", 110, 24, 0x24, 1, 0, 1, event);
	CALL(device, "VFIO_DEVICE_SET_IRQS MSI by a byte", 110, 24, 0x22, 1, 0, 1, 1);
	printf("comes: %d\n", comes(event));
	CALL(device, "VFIO_DEVICE_SET_IRQS unmasks MSI", 110, 20, 0x11, 1, 0, 1);
	if (is_edu) {
		write_config(device, 4, 6);
		value = 4;
		tell("edu sends MSI", pwrite(device, &value, 4, bar + 0x60));
		printf("comes: %d\n", comes(event));
		tell("edu lowers it", pwrite(device, &value, 4, bar + 0x64));
		write_config(device, 4, 0);
	}
	CALL(device, "VFIO_DEVICE_SET_IRQS MSI off", 110, 20, 0x21, 1, 0, 0);
	CALL(device, "VFIO_DEVICE_SET_IRQS MSI off again", 110, 20, 0x21, 1, 0, 0);
	CALL(device, "VFIO_DEVICE_SET_IRQS MSI by hand while it is off", 110, 20, 0x21, 1, 0, 1);
	CALL(device, "VFIO_DEVICE_SET_IRQS MSI-X", 110, 24, 0x24, 2, 0, 1, event);
	CALL(device, "VFIO_DEVICE_SET_IRQS of the request interrupt", 110, 24, 0x24, 4, 0, 1, event);
	CALL(device, "VFIO_DEVICE_SET_IRQS of the request interrupt by hand", 110, 20, 0x21, 4, 0, 1);
	printf("comes: %d\n", comes(event));
	CALL(device, "VFIO_DEVICE_SET_IRQS of the request interrupt by a byte", 110, 24, 0x22, 4, 0, 1, 1);
	printf("comes: %d\n", comes(event));
	CALL(device, "VFIO_DEVICE_SET_IRQS of the request interrupt off", 110, 20, 0x21, 4, 0, 0);
	CALL(device, "VFIO_DEVICE_SET_IRQS of no data", 110, 24, 0x20, 1, 0, 1, event);
	CALL(device, "VFIO_DEVICE_SET_IRQS of two actions", 110, 24, 0x34, 1, 0, 1, event);
	CALL(device, "VFIO_DEVICE_SET_IRQS of other flags", 110, 24, 0x64, 1, 0, 1, event);
	CALL(device, "VFIO_DEVICE_SET_IRQS with its data cut off", 110, 20, 0x24, 1, 0, 1);
	close(event);
	close(unmask);
}

static void ioeventfds(int device)
{
	int event = eventfd(0, EFD_NONBLOCK);
	uint64_t bar = region_offset(device, 0), one = 1;
	uint32_t value = 0;
	int tries = 0;

	begin("device: writes that an event makes");
	write_config(device, 4, 2);
	CALL(device, "VFIO_DEVICE_IOEVENTFD", 116, 32, 4, U64(bar + 4), U64(0x1234), event, 0);
	CALL(device, "VFIO_DEVICE_IOEVENTFD again", 116, 32, 4, U64(bar + 4), U64(0x1234), event, 0);
	CALL(device, "VFIO_DEVICE_IOEVENTFD of other data", 116, 32, 4, U64(bar + 4), U64(0x5678), event, 0);
	CALL(device, "VFIO_DEVICE_IOEVENTFD of other data goes", 116, 32, 4, U64(bar + 4), U64(0x5678), -1u, 0);
	CALL(device, "VFIO_DEVICE_IOEVENTFD at an odd place", 116, 32, 4, U64(bar + 6), U64(0), event, 0);
	CALL(device, "VFIO_DEVICE_IOEVENTFD of two widths", 116, 32, 6, U64(bar + 4), U64(0), event, 0);
	CALL(device, "VFIO_DEVICE_IOEVENTFD of no file", 116, 32, 4, U64(bar + 4), U64(0), 0x7fff, 0);
	CALL(device, "VFIO_DEVICE_IOEVENTFD below nothing", 116, 32, 4, U64(bar + 4), U64(0), -2u, 0);
	CALL(device, "VFIO_DEVICE_IOEVENTFD reserved", 116, 32, 4, U64(bar + 4), U64(0), event, 1);
	CALL(device, "VFIO_DEVICE_IOEVENTFD of the ROM", 116, 32, 4, U64(region_offset(device, 6)), U64(0), event, 0);
	tell("the event", write(event, &one, 8));
	do
		pread(device, &value, 4, bar + 4);
	while (value != ~0x1234u && tries++ < 1000000);
	printf("register 4 is %08x\n", value);
	CALL(device, "VFIO_DEVICE_IOEVENTFD goes", 116, 32, 4, U64(bar + 4), U64(0x1234), -1u, 0);
	CALL(device, "VFIO_DEVICE_IOEVENTFD goes again", 116, 32, 4, U64(bar + 4), U64(0x1234), -1u, 0);
	write_config(device, 4, 0);
	close(event);
}

void walk_features(int device, int other)
{
	uint32_t words[64] = { 256 };

	features(device);
	interrupts(device, 1);
	ioeventfds(device);
	begin("device: answers with room behind them");
	CALL(device, "VFIO_DEVICE_GET_INFO with room", 107, 128, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
	for (uint32_t i = 0; i < 9; i++)
		CALL(device, "VFIO_DEVICE_GET_REGION_INFO with room", 108, 64, 0, i, 0, U64(0), U64(0), 0, 0, 0, 0, 0, 0, 0, 0);
	tell("VFIO_DEVICE_GET_PCI_HOT_RESET_INFO with room", ioctl(device, NR(112), words));
	print_words("functions", words, 8);
	CALL(device, "VFIO_DEVICE_PCI_HOT_RESET with two files", 113, 20, 0, 2, other, other);
	CALL(device, "VFIO_DEVICE_PCI_HOT_RESET with a file", 113, 16, 0, 1, other);
	CALL(device, "VFIO_DEVICE_PCI_HOT_RESET with no file there", 113, 16, 0, 1, 0x7fff);
	CALL(device, "VFIO_DEVICE_PCI_HOT_RESET with too many", 113, 16, 0, 0xffff, other);
	CALL(device, "VFIO_DEVICE_PCI_HOT_RESET of flags", 113, 12, 1, 0);
	walk_file("device", device);
}
