/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bench's workloads: `workload open COUNT FILE` opens and closes FILE, `workload exec COUNT PROGRAM` forks, executes
 * PROGRAM and waits. Prints nanoseconds per operation, of the quickest of BATCHES batches, so that what else the guest
 * had to do (memory given back, a timer) does not count; under QEMU's instruction clock that is guest instructions.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BATCHES 6

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static int open_once(const char *path)
{
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int exec_once(const char *path)
{
	int status;
	pid_t child = vfork();

	if (child == 0) {
		execl(path, path, (char *)0);
		_exit(126);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int main(int argc, char **argv)
{
	if (argc != 4 || atoi(argv[2]) < BATCHES) {
		fprintf(stderr, "usage: %s open|exec COUNT PATH\n", argv[0]);
		return 2;
	}
	int (*once)(const char *) = strcmp(argv[1], "exec") == 0 ? exec_once : open_once;
	int count = atoi(argv[2]);

	for (int i = 0; i < count / 10 + 2; i++) /* warm caches */
		once(argv[3]);
	double least = 0;
	for (int batch = 0; batch < BATCHES; batch++) {
		double begin = now_ns(), taken;

		for (int i = 0; i < count / BATCHES; i++) {
			int failed = once(argv[3]);

			if (failed) {
				fprintf(stderr, "%s %s: %s\n", argv[1], argv[3], strerror(failed));
				return 1;
			}
		}
		taken = (now_ns() - begin) / (count / BATCHES);
		if (!batch || taken < least)
			least = taken;
	}
	printf("%.0f\n", least);
	return 0;
}
