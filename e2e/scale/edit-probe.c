/* SPDX-License-Identifier: Apache-2.0 */
/*
 * edit-probe FILE OUT: tries every two milliseconds to open FILE for reading. Each time that the answer is another one than before, a line goes to OUT: when it
 * was, in microseconds since 1970, and errno or 0. The first answer is a line too. Ends when it is killed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	const struct timespec pause = { .tv_nsec = 2000000 };
	int last = -1;

	if (argc != 3)
		return 2;
	FILE *out = fopen(argv[2], "w");
	if (!out)
		return 1;
	for (;;) {
		int fd = open(argv[1], O_RDONLY);
		int answer = fd < 0 ? errno : 0;

		if (fd >= 0)
			close(fd);
		if (answer != last) {
			struct timespec now;

			clock_gettime(CLOCK_REALTIME, &now);
			fprintf(out, "%lld %d\n", now.tv_sec * 1000000LL + now.tv_nsec / 1000, answer);
			fflush(out);
			last = answer;
		}
		nanosleep(&pause, NULL);
	}
}
