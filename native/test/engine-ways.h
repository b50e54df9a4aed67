/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* What programs of ways round a name have in common: the way that the arguments name is tried, and the errno that stops it is the status. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define UNTRIED 90

static int result(long value)
{
	return value < 0 ? errno : 0;
}

/* Of a step that has to succeed before the way can be tried. */
static void step(long value, const char *what)
{
	if (value >= 0)
		return;
	fprintf(stderr, "engine-ways: cannot be tried: %s: %s\n", what, strerror(errno));
	exit(UNTRIED);
}

struct way {
	const char *name;
	int (*way)(char **args);
	int arguments;
};

__attribute__((unused)) static int try_way(const struct way *ways, unsigned int count, int argc, char **argv)
{
	for (unsigned int i = 0; i < count && argc > 1; i++) {
		int got;

		if (strcmp(argv[1], ways[i].name) || argc - 2 < ways[i].arguments)
			continue;
		got = ways[i].way(argv + 2);
		if (got)
			fprintf(stderr, "%s: %s: %s\n", argv[0], argv[1], strerror(got));
		return got;
	}
	fprintf(stderr, "%s: unknown way or too few arguments\n", argv[0]);
	return UNTRIED + 1;
}

#define WAYS(ways, argc, argv) try_way(ways, sizeof(ways) / sizeof(ways[0]), argc, argv)
