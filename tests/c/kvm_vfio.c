// What a virtual machine monitor tells KVM of its VFIO files, in the order it is told and in every wrong one.
// usage: kvm_vfio     the first device node, and the first group
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/kvm.h>
#include <linux/vfio.h>

// Debian 12's headers are older than these.
#define VFIO_FILE 1
#define ADD 1
#define DEL 2
#define BIND_IOMMUFD _IO(VFIO_TYPE, VFIO_BASE + 18)

struct bind_iommufd { uint32_t argsz, flags; int32_t iommufd; uint32_t out_devid; };

static void say(const char *what, long result)
{
	printf("%s: %s\n", what, result < 0 ? strerrorname_np(errno) : "ok");
}

static int attribute(int device, unsigned long request, uint32_t group, uint64_t attr, const void *at)
{
	struct kvm_device_attr asked = { .group = group, .attr = attr, .addr = (uintptr_t)at };

	return ioctl(device, request, &asked);
}

static int set(int device, uint64_t attr, int fd)
{
	return attribute(device, KVM_SET_DEVICE_ATTR, VFIO_FILE, attr, &fd);
}

static int bind_to(int device, int iommufd)
{
	struct bind_iommufd bind = { .argsz = sizeof bind, .iommufd = iommufd };

	return ioctl(device, BIND_IOMMUFD, &bind);
}

static int open_first(const char *directory, int numbered)
{
	char path[PATH_MAX];
	DIR *entries = opendir(directory);
	struct dirent *entry;

	while (entries && (entry = readdir(entries)))
		if (entry->d_name[0] != '.' && (!numbered || (entry->d_name[0] >= '0' && entry->d_name[0] <= '9'))) {
			snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
			closedir(entries);
			return open(path, O_RDWR | O_CLOEXEC);
		}
	return -1;
}

int main(void)
{
	struct kvm_create_device create = { .type = KVM_DEV_TYPE_VFIO, .fd = -7, .flags = KVM_CREATE_DEVICE_TEST };
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	int iommufd = open("/dev/iommu", O_RDWR | O_CLOEXEC);
	int machine, device, node, again, group, status;
	pid_t child;

	setvbuf(stdout, NULL, _IONBF, 0);
	printf("API version: %d\n", ioctl(kvm, KVM_GET_API_VERSION, 0));
	say("API version with an argument", ioctl(kvm, KVM_GET_API_VERSION, 1));
	printf("extension device control: %d\n", ioctl(kvm, KVM_CHECK_EXTENSION, KVM_CAP_DEVICE_CTRL));
	say("a machine of no type", ioctl(kvm, KVM_CREATE_VM, 1000));
	machine = ioctl(kvm, KVM_CREATE_VM, 0);
	say("a machine", machine);
	printf("its extension device control: %d\n", ioctl(machine, KVM_CHECK_EXTENSION, KVM_CAP_DEVICE_CTRL));
	say("could there be a VFIO device", ioctl(machine, KVM_CREATE_DEVICE, &create));
	printf("none was made: %d\n", create.fd);
	create.type = 99;
	say("a device of no type", ioctl(machine, KVM_CREATE_DEVICE, &create));
	say("a device at NULL", ioctl(machine, KVM_CREATE_DEVICE, NULL));
	create = (struct kvm_create_device){ .type = KVM_DEV_TYPE_VFIO };
	say("a VFIO device", ioctl(machine, KVM_CREATE_DEVICE, &create));
	device = create.fd;
	say("a second one", ioctl(machine, KVM_CREATE_DEVICE, &create));

	say("has it FILE_ADD", attribute(device, KVM_HAS_DEVICE_ATTR, VFIO_FILE, ADD, NULL));
	say("has it FILE_DEL", attribute(device, KVM_HAS_DEVICE_ATTR, VFIO_FILE, DEL, NULL));
	say("has it FILE 4", attribute(device, KVM_HAS_DEVICE_ATTR, VFIO_FILE, 4, NULL));
	say("has it another group", attribute(device, KVM_HAS_DEVICE_ATTR, 2, ADD, NULL));
	say("has it NULL", ioctl(device, KVM_HAS_DEVICE_ATTR, NULL));
	say("getting an attribute", attribute(device, KVM_GET_DEVICE_ATTR, VFIO_FILE, ADD, NULL));
	say("another call", ioctl(device, KVM_CREATE_VM, 0));
	say("adding at NULL", attribute(device, KVM_SET_DEVICE_ATTR, VFIO_FILE, ADD, NULL));
	say("adding a closed file", set(device, ADD, 999));
	say("adding /dev/kvm", set(device, ADD, kvm));
	say("adding standard output", set(device, ADD, 1));
	say("adding an iommufd", set(device, ADD, iommufd));

	// As it is to be done: KVM first, then the iommufd.
	node = open_first("/dev/vfio/devices", 0);
	say("the device's node", node);
	say("taking away what was not added", set(device, DEL, node));
	say("adding the node", set(device, ADD, node));
	say("adding it again", set(device, ADD, node));
	say("adding a duplicate", set(device, ADD, again = dup(node)));
	close(again);
	again = open_first("/dev/vfio/devices", 0);
	say("adding another open of it", set(device, ADD, again));
	say("taking that away", set(device, DEL, again));
	say("binding", bind_to(node, iommufd));
	say("binding the other", bind_to(again, iommufd));

	// KVM holds what it was told of.
	close(node);
	say("binding the other after a close", bind_to(again, iommufd));
	say("taking away a closed file", set(device, DEL, node));
	child = fork();
	if (child == 0) {
		say("a child: a VFIO device", ioctl(machine, KVM_CREATE_DEVICE, &create));
		say("a child: adding", set(device, ADD, again));
		_exit(0);
	}
	waitpid(child, &status, 0);

	// The device outlives the descriptors of the machine and of /dev/kvm, and lets go with its own last.
	close(machine);
	close(kvm);
	say("adding to what is left", set(device, ADD, again));
	say("taking away", set(device, DEL, again));
	close(device);
	say("binding when KVM has let go", bind_to(again, iommufd));
	close(again);

	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	machine = ioctl(kvm, KVM_CREATE_VM, 0);
	create = (struct kvm_create_device){ .type = KVM_DEV_TYPE_VFIO };
	say("another machine with a VFIO device", ioctl(machine, KVM_CREATE_DEVICE, &create));
	group = open_first("/dev/vfio", 1);
	say("a group", group);
	say("adding the group", set(create.fd, ADD, group));
	say("adding it again", set(create.fd, ADD, group));
	say("taking it away", set(create.fd, DEL, group));
	say("taking it away again", set(create.fd, DEL, group));
	return 0;
}
