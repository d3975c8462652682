// A device by its group, and the container.
#include "walk.h"

// VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP and VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP.
static void dirty_pages(int container)
{
	static uint64_t bitmap[8];

	CALL(container, "VFIO_IOMMU_DIRTY_PAGES gets before it starts", 117, 48, 4, U64(0x100000), U64(4 * PAGE), U64(PAGE), U64(8), U64((uintptr_t)bitmap));
	CALL(container, "VFIO_IOMMU_DIRTY_PAGES starts", 117, 8, 1);
	CALL(container, "VFIO_IOMMU_DIRTY_PAGES starts again", 117, 8, 1);
	CALL(container, "VFIO_IOMMU_DIRTY_PAGES gets", 117, 48, 4, U64(0x100000), U64(4 * PAGE), U64(PAGE), U64(8), U64((uintptr_t)bitmap));
	printf("dirty: %lx\n", bitmap[0]);
	bitmap[0] = 0;
	CALL(container, "VFIO_IOMMU_DIRTY_PAGES gets again", 117, 48, 4, U64(0x100000), U64(4 * PAGE), U64(PAGE), U64(8), U64((uintptr_t)bitmap));
	printf("dirty: %lx\n", bitmap[0]);
	CALL(container, "VFIO_IOMMU_DIRTY_PAGES gets a part", 117, 48, 4, U64(0x101000), U64(PAGE), U64(PAGE), U64(8), U64((uintptr_t)bitmap));
	CALL(container, "VFIO_IOMMU_DIRTY_PAGES gets what is not there", 117, 48, 4, U64(0x700000), U64(PAGE), U64(PAGE), U64(8), U64((uintptr_t)bitmap));
	CALL(container, "VFIO_IOMMU_DIRTY_PAGES gets other pages", 117, 48, 4, U64(0x100000), U64(4 * PAGE), U64(2 * PAGE), U64(8), U64((uintptr_t)bitmap));
	CALL(container, "VFIO_IOMMU_DIRTY_PAGES gets with no room", 117, 48, 4, U64(0x100000), U64(4 * PAGE), U64(PAGE), U64(0), U64((uintptr_t)bitmap));
	CALL(container, "VFIO_IOMMU_DIRTY_PAGES gets to NULL", 117, 48, 4, U64(0x100000), U64(4 * PAGE), U64(PAGE), U64(8), U64(0));
	CALL(container, "VFIO_IOMMU_DIRTY_PAGES gets with its end cut off", 117, 40, 4, U64(0x100000), U64(4 * PAGE), U64(PAGE), U64(8));
	CALL(container, "VFIO_IOMMU_DIRTY_PAGES gets no length", 117, 48, 4, U64(0x100000), U64(0), U64(PAGE), U64(8), U64((uintptr_t)bitmap));
	CALL(container, "VFIO_IOMMU_MAP_DMA while it runs", 113, 32, 3, U64((uintptr_t)memory), U64(0x300000), U64(2 * PAGE));
	CALL(container, "VFIO_IOMMU_UNMAP_DMA that gets", 114, 48, 1, U64(0x300000), U64(2 * PAGE), U64(PAGE), U64(8), U64((uintptr_t)bitmap));
	printf("dirty: %lx\n", bitmap[0]);
	CALL(container, "VFIO_IOMMU_DIRTY_PAGES stops", 117, 8, 2);
	CALL(container, "VFIO_IOMMU_DIRTY_PAGES stops again", 117, 8, 2);
	CALL(container, "VFIO_IOMMU_UNMAP_DMA that gets when it is over", 114, 48, 1, U64(0x100000), U64(4 * PAGE), U64(PAGE), U64(8), U64((uintptr_t)bitmap));
}

