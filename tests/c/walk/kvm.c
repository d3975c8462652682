// The KVM-VFIO device.
#include "walk.h"

void walk_kvm(const char *address)
{
	struct { uint32_t flags, group; uint64_t attribute, address; } attribute = { 0, 1, 1, 0 };
	struct { uint32_t type, fd, flags; } create = { 4, 0, 0 };
	int kvm, machine, device, vfio;
	int32_t number;

	begin("KVM");
	kvm = tell_fd("open /dev/kvm", open("/dev/kvm", O_RDWR | O_CLOEXEC));
	if (kvm < 0)
		return;
	tell("KVM_GET_API_VERSION", ioctl(kvm, _IO(0xae, 0), 0));
	tell("KVM_CHECK_EXTENSION DEVICE_CTRL", ioctl(kvm, _IO(0xae, 3), 89));
	machine = tell_fd("KVM_CREATE_VM", ioctl(kvm, _IO(0xae, 1), 0));
	tell("KVM_CREATE_DEVICE at NULL", ioctl(machine, _IOWR(0xae, 0xe0, create), NULL));
	create.type = 99;
	tell("KVM_CREATE_DEVICE of no type", ioctl(machine, _IOWR(0xae, 0xe0, create), &create));
	create.type = 4;
	create.flags = 1;
	tell("KVM_CREATE_DEVICE to try", ioctl(machine, _IOWR(0xae, 0xe0, create), &create));
	create.flags = 0;
	tell("KVM_CREATE_DEVICE", ioctl(machine, _IOWR(0xae, 0xe0, create), &create));
	device = create.fd;
	create.fd = 0;
	tell("KVM_CREATE_DEVICE again", ioctl(machine, _IOWR(0xae, 0xe0, create), &create));
	for (uint32_t group = 0; group < 3; group++)
		for (uint64_t which = 0; which < 4; which++) {
			attribute.group = group;
			attribute.attribute = which;
			printf("KVM_HAS_DEVICE_ATTR %u %lu -> %s\n", group, which, result_text(ioctl(device, _IOW(0xae, 0xe3, attribute), &attribute)));
			printf("KVM_GET_DEVICE_ATTR %u %lu -> %s\n", group, which, result_text(ioctl(device, _IOW(0xae, 0xe2, attribute), &attribute)));
			printf("KVM_SET_DEVICE_ATTR %u %lu at NULL -> %s\n", group, which, result_text(ioctl(device, _IOW(0xae, 0xe1, attribute), &attribute)));
		}
	vfio = tell_fd("open the node", open(node_of(address), O_RDWR | O_CLOEXEC));
	attribute.group = 1;
	attribute.attribute = 1;
	attribute.address = (uintptr_t)&number;
	number = kvm;
	tell("KVM_SET_DEVICE_ATTR of another file", ioctl(device, _IOW(0xae, 0xe1, attribute), &attribute));
	number = vfio;
	tell("KVM_SET_DEVICE_ATTR adds", ioctl(device, _IOW(0xae, 0xe1, attribute), &attribute));
	tell("KVM_SET_DEVICE_ATTR adds again", ioctl(device, _IOW(0xae, 0xe1, attribute), &attribute));
	attribute.attribute = 2;
	tell("KVM_SET_DEVICE_ATTR takes away", ioctl(device, _IOW(0xae, 0xe1, attribute), &attribute));
	tell("KVM_SET_DEVICE_ATTR takes away again", ioctl(device, _IOW(0xae, 0xe1, attribute), &attribute));
	close(vfio);
	close(device);
	close(machine);
	close(kvm);
}
