// What `vfio emulate` is measured beside: the least supervisor in C that carries a call as ours does. For each call of its program it receives, takes
// what inotify saw of closed files, finds the thread, asks which file its descriptor is (/proc/TID/fd, device and inode) and whether it has the memory it
// had (/proc/PID/mem), finds the open file by that, dispatches by number and answers; in two threads, with SYNC_WAKE_UP.
// usage: null_supervisor PROGRAM ARGUMENTS
//   The program finds a /dev/iommu that knows no call: an ioctl is ENOTTY.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

// Debian 12's headers are older than this flag.
#define SET_FLAGS _IOW('!', 4, uint64_t)
#define SYNC_WAKE_UP 1

#define RECEIVERS 2
#define MOST 64
#define DATA(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define IF(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, yes, no)

struct thread { pid_t id; int descriptors, memory; };
struct file { uint64_t device, inode; int descriptor; long (*calls[256])(uint64_t argument); };

static int listener, events;
static pthread_mutex_t closing = PTHREAD_MUTEX_INITIALIZER, making = PTHREAD_MUTEX_INITIALIZER;
static struct thread threads[MOST];
static struct file files[MOST];
static int file_count;

static struct sock_filter rules[] = {
	DATA(arch), IF(AUDIT_ARCH_X86_64, 0, 10),
	DATA(nr), IF(__NR_ioctl, 0, 4),
	DATA(args[1]), BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 8), BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xff), IF(0x3b, 3, 4),
	IF(__NR_openat, 0, 3),
	DATA(args[2]), BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_RDWR, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int file_of(int directory, const char *name, int flags, uint64_t *device, uint64_t *inode)
{
	struct statx status;

	if (statx(directory, name, flags, STATX_TYPE | STATX_INO, &status) < 0)
		return -1;
	*device = (uint64_t)status.stx_dev_major << 32 | status.stx_dev_minor;
	*inode = status.stx_ino;
	return 0;
}

static struct thread *find_thread(pid_t id)
{
	char path[32];
	int i;

	for (i = 0; i < MOST && threads[i].id; i++)
		if (threads[i].id == id)
			return &threads[i];
	pthread_mutex_lock(&making);
	for (i = 0; i < MOST - 1 && threads[i].id && threads[i].id != id; i++)
		;
	if (!threads[i].id) {
		snprintf(path, sizeof path, "/proc/%d/fd", id);
		threads[i].descriptors = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
		snprintf(path, sizeof path, "/proc/%d/mem", id);
		threads[i].memory = open(path, O_RDONLY | O_CLOEXEC);
		__atomic_store_n(&threads[i].id, id, __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&making);
	return &threads[i];
}

static struct file *find_file(uint64_t device, uint64_t inode)
{
	for (int i = 0; i < __atomic_load_n(&file_count, __ATOMIC_ACQUIRE); i++)
		if (files[i].inode == inode && files[i].device == device)
			return &files[i];
	return NULL;
}

static void take_events(void)
{
	char buffer[4096];

	pthread_mutex_lock(&closing);
	while (read(events, buffer, sizeof buffer) > 0)
		;
	pthread_mutex_unlock(&closing);
}

static long make_file(const struct seccomp_notif *call)
{
	char path[64] = "";
	struct iovec to = { path, 16 }, from = { (void *)call->data.args[1], 16 };
	struct seccomp_notif_addfd given = { .id = call->id };
	struct file *made = &files[file_count];
	int fd;

	if (process_vm_readv(call->pid, &to, 1, &from, 1, 0) < 11 || strcmp(path, "/dev/iommu") || file_count == MOST)
		return 0;
	made->descriptor = memfd_create("iommu", MFD_CLOEXEC);
	file_of(made->descriptor, "", AT_EMPTY_PATH, &made->device, &made->inode);
	snprintf(path, sizeof path, "/proc/self/fd/%d", made->descriptor);
	inotify_add_watch(events, path, IN_OPEN | IN_CLOSE);
	given.srcfd = fd = open(path, O_RDWR | O_CLOEXEC);
	fd = ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &given);
	close(given.srcfd);
	__atomic_store_n(&file_count, file_count + 1, __ATOMIC_RELEASE);
	return fd;
}

// Zero: the kernel does it.
static long serve(const struct seccomp_notif *call)
{
	struct thread *thread;
	struct file *file;
	uint64_t device, inode;
	char fd[16], nothing;

	take_events();
	if (call->data.nr != __NR_ioctl)
		return make_file(call);
	thread = find_thread(call->pid);
	snprintf(fd, sizeof fd, "%d", (int)call->data.args[0]);
	if (file_of(thread->descriptors, fd, 0, &device, &inode) < 0 || !(file = find_file(device, inode)))
		return 0;
	if (pread(thread->memory, &nothing, 1, 0) == 0)
		return -EFAULT;
	if (!file->calls[call->data.args[1] & 0xff])
		return -ENOTTY;
	return file->calls[call->data.args[1] & 0xff](call->data.args[2]);
}

static void *receive(void *unused)
{
	struct seccomp_notif call;
	struct seccomp_notif_resp answer;

	while (1) {
		long result;

		memset(&call, 0, sizeof call);
		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0) {
			struct pollfd over = { listener, POLLIN, 0 };

			if (poll(&over, 1, 0) > 0 && over.revents & POLLHUP)
				return unused;
			continue;
		}
		result = serve(&call);
		memset(&answer, 0, sizeof answer);
		answer.id = call.id;
		if (result == 0)
			answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
		else if (result < 0)
			answer.error = result;
		else
			answer.val = result;
		ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
	}
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
	if ((sends ? sendmsg(channel, &message, 0) : recvmsg(channel, &message, MSG_CMSG_CLOEXEC)) != 1)
		die("the channel");
	if (!sends)
		memcpy(descriptor, CMSG_DATA(&control.header), sizeof(int));
}

int main(int argc, char **argv)
{
	struct sock_fprog filter = { sizeof rules / sizeof *rules, rules };
	pthread_t receivers[RECEIVERS];
	int channel[2], status;
	pid_t child;

	if (argc < 2 || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, channel) < 0)
		return 2;
	child = fork();
	if (child == 0) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		listener = syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, &filter);
		if (listener < 0)
			die("seccomp");
		pass(channel[1], &listener, 1);
		close(listener);
		close(channel[0]);
		close(channel[1]);
		execvp(argv[1], argv + 1);
		die(argv[1]);
	}
	close(channel[1]);
	pass(channel[0], &listener, 0);
	events = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	ioctl(listener, SET_FLAGS, SYNC_WAKE_UP);
	for (int i = 0; i < RECEIVERS; i++)
		pthread_create(&receivers[i], NULL, receive, NULL);
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
