// A driver for an NVMe controller in plain C, as a yardstick for ours: one pair of I/O queues, polled, on /dev/iommu and the device's node (or, with -g, group and container). It
// allocates nothing and makes no system call per command, rings one doorbell for all it submits at once and one for all it takes, and does for a command what Vfio.Nvme does.
// usage: nvme_bench [-g] ADDRESS QD SECONDS read|write     4 KiB at random places; one line: commands, IOPS, ns, ns of its own CPU time, each per command
//        nvme_bench [-g] ADDRESS QD check                  writes, reads back and compares, each length up to 32 KiB, and says so
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <linux/vfio.h>

// Debian 12's headers are older than iommufd and the device node.
#define BIND_IOMMUFD _IO(VFIO_TYPE, VFIO_BASE + 18)
#define ATTACH_IOMMUFD_PT _IO(VFIO_TYPE, VFIO_BASE + 19)
#define IOAS_ALLOC _IO(';', 0x81)
#define IOAS_MAP _IO(';', 0x85)

struct bind_iommufd { uint32_t argsz, flags; int32_t iommufd; uint32_t out_devid; };
struct attach_iommufd_pt { uint32_t argsz, flags, pt_id; };
struct ioas_alloc { uint32_t size, flags, out_ioas_id; };
struct ioas_map { uint32_t size, flags, ioas_id, reserved; uint64_t user_va, length, iova; };

enum { PAGE = 4096, MOST_DEPTH = 1023, PAGES_PER_COMMAND = 8, ADMIN_ENTRIES = 32 };
enum { CAP = 0x00, CC = 0x14, CSTS = 0x1c, AQA = 0x24, ASQ = 0x28, ACQ = 0x30, DOORBELLS = 0x1000 };

struct command { uint8_t opcode, flags; uint16_t id; uint32_t nsid; uint64_t reserved, metadata, prp1, prp2; uint32_t dword[6]; };
struct completion { uint32_t result, reserved; uint16_t head, queue, id; volatile uint16_t status; };
_Static_assert(sizeof(struct command) == 64 && sizeof(struct completion) == 16, "as the specification has them");

struct queue {
	struct command *submissions;
	volatile struct completion *completions;
	uint64_t *lists;
	uint64_t lists_iova;
	volatile uint32_t *tail_doorbell, *head_doorbell;
	uint32_t entries, depth, tail, rung, head, rung_head, free_count;
	uint32_t tags;
	uint16_t phase, free[MOST_DEPTH], ids[MOST_DEPTH];
	uint8_t busy[MOST_DEPTH];
};

static volatile uint8_t *bar;
static uint8_t *memory;
static const uint64_t memory_iova = 0x10000000;
static uint64_t memory_used;
static struct queue admin, io;
static uint64_t blocks;
static uint32_t block_size;

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "nvme_bench: %s: %s\n", what, strerror(errno));
	exit(1);
}

static _Noreturn void fail(const char *what, unsigned long value)
{
	fprintf(stderr, "nvme_bench: %s (%lx)\n", what, value);
	exit(1);
}

static void must(const char *what, long result)
{
	if (result < 0)
		die(what);
}

static int open_by_node(const char *address, uint64_t size)
{
	struct bind_iommufd bind = { .argsz = sizeof bind };
	struct attach_iommufd_pt attach = { .argsz = sizeof attach };
	struct ioas_alloc alloc = { .size = sizeof alloc };
	struct ioas_map map = { .size = sizeof map, .flags = 7, .user_va = (uintptr_t)memory, .length = size, .iova = memory_iova };
	char path[256], node[300];
	glob_t found;
	int device;

	snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/vfio-dev/vfio*", address);
	if (glob(path, 0, NULL, &found) != 0)
		fail("it is not bound to vfio-pci, or has no node", 0);
	snprintf(node, sizeof node, "/dev/vfio/devices/%s", strrchr(found.gl_pathv[0], '/') + 1);
	globfree(&found);
	bind.iommufd = open("/dev/iommu", O_RDWR | O_CLOEXEC);
	must("/dev/iommu", bind.iommufd);
	device = open(node, O_RDWR | O_CLOEXEC);
	must(node, device);
	must("BIND", ioctl(device, BIND_IOMMUFD, &bind));
	must("IOAS_ALLOC", ioctl(bind.iommufd, IOAS_ALLOC, &alloc));
	attach.pt_id = map.ioas_id = alloc.out_ioas_id;
	must("ATTACH", ioctl(device, ATTACH_IOMMUFD_PT, &attach));
	must("IOAS_MAP", ioctl(bind.iommufd, IOAS_MAP, &map));
	return device;
}

