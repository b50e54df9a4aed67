/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Queries of DNS in all ways of sending, for the cases of engine-guest.sh. Each way ends with 0 (it got through) or with the errno that stopped it, which
 * it also says in words; 90 and more: it could not be tried. They go to port 53 of the own machine, where `serve` prints the names that arrive.
 * Long because every way of sending is a function of its own.
 *
 *   serve            prints a line for each query
 *   sendto NAME | connected NAME | write NAME | parts NAME | many NAME | ring NAME   by UDP
 *   inet6 NAME | mapped NAME   the same to an address of IPv6, and to one of IPv4 by a socket of IPv6
 *   tcp NAME | behind NAME     by TCP, alone and behind a query for good.example
 *   split NAME       by TCP, its length before it
 *   spliced NAME     out of a pipe, by UDP
 *   segmented NAME | filed NAME | streamed NAME | urgent NAME | multipath NAME   those of engine-dns-attacks.h
 *   changed NAME     another thread puts this name in the place of good.example, many times
 */
#define _GNU_SOURCE
#include "engine-dns-attacks.h"
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/uio.h>

static int by_sendto(char **args)
{
	return result(sendto(made(AF_INET, SOCK_DGRAM, false), message, query(message, args[0]), 0, (struct sockaddr *)&there, sizeof(there)));
}

static int to_inet6(const char *name, const char *address)
{
	memcpy(&there6.sin6_addr, address, 16);
	return result(sendto(made(AF_INET6, SOCK_DGRAM, false), message, query(message, name), 0, (struct sockaddr *)&there6, sizeof(there6)));
}

static int by_inet6(char **args)
{
	return to_inet6(args[0], (const char *)&in6addr_loopback);
}

static int mapped(char **args)
{
	return to_inet6(args[0], "\0\0\0\0\0\0\0\0\0\0\xff\xff\x7f\0\0\1");
}

static int connected(char **args)
{
	return result(send(made(AF_INET, SOCK_DGRAM, true), message, query(message, args[0]), 0));
}

static int by_write(char **args)
{
	return result(write(made(AF_INET, SOCK_DGRAM, true), message, query(message, args[0])));
}

static int by_parts(char **args)
{
	size_t length = query(message, args[0]);
	struct iovec parts[] = { { message, 5 }, { message + 5, 12 }, { message + 17, length - 17 } };

	return result(writev(made(AF_INET, SOCK_DGRAM, true), parts, 3));
}

static int by_sendmmsg(char **args)
{
	unsigned char good[512];
	struct iovec parts[] = { { good, query(good, GOOD) }, { message, query(message, args[0]) } };
	struct mmsghdr both[] = { { .msg_hdr = { .msg_iov = parts, .msg_iovlen = 1 } }, { .msg_hdr = { .msg_iov = parts + 1, .msg_iovlen = 1 } } };
	int fd = made(AF_INET, SOCK_DGRAM, true);

	step(sendmmsg(fd, both, 2, 0) == 1 ? 0 : -1, "the first of two");
	return result(sendmmsg(fd, both + 1, 1, 0));
}

static int by_io_uring(char **args)
{
	struct io_uring_sqe entry = { .opcode = IORING_OP_SEND, .addr = (uintptr_t)message };

	entry.len = query(message, args[0]);
	entry.fd = made(AF_INET, SOCK_DGRAM, true);
	return by_ring(&entry);
}

static int stream(const char *first, const char *second)
{
	unsigned char more[512], lengths[4];
	size_t one = query(message, first), two = second ? query(more, second) : 0;
	struct iovec parts[] = { { lengths, 2 }, { message, one }, { lengths + 2, 2 }, { more, two } };

	lengths[0] = one >> 8, lengths[1] = one, lengths[2] = two >> 8, lengths[3] = two;
	return result(writev(made(AF_INET, SOCK_STREAM, true), parts, second ? 4 : 2));
}

static int by_tcp(char **args)
{
	return stream(args[0], NULL);
}

static int behind(char **args)
{
	return stream(GOOD, args[0]);
}

static int split(char **args)
{
	size_t length = query(message, args[0]);
	unsigned char first[2] = { length >> 8, length };
	int fd = made(AF_INET, SOCK_STREAM, true), yes = 1;

	step(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes)), "TCP_NODELAY");
	step(write(fd, first, 2), "the length");
	step(write(fd, message, length), "the message");
	sleep(2); /* so that it is sent again */
	return 0;
}

