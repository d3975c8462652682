// The round trip of a call that does nothing: an ioctl of /dev/iommu that no kernel has. Prints mean, median and 99th percentile in nanoseconds.
// usage: null_ioctl [COUNT [--serve]]     --serve: once for each byte on standard input
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	int count = argc > 1 ? atoi(argv[1]) : 20000;
	double *taken = malloc(sizeof *taken * count), sum;
	int fd = open("/dev/iommu", O_RDWR);
	char go;

	if (fd < 0 || count < 1 || !taken) {
		perror("null_ioctl");
		return 1;
	}

	do {
		if (argc > 2 && read(0, &go, 1) != 1)
			return 0;
		sum = 0;
		for (int i = -count / 10; i < count; i++) {
			double start = now();

			ioctl(fd, _IO(';', 0xff));
			if (i >= 0)
				sum += taken[i] = now() - start;
		}

		qsort(taken, count, sizeof *taken, compare);
		printf("mean %.0f median %.0f p99 %.0f\n", sum / count, taken[count / 2], taken[count * 99L / 100]);
		fflush(stdout);
	} while (argc > 2);
	return 0;
}