static int open_by_group(const char *address, uint64_t size)
{
	struct vfio_iommu_type1_dma_map map = { .argsz = sizeof map, .flags = 3, .vaddr = (uintptr_t)memory, .iova = memory_iova, .size = size };
	char path[256], target[256] = "", node[300];
	int container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC), group, device;

	must("/dev/vfio/vfio", container);
	snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/iommu_group", address);
	must(path, readlink(path, target, sizeof target - 1));
	snprintf(node, sizeof node, "/dev/vfio/%s", strrchr(target, '/') + 1);
	group = open(node, O_RDWR | O_CLOEXEC);
	must(node, group);
	must("SET_CONTAINER", ioctl(group, VFIO_GROUP_SET_CONTAINER, &container));
	must("SET_IOMMU", ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU));
	must("MAP_DMA", ioctl(container, VFIO_IOMMU_MAP_DMA, &map));
	device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, address);
	must("GET_DEVICE_FD", device);
	return device;
}

// Memory that can be shared with whoever plays the device, and does not shrink: what ours is.
static void take_memory(uint64_t size)
{
	int file = memfd_create("nvme_bench", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	must("memfd_create", file);
	must("ftruncate", ftruncate(file, (off_t)size));
	must("seal", fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK));
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, file, 0);
	if (memory == MAP_FAILED)
		die("mmap of memory");
	close(file);
}

static uint64_t take(uint64_t bytes)
{
	uint64_t at = memory_used;

	memory_used += (bytes + PAGE - 1) & ~(uint64_t)(PAGE - 1);
	return at;
}

static uint32_t read32(uint32_t offset) { return *(volatile uint32_t *)(bar + offset); }
static void write32(uint32_t offset, uint32_t value) { *(volatile uint32_t *)(bar + offset) = value; }

static void make_queue(struct queue *queue, uint32_t id, uint32_t depth, uint64_t *submissions, uint64_t *completions)
{
	uint32_t stride = 4u << (read32(CAP + 4) & 0xf);
	uint64_t lists;

	queue->entries = depth + 1;
	queue->depth = depth;
	queue->phase = 1;
	*submissions = take((uint64_t)queue->entries * sizeof(struct command));
	*completions = take((uint64_t)queue->entries * sizeof(struct completion));
	lists = take((uint64_t)depth * PAGE);
	queue->submissions = (struct command *)(memory + *submissions);
	queue->completions = (volatile struct completion *)(memory + *completions);
	queue->lists = (uint64_t *)(memory + lists);
	queue->lists_iova = memory_iova + lists;
	queue->tail_doorbell = (volatile uint32_t *)(bar + DOORBELLS + 2 * id * stride);
	queue->head_doorbell = (volatile uint32_t *)(bar + DOORBELLS + (2 * id + 1) * stride);
	for (queue->tags = 1; queue->tags < depth; queue->tags *= 2)
		;
	for (uint32_t i = 0; i < depth; i++) {
		queue->free[i] = (uint16_t)(depth - 1 - i);
		queue->ids[i] = (uint16_t)i;
	}
	queue->free_count = depth;
}

// In place, field by field: a command made elsewhere and copied costs a stall.
static inline __attribute__((always_inline)) int submit(
	struct queue *queue, uint8_t opcode, uint32_t nsid, uint64_t prp1, uint32_t dword10, uint32_t dword11, uint32_t dword12, uint32_t length, uint16_t *id)
{
	struct command *entry = &queue->submissions[queue->tail];

