/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Queries of DNS and sockets to send them by, for engine-dns.c. */
#include "engine-ring.h"
#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

#define GOOD "good.example"
#define HEADER 12

static unsigned char message[512];
static struct sockaddr_in there = { .sin_family = AF_INET };
static struct sockaddr_in6 there6 = { .sin6_family = AF_INET6 };

/* Makes the query for a name. Returns its length. */
static size_t query(unsigned char *to, const char *name)
{
	unsigned char *at = to + HEADER;

	memcpy(to, "\x12\x34\1\0\0\1\0\0\0\0\0\0", HEADER);
	while (*name) {
		size_t length = strcspn(name, ".");

		*at++ = length;
		memcpy(at, name, length);
		at += length;
		name += length + (name[length] == '.');
	}
	memcpy(at, "\0\0\1\0\1", 5);
	return at + 5 - to;
}

static int made(int family, int type, bool connected)
{
	int made = socket(family, type, 0);

	step(made, "socket");
	if (connected)
		step(connect(made, (struct sockaddr *)&there, sizeof(there)), "connect");
	return made;
}