static int spliced(char **args)
{
	int pipes[2], fd = made(AF_INET, SOCK_DGRAM, true);
	size_t length = query(message, args[0]);

	step(pipe(pipes), "pipe");
	step(write(pipes[1], message, length), "write to a pipe");
	return result(splice(pipes[0], NULL, fd, NULL, length, 0));
}

static void *change(void *other)
{
	for (;;)
		memcpy(message + HEADER, (char *)other + HEADER, 14), query(message, GOOD);
	return NULL;
}

static int changed(char **args)
{
	static unsigned char other[512];
	int fd = made(AF_INET, SOCK_DGRAM, false);
	size_t length = query(message, GOOD);
	pthread_t thread;

	query(other, args[0]);
	step(pthread_create(&thread, NULL, change, other) ? -1 : 0, "thread");
	for (int i = 0; i < 20000; i++)
		sendto(fd, message, length, 0, (struct sockaddr *)&there, sizeof(there));
	return 0;
}

static void print_query(const unsigned char *at, const unsigned char *end)
{
	for (at += HEADER; at < end && *at; at += *at + 1)
		printf(".%.*s", *at, at + 1);
	putchar('\n');
	fflush(stdout);
}

static int listening(int family, int type)
{
	int fd = socket(family, type, 0), yes = 1;

	step(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)), "SO_REUSEADDR");
	if (family == AF_INET6)
		step(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof(yes)), "IPV6_V6ONLY");
	there6.sin6_addr = in6addr_loopback;
	if (family == AF_INET)
		step(bind(fd, (struct sockaddr *)&there, sizeof(there)), "bind");
	else
		step(bind(fd, (struct sockaddr *)&there6, sizeof(there6)), "bind");
	if (type == SOCK_STREAM)
		step(listen(fd, 8), "listen");
	return fd;
}

/* Of a stream the queries that have come within three seconds. */
static void serve_stream(int fd)
{
	static unsigned char all[4096];
	struct pollfd one = { .fd = fd, .events = POLLIN };
	ssize_t length = 0, got;

	while (poll(&one, 1, 3000) > 0 && (got = read(fd, all + length, sizeof(all) - length)) > 0)
		length += got;
	for (ssize_t at = 0; at + 2 < length; at += 2 + (all[at] << 8 | all[at + 1]))
		print_query(all + at + 2, all + length);
	close(fd);
}

static int serve(char **args)
{
	struct pollfd servers[] = {
		{ .fd = listening(AF_INET, SOCK_STREAM), .events = POLLIN },
		{ .fd = listening(AF_INET, SOCK_DGRAM), .events = POLLIN },
		{ .fd = listening(AF_INET6, SOCK_DGRAM), .events = POLLIN },
	};
	unsigned char datagram[512];

	(void)args;
	puts("serving");
	fflush(stdout);
	while (poll(servers, 3, -1) > 0)
		for (int i = 0; i < 3; i++) {
			if (!servers[i].revents)
				continue;
			if (i)
				print_query(datagram, datagram + recv(servers[i].fd, datagram, sizeof(datagram), 0));
			else
				serve_stream(accept(servers[i].fd, NULL, NULL));
		}
	return errno;
}

static const struct way ways[] = {
	{ "serve", serve, 0 },	     { "sendto", by_sendto, 1 }, { "connected", connected, 1 }, { "write", by_write, 1 },
	{ "parts", by_parts, 1 },    { "many", by_sendmmsg, 1 }, { "ring", by_io_uring, 1 },	{ "inet6", by_inet6, 1 },
	{ "mapped", mapped, 1 },     { "tcp", by_tcp, 1 },	 { "behind", behind, 1 },	{ "split", split, 1 },
	{ "spliced", spliced, 1 },   { "changed", changed, 1 },  { "segmented", segmented, 1 }, { "filed", filed, 1 },
	{ "streamed", streamed, 1 }, { "urgent", urgent, 1 },	 { "multipath", multipath, 0 },
};

int main(int argc, char **argv)
{
	there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	there.sin_port = there6.sin6_port = htons(53);
	return WAYS(ways, argc, argv);
}
