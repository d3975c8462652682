// Descriptors and threads that end in ways of their own: one that could not be given, files opened again behind the supervisor's back, and a program whose
// first thread has ended.
// usage: odd_ends
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/vfio.h>

// Debian 12's headers are older than iommufd and the device node.
#define BIND_IOMMUFD _IO(VFIO_TYPE, VFIO_BASE + 18)
#define IOAS_ALLOC _IO(';', 0x81)
#define IOAS_MAP _IO(';', 0x85)
#define FAULT_QUEUE_ALLOC _IO(';', 0x8e)
#define NODE "/dev/vfio/devices/vfio0"

struct bind_iommufd { uint32_t argsz, flags; int32_t iommufd; uint32_t out_devid; };
struct ioas_alloc { uint32_t size, flags, out_ioas_id; };
struct ioas_map { uint32_t size, flags, ioas_id, reserved; uint64_t user_va, length, iova; };
struct fault_queue { uint32_t size, flags, out_fault_id, out_fault_fd; };
struct irqs { struct vfio_irq_set set; int32_t signal; };

static pthread_t first;

static void say(const char *what, long result)
{
	printf("%s: %s\n", what, result < 0 ? strerrorname_np(errno) : "ok");
	fflush(stdout);
}

static int make_ioas(int iommufd, uint32_t *ioas)
{
	struct ioas_alloc alloc = { .size = sizeof alloc };
	int result = ioctl(iommufd, IOAS_ALLOC, &alloc);

	*ioas = alloc.out_ioas_id;
	return result;
}

static int bind_device(int device, int iommufd)
{
	struct bind_iommufd bind = { .argsz = sizeof bind, .iommufd = iommufd };

	return ioctl(device, BIND_IOMMUFD, &bind);
}

static int count_sockets(void)
{
	char path[32], name[64];
	int sockets = 0;

	for (int fd = 0; fd < 64; fd++) {
		snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
		memset(name, 0, sizeof name);
		if (readlink(path, name, sizeof name - 1) > 0)
			sockets += strncmp(name, "socket:", 7) == 0;
	}
	return sockets;
}

static void be_refused_a_descriptor(int iommufd)
{
	struct fault_queue *queue = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int before = count_sockets();

	queue->size = sizeof *queue;
	mprotect(queue, 4096, PROT_READ);
	say("a fault queue that cannot be told", ioctl(iommufd, FAULT_QUEUE_ALLOC, queue));
	printf("queues left open: %d\n", count_sockets() - before);
}

// By a name alone, in /proc/self/fd, which is not seen to be one of ours: the same open once more. Equal events of them are told as one.
static void open_again_and_again(int fd, int times, int together)
{
	char name[16];
	int again[8];

	snprintf(name, sizeof name, "%d", fd);
	for (int i = 0; i < times; i++) {
		for (int j = 0; j < together; j++) {
			again[j] = open(name, O_RDONLY);
			if (again[j] < 0) {
				say("open", again[j]);
				exit(1);
			}
		}
		for (int j = 0; j < together; j++)
			close(again[j]);
	}
}

static void reopen(void)
{
	int lost = 0, iommufd = open("/dev/iommu", O_RDWR), device = open(NODE, O_RDWR);
	uint32_t ioas;

	say("to where descriptors are names", chdir("/proc/self/fd"));
	for (int i = 0; i < 200; i++) {
		open_again_and_again(iommufd, 3, 1 + i % 8);
		lost += make_ioas(iommufd, &ioas) < 0;
	}
	printf("calls that found nothing: %d\n", lost);
	open_again_and_again(iommufd, 20000, 1);
	say("after many more", make_ioas(iommufd, &ioas));
	say("BIND", bind_device(device, iommufd));
	open_again_and_again(device, 5, 8);
	close(device);
	close(iommufd);
	iommufd = open("/dev/iommu", O_RDWR);
	device = open(NODE, O_RDWR);
	say("BIND when all were closed", bind_device(device, iommufd));
	close(device);
	close(iommufd);
}

static void *go_on_alone(void *unused)
{
	struct ioas_map map = { .size = sizeof map, .flags = 6, .length = 4096 };
	struct irqs irqs = { .set = { .argsz = sizeof irqs, .flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER, .index = VFIO_PCI_MSI_IRQ_INDEX, .count = 1 } };
	struct irqs loop = { .set = { .argsz = sizeof loop.set, .flags = VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER, .index = VFIO_PCI_MSI_IRQ_INDEX, .count = 1 } };
	uint64_t count = 0;
	uint16_t id = 0;
	int iommufd, device;

	pthread_join(first, NULL);
	iommufd = open("/dev/iommu", O_RDWR);
	device = open(NODE, O_RDWR);
	say("alone: BIND", bind_device(device, iommufd));
	say("alone: IOAS_ALLOC", make_ioas(iommufd, &map.ioas_id));
	map.user_va = (uintptr_t)mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	say("alone: IOAS_MAP", ioctl(iommufd, IOAS_MAP, &map));
	say("alone: pread", pread(device, &id, 2, (1ULL << 60) + ((uint64_t)VFIO_PCI_CONFIG_REGION_INDEX << 40)));
	printf("vendor: %04x\n", id);
	irqs.signal = eventfd(0, EFD_NONBLOCK);
	say("alone: SET_IRQS", ioctl(device, VFIO_DEVICE_SET_IRQS, &irqs));
	say("alone: a loopback", ioctl(device, VFIO_DEVICE_SET_IRQS, &loop));
	say("alone: its eventfd", read(irqs.signal, &count, 8));
	exit(0);
	return unused;
}

int main(void)
{
	pthread_t other;
	int iommufd = open("/dev/iommu", O_RDWR);

	be_refused_a_descriptor(iommufd);
	close(iommufd);
	reopen();
	first = pthread_self();
	pthread_create(&other, NULL, go_on_alone, NULL);
	pthread_exit(NULL);
}
