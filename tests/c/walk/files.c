// What any file can be asked, asked of the contract's: how it is opened, and the calls that most of them do not have.
#include "walk.h"
#include <sys/epoll.h>
#include <sys/uio.h>

static const struct { const char *name; int flags; } ways[] = {
	{ "to read", O_RDONLY },
	{ "to write", O_WRONLY },
	{ "to do both", O_RDWR },
	{ "to do neither", O_ACCMODE },
	{ "without blocking", O_RDWR | O_NONBLOCK },
	{ "to append", O_RDWR | O_APPEND },
	{ "cutting it off", O_RDWR | O_TRUNC },
	{ "making it", O_RDWR | O_CREAT },
	{ "making it anew", O_RDWR | O_CREAT | O_EXCL },
	{ "as a directory", O_RDONLY | O_DIRECTORY },
	{ "as a directory to write", O_RDWR | O_DIRECTORY },
	{ "following no link", O_RDWR | O_NOFOLLOW },
	{ "past the cache", O_RDWR | O_DIRECT },
	{ "in step", O_RDWR | O_SYNC },
	{ "as a place", O_PATH },
};

static void tell_status(const char *name, const char *how, int result, const struct stat *status)
{
	printf("%s: %s -> %s", name, how, result_text(result));
	if (result == 0)
		printf(" mode %o, %u:%u, size %ld", status->st_mode, major(status->st_rdev), minor(status->st_rdev), (long)status->st_size);
	printf("\n");
}

static void open_in_all_ways(const char *name, const char *path)
{
	struct stat status = { 0 };

	tell_status(name, "stat", stat(path, &status), &status);
	for (int mode = 0; mode < 8; mode++)
		printf("%s: access %d -> %s\n", name, mode, result_text(access(path, mode)));
	for (size_t i = 0; i < COUNT(ways); i++) {
		int fd = open(path, ways[i].flags, 0600);

		printf("%s: open %s -> %s", name, ways[i].name, fd < 0 ? strerrorname_np(errno) : "fd");
		if (fd >= 0) {
			printf(", flags %o", fcntl(fd, F_GETFL));
			printf(", %o", fcntl(fd, F_GETFD));
			close(fd);
		}
		printf("\n");
	}
}

// Mapped and unmapped again: a mapping keeps a file open.
static int map(size_t length, int protection, int flags, int fd, off_t offset)
{
	void *at = mmap(NULL, length, protection, flags, fd, offset);

	return at == MAP_FAILED ? -1 : munmap(at, length);
}

