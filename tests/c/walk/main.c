// Walks the calls of the catalogue with valid and invalid arguments and prints a line for each: what a kernel answers, to be compared with
// what another one does. Offsets of regions are told as the region's own; IOMMU_TEST_CMD is left out.
// usage: walk [ADDRESS]    (without: QEMU's edu, which must be bound to vfio-pci)
#include "walk.h"
#include <dirent.h>

static char *edu(void)
{
	static char address[300];
	struct dirent *entry;
	DIR *directory = opendir("/sys/bus/pci/devices");

	while (directory && (entry = readdir(directory)))
		if (is_edu(entry->d_name))
			snprintf(address, sizeof address, "%s", entry->d_name);
	if (directory)
		closedir(directory);
	return address;
}

int main(int argc, char **argv)
{
	const char *address = argc > 1 ? argv[1] : edu();

	if (!*address)
		return 1;
	setvbuf(stdout, NULL, _IOLBF, 0);
	room = mmap(NULL, ROOM + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memory = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (room == MAP_FAILED || memory == MAP_FAILED || mprotect(room + ROOM, PAGE, PROT_NONE) != 0)
		return 1;
	walk_files(address);
	walk_iommufd();
	walk_node(address);
	walk_group(address);
	walk_compatible(address);
	walk_kvm(address);
	begin("end");
	return 0;
}
