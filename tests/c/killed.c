// Programs that are killed at any moment: each run three processes, one of two threads, open, map, make devices work, fork, and pass descriptors to one
// another, and are killed, one after the other. Then a fresh program must find everything free.
// usage: killed RUNS EVERY SEED     after EVERY runs it says how many were done, and waits for a line
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/vfio.h>

// Debian 12's headers are older than iommufd and the device node.
#define BIND_IOMMUFD _IO(VFIO_TYPE, VFIO_BASE + 18)
#define ATTACH_IOMMUFD_PT _IO(VFIO_TYPE, VFIO_BASE + 19)
#define DESTROY _IO(';', 0x80)
#define IOAS_ALLOC _IO(';', 0x81)
#define IOAS_MAP _IO(';', 0x85)
#define IOAS_UNMAP _IO(';', 0x86)
#define FAULT_QUEUE_ALLOC _IO(';', 0x8e)

#define FUNCTION "0000:00:01.0"
#define DRIVER "/sys/bus/pci/drivers/vfio-pci/"
#define NODE "/dev/vfio/devices/vfio0"
#define REGISTERS (1ULL << 60)
#define LONGEST 8000
#define VICTIMS 3

struct bind_iommufd { uint32_t argsz, flags; int32_t iommufd; uint32_t out_devid; };
struct attach_iommufd_pt { uint32_t argsz, flags, pt_id; };
struct destroy { uint32_t size, id; };
struct ioas_alloc { uint32_t size, flags, out_ioas_id; };
struct ioas_map { uint32_t size, flags, ioas_id, reserved; uint64_t user_va, length, iova; };
struct ioas_unmap { uint32_t size, ioas_id; uint64_t iova, length; };
struct fault_queue { uint32_t size, flags, out_fault_id, out_fault_fd; };
struct irqs { struct vfio_irq_set set; int32_t signal; };

static char group[64];
static pid_t *victims;
static uint64_t state;

static uint64_t random_of(uint64_t *from, uint64_t below)
{
	*from ^= *from << 13;
	*from ^= *from >> 7;
	*from ^= *from << 17;
	return *from % below;
}

static int write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	ssize_t written = write(fd, text, strlen(text));

	close(fd);
	return written == (ssize_t)strlen(text) ? 0 : -1;
}

static uint32_t make_ioas(int iommufd)
{
	struct ioas_alloc alloc = { .size = sizeof alloc };

	return ioctl(iommufd, IOAS_ALLOC, &alloc) ? 0 : alloc.out_ioas_id;
}

static int bind_and_attach(int device, int iommufd, uint32_t ioas)
{
	struct bind_iommufd bind = { .argsz = sizeof bind, .iommufd = iommufd };
	struct attach_iommufd_pt attach = { .argsz = sizeof attach, .pt_id = ioas };

	return ioctl(device, BIND_IOMMUFD, &bind) || ioctl(device, ATTACH_IOMMUFD_PT, &attach);
}

static void pass(int channel, int *descriptor, int sends)
{
	union { struct cmsghdr header; char room[CMSG_SPACE(sizeof(int))]; } control;
	char byte = 0;
	struct iovec part = { &byte, 1 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };

	memset(&control, 0, sizeof control);
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	if (sends)
		memcpy(CMSG_DATA(&control.header), descriptor, sizeof(int));
	if (sends ? sendmsg(channel, &message, MSG_DONTWAIT | MSG_NOSIGNAL) != 1 : recvmsg(channel, &message, MSG_DONTWAIT) != 1)
		*descriptor = -1;
	else if (!sends)
		memcpy(descriptor, CMSG_DATA(&control.header), sizeof(int));
}

struct work { int iommufd, device, channel; uint32_t ioas; uint64_t seed; };

