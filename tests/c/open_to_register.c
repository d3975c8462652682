// The yardstick for opening: open -> BIND -> IOAS -> ATTACH -> MAP -> first register read, in C, with the system calls the library makes
// in that part and no others.
// usage: open_to_register NODE            once; prints nanoseconds
//        open_to_register NODE --serve    once for each byte on standard input; prints nanoseconds each time
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <linux/vfio.h>

#define PAGE 4096u
#define IOVA 0x100000u
#define EDU 0x010000edu

// Debian 12's headers are older than iommufd and the device node, so the five calls are spelt out here.
#define BIND_IOMMUFD _IO(VFIO_TYPE, VFIO_BASE + 18)
#define ATTACH_IOMMUFD_PT _IO(VFIO_TYPE, VFIO_BASE + 19)
#define IOAS_ALLOC _IO(';', 0x81)
#define IOAS_MAP _IO(';', 0x85)
#define IOAS_MAP_FIXED_IOVA 1
#define IOAS_MAP_WRITEABLE 2
#define IOAS_MAP_READABLE 4

struct bind_iommufd {
	uint32_t argsz, flags;
	int32_t iommufd;
	uint32_t out_devid;
};

struct attach_iommufd_pt {
	uint32_t argsz, flags, pt_id;
};

struct ioas_alloc {
	uint32_t size, flags, out_ioas_id;
};

struct ioas_map {
	uint32_t size, flags, ioas_id, reserved;
	uint64_t user_va, length, iova;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static int failed(const char *what)
{
	perror(what);
	return -1;
}

// The memory that is mapped is there before, and touched, as in the program this is compared with. The calls of the timed part stand between
// two access(2) that name themselves, for a reader of strace.
static double once(const char *node, void *memory)
{
	struct bind_iommufd bind = { .argsz = 16 };
	struct ioas_alloc ioas = { .size = sizeof(ioas) };
	struct attach_iommufd_pt attach = { .argsz = 12 };
	struct vfio_region_info region = { .argsz = sizeof(region), .index = VFIO_PCI_BAR0_REGION_INDEX };
	struct ioas_map map = {
		.size = sizeof(map), .flags = IOAS_MAP_FIXED_IOVA | IOAS_MAP_READABLE | IOAS_MAP_WRITEABLE,
		.user_va = (uintptr_t)memory, .length = PAGE, .iova = IOVA
	};
	double start, end;
	volatile uint32_t *bar;
	int iommufd, device;

	access("/timed-part-begins", F_OK);
	start = now();
	device = open(node, O_RDWR | O_CLOEXEC);
	if (device < 0)
		return failed(node);
	iommufd = open("/dev/iommu", O_RDWR | O_CLOEXEC);
	if (iommufd < 0)
		return failed("/dev/iommu");
	bind.iommufd = iommufd;
	if (ioctl(device, BIND_IOMMUFD, &bind))
		return failed("BIND");
	if (ioctl(iommufd, IOAS_ALLOC, &ioas))
		return failed("IOAS_ALLOC");
	attach.pt_id = ioas.out_ioas_id;
	if (ioctl(device, ATTACH_IOMMUFD_PT, &attach))
		return failed("ATTACH");
	map.ioas_id = ioas.out_ioas_id;
	if (ioctl(iommufd, IOAS_MAP, &map))
		return failed("IOAS_MAP");
	if (ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &region))
		return failed("GET_REGION_INFO");
	bar = mmap(NULL, region.size, PROT_READ | PROT_WRITE, MAP_SHARED, device, region.offset);
	if (bar == MAP_FAILED)
		return failed("mmap of BAR 0");
	if (*bar != EDU)
		return failed("not an edu device");
	end = now();
	access("/timed-part-ends", F_OK);

	munmap((void *)bar, region.size);
	close(device);
	close(iommufd);
	return end - start;
}

int main(int argc, char **argv)
{
	char go;
	double ns;
	void *memory = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (argc < 2 || memory == MAP_FAILED)
		return 2;
	memset(memory, 1, PAGE);
	do {
		if (argc > 2 && read(0, &go, 1) != 1)
			return 0;
		ns = once(argv[1], memory);
		if (ns < 0)
			return 1;
		printf("%.0f\n", ns);
		fflush(stdout);
	} while (argc > 2);
	return 0;
}
