// The shortest VFIO program: an address space made, mapped, taken apart; a device opened by its node, bound, attached and read.
// usage: first_steps NODE
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <linux/vfio.h>

// Debian 12's headers are older than iommufd and the device node.
#define BIND_IOMMUFD _IO(VFIO_TYPE, VFIO_BASE + 18)
#define ATTACH_IOMMUFD_PT _IO(VFIO_TYPE, VFIO_BASE + 19)
#define DESTROY _IO(';', 0x80)
#define IOAS_ALLOC _IO(';', 0x81)
#define IOAS_MAP _IO(';', 0x85)

struct bind_iommufd { uint32_t argsz, flags; int32_t iommufd; uint32_t out_devid; };
struct attach_iommufd_pt { uint32_t argsz, flags, pt_id; };
struct ioas_alloc { uint32_t size, flags, out_ioas_id; };
struct ioas_map { uint32_t size, flags, ioas_id, reserved; uint64_t user_va, length, iova; };
struct destroy { uint32_t size, id; };

static void say(const char *what, long result)
{
	printf("%s: %s\n", what, result < 0 ? strerrorname_np(errno) : "ok");
}

int main(int argc, char **argv)
{
	struct ioas_alloc alloc = { .size = sizeof alloc };
	struct ioas_map map = { .size = sizeof map, .flags = 6, .length = 4096 };
	struct destroy destroy = { .size = sizeof destroy };
	struct bind_iommufd bind = { .argsz = sizeof bind };
	struct attach_iommufd_pt attach = { .argsz = sizeof attach };
	struct vfio_region_info config = { .argsz = sizeof config, .index = VFIO_PCI_CONFIG_REGION_INDEX };
	struct vfio_region_info bar = { .argsz = sizeof bar, .index = VFIO_PCI_BAR0_REGION_INDEX };
	struct stat node;
	uint16_t command = 0;
	uint32_t id = 0;
	int iommufd = open("/dev/iommu", O_RDWR | O_CLOEXEC);
	int device = open(argc > 1 ? argv[1] : "/dev/vfio/devices/vfio0", O_RDWR | O_CLOEXEC);

	say("open /dev/iommu", iommufd);
	say("open the device", device);
	say("fstat", fstat(device, &node));
	printf("character device: %d, %u:%u\n", S_ISCHR(node.st_mode), major(node.st_rdev), minor(node.st_rdev));
	say("IOAS_ALLOC", ioctl(iommufd, IOAS_ALLOC, &alloc));
	map.ioas_id = alloc.out_ioas_id;
	map.user_va = (uintptr_t)mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	say("IOAS_MAP", ioctl(iommufd, IOAS_MAP, &map));
	say("IOAS_ALLOC at NULL", ioctl(iommufd, IOAS_ALLOC, NULL));
	bind.iommufd = iommufd;
	say("read before BIND", pread(device, &id, 4, 1ULL << 60));
	say("BIND", ioctl(device, BIND_IOMMUFD, &bind));
	attach.pt_id = alloc.out_ioas_id;
	say("ATTACH", ioctl(device, ATTACH_IOMMUFD_PT, &attach));
	map.user_va = 0x1000;
	say("IOAS_MAP of nothing", ioctl(iommufd, IOAS_MAP, &map));
	destroy.id = alloc.out_ioas_id;
	say("DESTROY of what is used", ioctl(iommufd, DESTROY, &destroy));
	say("REGION_INFO", ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &config));
	say("pread of the configuration", pread(device, &id, 4, config.offset));
	printf("vendor and device: %04x:%04x\n", id & 0xffff, id >> 16);
	say("REGION_INFO", ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &bar));
	command = 2;
	say("pwrite of the command register", pwrite(device, &command, 2, config.offset + 4));
	say("pread of BAR 0", pread(device, &id, 4, bar.offset));
	printf("register 0: %08x\n", id);
	say("pread to nowhere", syscall(SYS_pread64, device, 0x10, 4, bar.offset));
	close(device);
	say("DESTROY", ioctl(iommufd, DESTROY, &destroy));
	say("ioctl of a closed device", ioctl(device, VFIO_DEVICE_RESET));
	return 0;
}
