// What few programs do, and Linux allows: pieces at once, opening again by descriptor, calls before and after exec.
// usage: unusual_ways
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/openat2.h>
#include <linux/vfio.h>

// Debian 12's headers are older than iommufd and the device node.
#define BIND_IOMMUFD _IO(VFIO_TYPE, VFIO_BASE + 18)
#define IOAS_ALLOC _IO(';', 0x81)
#define IOAS_MAP _IO(';', 0x85)
#define FAULT_QUEUE_ALLOC _IO(';', 0x8e)

struct bind_iommufd { uint32_t argsz, flags; int32_t iommufd; uint32_t out_devid; };
struct ioas_alloc { uint32_t size, flags, out_ioas_id; };
struct fault_alloc { uint32_t size, flags, out_fault_id, out_fault_fd; };
struct ioas_map { uint32_t size, flags, ioas_id, reserved; uint64_t user_va, length, iova; };

static void say(const char *what, long result)
{
	printf("%s: %s\n", what, result < 0 ? strerrorname_np(errno) : "ok");
	fflush(stdout);
}

static int reopen(int fd)
{
	char path[32];
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return open(path, O_RDWR | O_CLOEXEC);
}

// What it opens is a container of the machine's, or nothing.
static void open_as(const char *what, int directory, const char *path, uint64_t resolve, uint64_t mode)
{
	struct open_how how = { .flags = O_RDWR | O_CLOEXEC, .mode = mode, .resolve = resolve };
	int fd = syscall(SYS_openat2, directory, path, &how, sizeof how);

	say(what, fd < 0 ? fd : ioctl(fd, VFIO_GET_API_VERSION));
	close(fd);
}

static void open_by_rules(void)
{
	int devices = open("/dev", O_RDONLY | O_DIRECTORY), all = open("/", O_RDONLY | O_DIRECTORY);
	char link[64], proc[32];

	open_as("openat2", AT_FDCWD, "/dev/vfio/vfio", 0, 0);
	open_as("openat2 in a root", devices, "/vfio/vfio", RESOLVE_IN_ROOT, 0);
	open_as("openat2 beneath", devices, "vfio/vfio", RESOLVE_BENEATH, 0);
	open_as("openat2 beneath, from the root", devices, "/dev/vfio/vfio", RESOLVE_BENEATH, 0);
	open_as("openat2 in one mount", devices, "vfio/vfio", RESOLVE_NO_XDEV, 0);
	open_as("openat2 into another mount", all, "dev/vfio/vfio", RESOLVE_NO_XDEV, 0);
	open_as("openat2 without links", AT_FDCWD, "/dev/vfio/vfio", RESOLVE_NO_SYMLINKS, 0);
	snprintf(link, sizeof link, "/tmp/unusual-ways-%d", getpid());
	if (symlink("/dev/vfio/vfio", link))
		say("symlink", -1);
	open_as("openat2 of a link", AT_FDCWD, link, 0, 0);
	open_as("openat2 of a link, without links", AT_FDCWD, link, RESOLVE_NO_SYMLINKS, 0);
	unlink(link);
	snprintf(proc, sizeof proc, "/proc/self/fd/%d", all);
	open_as("openat2 of a descriptor, without such links", AT_FDCWD, proc, RESOLVE_NO_MAGICLINKS, 0);
	open_as("openat2 with a mode", AT_FDCWD, "/dev/vfio/vfio", 0, 0600);
	open_as("openat2 by a rule there is not", AT_FDCWD, "/dev/vfio/vfio", 0x40, 0);
	close(devices);
	close(all);
}

static void map_own(const char *what, int iommufd, uint32_t ioas, int flags)
{
	struct ioas_map map = { .size = sizeof map, .flags = 6, .ioas_id = ioas, .length = 4096 };
	map.user_va = (uintptr_t)mmap(NULL, 4096, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);
	say(what, ioctl(iommufd, IOAS_MAP, &map));
}