// Until it is killed.
static void *work(void *argument)
{
	struct work *work = argument;
	struct ioas_map map = { .size = sizeof map, .flags = 6, .ioas_id = work->ioas };
	struct ioas_unmap unmap = { .size = sizeof unmap, .ioas_id = work->ioas, .length = UINT64_MAX };
	struct destroy destroy = { .size = sizeof destroy };
	struct fault_queue queue = { .size = sizeof queue };
	struct irqs irqs = { .set = { .argsz = sizeof irqs, .flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER, .index = VFIO_PCI_MSI_IRQ_INDEX, .count = 1 } };
	uint64_t copy[4] = { 0, 0x40000, 4096, 1 };
	int other;

	while (1) {
		size_t length = 4096 << random_of(&work->seed, 10);

		switch (random_of(&work->seed, 12)) {
		case 0:
		case 1:
			map.length = length;
			map.user_va = (uintptr_t)mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | (length & 0x15000 ? MAP_SHARED : MAP_PRIVATE), -1, 0);
			ioctl(work->iommufd, IOAS_MAP, &map);
			copy[0] = map.iova;
			if (random_of(&work->seed, 2))
				munmap((void *)map.user_va, length);
			break;
		case 2: ioctl(work->iommufd, IOAS_UNMAP, &unmap); break;
		case 3:
			for (int i = 0; i < 4; i++)
				(void)!pwrite(work->device, &copy[i], 8, REGISTERS + 0x80 + 8 * i);
			break;
		case 4:
			irqs.signal = eventfd(0, EFD_CLOEXEC);
			ioctl(work->device, VFIO_DEVICE_SET_IRQS, &irqs);
			close(irqs.signal);
			break;
		case 5: ioctl(work->device, VFIO_DEVICE_RESET); break;
		case 6:
			if (!ioctl(work->iommufd, FAULT_QUEUE_ALLOC, &queue) && random_of(&work->seed, 2)) {
				close(queue.out_fault_fd);
				destroy.id = queue.out_fault_id;
				ioctl(work->iommufd, DESTROY, &destroy);
			}
			break;
		case 7:
			other = random_of(&work->seed, 2) ? work->device : work->iommufd;
			pass(work->channel, &other, 1);
			break;
		case 8:
			pass(work->channel, &other, 0);
			ioctl(other, IOAS_UNMAP, &unmap);
			if (random_of(&work->seed, 4))
				close(other);
			break;
		case 9:
			other = open("/dev/iommu", O_RDWR);
			destroy.id = make_ioas(other);
			if (random_of(&work->seed, 2))
				close(other);
			break;
		case 10: close(dup(work->device)); break;
		default: (void)!pread(work->device, copy + 3, 4, REGISTERS); copy[3] = 1;
		}
	}
	return NULL;
}

static void run_by_group(void)
{
	int container = open("/dev/vfio/vfio", O_RDWR), fd = open(group, O_RDWR), device;
	struct vfio_iommu_type1_dma_map map = { .argsz = sizeof map, .flags = 3, .size = 1 << 20 };

	ioctl(fd, VFIO_GROUP_SET_CONTAINER, &container);
	ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU);
	device = ioctl(fd, VFIO_GROUP_GET_DEVICE_FD, FUNCTION);
	map.vaddr = (uintptr_t)mmap(NULL, map.size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	while (1) {
		struct vfio_iommu_type1_dma_unmap unmap = { .argsz = sizeof unmap, .size = map.size };

		ioctl(container, VFIO_IOMMU_MAP_DMA, &map);
		ioctl(device, VFIO_DEVICE_RESET);
		ioctl(container, VFIO_IOMMU_UNMAP_DMA, &unmap);
	}
}

