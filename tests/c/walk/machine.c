// Functions of the machine, found in sysfs.
#include "walk.h"
#include <dirent.h>

char *node_of(const char *address)
{
	static char node[300];
	char path[200];
	struct dirent *entry;
	DIR *directory;

	snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/vfio-dev", address);
	directory = opendir(path);
	snprintf(node, sizeof node, "/dev/vfio/devices/none");
	while (directory && (entry = readdir(directory)))
		if (strncmp(entry->d_name, "vfio", 4) == 0)
			snprintf(node, sizeof node, "/dev/vfio/devices/%s", entry->d_name);
	if (directory)
		closedir(directory);
	return node;
}

char *group_of(const char *address)
{
	static char node[300];
	char path[200], link[200] = "";

	snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/iommu_group", address);
	if (readlink(path, link, sizeof link - 1) < 0 || !strrchr(link, '/'))
		return NULL;
	snprintf(node, sizeof node, "/dev/vfio/%s", strrchr(link, '/') + 1);
	return node;
}

int is_edu(const char *address)
{
	char path[200], vendor[16] = "";
	int file;

	snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/vendor", address);
	file = open(path, O_RDONLY);
	if (file < 0 || read(file, vendor, sizeof vendor - 1) <= 0)
		return 0;
	close(file);
	return strcmp(vendor, "0x1234\n") == 0;
}

uint64_t region_offset(int device, uint32_t index)
{
	uint32_t words[8] = { 32, 0, index };

	if (ioctl(device, NR(108), words) < 0)
		return 0;
	return words[6] | (uint64_t)words[7] << 32;
}