void walk_container(int container)
{
	uint32_t information[128] = { sizeof information };

	begin("container: type 1");
	for (int extension = 0; extension < 16; extension++)
		printf("VFIO_CHECK_EXTENSION %d -> %s\n", extension, result_text(ioctl(container, NR(101), extension)));
	tell("VFIO_SET_IOMMU 3 again", ioctl(container, NR(102), 3));
	SWEEP(container, "VFIO_IOMMU_GET_INFO", 112, 16, 24, 0, U64(0), 0, 0);
	tell("VFIO_IOMMU_GET_INFO", ioctl(container, NR(112), information));
	print_words("information", information, information[0] / 4 < 64 ? information[0] / 4 : 64);
	SWEEP(container, "VFIO_IOMMU_MAP_DMA", 113, 32, 32, 3, U64(0), U64(0x100000), U64(0));
	CALL(container, "VFIO_IOMMU_MAP_DMA", 113, 32, 3, U64((uintptr_t)memory), U64(0x100000), U64(4 * PAGE));
	CALL(container, "VFIO_IOMMU_MAP_DMA over it", 113, 32, 3, U64((uintptr_t)memory), U64(0x101000), U64(PAGE));
	CALL(container, "VFIO_IOMMU_MAP_DMA without rights", 113, 32, 0, U64((uintptr_t)memory), U64(0x200000), U64(PAGE));
	CALL(container, "VFIO_IOMMU_MAP_DMA of no length", 113, 32, 3, U64((uintptr_t)memory), U64(0x200000), U64(0));
	CALL(container, "VFIO_IOMMU_MAP_DMA at an odd place", 113, 32, 3, U64((uintptr_t)memory), U64(0x200001), U64(PAGE));
	CALL(container, "VFIO_IOMMU_MAP_DMA of nothing there", 113, 32, 3, U64(0), U64(0x200000), U64(PAGE));
	CALL(container, "VFIO_IOMMU_MAP_DMA past the end", 113, 32, 3, U64((uintptr_t)memory), U64(0xfffffffffffff000), U64(2 * PAGE));
	CALL(container, "VFIO_IOMMU_MAP_DMA in the interrupts' window", 113, 32, 3, U64((uintptr_t)memory), U64(0xfee00000), U64(PAGE));
	SWEEP(container, "VFIO_IOMMU_DIRTY_PAGES", 117, 8, 8, 0);
	CALL(container, "VFIO_IOMMU_DIRTY_PAGES starts", 117, 8, 1);
	CALL(container, "VFIO_IOMMU_DIRTY_PAGES stops", 117, 8, 2);
	CALL(container, "VFIO_IOMMU_DIRTY_PAGES of two flags", 117, 8, 3);
	dirty_pages(container);
	SWEEP(container, "VFIO_IOMMU_UNMAP_DMA", 114, 24, 24, 0, U64(0x700000), U64(PAGE));
	CALL(container, "VFIO_IOMMU_UNMAP_DMA of a part", 114, 24, 0, U64(0x100000), U64(PAGE));
	CALL(container, "VFIO_IOMMU_UNMAP_DMA of what is not there", 114, 24, 0, U64(0x700000), U64(PAGE));
	CALL(container, "VFIO_IOMMU_UNMAP_DMA of no length", 114, 24, 0, U64(0x700000), U64(0));
	CALL(container, "VFIO_IOMMU_UNMAP_DMA of all and a part", 114, 24, 2, U64(0), U64(PAGE));
	CALL(container, "VFIO_IOMMU_UNMAP_DMA of an address alone", 114, 24, 4, U64(0x100000), U64(4 * PAGE));
	CALL(container, "VFIO_IOMMU_MAP_DMA of an address alone", 113, 32, 4, U64((uintptr_t)memory), U64(0x100000), U64(4 * PAGE));
	CALL(container, "VFIO_IOMMU_MAP_DMA of an address alone that is there", 113, 32, 4, U64((uintptr_t)memory), U64(0x100000), U64(4 * PAGE));
	CALL(container, "VFIO_IOMMU_MAP_DMA of flags", 113, 32, 0x13, U64((uintptr_t)memory), U64(0x200000), U64(PAGE));
	CALL(container, "VFIO_IOMMU_MAP_DMA to read", 113, 32, 1, U64((uintptr_t)memory), U64(0x200000), U64(PAGE));
	CALL(container, "VFIO_IOMMU_UNMAP_DMA of two mappings and a hole", 114, 24, 0, U64(0x180000), U64(0x100000));
}