static void run_victims(int how)
{
	int channel[2];
	pthread_t thread;
	struct work mine[2] = { { .seed = state } }, *other = &mine[1];

	victims[0] = getpid();
	if (how == 0)
		run_by_group();
	(void)!socketpair(AF_UNIX, SOCK_SEQPACKET, 0, channel);
	mine[0].device = open(NODE, O_RDWR);
	mine[0].iommufd = open("/dev/iommu", O_RDWR);
	mine[0].channel = channel[0];
	mine[0].ioas = make_ioas(mine[0].iommufd);
	if (bind_and_attach(mine[0].device, mine[0].iommufd, mine[0].ioas))
		printf("the device is not free: %s\n", strerrorname_np(errno));
	for (int i = 1; i < VICTIMS; i++) {
		if (fork() == 0) {
			victims[i] = getpid();
			mine[0].channel = channel[1];
			mine[0].seed += i;
			// An unbind waits for the device's user.
			if (how == 1 && i == 2)
				write_to(DRIVER "unbind", FUNCTION);
			work(mine);
		}
	}
	*other = mine[0];
	other->seed += VICTIMS;
	pthread_create(&thread, NULL, work, other);
	work(mine);
}

static int is_free(void)
{
	int device = open(NODE, O_RDWR), iommufd = open("/dev/iommu", O_RDWR), fd;
	uint32_t ioas = make_ioas(iommufd);

	// The first object of a file is its number 1.
	if (ioas != 1 || device < 0 || bind_and_attach(device, iommufd, ioas)) {
		printf("opened %d, %d; first object %u: %s\n", device, iommufd, ioas, strerrorname_np(errno));
		return 0;
	}
	close(device);
	close(iommufd);
	fd = open(group, O_RDWR);
	if (fd < 0)
		printf("the group: %s\n", strerrorname_np(errno));
	return fd >= 0;
}

static void say_stuck(int signal)
{
	static const char text[] = "stuck: a process that was killed has not ended in a minute\n";

	(void)signal;
	(void)!write(1, text, sizeof text - 1);
	_exit(1);
}

int main(int argc, char **argv)
{
	char link[256] = "";
	int runs, every, status;

	if (readlink("/sys/bus/pci/devices/" FUNCTION "/iommu_group", link, sizeof link - 1) < 0)
		return 2;
	snprintf(group, sizeof group, "/dev/vfio/%s", strrchr(link, '/') + 1);
	if (argc < 4)
		return !is_free();
	setlinebuf(stdout);
	runs = atoi(argv[1]);
	every = atoi(argv[2]);
	state = strtoull(argv[3], NULL, 0) * 0x9e3779b97f4a7c15ULL + 1;
	victims = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	signal(SIGALRM, say_stuck);
	// Orphans are waited for here.
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	for (int run = 1; run <= runs; run++) {
		int how = random_of(&state, 8);
		pid_t child;

		memset(victims, 0, sizeof *victims * VICTIMS);
		child = fork();
		if (child == 0)
			run_victims(how);
		usleep(random_of(&state, LONGEST));
		victims[0] = child;
		for (int i = 0; i < VICTIMS; i++) {
			int first = random_of(&state, VICTIMS);

			if (victims[first] > 0)
				kill(victims[first], SIGKILL);
			usleep(random_of(&state, LONGEST / 4));
		}
		// Whoever forked another in between.
		for (alarm(60); waitpid(-1, NULL, WNOHANG) >= 0; usleep(100))
			for (int i = 0; i < VICTIMS; i++)
				if (victims[i] > 0)
					kill(victims[i], SIGKILL);
		alarm(0);
		// What an unbind of a killed process began goes on; taking a driver that is there is refused.
		if (how == 1) {
			write_to(DRIVER "unbind", FUNCTION);
			write_to("/sys/bus/pci/drivers_probe", FUNCTION);
		}
		child = fork();
		if (child == 0) {
			execl("/proc/self/exe", argv[0], NULL);
			_exit(3);
		}
		waitpid(child, &status, 0);
		if (status) {
			printf("after run %d (%d) not all is free\n", run, how);
			return 1;
		}
		if (run % every == 0) {
			printf("%d\n", run);
			getchar();
		}
	}
	return 0;
}