	if (queue->free_count == 0)
		return 0;
	*id = queue->free[--queue->free_count];
	queue->busy[*id] = 1;
	memset(entry, 0, sizeof *entry);
	entry->opcode = opcode;
	entry->id = queue->ids[*id];
	entry->nsid = nsid;
	entry->prp1 = prp1;
	entry->dword[0] = dword10;
	entry->dword[1] = dword11;
	entry->dword[2] = dword12;
	if (length != 0) {
		int64_t left = (int64_t)length - (PAGE - (int64_t)(prp1 & (PAGE - 1)));
		uint64_t page = (prp1 & ~(uint64_t)(PAGE - 1)) + PAGE;

		if (left > PAGE) {
			uint64_t *list = queue->lists + (uint64_t)*id * (PAGE / 8);

			entry->prp2 = queue->lists_iova + (uint64_t)*id * PAGE;
			for (; left > 0; left -= PAGE, page += PAGE)
				*list++ = page;
		} else if (left > 0) {
			entry->prp2 = page;
		}
	}
	queue->tail = queue->tail + 1 == queue->entries ? 0 : queue->tail + 1;
	return 1;
}

// Nothing between the two: where they are trapped, each may wait for the device.
static inline void ring(struct queue *queue)
{
	if (queue->rung_head != queue->head) {
		queue->rung_head = queue->head;
		*queue->head_doorbell = queue->head;
	}
	if (queue->rung != queue->tail) {
		queue->rung = queue->tail;
		// x86 shows the stores to the entries first.
		__asm__ volatile("" ::: "memory");
		*queue->tail_doorbell = queue->tail;
	}
}

// Takes answers, at most so many; their ids. The next ring tells of them.
static inline uint32_t poll_queue(struct queue *queue, uint16_t *ids, uint32_t most)
{
	uint32_t count = 0;

	while (count < most) {
		volatile struct completion *entry = &queue->completions[queue->head];
		uint16_t status = entry->status, answered, id;
		uint32_t next;

		if ((status & 1) != queue->phase)
			break;
		__asm__ volatile("" ::: "memory");
		answered = entry->id;
		id = (uint16_t)(answered & (queue->tags - 1));
		if (id >= queue->depth || !queue->busy[id] || queue->ids[id] != answered)
			fail("a command that is not under way was answered", answered);
		if (status >> 1 & 0x7ff)
			fail("a command failed", status >> 1);
		queue->busy[id] = 0;
		queue->free[queue->free_count++] = id;
		next = queue->ids[id] + queue->tags;
		queue->ids[id] = (uint16_t)(next == 0xffff ? next + queue->tags : next);
		ids[count++] = id;
		if (++queue->head == queue->entries) {
			queue->head = 0;
			queue->phase ^= 1;
		}
	}
	return count;
}

static void do_admin(uint8_t opcode, uint32_t nsid, uint64_t prp1, uint32_t dword10, uint32_t dword11)
{
	uint16_t id;

	if (!submit(&admin, opcode, nsid, prp1, dword10, dword11, 0, 0, &id))
		fail("no room for a command", 0);
	ring(&admin);
	while (poll_queue(&admin, &id, 1) == 0)
		;
}

static void await_status(uint32_t ready)
{
	for (int i = 0; (read32(CSTS) & 1) != ready; i++) {
		if (i == 10000 || (read32(CSTS) & 2))
			fail("the controller does not come or go", read32(CSTS));
		usleep(1000);
	}
}

