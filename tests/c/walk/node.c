// A device by its own node.
#include "walk.h"

// What sysfs says of a function that is in use.
static void fresh(const char *address, int device)
{
	char path[200];
	uint8_t bytes[64] = { 0 };
	uint16_t line = 0x55;
	int config;

	begin("device: its registers in sysfs");
	snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/config", address);
	config = open(path, O_RDWR);
	for (int i = 0; i < 4; i++) {
		write_config(device, 4, (uint16_t)(i & 1 ? 0 : 6));
		write_config(device, 0x0c, (uint16_t)(0x08 + i));
		tell("pread of the header", pread(config, bytes, sizeof bytes, 0));
		for (int j = 0; j < 64; j++)
			printf("%02x%s", bytes[j], j % 16 == 15 ? "\n" : " ");
	}
	tell("pwrite of the line", pwrite(config, &line, 1, 0x3c));
	tell("pread of the line", pread(config, bytes, 1, 0x3c));
	printf("line %02x\n", bytes[0]);
	tell("pread of the line by the device", pread(device, bytes, 1, region_offset(device, 7) + 0x3c));
	printf("line %02x\n", bytes[0]);
	tell("pwrite past its end", pwrite(config, &line, 2, 4096));
	tell("pwrite of its last byte and more", pwrite(config, &line, 2, 255));
	close(config);
	write_config(device, 4, 0);
	write_config(device, 0x0c, 0);
}