void walk_file(const char *name, int fd)
{
	struct stat status = { 0 };
	struct statx more = { 0 };
	struct pollfd waits = { fd, POLLIN | POLLOUT | POLLPRI, 0 };
	struct epoll_event event = { EPOLLIN, { 0 } };
	struct iovec pieces[2] = { { room, 4 }, { room + 8, 4 } };
	char what[100], bytes[64] = { 0 };
	int epoll = epoll_create1(EPOLL_CLOEXEC), copy;

#define TELL(text, call) do { snprintf(what, sizeof what, "%s: %s", name, text); tell(what, call); } while (0)
	tell_status(name, "fstat", fstat(fd, &status), &status);
	tell_status(name, "stat of the descriptor", fstatat(fd, "", &status, AT_EMPTY_PATH), &status);
	TELL("statx", statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &more));
	printf("%s: statx says mode %o, %u:%u, size %llu\n", name, more.stx_mode, more.stx_rdev_major, more.stx_rdev_minor, (unsigned long long)more.stx_size);
	printf("%s: flags %o\n", name, fcntl(fd, F_GETFL));
	TELL("read", read(fd, bytes, 4));
	TELL("read to NULL", read(fd, nowhere, 4));
	TELL("read of nothing", read(fd, bytes, 0));
	TELL("readv", readv(fd, pieces, 2));
	TELL("pread at 0", pread(fd, bytes, 4, 0));
	TELL("pread before 0", pread(fd, bytes, 4, -1));
	TELL("preadv at 0", preadv(fd, pieces, 2, 0));
	TELL("write", write(fd, bytes, 4));
	TELL("write of 8", write(fd, bytes, 8));
	TELL("write from NULL", write(fd, nowhere, 4));
	TELL("write of nothing", write(fd, bytes, 0));
	TELL("pwrite at 0", pwrite(fd, bytes, 4, 0));
	TELL("lseek to 4096", lseek(fd, 4096, SEEK_SET));
	TELL("lseek by 0", lseek(fd, 0, SEEK_CUR));
	TELL("lseek to the end", lseek(fd, 0, SEEK_END));
	TELL("poll", poll(&waits, 1, 0));
	printf("%s: ready for %x\n", name, waits.revents);
	TELL("epoll", epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event));
	TELL("mmap", map(PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
	TELL("private mmap", map(PAGE, PROT_READ, MAP_PRIVATE, fd, 0));
	TELL("mmap at an odd place", map(PAGE, PROT_READ, MAP_SHARED, fd, 1));
	TELL("mmap of nothing", map(0, PROT_READ, MAP_SHARED, fd, 0));
	TELL("ftruncate", ftruncate(fd, 4096));
	TELL("fallocate", fallocate(fd, 0, 0, 4096));
	TELL("fsync", fsync(fd));
	TELL("fchdir", fchdir(fd));
	copy = dup(fd);
	TELL("ioctl of nothing by a copy", ioctl(copy, NR(0xff), NULL));
	close(copy);
	close(epoll);
#undef TELL
}

// A file of sysfs: its size, what is read where, and who may write it.
static void attribute(const char *address, const char *name)
{
	char path[300], bytes[300];
	struct stat status = { 0 };
	long got;
	int fd;

	snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/%s", address, name);
	fd = open(path, O_RDONLY);
	printf("%s: open to read -> %s\n", name, fd < 0 ? strerrorname_np(errno) : "fd");
	if (fd >= 0) {
		tell_status(name, "fstat", fstat(fd, &status), &status);
		got = pread(fd, bytes, 64, 0);
		printf("%s: pread -> %s:", name, result_text(got));
		for (long i = 0; i < got; i++)
			printf(" %02x", (unsigned char)bytes[i]);
		printf("\n%s: pread at 2 -> %s\n", name, result_text(pread(fd, bytes, sizeof bytes, 2)));
		printf("%s: pread past its end -> %s\n", name, result_text(pread(fd, bytes, 4, 1 << 20)));
		printf("%s: write to what was opened to read -> %s\n", name, result_text(write(fd, "1", 1)));
		close(fd);
	}
	fd = open(path, O_WRONLY);
	printf("%s: open to write -> %s\n", name, fd < 0 ? strerrorname_np(errno) : "fd");
	if (fd >= 0) {
		printf("%s: read of what was opened to write -> %s\n", name, result_text(read(fd, bytes, 4)));
		close(fd);
	}
	fd = open(path, O_RDWR);
	printf("%s: open to do both -> %s\n", name, fd < 0 ? strerrorname_np(errno) : "fd");
	if (fd >= 0)
		close(fd);
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	printf("%s to %s -> ", *text ? text : "nothing", path);
	if (fd < 0) {
		printf("%s\n", strerrorname_np(errno));
		return;
	}
	printf("%s\n", result_text(write(fd, text, strlen(text))));
	close(fd);
}

void walk_files(const char *address)
{
	const char *group = group_of(address), *node = node_of(address);
	char path[300];
	int fd, directory;

	begin("files: opened");
	open_in_all_ways("/dev/iommu", "/dev/iommu");
	open_in_all_ways("/dev/vfio/vfio", "/dev/vfio/vfio");
	open_in_all_ways("the group", group);
	open_in_all_ways("the node", node);
	open_in_all_ways("/dev/vfio", "/dev/vfio");
	open_in_all_ways("no node", "/dev/vfio/4711");
	directory = open("/dev/vfio", O_RDONLY | O_DIRECTORY);
	fd = tell_fd("open beside it", openat(directory, "vfio", O_RDWR));
	close(fd);
	fd = tell_fd("open beside it to read", openat(directory, "../iommu", O_RDONLY));
	close(fd);
	close(directory);
	tell("open of a node as a directory", open("/dev/iommu/", O_RDWR));
	tell("open of what is in a node", open("/dev/iommu/vfio", O_RDWR));

	begin("files: opened to read");
	fd = tell_fd("open /dev/iommu to read", open("/dev/iommu", O_RDONLY));
	CALL(fd, "IOMMU_IOAS_ALLOC", 0x81, 12, 0, 0);
	CALL(fd, "IOMMU_IOAS_MAP", 0x85, 40, 7, answer[2], 0, U64((uintptr_t)memory), U64(PAGE), U64(0x10000));
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	directory = tell_fd("open it again", open(path, O_RDONLY));
	CALL(directory, "IOMMU_IOAS_ALLOC of another", 0x81, 12, 0, 0);
	close(directory);
	CALL(fd, "IOMMU_IOAS_ALLOC again", 0x81, 12, 0, 0);
	close(fd);
	fd = tell_fd("open /dev/vfio/vfio to read", open("/dev/vfio/vfio", O_RDONLY));
	tell("VFIO_GET_API_VERSION", ioctl(fd, NR(100)));
	close(fd);
	fd = tell_fd("open the group to read", open(group, O_RDONLY));
	CALL(fd, "VFIO_GROUP_GET_STATUS", 103, 8, 0);
	tell("open the group again", open(group, O_RDONLY));
	close(fd);
	fd = tell_fd("open the group once more", open(group, O_RDONLY));
	close(fd);

	begin("files: of each kind");
	fd = open("/dev/iommu", O_RDWR);
	walk_file("iommufd", fd);
	close(fd);
	fd = open("/dev/vfio/vfio", O_RDWR);
	walk_file("container", fd);
	close(fd);
	fd = open(group, O_RDWR);
	walk_file("group", fd);
	close(fd);
	fd = open(node, O_RDWR);
	walk_file("device that is not bound", fd);
	close(fd);

	begin("files: sysfs");
	attribute(address, "vendor");
	attribute(address, "uevent");
	attribute(address, "driver_override");
	attribute(address, "enable");
	attribute(address, "resource");
	attribute(address, "config");
	attribute(address, "reset");
	attribute(address, "remove");
	attribute(address, "none");
	snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/enable", address);
	put(path, "2x");
	put(path, "1");
	snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/reset", address);
	put(path, "7");
	put("/sys/bus/pci/drivers/vfio-pci/bind", address);
	put("/sys/bus/pci/drivers/vfio-pci/bind", "nobody");
	put("/sys/bus/pci/drivers/vfio-pci/unbind", "nobody");
	put("/sys/bus/pci/drivers/vfio-pci/new_id", "nothing");
	put("/sys/bus/pci/drivers/vfio-pci/remove_id", "1 2");
	put("/sys/bus/pci/drivers_probe", "nobody");
	put("/sys/bus/pci/drivers_probe", "");
}