static void start(uint32_t depth)
{
	uint64_t submissions, completions, answer;

	write32(CC, read32(CC) & ~1u);
	await_status(0);
	make_queue(&admin, 0, ADMIN_ENTRIES - 1, &submissions, &completions);
	write32(AQA, (ADMIN_ENTRIES - 1) << 16 | (ADMIN_ENTRIES - 1));
	write32(ASQ, (uint32_t)(memory_iova + submissions));
	write32(ASQ + 4, (uint32_t)((memory_iova + submissions) >> 32));
	write32(ACQ, (uint32_t)(memory_iova + completions));
	write32(ACQ + 4, (uint32_t)((memory_iova + completions) >> 32));
	write32(CC, 4 << 20 | 6 << 16 | 1);
	await_status(1);

	answer = take(PAGE);
	do_admin(0x06, 1, memory_iova + answer, 0, 0);
	block_size = 1u << memory[answer + 128 + 4 * (memory[answer + 26] & 0xf) + 2];
	memcpy(&blocks, memory + answer, sizeof blocks);

	do_admin(0x09, 0, 0, 0x07, 0);
	make_queue(&io, 1, depth, &submissions, &completions);
	do_admin(0x05, 0, memory_iova + completions, depth << 16 | 1, 1);
	do_admin(0x01, 0, memory_iova + submissions, depth << 16 | 1, 1 << 16 | 1);
}

static uint64_t random_state = 88172645463325252ull;