// Page tables that dirty pages are counted in, queues, and other files' objects.
static void objects(int fd, int device, uint32_t id, uint32_t ioas)
{
	static uint64_t bitmap[8];
	uint32_t hwpt, other;
	char bytes[64];
	int queue;

	begin("device: other attachments");
	CALL(device, "VFIO_DEVICE_ATTACH_IOMMUFD_PT for a process", 119, 16, 1, ioas, 5);
	CALL(device, "VFIO_DEVICE_DETACH_IOMMUFD_PT of a process", 120, 12, 1, 5);
	CALL(device, "VFIO_DEVICE_ATTACH_IOMMUFD_PT of flags", 119, 12, 2, ioas);
	other = ioas_alloc(fd);
	CALL(device, "VFIO_DEVICE_ATTACH_IOMMUFD_PT to another", 119, 12, 0, other);
	CALL(fd, "IOMMU_IOAS_MAP in the interrupts' window", 0x85, 40, 7, other, 0, U64((uintptr_t)memory), U64(PAGE), U64(0xfee00000));
	CALL(fd, "IOMMU_IOAS_MAP past what the IOMMU reaches", 0x85, 40, 7, other, 0, U64((uintptr_t)memory), U64(PAGE), U64(0x1000000000000000));
	CALL(device, "VFIO_DEVICE_ATTACH_IOMMUFD_PT back", 119, 12, 0, ioas);
	CALL(fd, "IOMMU_IOAS_MAP in the interrupts' window", 0x85, 40, 7, other, 0, U64((uintptr_t)memory), U64(PAGE), U64(0xfee00000));
	CALL(device, "VFIO_DEVICE_ATTACH_IOMMUFD_PT to what cannot be", 119, 12, 0, other);
	destroy(fd, "the other", other);
	CALL(device, "VFIO_DEVICE_BIND_IOMMUFD with a token", 118, 24, 1, fd, 0, U64((uintptr_t)bitmap));

	begin("device: pages that are dirty");
	if (CALL(fd, "IOMMU_HWPT_ALLOC with dirty tracking", 0x89, 40, 2, id, ioas, 0, 0, 0, 0, U64(0)) == 0) {
		hwpt = answer[4];
		CALL(device, "VFIO_DEVICE_ATTACH_IOMMUFD_PT to it", 119, 12, 0, hwpt);
		CALL(fd, "IOMMU_HWPT_GET_DIRTY_BITMAP before", 0x8c, 48, hwpt, 0, 0, U64(0x100000), U64(4 * PAGE), U64(PAGE), U64((uintptr_t)bitmap));
		CALL(fd, "IOMMU_HWPT_SET_DIRTY_TRACKING", 0x8b, 16, 1, hwpt, 0);
		CALL(fd, "IOMMU_HWPT_SET_DIRTY_TRACKING again", 0x8b, 16, 1, hwpt, 0);
		CALL(fd, "IOMMU_HWPT_SET_DIRTY_TRACKING of flags", 0x8b, 16, 3, hwpt, 0);
		CALL(fd, "IOMMU_HWPT_GET_DIRTY_BITMAP", 0x8c, 48, hwpt, 0, 0, U64(0x100000), U64(4 * PAGE), U64(PAGE), U64((uintptr_t)bitmap));
		CALL(fd, "IOMMU_HWPT_GET_DIRTY_BITMAP of other pages", 0x8c, 48, hwpt, 0, 0, U64(0x100000), U64(4 * PAGE), U64(3), U64((uintptr_t)bitmap));
		CALL(fd, "IOMMU_HWPT_GET_DIRTY_BITMAP of no length", 0x8c, 48, hwpt, 0, 0, U64(0x100000), U64(0), U64(PAGE), U64((uintptr_t)bitmap));
		CALL(fd, "IOMMU_HWPT_GET_DIRTY_BITMAP of what is not there", 0x8c, 48, hwpt, 0, 0, U64(0x700000), U64(PAGE), U64(PAGE), U64((uintptr_t)bitmap));
		CALL(fd, "IOMMU_HWPT_SET_DIRTY_TRACKING ends", 0x8b, 16, 0, hwpt, 0);
		CALL(device, "VFIO_DEVICE_ATTACH_IOMMUFD_PT back", 119, 12, 0, ioas);
		destroy(fd, "it", hwpt);
	}

	begin("a fault queue");
	CALL(fd, "IOMMU_FAULT_QUEUE_ALLOC of flags", 0x8e, 16, 1, 0, 0);
	CALL(fd, "IOMMU_FAULT_QUEUE_ALLOC", 0x8e, 16, 0, 0, 0);
	queue = (int)answer[3];
	other = answer[2];
	printf("fault queue: flags %o\n", fcntl(queue, F_GETFL));
	printf("fault queue: read -> %s\n", result_text(read(queue, bytes, sizeof bytes)));
	printf("fault queue: read of nothing -> %s\n", result_text(read(queue, bytes, 0)));
	printf("fault queue: read of an odd size -> %s\n", result_text(read(queue, bytes, 7)));
	printf("fault queue: pread -> %s\n", result_text(pread(queue, bytes, sizeof bytes, 0)));
	printf("fault queue: write of an odd size -> %s\n", result_text(write(queue, bytes, 7)));
	printf("fault queue: write of what nobody asked -> %s\n", result_text(write(queue, memset(bytes, 0, 16), 16)));
	printf("fault queue: write of nothing -> %s\n", result_text(write(queue, bytes, 0)));
	printf("fault queue: lseek -> %s\n", result_text(lseek(queue, 0, SEEK_SET)));
	printf("fault queue: ioctl -> %s\n", result_text(ioctl(queue, NR(0x80), bytes)));
	{
		struct pollfd waits = { queue, POLLIN | POLLOUT, 0 };

		printf("fault queue: poll -> %s", result_text(poll(&waits, 1, 0)));
		printf(" %x\n", waits.revents);
	}
	hwpt = CALL(fd, "IOMMU_HWPT_ALLOC with the fault queue", 0x89, 44, 4, id, ioas, 0, 0, 0, 0, U64(0), other) == 0 ? answer[4] : 0;
	destroy(fd, "the queue that is open", other);
	close(queue);
	destroy(fd, "the queue that is used", other);
	destroy(fd, "the HWPT", hwpt);
	destroy(fd, "the queue", other);
}

void walk_node(const char *address)
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
	walk_features(device, fd);
	fresh(address, device);

	objects(fd, device, id, ioas);
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
