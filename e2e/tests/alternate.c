/* SPDX-License-Identifier: Apache-2.0 */
/*
 * alternate COUNT ALLOWED FORBIDDEN: executes the two by turns, COUNT times each. ALLOWED has to run and end with 0,
 * FORBIDDEN has to be refused with EACCES. Prints "wrong N of COUNT" and the first wrong verdicts; a line "at I" every 500.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* errno of execve, or 0 when the program ran and ended with 0, or -1 for another end */
static int try_exec(const char *path)
{
	char *argv[] = { (char *)path, NULL };
	char *envp[] = { NULL };
	volatile int failed = 0;
	int status;
	pid_t child = vfork();

	if (child == 0) {
		execve(path, argv, envp);
		failed = errno;
		_exit(126);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return -1;
	if (failed)
		return failed;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	int count = atoi(argv[1]), wrong = 0;

	for (int i = 0; i < count; i++) {
		int allowed = try_exec(argv[2]), forbidden = try_exec(argv[3]);

		if (allowed != 0 || forbidden != EACCES) {
			if (wrong++ < 5)
				printf("wrong at %d: allowed gave %d, forbidden gave %d\n", i, allowed, forbidden);
		}
		if (i % 500 == 0)
			printf("at %d\n", i), fflush(stdout);
	}
	printf("wrong %d of %d\n", wrong, count);
	return wrong != 0;
}
