// What QEMU's edu does.
#include "walk.h"

// edu's own engine: 0x80 from, 0x88 to, 0x90 how much, 0x98 the command; its buffer is at 0x40000.
static void transfer(int device, uint64_t bar, uint64_t from, uint64_t to, uint64_t count, uint64_t command)
{
	uint64_t words[] = { from, to, count, command };

	for (int i = 0; i < 4; i++)
		pwrite(device, &words[i], 8, bar + 0x80 + 8 * i);
	while (pread(device, &words[3], 8, bar + 0x98) == 8 && (words[3] & 1))
		;
}

void move_data(int device)
{
	uint16_t command = 6, off = 0;
	uint64_t config, bar;

	do_call(device, "region 7", NR(108), (uint32_t[]){ 32, 0, 7, 0, 0, 0, 0, 0 }, 32);
	config = offset_of();
	do_call(device, "region 0", NR(108), (uint32_t[]){ 32, 0, 0, 0, 0, 0, 0, 0 }, 32);
	bar = offset_of();
	tell("decode and mastering on", pwrite(device, &command, 2, config + 4));
	memset(memory, 0, PAGE);
	strcpy(memory, "what the device carries");
	transfer(device, bar, 0x100000, 0x40000, 64, 1);
	transfer(device, bar, 0x40000, 0x100800, 64, 3);
	printf("carried: %s\n", memory + 0x800);
	tell("decode and mastering off", pwrite(device, &off, 2, config + 4));
}

void write_config(int device, int at, uint16_t value)
{
	pwrite(device, &value, 2, region_offset(device, 7) + at);
}
