/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Workloads whose cost is measured: engine-work open COUNT FILE | exec COUNT PROGRAM | fork COUNT.
 * Prints nanoseconds an operation; under QEMU's instruction clock (-icount shift=0) these are guest instructions.
 * Build: cc -O2 -static engine-work.c
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static int once(const char *what, const char *argument)
{
	int status, fd;
	pid_t child;

	if (!strcmp(what, "open")) {
		fd = open(argument, O_RDONLY);
		return fd < 0 ? 1 : close(fd);
	}
	child = vfork();
	if (!child) {
		if (!strcmp(what, "exec"))
			execl(argument, argument, (char *)0);
		_exit(strcmp(what, "exec") ? 0 : 126);
	}
	return child < 0 || waitpid(child, &status, 0) < 0 || status;
}

int main(int argc, char **argv)
{
	const char *argument = argc > 3 ? argv[3] : "/bin/true";
	int count = argc > 2 ? atoi(argv[2]) : 0, failed = 0;
	double begun;

	if (count < 1)
		return 2;
	for (int i = 0; i < count / 10 + 1; i++)
		failed += once(argv[1], argument);
	begun = now();
	for (int i = 0; i < count; i++)
		failed += once(argv[1], argument);
	printf("%s %.0f failed=%d\n", argv[1], (now() - begun) / count, failed);
	return 0;
}
