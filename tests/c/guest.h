// How a program ends that is alone in a virtual machine: it says how it went and switches the machine off. _GNU_SOURCE is its includer's.
#pragma once
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

static void over(int status)
{
	printf(status ? "failed\n" : "all right\n");
	fflush(stdout);
	if (getpid() != 1)
		exit(status);
	sync();
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}

static void check(int right, const char *what)
{
	if (right)
		return;
	printf("%s: %s\n", what, strerrorname_np(errno));
	over(1);
}
