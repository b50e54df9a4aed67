/*
 * Opens files that a policy denies, again and again: storm FOLDER NAMES OPERATIONS. Prints how many were denied, and in how many
 * milliseconds.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	long names, operations, denied = 0;
	struct timespec start, end;
	char path[256];

	if (argc < 4)
		return 2;
	names = atol(argv[2]);
	operations = atol(argv[3]);
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (long i = 0; i < operations; i++) {
		snprintf(path, sizeof(path), "%s/%ld", argv[1], i % names);
		int fd = open(path, O_RDONLY);
		if (fd >= 0)
			close(fd);
		else if (errno == EACCES)
			denied++;
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	printf("denied %ld in %ld ms\n", denied, (end.tv_sec - start.tv_sec) * 1000 + (end.tv_nsec - start.tv_nsec) / 1000000);
	return 0;
}
