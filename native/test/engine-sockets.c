/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Sockets and capabilities, for the cases of engine-guest.sh. Each way ends with 0 (it got through) or with the errno that stopped it, which
 * it also says in words; 90 and more: it could not be tried. KIND is udp, tcp or listening; USE is connect, bind, listen, accept, send or nothing.
 *   make FAMILY TYPE PROTOCOL   makes a socket; FAMILY and TYPE by name
 *   ring                        makes one of UDP by io_uring, in a worker of the kernel
 *   use KIND USE                makes a socket and uses it
 *   hold KIND USE               makes a socket, says "held", and uses it when a line comes in
 *   given FD USE                uses a socket that it was started with
 *   give NAME KIND              sends a socket to everyone who connects to the abstract socket NAME
 *   take NAME USE               receives such a socket and uses it
 *   up                          makes the loopback device work
 *   chroot DIRECTORY | dropped-chroot DIRECTORY   uses CAP_SYS_CHROOT, or has given it up before
 *   hostname                    uses CAP_SYS_ADMIN
 */
#include "engine-ring.h"
#include <linux/capability.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

static const struct word {
	const char *name;
	int number;
} families[] = { { "inet", AF_INET }, { "inet6", AF_INET6 }, { "packet", AF_PACKET }, { "unix", AF_UNIX }, { "netlink", AF_NETLINK } },
  types[] = { { "stream", SOCK_STREAM }, { "dgram", SOCK_DGRAM }, { "raw", SOCK_RAW }, { "seqpacket", SOCK_SEQPACKET } };

#define NUMBER(words, name) number_of(words, sizeof(words) / sizeof(words[0]), name)
static int number_of(const struct word *words, unsigned int count, const char *name)
{
	for (unsigned int i = 0; i < count; i++)
		if (!strcmp(words[i].name, name))
			return words[i].number;
	exit(UNTRIED);
}

static int make(char **args)
{
	return result(socket(NUMBER(families, args[0]), NUMBER(types, args[1]), atoi(args[2])));
}

static int of_kind(const char *kind)
{
	bool udp = !strcmp(kind, "udp");
	int made = socket(AF_INET, udp ? SOCK_DGRAM : SOCK_STREAM | SOCK_NONBLOCK, 0);

	if (made < 0)
		exit(errno);
	if (!strcmp(kind, "listening"))
		step(listen(made, 1), "listen");
	return made;
}

/* Whoever is not let through gets EACCES; that nobody is there to answer does not matter. */
static int use(int socket, const char *how)
{
	struct sockaddr_in there = { .sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in here = { .sin_family = AF_INET };
	long got = 0;

	if (!strcmp(how, "connect"))
		got = connect(socket, (struct sockaddr *)&there, sizeof(there));
	else if (!strcmp(how, "bind"))
		got = bind(socket, (struct sockaddr *)&here, sizeof(here));
	else if (!strcmp(how, "listen"))
		got = listen(socket, 1);
	else if (!strcmp(how, "accept"))
		got = accept(socket, NULL, NULL);
	else if (!strcmp(how, "send"))
		got = sendto(socket, "x", 1, 0, (struct sockaddr *)&there, sizeof(there));
	return got < 0 && (errno == EINPROGRESS || errno == EAGAIN || errno == ECONNREFUSED) ? 0 : result(got);
}

static int make_and_use(char **args)
{
	return use(of_kind(args[0]), args[1]);
}

static int hold(char **args)
{
	int held = of_kind(args[0]);
	char line[8];

	puts("held");
	fflush(stdout);
	step(read(0, line, sizeof(line)), "read");
	return use(held, args[1]);
}

static int given(char **args)
{
	return use(atoi(args[0]), args[1]);
}

static struct sockaddr_un abstract(const char *name, socklen_t *length)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "%s", name);
	*length = offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name);
	return address;
}

/* A message of one byte with room for a descriptor. */
struct message {
	struct msghdr header;
	struct iovec part;
	char byte;
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
};

static void message_init(struct message *message)
{
	memset(message, 0, sizeof(*message));
	message->part = (struct iovec){ &message->byte, 1 };
	message->header = (struct msghdr){
		.msg_iov = &message->part, .msg_iovlen = 1, .msg_control = &message->control, .msg_controllen = sizeof(message->control)
	};
}

static int give(char **args)
{
	socklen_t length;
	struct sockaddr_un address = abstract(args[0], &length);
	int listening = socket(AF_UNIX, SOCK_STREAM, 0), peer;
	struct message message;

	step(bind(listening, (struct sockaddr *)&address, length), "bind");
	step(listen(listening, 8), "listen");
	while ((peer = accept(listening, NULL, NULL)) >= 0) {
		int gift = of_kind(args[1]);

		message_init(&message);
		message.control.head = (struct cmsghdr){ CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS };
		memcpy(CMSG_DATA(&message.control.head), &gift, sizeof(gift));
		step(sendmsg(peer, &message.header, 0), "sendmsg");
		close(gift);
		close(peer);
	}
	return errno;
}

static int take(char **args)
{
	socklen_t length;
	struct sockaddr_un address = abstract(args[0], &length);
	int peer = socket(AF_UNIX, SOCK_STREAM, 0), gift;
	struct message message;

	message_init(&message);
	step(connect(peer, (struct sockaddr *)&address, length), "connect to the giver");
	step(recvmsg(peer, &message.header, 0), "recvmsg");
	step(message.header.msg_controllen ? 0 : -1, "what was given");
	memcpy(&gift, CMSG_DATA(&message.control.head), sizeof(gift));
	return use(gift, args[1]);
}

static int make_by_ring(char **args)
{
	/* IORING_OP_SOCKET, which is newer than some headers: the family, the type and the protocol */
	struct io_uring_sqe entry = { .opcode = 45, .fd = AF_INET, .off = SOCK_DGRAM, .len = 0 };

	(void)args;
	return by_ring(&entry);
}

static int up(char **args)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };

	(void)args;
	return result(ioctl(socket(AF_INET, SOCK_DGRAM, 0), SIOCSIFFLAGS, &request));
}

static int change_root(char **args)
{
	return result(chroot(args[0]));
}

static int dropped(char **args)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	step(syscall(SYS_capget, &header, data), "capget");
	data[0].effective &= ~(1U << CAP_SYS_CHROOT);
	step(syscall(SYS_capset, &header, data), "capset");
	return result(chroot(args[0]));
}

static int host_name(char **args)
{
	(void)args;
	return result(sethostname("guest", 5));
}

static const struct way ways[] = {
	{ "make", make, 3 },
	{ "ring", make_by_ring, 0 },
	{ "use", make_and_use, 2 },
	{ "hold", hold, 2 },
	{ "given", given, 2 },
	{ "give", give, 2 },
	{ "take", take, 2 },
	{ "up", up, 0 },
	{ "chroot", change_root, 1 },
	{ "dropped-chroot", dropped, 1 },
	{ "hostname", host_name, 0 },
};

int main(int argc, char **argv)
{
	return WAYS(ways, argc, argv);
}