static inline uint64_t next_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static uint64_t now(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static inline void submit_random(uint8_t opcode, uint64_t pages, uint32_t per_page, uint64_t data, uint16_t slot, uint16_t *slot_of)
{
	uint64_t first = ((next_random() >> 32) * pages >> 32) * per_page;
	uint16_t id;

	if (!submit(&io, opcode, 1, memory_iova + data + (uint64_t)slot * PAGE, (uint32_t)first, (uint32_t)(first >> 32), per_page - 1, PAGE, &id))
		fail("no room for a command", 0);
	slot_of[id] = slot;
}

static void measure(uint32_t depth, double seconds, uint8_t opcode)
{
	static uint16_t slot_of[MOST_DEPTH], ids[MOST_DEPTH];
	const uint64_t untouched = 0xa5a5a5a5a5a5a5a5ull;
	uint64_t data = take((uint64_t)depth * PAGE), pages = blocks / (PAGE / block_size), done = 0, warm = now(CLOCK_MONOTONIC) + 200000000, end, began, cpu, took;
	uint32_t per_page = PAGE / block_size, looks = 0;
	int is_warm = 0;

	memset(memory + data, 0xa5, (size_t)depth * PAGE);
	for (uint16_t i = 0; i < depth; i++)
		submit_random(opcode, pages, per_page, data, i, slot_of);
	ring(&io);
	began = cpu = 0;
	end = UINT64_MAX;
	for (;;) {
		uint32_t count = poll_queue(&io, ids, depth);

		if (count != 0) {
			for (uint32_t i = 0; i < count; i++)
				submit_random(opcode, pages, per_page, data, slot_of[ids[i]], slot_of);
			ring(&io);
			done += count;
		}
		if ((++looks & 1023) == 0) {
			uint64_t time = now(CLOCK_MONOTONIC);

			if (!is_warm && time >= warm) {
				is_warm = 1;
				done = 0;
				cpu = now(CLOCK_THREAD_CPUTIME_ID);
				began = now(CLOCK_MONOTONIC);
				end = began + (uint64_t)(seconds * 1e9);
			} else if (time >= end) {
				break;
			}
		}
	}
	took = now(CLOCK_MONOTONIC) - began;
	cpu = now(CLOCK_THREAD_CPUTIME_ID) - cpu;
	while (io.free_count != io.depth)
		poll_queue(&io, ids, depth);
	for (uint64_t at = 0; opcode == 2 && at < (uint64_t)depth * PAGE; at += 512)
		if (memcmp(memory + data + at, &untouched, sizeof untouched) == 0)
			fail("a read left its memory as it was", at);
	printf("c %u %lu %.0f %.1f %.1f\n", depth, done, (double)done * 1e9 / (double)took, (double)took / (double)done, (double)cpu / (double)done);
}

static void check(uint32_t depth)
{
	uint64_t data = take((uint64_t)depth * PAGES_PER_COMMAND * PAGE);
	uint16_t ids[MOST_DEPTH], id;

	for (int round = 0; round < 16; round++)
		for (int reads = 0; reads < 2; reads++) {
			uint32_t left = 0;

			for (uint32_t i = 0; i < depth; i++) {
				uint32_t bytes = ((i + (uint32_t)round) % (PAGES_PER_COMMAND * PAGE / block_size) + 1) * block_size;
				uint32_t offset = PAGES_PER_COMMAND * PAGE - bytes - (((i * 12) & ~3u) % 512 & (bytes < (PAGES_PER_COMMAND - 1) * PAGE ? ~0u : 0));
				uint64_t first = (uint64_t)i * (PAGES_PER_COMMAND * PAGE / block_size), at = data + (uint64_t)i * PAGES_PER_COMMAND * PAGE + offset;

				for (uint32_t word = 0; word < bytes / 4; word++)
					((uint32_t *)(memory + at))[word] = reads ? 0xa5a5a5a5 : (i * 0x01000193u) ^ (word * 0x9e3779b9u) ^ (uint32_t)round;
				if (!submit(&io, reads ? 2 : 1, 1, memory_iova + at, (uint32_t)first, 0, bytes / block_size - 1, bytes, &id))
					fail("no room for a command", i);
			}
			ring(&io);
			for (left = depth; left != 0;)
				left -= poll_queue(&io, ids, depth);
			for (uint32_t i = 0; reads && i < depth; i++) {
				uint32_t bytes = ((i + (uint32_t)round) % (PAGES_PER_COMMAND * PAGE / block_size) + 1) * block_size;
				uint32_t offset = PAGES_PER_COMMAND * PAGE - bytes - (((i * 12) & ~3u) % 512 & (bytes < (PAGES_PER_COMMAND - 1) * PAGE ? ~0u : 0));
				uint64_t at = data + (uint64_t)i * PAGES_PER_COMMAND * PAGE + offset;

				for (uint32_t word = 0; word < bytes / 4; word++)
					if (((uint32_t *)(memory + at))[word] != ((i * 0x01000193u) ^ (word * 0x9e3779b9u) ^ (uint32_t)round))
						fail("what was read is not what was written", i);
			}
		}
	printf("%u commands at once, 16 times written and read back: ok\n", depth);
}

int main(int argc, char **argv)
{
	struct vfio_region_info config = { .argsz = sizeof config, .index = VFIO_PCI_CONFIG_REGION_INDEX };
	struct vfio_region_info registers = { .argsz = sizeof registers, .index = VFIO_PCI_BAR0_REGION_INDEX };
	int by_group = argc > 1 && strcmp(argv[1], "-g") == 0, device;
	char **args = argv + 1 + by_group;
	int count = argc - 1 - by_group;
	int is_check = count == 3 && strcmp(args[2], "check") == 0;
	unsigned long depth = count >= 2 ? strtoul(args[1], NULL, 10) : 0;
	uint64_t size;
	uint16_t command;

	if (depth < 1 || depth > MOST_DEPTH || !(is_check || (count == 4 && (strcmp(args[3], "read") == 0 || strcmp(args[3], "write") == 0)))) {
		fprintf(stderr, "usage: nvme_bench [-g] ADDRESS QD SECONDS read|write\n       nvme_bench [-g] ADDRESS QD check\n");
		return 2;
	}
	size = (uint64_t)(depth * (PAGES_PER_COMMAND + 1) + 128) * PAGE;
	take_memory(size);
	device = by_group ? open_by_group(args[0], size) : open_by_node(args[0], size);
	must("REGION_INFO", ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &config));
	must("REGION_INFO", ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &registers));
	must("the command register", pread(device, &command, 2, (off_t)config.offset + 4));
	command |= 6;
	must("the command register", pwrite(device, &command, 2, (off_t)config.offset + 4));
	bar = mmap(NULL, registers.size, PROT_READ | PROT_WRITE, MAP_SHARED, device, (off_t)registers.offset);
	if (bar == MAP_FAILED)
		die("mmap of BAR 0");
	start((uint32_t)depth);
	if (is_check)
		check((uint32_t)depth);
	else
		measure((uint32_t)depth, strtod(args[2], NULL), strcmp(args[3], "write") == 0 ? 1 : 2);
	write32(CC, read32(CC) & ~1u);
	await_status(0);
	return 0;
}
