/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Ways to have another name arrive than the one that is read as a packet leaves, part of engine-dns.c.
 *
 *   segmented NAME   as the second of two datagrams that are one until they have left
 *   filed NAME       in a file whose pages are sent, put there when they have been; the server is to be stopped meanwhile
 *   streamed NAME    … by TCP
 *   urgent NAME      by TCP, behind a byte that the other side takes out of the stream
 *   multipath        a connection by MPTCP, whose packets are of other sockets
 */
#include "engine-dns.h"
#include <netinet/udp.h>
#include <sys/mman.h>
#include <sys/sendfile.h>

static int segmented(char **args)
{
	size_t first = query(message, GOOD), second = query(message + first, args[0]);
	int fd = made(AF_INET, SOCK_DGRAM, true), size = first;

	step(setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &size, sizeof(size)), "UDP_SEGMENT");
	return result(send(fd, message, first + second, 0));
}

static int from_file(int type, const char *name)
{
	int fd = made(AF_INET, type, true), file = memfd_create("query", 0), before = type == SOCK_STREAM ? 2 : 0;
	size_t length = query(message, GOOD);
	unsigned char *pages;
	off_t from = 0;
	int got;

	step(ftruncate(file, 4096), "ftruncate");
	pages = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	step(pages == MAP_FAILED ? -1 : 0, "mmap");
	pages[0] = length >> 8, pages[1] = length;
	memcpy(pages + before, message, length);
	got = result(sendfile(fd, file, &from, before + length));
	query(pages + before, name);
	sleep(1); /* so that the connection is not reset before it is accepted */
	return got;
}

static int filed(char **args)
{
	return from_file(SOCK_DGRAM, args[0]);
}

static int streamed(char **args)
{
	return from_file(SOCK_STREAM, args[0]);
}

/* With the urgent byte, the labels of the name are a single label. */
static int urgent(char **args)
{
	size_t length = query(message, args[0]);
	unsigned char first[HEADER + 3] = { (length + 1) >> 8, length + 1 };
	int fd = made(AF_INET, SOCK_STREAM, true);

	memcpy(first + 2, message, HEADER);
	first[HEADER + 2] = length - HEADER - 5;
	step(send(fd, first, sizeof(first), MSG_OOB | MSG_MORE), "the urgent byte");
	step(send(fd, message + HEADER, length - HEADER, 0), "the rest");
	sleep(2); /* so that it is sent again */
	return 0;
}

static int multipath(char **args)
{
	int fd = socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP);

	(void)args;
	step(fd, "socket of MPTCP");
	return result(connect(fd, (struct sockaddr *)&there, sizeof(there)));
}
