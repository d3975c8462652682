// The container's calls on an iommufd, with a group that has a device.
#include "walk.h"

void walk_compatible(const char *address)
{
	uint32_t information[64] = { sizeof information };
	int iommufd, group, device, number;

	begin("an iommufd as the container");
	iommufd = tell_fd("open /dev/iommu", open("/dev/iommu", O_RDWR | O_CLOEXEC));
	group = tell_fd("open the group", open(group_of(address), O_RDWR | O_CLOEXEC));
	tell("VFIO_SET_IOMMU of an iommufd without a group", ioctl(iommufd, NR(102), 3));
	number = iommufd;
	tell("VFIO_GROUP_SET_CONTAINER", ioctl(group, NR(104), &number));
	CALL(group, "VFIO_GROUP_GET_STATUS", 103, 8, 0);
	CALL(iommufd, "IOMMU_VFIO_IOAS gets", 0x88, 12, 0, 0);
	for (int extension = 0; extension < 16; extension++)
		printf("VFIO_CHECK_EXTENSION %d -> %s\n", extension, result_text(ioctl(iommufd, NR(101), extension)));
	for (int type = 0; type < 12; type++)
		if (type != 1)
			printf("VFIO_SET_IOMMU %d -> %s\n", type, result_text(ioctl(iommufd, NR(102), type)));
	tell("VFIO_SET_IOMMU 1 after 3", ioctl(iommufd, NR(102), 1));
	device = tell_fd("VFIO_GROUP_GET_DEVICE_FD", ioctl(group, NR(106), address));
	for (int extension = 0; extension < 16; extension++)
		printf("VFIO_CHECK_EXTENSION %d -> %s\n", extension, result_text(ioctl(iommufd, NR(101), extension)));
	tell("VFIO_IOMMU_GET_INFO", ioctl(iommufd, NR(112), information));
	print_words("information", information, information[0] / 4 < 64 ? information[0] / 4 : 64);
	CALL(iommufd, "VFIO_IOMMU_GET_INFO of a short struct", 112, 16, 0, 0, 0);
	SWEEP(iommufd, "VFIO_IOMMU_MAP_DMA", 113, 32, 32, 3, U64(0), U64(0x100000), U64(0));
	CALL(iommufd, "VFIO_IOMMU_MAP_DMA", 113, 32, 3, U64((uintptr_t)memory), U64(0x100000), U64(4 * PAGE));
	CALL(iommufd, "VFIO_IOMMU_MAP_DMA over it", 113, 32, 3, U64((uintptr_t)memory), U64(0x101000), U64(PAGE));
	CALL(iommufd, "VFIO_IOMMU_MAP_DMA without rights", 113, 32, 0, U64((uintptr_t)memory), U64(0x200000), U64(PAGE));
	CALL(iommufd, "VFIO_IOMMU_MAP_DMA to read", 113, 32, 1, U64((uintptr_t)memory), U64(0x200000), U64(PAGE));
	CALL(iommufd, "VFIO_IOMMU_MAP_DMA in the interrupts' window", 113, 32, 3, U64((uintptr_t)memory), U64(0xfee00000), U64(PAGE));
	SWEEP(iommufd, "VFIO_IOMMU_UNMAP_DMA", 114, 24, 24, 0, U64(0x700000), U64(PAGE));
	CALL(iommufd, "VFIO_IOMMU_UNMAP_DMA of a part", 114, 24, 0, U64(0x100000), U64(PAGE));
	CALL(iommufd, "VFIO_IOMMU_UNMAP_DMA of what is not there", 114, 24, 0, U64(0x700000), U64(PAGE));
	CALL(iommufd, "VFIO_IOMMU_UNMAP_DMA of all and a part", 114, 24, 2, U64(0), U64(PAGE));
	CALL(iommufd, "VFIO_IOMMU_DIRTY_PAGES starts", 117, 8, 1);
	if (device >= 0)
		move_data(device);
	CALL(iommufd, "VFIO_IOMMU_UNMAP_DMA of all", 114, 24, 2, U64(0), U64(0));
	tell("VFIO_GROUP_UNSET_CONTAINER while a device is open", ioctl(group, NR(105)));
	close(device);
	tell("VFIO_GROUP_UNSET_CONTAINER", ioctl(group, NR(105)));
	tell("VFIO_GROUP_UNSET_CONTAINER again", ioctl(group, NR(105)));
	close(group);
	close(iommufd);
}
