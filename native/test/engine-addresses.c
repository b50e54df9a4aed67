/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Speaking with addresses in all ways, for the cases of engine-guest.sh. Each way ends with 0 (it got through, whether or not somebody was there) or with the
 * errno that stopped it, which it also says in words; 90 and more: it could not be tried.
 *   connect TYPE ADDRESS PORT | sendto TYPE ADDRESS PORT | many ADDRESS PORT   many: sendmmsg
 *   unspecified ADDRESS PORT    sendto with AF_UNSPEC in place of AF_INET
 *   again ADDRESS PORT          connects a datagram socket that is connected to 127.0.0.9 already
 *   ring ADDRESS PORT           sendmsg by io_uring
 *   fast ADDRESS PORT           TCP fast open
 *   mptcp ADDRESS PORT          connects by MPTCP
 *   bind TYPE ADDRESS PORT | listen ADDRESS PORT
 *   serve ADDRESS PORT NUMBER   says "serving", and answers so many who connect
 *   from OWN ADDRESS PORT       connects within a second from an address of its own, and waits for the answer
 *   option LEVEL NUMBER | raw FAMILY TYPE PROTOCOL
 * ADDRESS is of IPv4, of IPv6, or one of IPv4 behind ::ffff: by a socket of IPv6; TYPE is stream or dgram.
 */
#include "engine-ring.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

static struct sockaddr_storage there;
static socklen_t length;

static int read_address(const char *text, const char *port)
{
	struct sockaddr_in *four = (struct sockaddr_in *)&there;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)&there;

	memset(&there, 0, sizeof(there));
	if (strchr(text, ':')) {
		six->sin6_family = AF_INET6;
		six->sin6_port = htons(atoi(port));
		length = sizeof(*six);
		return inet_pton(AF_INET6, text, &six->sin6_addr) == 1 ? AF_INET6 : -1;
	}
	four->sin_family = AF_INET;
	four->sin_port = htons(atoi(port));
	length = sizeof(*four);
	return inet_pton(AF_INET, text, &four->sin_addr) == 1 ? AF_INET : -1;
}

static int type_of(const char *name)
{
	return strcmp(name, "stream") ? SOCK_DGRAM : SOCK_STREAM;
}

static int made(int type, int protocol)
{
	int fd = socket(there.ss_family, type, protocol);
	struct timeval second = { .tv_sec = 1 };

	if (fd < 0)
		exit(UNTRIED);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &second, sizeof(second));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second));
	return fd;
}

/* That nobody is there does not matter. */
static int reached(long returned)
{
	if (returned < 0 && errno != EACCES)
		return 0;
	return result(returned);
}

static int way_connect(char **args)
{
	read_address(args[1], args[2]);
	return reached(connect(made(type_of(args[0]), 0), (struct sockaddr *)&there, length));
}

static int way_sendto(char **args)
{
	read_address(args[1], args[2]);
	return reached(sendto(made(type_of(args[0]), 0), "x", 1, 0, (struct sockaddr *)&there, length));
}

static int way_unspecified(char **args)
{
	read_address(args[0], args[1]);
	int fd = made(SOCK_DGRAM, 0);

	there.ss_family = AF_UNSPEC;
	return reached(sendto(fd, "x", 1, 0, (struct sockaddr *)&there, length));
}

static int way_many(char **args)
{
	struct iovec part = { "x", 1 };
	struct mmsghdr one = { .msg_hdr = { .msg_name = &there, .msg_iov = &part, .msg_iovlen = 1 } };

	read_address(args[0], args[1]);
	one.msg_hdr.msg_namelen = length;
	return reached(sendmmsg(made(SOCK_DGRAM, 0), &one, 1, 0));
}

static int way_again(char **args)
{
	read_address("127.0.0.9", "9");
	int fd = made(SOCK_DGRAM, 0);

	step(connect(fd, (struct sockaddr *)&there, length), "the first connect");
	read_address(args[0], args[1]);
	return reached(connect(fd, (struct sockaddr *)&there, length));
}

static int way_ring(char **args)
{
	struct iovec part = { "x", 1 };
	struct msghdr message = { .msg_name = &there, .msg_iov = &part, .msg_iovlen = 1 };
	struct io_uring_sqe entry = { .opcode = IORING_OP_SENDMSG, .addr = (unsigned long)&message, .len = 1 };

	read_address(args[0], args[1]);
	message.msg_namelen = length;
	entry.fd = made(SOCK_DGRAM, 0);
	return by_ring(&entry);
}

static int way_fast(char **args)
{
	read_address(args[0], args[1]);
	return reached(sendto(made(SOCK_STREAM, 0), "x", 1, MSG_FASTOPEN, (struct sockaddr *)&there, length));
}

static int way_mptcp(char **args)
{
	read_address(args[0], args[1]);
	return reached(connect(made(SOCK_STREAM, IPPROTO_MPTCP), (struct sockaddr *)&there, length));
}

static int way_bind(char **args)
{
	int yes = 1;

	read_address(args[1], args[2]);
	int fd = made(type_of(args[0]), 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	return result(bind(fd, (struct sockaddr *)&there, length));
}

static int listening(char **args)
{
	int yes = 1;

	read_address(args[0], args[1]);
	int fd = socket(there.ss_family, SOCK_STREAM, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(fd, (struct sockaddr *)&there, length))
		exit(result(-1));
	if (listen(fd, 8))
		exit(result(-1));
	return fd;
}

static int way_listen(char **args)
{
	listening(args);
	return 0;
}

static int way_serve(char **args)
{
	int fd = listening(args);

	puts("serving");
	fflush(stdout);
	for (int left = atoi(args[2]); left; left--) {
		int peer = accept(fd, NULL, NULL);

		if (peer < 0)
			return result(-1);
		if (write(peer, "x", 1) != 1)
			perror("write");
		close(peer);
	}
	return 0;
}

/* That nobody answers within a second is EINPROGRESS. */
static int way_from(char **args)
{
	struct sockaddr_storage own;
	char byte;

	read_address(args[0], "0");
	own = there;
	read_address(args[1], args[2]);
	int fd = made(SOCK_STREAM, 0);

	step(bind(fd, (struct sockaddr *)&own, length), "bind");
	if (connect(fd, (struct sockaddr *)&there, length))
		return result(-1);
	return result(read(fd, &byte, 1) == 1 ? 0 : -1);
}

static int way_option(char **args)
{
	int level = atoi(args[0]), four = level == IPPROTO_IP, value = 1;

	there.ss_family = four ? AF_INET : AF_INET6;
	return reached(setsockopt(made(SOCK_DGRAM, 0), level, atoi(args[1]), &value, 0));
}

static int way_raw(char **args)
{
	return reached(socket(atoi(args[0]), atoi(args[1]), atoi(args[2])));
}

static const struct way ways[] = {
	{ "connect", way_connect, 3 }, { "sendto", way_sendto, 3 }, { "many", way_many, 2 },	 { "unspecified", way_unspecified, 2 },
	{ "again", way_again, 2 },     { "ring", way_ring, 2 },	   { "fast", way_fast, 2 },	 { "mptcp", way_mptcp, 2 },
	{ "bind", way_bind, 3 },       { "listen", way_listen, 2 }, { "serve", way_serve, 3 },	 { "from", way_from, 3 },
	{ "option", way_option, 2 },   { "raw", way_raw, 3 },
};

int main(int argc, char **argv)
{
	return WAYS(ways, argc, argv);
}