int main(int argc, char **argv)
{
	struct ioas_alloc alloc = { .size = sizeof alloc };
	struct fault_alloc queue = { .size = sizeof queue };
	struct bind_iommufd bind = { .argsz = sizeof bind };
	struct vfio_region_info config = { .argsz = sizeof config, .index = VFIO_PCI_CONFIG_REGION_INDEX };
	uint16_t id[2] = { 0, 0 }, command = 2;
	struct iovec pieces[2] = { { &id[0], 2 }, { &id[1], 2 } }, one = { &command, 2 }, bad = { (void *)-4096, 2 };
	volatile int many = 1025;
	uint32_t ioas;
	struct iovec names[2] = { { "0000:00:", 8 }, { "1e.7", 4 } };
	int iommufd, device, again, control;
	pid_t child;

	if (argc > 2) {
		map_own("after exec: IOAS_MAP", atoi(argv[1]), atoi(argv[2]), MAP_PRIVATE);
		return 0;
	}

	iommufd = open("/dev/iommu", O_RDWR);
	device = open("/dev/vfio/devices/vfio0", O_RDWR | O_CLOEXEC);
	bind.iommufd = iommufd;
	say("BIND", ioctl(device, BIND_IOMMUFD, &bind));
	say("IOAS_ALLOC", ioctl(iommufd, IOAS_ALLOC, &alloc));
	ioas = alloc.out_ioas_id;
	say("REGION_INFO", ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &config));
	say("preadv", preadv(device, pieces, 2, config.offset));
	printf("vendor and device: %04x:%04x\n", id[0], id[1]);
	say("pwritev", pwritev(device, &one, 1, config.offset + 4));
	say("preadv of too many", preadv(device, pieces, many, config.offset));
	say("preadv to nowhere", preadv(device, &bad, 1, config.offset));
	say("preadv2 with a flag", preadv2(device, pieces, 2, config.offset, RWF_NOWAIT));
	say("pread before the start", pread(device, id, 2, -4096));
	say("pwritev before the start", pwritev(device, &one, 1, -4096));
	say("FAULT_QUEUE_ALLOC", ioctl(iommufd, FAULT_QUEUE_ALLOC, &queue));
	say("mmap of a queue", mmap(NULL, 4096, PROT_READ, MAP_SHARED, queue.out_fault_fd, 0) == MAP_FAILED ? -1 : 0);
	say("mmap of a queue to execute", mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, queue.out_fault_fd, 0) == MAP_FAILED ? -1 : 0);
	close(queue.out_fault_fd);
	say("mmap of an iommufd", mmap(NULL, 4096, PROT_READ, MAP_SHARED, iommufd, 0) == MAP_FAILED ? -1 : 0);
	again = reopen(device);
	say("the device again", again);
	say("it is not bound", pread(again, id, 2, config.offset));
	close(again);
	say("the first is", pread(device, id, 2, config.offset));
	again = reopen(iommufd);
	say("the iommufd again", again);
	alloc.out_ioas_id = 0;
	say("it is another", ioctl(again, IOAS_ALLOC, &alloc));
	printf("its first object: %u\n", alloc.out_ioas_id);
	control = open("/sys/bus/pci/drivers/vfio-pci/bind", O_WRONLY);
	say("writev of a control file", writev(control, names, 2));
	close(control);
	open_by_rules();
	map_own("IOAS_MAP of private memory", iommufd, ioas, MAP_PRIVATE);
	map_own("IOAS_MAP of shared memory", iommufd, ioas, MAP_SHARED);
	execl("/nowhere", "nowhere", NULL);
	map_own("after a failed exec: IOAS_MAP", iommufd, ioas, MAP_PRIVATE);
	child = vfork();
	if (child == 0) {
		char number[12], address_space[12];
		struct ioas_alloc own = { .size = sizeof own };
		if (ioctl(iommufd, IOAS_ALLOC, &own) < 0)
			_exit(1);
		snprintf(number, sizeof number, "%d", iommufd);
		snprintf(address_space, sizeof address_space, "%u", ioas);
		execl("/proc/self/exe", argv[0], number, address_space, NULL);
		_exit(1);
	}
	say("a child", waitpid(child, NULL, 0));
	return 0;
}
