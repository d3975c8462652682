// What a program leaves when it ends, or does not leave: what `vfio emulate --check-leaks` is to tell, and to be silent of.
// usage: leaks by-node|by-group|tidy|closed|passed-on|killed|last-thread [NODE [GROUP ADDRESS]]
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/vfio.h>

// Debian 12's headers are older than iommufd and the device node.
#define BIND_IOMMUFD _IO(VFIO_TYPE, VFIO_BASE + 18)
#define ATTACH_IOMMUFD_PT _IO(VFIO_TYPE, VFIO_BASE + 19)
#define DESTROY _IO(';', 0x80)
#define IOAS_ALLOC _IO(';', 0x81)
#define IOAS_MAP _IO(';', 0x85)
#define IOAS_UNMAP _IO(';', 0x86)

struct bind_iommufd { uint32_t argsz, flags; int32_t iommufd; uint32_t out_devid; };
struct attach_iommufd_pt { uint32_t argsz, flags, pt_id; };
struct ioas_alloc { uint32_t size, flags, out_ioas_id; };
struct ioas_map { uint32_t size, flags, ioas_id, reserved; uint64_t user_va, length, iova; };
struct ioas_unmap { uint32_t size, ioas_id; uint64_t iova, length; };
struct destroy { uint32_t size, id; };

static int iommufd, device, container, group;
static uint32_t ioas;

static int check(int result, const char *what)
{
	if (result < 0) {
		perror(what);
		exit(9);
	}
	return result;
}

static void *memory(void)
{
	return mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void take_by_node(const char *node)
{
	struct bind_iommufd bind = { .argsz = sizeof bind };
	struct attach_iommufd_pt attach = { .argsz = sizeof attach };
	struct ioas_alloc alloc = { .size = sizeof alloc };
	struct ioas_map map = { .size = sizeof map, .flags = 7, .user_va = (uintptr_t)memory(), .length = 4096, .iova = 0x10000 };

	iommufd = check(open("/dev/iommu", O_RDWR), "/dev/iommu");
	device = check(open(node, O_RDWR), node);
	bind.iommufd = iommufd;
	check(ioctl(device, BIND_IOMMUFD, &bind), "BIND");
	check(ioctl(iommufd, IOAS_ALLOC, &alloc), "IOAS_ALLOC");
	ioas = attach.pt_id = map.ioas_id = alloc.out_ioas_id;
	check(ioctl(device, ATTACH_IOMMUFD_PT, &attach), "ATTACH");
	check(ioctl(iommufd, IOAS_MAP, &map), "IOAS_MAP");
	map.user_va += 4096;
	map.iova = 0x20000;
	check(ioctl(iommufd, IOAS_MAP, &map), "IOAS_MAP");
}

static void take_by_group(const char *node, const char *address)
{
	struct vfio_iommu_type1_dma_map map = { .argsz = sizeof map, .flags = 3, .vaddr = (uintptr_t)memory(), .iova = 0x10000, .size = 8192 };

	container = check(open("/dev/vfio/vfio", O_RDWR), "/dev/vfio/vfio");
	group = check(open(node, O_RDWR), node);
	check(ioctl(group, VFIO_GROUP_SET_CONTAINER, &container), "SET_CONTAINER");
	check(ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU), "SET_IOMMU");
	device = check(ioctl(group, VFIO_GROUP_GET_DEVICE_FD, address), "GET_DEVICE_FD");
	check(ioctl(container, VFIO_IOMMU_MAP_DMA, &map), "MAP_DMA");
}

static void *wait_and_end(void *first)
{
	pthread_join(*(pthread_t *)first, NULL);
	return NULL;
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "by-node";
	const char *node = argc > 2 ? argv[2] : "/dev/vfio/devices/vfio0";

	if (!strcmp(how, "by-group")) {
		take_by_group(argc > 3 ? argv[3] : "/dev/vfio/0", argc > 4 ? argv[4] : "0000:00:01.0");
		return 0;
	}

	take_by_node(node);
	if (!strcmp(how, "tidy")) {
		struct ioas_unmap unmap = { .size = sizeof unmap, .ioas_id = ioas, .length = UINT64_MAX };
		struct destroy destroy = { .size = sizeof destroy, .id = ioas };

		close(device);
		check(ioctl(iommufd, IOAS_UNMAP, &unmap), "IOAS_UNMAP");
		check(ioctl(iommufd, DESTROY, &destroy), "DESTROY");
	} else if (!strcmp(how, "closed")) {
		close(iommufd);
		close(device);
	} else if (!strcmp(how, "passed-on")) {
		pid_t parent = getpid();

		if (fork() == 0) {
			// Until nobody else has them open.
			while (kill(parent, 0) == 0)
				usleep(1000);
			check(ioctl(device, VFIO_DEVICE_GET_INFO, &(struct vfio_device_info) { .argsz = sizeof(struct vfio_device_info) }), "GET_INFO");
			close(device);
			close(iommufd);
			_exit(0);
		}
	} else if (!strcmp(how, "killed")) {
		raise(SIGKILL);
	} else if (!strcmp(how, "last-thread")) {
		static pthread_t first;
		pthread_t last;

		first = pthread_self();
		pthread_create(&last, NULL, wait_and_end, &first);
		pthread_exit(NULL);
	}

	return 0;
}
