// An iommufd without a device.
#include "walk.h"

void walk_iommufd(void)
{
	int fd, other, file;
	uint32_t ioas, second;
	uint64_t ranges[64] = { 0 };

	begin("iommufd");
	fd = tell_fd("open /dev/iommu", open("/dev/iommu", O_RDWR | O_CLOEXEC));
	other = tell_fd("open /dev/iommu again", open("/dev/iommu", O_RDWR | O_CLOEXEC | O_NONBLOCK));
	numbers(fd);

	begin("iommufd: objects");
	SWEEP(fd, "IOMMU_DESTROY", 0x80, 8, 8, 0);
	destroy(fd, "0", 0);
	destroy(fd, "1", 1);
	destroy(fd, "all ones", 0xffffffff);
	SWEEP(fd, "IOMMU_IOAS_ALLOC", 0x81, 12, 12, 0, 0);
	ioas = ioas_alloc(fd);
	second = ioas_alloc(fd);
	CALL(fd, "IOMMU_IOAS_ALLOC with more that is zero", 0x81, 20, 0, 0, 0, 0);
	destroy(fd, "the last", answer[2]);
	destroy(fd, "the last again", answer[2]);
	ioas_alloc(other);
	destroy(fd, "what another file has", answer[2] + 7);

	begin("iommufd: ranges");
	SWEEP(fd, "IOMMU_IOAS_IOVA_RANGES", 0x84, 32, 32, ioas, 0, 0, U64(0), 0, 0, 0);
	CALL(fd, "IOMMU_IOAS_IOVA_RANGES with no room", 0x84, 32, ioas, 0, 0, U64(0), 0, 0);
	CALL(fd, "IOMMU_IOAS_IOVA_RANGES at NULL's array", 0x84, 32, ioas, 4, 0, U64(0), 0, 0);
	CALL(fd, "IOMMU_IOAS_IOVA_RANGES reserved", 0x84, 32, ioas, 0, 1, U64(0), 0, 0);
	ioctl(fd, NR(0x84), (uint32_t[]){ 32, ioas, 4, 0, (uint32_t)(uintptr_t)ranges, (uint32_t)((uintptr_t)ranges >> 32), 0, 0 });
	printf("ranges of an empty IOAS: %lx-%lx\n", ranges[0], ranges[1]);
	CALL(fd, "IOMMU_IOAS_IOVA_RANGES of nothing", 0x84, 32, 99, 0, 0, U64(0), 0, 0);
	SWEEP(fd, "IOMMU_IOAS_ALLOW_IOVAS", 0x82, 24, 24, ioas, 0, 0, U64(0));
	ranges[0] = 0x100000;
	ranges[1] = 0xffffff;
	CALL(fd, "IOMMU_IOAS_ALLOW_IOVAS at NULL's array", 0x82, 24, second, 1, 0, U64(0));
	CALL(fd, "IOMMU_IOAS_ALLOW_IOVAS reserved", 0x82, 24, second, 0, 1, U64(0));
	CALL(fd, "IOMMU_IOAS_ALLOW_IOVAS of too many", 0x82, 24, second, 0xffffffff, 0, U64(0));
	tell("IOMMU_IOAS_ALLOW_IOVAS", ioctl(fd, NR(0x82), (uint32_t[]){ 24, second, 1, 0, U64((uintptr_t)ranges) }));

	begin("iommufd: maps");
	SWEEP(fd, "IOMMU_IOAS_MAP", 0x85, 40, 40, 7, ioas, 0, U64(0), U64(PAGE), U64(0x10000));
	CALL(fd, "IOMMU_IOAS_MAP", 0x85, 40, 7, ioas, 0, U64((uintptr_t)memory), U64(4 * PAGE), U64(0x10000));
	CALL(fd, "IOMMU_IOAS_MAP over it", 0x85, 40, 7, ioas, 0, U64((uintptr_t)memory), U64(PAGE), U64(0x11000));
	CALL(fd, "IOMMU_IOAS_MAP anywhere", 0x85, 40, 6, ioas, 0, U64((uintptr_t)memory), U64(PAGE), U64(0));
	CALL(fd, "IOMMU_IOAS_MAP of no page", 0x85, 40, 7, ioas, 0, U64((uintptr_t)memory), U64(0), U64(0x40000));
	CALL(fd, "IOMMU_IOAS_MAP of half a page", 0x85, 40, 7, ioas, 0, U64((uintptr_t)memory), U64(PAGE / 2), U64(0x40000));
	CALL(fd, "IOMMU_IOAS_MAP at an odd place", 0x85, 40, 7, ioas, 0, U64((uintptr_t)memory), U64(PAGE), U64(0x40001));
	CALL(fd, "IOMMU_IOAS_MAP without rights", 0x85, 40, 1, ioas, 0, U64((uintptr_t)memory), U64(PAGE), U64(0x40000));
	CALL(fd, "IOMMU_IOAS_MAP reserved", 0x85, 40, 7, ioas, 1, U64((uintptr_t)memory), U64(PAGE), U64(0x40000));
	CALL(fd, "IOMMU_IOAS_MAP past the end", 0x85, 40, 7, ioas, 0, U64((uintptr_t)memory), U64(PAGE * 2), U64(0xfffffffffffff000));
	CALL(fd, "IOMMU_IOAS_MAP of all addresses", 0x85, 40, 7, ioas, 0, U64((uintptr_t)memory), U64(0xfffffffffffff000), U64(0));
	CALL(fd, "IOMMU_IOAS_MAP of nothing there", 0x85, 40, 7, ioas, 0, U64(0), U64(PAGE), U64(0x40000));
	CALL(fd, "IOMMU_IOAS_MAP in no IOAS", 0x85, 40, 7, 99, 0, U64((uintptr_t)memory), U64(PAGE), U64(0x40000));
	CALL(fd, "IOMMU_IOAS_MAP outside what is allowed", 0x85, 40, 7, second, 0, U64((uintptr_t)memory), U64(PAGE), U64(0x10000));
	CALL(fd, "IOMMU_IOAS_MAP inside what is allowed", 0x85, 40, 6, second, 0, U64((uintptr_t)memory), U64(PAGE), U64(0));
	SWEEP(fd, "IOMMU_IOAS_COPY", 0x83, 40, 40, 6, second, ioas, U64(PAGE), U64(0), U64(0x10000));
	CALL(fd, "IOMMU_IOAS_COPY", 0x83, 40, 6, second, ioas, U64(PAGE), U64(0), U64(0x10000));
	CALL(fd, "IOMMU_IOAS_COPY of what is not there", 0x83, 40, 6, second, ioas, U64(PAGE), U64(0), U64(0x900000));
	CALL(fd, "IOMMU_IOAS_COPY of a part and more", 0x83, 40, 6, second, ioas, U64(PAGE * 8), U64(0), U64(0x10000));
	CALL(fd, "IOMMU_IOAS_COPY from nothing", 0x83, 40, 6, second, 99, U64(PAGE), U64(0), U64(0x10000));

	file = memfd_create("walk", 0);
	tell("ftruncate of a memfd", ftruncate(file, PAGE * 4));
	SWEEP(fd, "IOMMU_IOAS_MAP_FILE", 0x8f, 40, 40, 7, ioas, file, U64(0), U64(PAGE), U64(0x80000));
	CALL(fd, "IOMMU_IOAS_MAP_FILE", 0x8f, 40, 7, ioas, file, U64(0), U64(PAGE), U64(0x80000));
	CALL(fd, "IOMMU_IOAS_MAP_FILE of no file", 0x8f, 40, 7, ioas, 0xffffffff, U64(0), U64(PAGE), U64(0x90000));
	CALL(fd, "IOMMU_IOAS_MAP_FILE of half a page", 0x8f, 40, 7, ioas, file, U64(0), U64(PAGE / 2), U64(0x90000));
	close(file);

	SWEEP(fd, "IOMMU_IOAS_UNMAP", 0x86, 24, 24, ioas, U64(0x700000), U64(PAGE));
	CALL(fd, "IOMMU_IOAS_UNMAP of what is not there", 0x86, 24, ioas, U64(0x700000), U64(PAGE));
	CALL(fd, "IOMMU_IOAS_UNMAP of a part", 0x86, 24, ioas, U64(0x10000), U64(PAGE));
	CALL(fd, "IOMMU_IOAS_UNMAP", 0x86, 24, ioas, U64(0x10000), U64(4 * PAGE));
	CALL(fd, "IOMMU_IOAS_UNMAP of no length", 0x86, 24, ioas, U64(0), U64(0));
	CALL(fd, "IOMMU_IOAS_UNMAP past the end", 0x86, 24, ioas, U64(PAGE), U64(0xfffffffffffffff0));
	CALL(fd, "IOMMU_IOAS_UNMAP of all", 0x86, 24, ioas, U64(0), U64(0xffffffffffffffff));
	CALL(fd, "IOMMU_IOAS_UNMAP of all again", 0x86, 24, ioas, U64(0), U64(0xffffffffffffffff));

	begin("iommufd: options");
	SWEEP(fd, "IOMMU_OPTION", 0x87, 24, 24, 0, 1, 0, U64(0));
	CALL(fd, "IOMMU_OPTION gets RLIMIT_MODE", 0x87, 24, 0, 1, 0, U64(7));
	CALL(fd, "IOMMU_OPTION sets RLIMIT_MODE of an object", 0x87, 24, 0, 0, ioas, U64(1));
	CALL(fd, "IOMMU_OPTION gets HUGE_PAGES", 0x87, 24, 1, 1, ioas, U64(7));
	CALL(fd, "IOMMU_OPTION sets HUGE_PAGES", 0x87, 24, 1, 0, ioas, U64(0));
	CALL(fd, "IOMMU_OPTION gets HUGE_PAGES again", 0x87, 24, 1, 1, ioas, U64(7));
	CALL(fd, "IOMMU_OPTION sets HUGE_PAGES to 2", 0x87, 24, 1, 0, ioas, U64(2));
	CALL(fd, "IOMMU_OPTION of no object", 0x87, 24, 1, 1, 99, U64(0));
	CALL(fd, "IOMMU_OPTION of no option", 0x87, 24, 9, 1, ioas, U64(0));
	CALL(fd, "IOMMU_OPTION of another operation", 0x87, 24, 0x20000, 1, ioas, U64(0));

	begin("iommufd: the container's calls");
	SWEEP(fd, "IOMMU_VFIO_IOAS", 0x88, 12, 12, 0, 0);
	CALL(fd, "IOMMU_VFIO_IOAS gets none", 0x88, 12, 0, 0);
	CALL(fd, "IOMMU_VFIO_IOAS sets nothing", 0x88, 12, 99, 1);
	CALL(fd, "IOMMU_VFIO_IOAS sets", 0x88, 12, ioas, 1);
	CALL(fd, "IOMMU_VFIO_IOAS gets", 0x88, 12, 0, 0);
	CALL(fd, "IOMMU_VFIO_IOAS of another operation", 0x88, 12, ioas, 0x30000);
	tell("VFIO_GET_API_VERSION", ioctl(fd, NR(100)));
	for (int extension = 0; extension < 16; extension++)
		printf("VFIO_CHECK_EXTENSION %d -> %s\n", extension, result_text(ioctl(fd, NR(101), extension)));
	tell("VFIO_SET_IOMMU 3", ioctl(fd, NR(102), 3));
	CALL(fd, "VFIO_IOMMU_MAP_DMA", 113, 32, 3, U64((uintptr_t)memory), U64(0x200000), U64(PAGE));
	CALL(fd, "VFIO_IOMMU_UNMAP_DMA", 114, 24, 0, U64(0x200000), U64(PAGE));
	CALL(fd, "IOMMU_VFIO_IOAS clears", 0x88, 12, 0, 2);

	begin("iommufd: what wants a device");
	SWEEP(fd, "IOMMU_HWPT_ALLOC", 0x89, 24, 40, 0, 99, ioas, 0, 0, 0, 0, U64(0));
	CALL(fd, "IOMMU_HWPT_ALLOC of no device", 0x89, 40, 0, 99, ioas, 0, 0, 0, 0, U64(0));
	CALL(fd, "IOMMU_HWPT_ALLOC of an IOAS for a device", 0x89, 40, 0, ioas, ioas, 0, 0, 0, 0, U64(0));
	SWEEP(fd, "IOMMU_GET_HW_INFO", 0x8a, 32, 40, 0, 99, 0, U64(0), 0, 0, U64(0));
	CALL(fd, "IOMMU_GET_HW_INFO of an IOAS", 0x8a, 40, 0, ioas, 0, U64(0), 0, 0, U64(0));
	SWEEP(fd, "IOMMU_HWPT_SET_DIRTY_TRACKING", 0x8b, 16, 16, 0, ioas, 0);
	SWEEP(fd, "IOMMU_HWPT_GET_DIRTY_BITMAP", 0x8c, 48, 48, ioas, 0, 0, U64(0), U64(0), U64(0), U64(0));
	SWEEP(fd, "IOMMU_HWPT_INVALIDATE", 0x8d, 32, 32, ioas, U64(0), 0, 0, 0, 0);
	SWEEP(fd, "IOMMU_FAULT_QUEUE_ALLOC", 0x8e, 16, 16, 0, 0, 0);
	SWEEP(fd, "IOMMU_VIOMMU_ALLOC", 0x90, 24, 40, 0, 1, ioas, ioas, 0, 0, 0, U64(0));
	SWEEP(fd, "IOMMU_VDEVICE_ALLOC", 0x91, 24, 24, ioas, ioas, 0, U64(0));
	SWEEP(fd, "IOMMU_IOAS_CHANGE_PROCESS", 0x92, 8, 8, 0);
	CALL(fd, "IOMMU_IOAS_CHANGE_PROCESS", 0x92, 8, 0);
	SWEEP(fd, "IOMMU_VEVENTQ_ALLOC", 0x93, 28, 28, 0, ioas, 1, 1, 0, 0);
	SWEEP(fd, "IOMMU_HW_QUEUE_ALLOC", 0x94, 40, 40, 0, ioas, 1, 0, 0, U64(0), U64(0));

	begin("iommufd: closed");
	destroy(fd, "the second", second);
	destroy(fd, "the first", ioas);
	close(other);
	close(fd);
	tell("ioctl of a closed file", ioctl(fd, NR(0x81), NULL));
}
