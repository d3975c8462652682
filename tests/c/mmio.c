// The yardstick for a register access: what a non-inlined accessor costs in C, on an ordinary page.
// usage: mmio [ITERATIONS]      prints "read NS" and "write NS", nanoseconds an access
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

__attribute__((noinline)) static uint32_t read32(const volatile uint32_t *at)
{
	return *at;
}

__attribute__((noinline)) static void write32(volatile uint32_t *at, uint32_t value)
{
	*at = value;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

int main(int argc, char **argv)
{
	long n = argc > 1 ? atol(argv[1]) : 100000000;
	volatile uint32_t *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	uint32_t sum = 0;
	double start, middle, end;

	if (page == MAP_FAILED)
		return 1;
	for (long i = 0; i < n / 10; i++)
		write32(page, read32(page) + 1);
	start = now();
	for (long i = 0; i < n; i++)
		sum += read32(page);
	middle = now();
	for (long i = 0; i < n; i++)
		write32(page, (uint32_t)i);
	end = now();
	printf("read %.3f\nwrite %.3f\n", (middle - start) / n, (end - middle) / n);
	return sum == 0xdeadbeef;
}