void walk_group(const char *address)
{
	char *node = group_of(address);
	int container, group, second, device;
	uint32_t number;

	begin("group");
	if (!node) {
		printf("no group\n");
		return;
	}
	container = tell_fd("open /dev/vfio/vfio", open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC));
	numbers(container);
	tell("VFIO_GET_API_VERSION", ioctl(container, NR(100)));
	for (int extension = 0; extension < 16; extension++)
		printf("VFIO_CHECK_EXTENSION %d -> %s\n", extension, result_text(ioctl(container, NR(101), extension)));
	tell("VFIO_SET_IOMMU of an empty container", ioctl(container, NR(102), 1));
	CALL(container, "VFIO_IOMMU_MAP_DMA of an empty container", 113, 32, 3, U64((uintptr_t)memory), U64(0x100000), U64(PAGE));
	group = tell_fd("open the group", open(node, O_RDWR | O_CLOEXEC));
	second = tell_fd("open the group again", open(node, O_RDWR | O_CLOEXEC));
	if (second >= 0)
		close(second);
	numbers(group);
	SWEEP(group, "VFIO_GROUP_GET_STATUS", 103, 8, 8, 0);
	CALL(group, "VFIO_GROUP_GET_STATUS", 103, 8, 0);
	tell_fd("VFIO_GROUP_GET_DEVICE_FD without a container", ioctl(group, NR(106), address));
	tell("VFIO_GROUP_UNSET_CONTAINER of none", ioctl(group, NR(105)));
	number = 0x7fff;
	tell("VFIO_GROUP_SET_CONTAINER of no file", ioctl(group, NR(104), &number));
	number = group;
	tell("VFIO_GROUP_SET_CONTAINER of itself", ioctl(group, NR(104), &number));
	number = container;
	tell("VFIO_GROUP_SET_CONTAINER", ioctl(group, NR(104), &number));
	tell("VFIO_GROUP_SET_CONTAINER again", ioctl(group, NR(104), &number));
	CALL(group, "VFIO_GROUP_GET_STATUS", 103, 8, 0);
	tell_fd("VFIO_GROUP_GET_DEVICE_FD without an IOMMU", ioctl(group, NR(106), address));
	for (int type = 0; type < 12; type++)
		if (type != 1 && type != 3)
			printf("VFIO_SET_IOMMU %d -> %s\n", type, result_text(ioctl(container, NR(102), type)));
	tell("VFIO_SET_IOMMU 3", ioctl(container, NR(102), 3));
	walk_container(container);
	tell_fd("VFIO_GROUP_GET_DEVICE_FD of no device", ioctl(group, NR(106), "0000:ff:1f.7"));
	tell_fd("VFIO_GROUP_GET_DEVICE_FD at NULL", ioctl(group, NR(106), NULL));
	device = tell_fd("VFIO_GROUP_GET_DEVICE_FD", ioctl(group, NR(106), address));
	tell("VFIO_GROUP_UNSET_CONTAINER while a device is open", ioctl(group, NR(105)));
	CALL(device, "VFIO_DEVICE_BIND_IOMMUFD of a group's device", 118, 16, 0, 0xffffffff, 0);
	CALL(device, "VFIO_DEVICE_ATTACH_IOMMUFD_PT of a group's device", 119, 12, 0, 1);
	tell_fd("open the node while the group has it", open(node_of(address), O_RDWR | O_CLOEXEC));
	begin("group: moves data");
	move_data(device);
	walk_device(device);
	walk_features(device, group);
	begin("group: closed");
	close(device);
	tell("VFIO_GROUP_UNSET_CONTAINER", ioctl(group, NR(105)));
	CALL(container, "VFIO_IOMMU_UNMAP_DMA of a container that lost its group", 114, 24, 0, U64(0x100000), U64(4 * PAGE));
	close(group);
	close(container);

	begin("group: the first version of the mapper");
	container = tell_fd("open /dev/vfio/vfio", open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC));
	group = tell_fd("open the group", open(node, O_RDWR | O_CLOEXEC));
	number = container;
	tell("VFIO_GROUP_SET_CONTAINER", ioctl(group, NR(104), &number));
	tell("VFIO_SET_IOMMU 1", ioctl(container, NR(102), 1));
	CALL(container, "VFIO_IOMMU_MAP_DMA", 113, 32, 3, U64((uintptr_t)memory), U64(0x100000), U64(4 * PAGE));
	CALL(container, "VFIO_IOMMU_UNMAP_DMA of a part", 114, 24, 0, U64(0x101000), U64(PAGE));
	CALL(container, "VFIO_IOMMU_UNMAP_DMA of all", 114, 24, 2, U64(0), U64(0));
	// The group's file goes first: the container keeps nothing of it.
	close(group);
	CALL(container, "VFIO_IOMMU_MAP_DMA without a group", 113, 32, 3, U64((uintptr_t)memory), U64(0x100000), U64(PAGE));
	close(container);
}
