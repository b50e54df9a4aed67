/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * What can be done through a descriptor that was opened before a rule. Prints "held" when it has the file open, waits until stdin ends, then does
 * it. The status is the errno of what it did, 0 for none.
 *
 *   engine-earlier FILE WAY
 *
 *   write | pwrite | append | truncate | allocate | map-write | protect   and in
 *   list                            of a directory
 *   copied | child | passed         by another descriptor of the same open file: dup, in a child, sent to itself by a socket
 *   mapped                          a shared mapping from before is read: nobody can take it back
 *   later-ring                      given to a ring that is made then, and closed. Prints "given", and waits until /lab/on is there
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>
#include "engine-ring.h"

static char bytes[4096];
static struct ring ring;
static int held, other, pipes[2], pair[2];
static char *mapping;

static int failed(long result)
{
	return result < 0 ? errno : 0;
}

static int map(int protection, int flags)
{
	return mmap(NULL, 4096, protection, flags, held, 0) == MAP_FAILED ? errno : 0;
}

static int read_in_child(void)
{
	int status, child = fork();

	if (!child)
		_exit(failed(read(held, bytes, 1)));
	waitpid(child, &status, 0);
	return WEXITSTATUS(status);
}

/* Sends the open file to itself. 0: it has arrived, and can be read. */
static int passed(void)
{
	char control[CMSG_SPACE(sizeof(int))] = {}, byte = 0;
	struct iovec part = { &byte, 1 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &held, sizeof(int));
	if (sendmsg(pair[0], &message, 0) < 0)
		return errno;
	message.msg_controllen = sizeof(control);
	if (recvmsg(pair[1], &message, 0) < 0)
		return errno;
	header = CMSG_FIRSTHDR(&message);
	if (!header || header->cmsg_len < CMSG_LEN(sizeof(int)))
		return EACCES;
	memcpy(&held, CMSG_DATA(header), sizeof(int));
	return failed(read(held, bytes, 1));
}

static int read_by_ring(int descriptor, int flags)
{
	struct io_uring_sqe entry = {
		.opcode = IORING_OP_READ, .flags = flags, .fd = descriptor, .addr = (unsigned long)bytes, .len = 1,
	};

	return ring_do(&ring, &entry);
}

/* Gives the open file to the ring, which alone has it from then on. */
static int give_to_ring(void)
{
	ring_begin(&ring);
	if (syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_FILES, &held, 1))
		return errno;
	close(held);
	return 0;
}

static int read_by_later_ring(void)
{
	int error = give_to_ring();

	if (error)
		return error;
	puts("given");
	fflush(stdout);
	while (access("/lab/on", F_OK))
		usleep(50000);
	return read_by_ring(0, IOSQE_FIXED_FILE);
}

/* Before the rule: what the way needs beside the open file. */
static int prepare(const char *way)
{
	if (!strcmp(way, "ring"))
		ring_begin(&ring);
	if (!strcmp(way, "ring-fixed") && give_to_ring())
		return errno;
	if (!strcmp(way, "protect") || !strcmp(way, "mapped")) {
		mapping = mmap(NULL, 4096, PROT_READ, MAP_SHARED, held, 0);
		if (mapping == MAP_FAILED)
			return errno;
	}
	other = open("/lab", O_TMPFILE | O_RDWR, 0600);
	return failed(other < 0 || pipe(pipes) || socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) ? -1 : 0);
}

static int go(const char *way)
{
	struct iovec part = { bytes, 1 };
	off_t from = 0;

	if (!strcmp(way, "read"))
		return failed(read(held, bytes, 1));
	if (!strcmp(way, "pread"))
		return failed(pread(held, bytes, 1, 0));
	if (!strcmp(way, "preadv2"))
		return failed(preadv2(held, &part, 1, 0, 0));
	if (!strcmp(way, "sendfile"))
		return failed(sendfile(other, held, &from, 1));
	if (!strcmp(way, "splice"))
		return failed(splice(held, NULL, pipes[1], NULL, 1, 0));
	if (!strcmp(way, "copy"))
		return failed(copy_file_range(held, NULL, other, NULL, 1, 0));
	if (!strcmp(way, "map"))
		return map(PROT_READ, MAP_PRIVATE);
	if (!strcmp(way, "ring"))
		return read_by_ring(held, 0);
	if (!strcmp(way, "ring-fixed"))
		return read_by_ring(0, IOSQE_FIXED_FILE);
	if (!strcmp(way, "later-ring"))
		return read_by_later_ring();
	if (!strcmp(way, "write"))
		return failed(write(held, "x", 1));
	if (!strcmp(way, "pwrite"))
		return failed(pwrite(held, "x", 1, 0));
	if (!strcmp(way, "truncate"))
		return failed(ftruncate(held, 0));
	if (!strcmp(way, "allocate"))
		return failed(fallocate(held, 0, 0, 8192));
	if (!strcmp(way, "map-write"))
		return map(PROT_READ | PROT_WRITE, MAP_SHARED);
	if (!strcmp(way, "protect"))
		return failed(mprotect(mapping, 4096, PROT_READ | PROT_WRITE));
	if (!strcmp(way, "list"))
		return failed(syscall(SYS_getdents64, held, bytes, sizeof(bytes)));
	if (!strcmp(way, "copied"))
		return failed(read(dup(held), bytes, 1));
	if (!strcmp(way, "child"))
		return read_in_child();
	if (!strcmp(way, "passed"))
		return passed();
	if (!strcmp(way, "mapped"))
		return mapping[0] == 1;
	return 2;
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	held = open(argv[1], strcmp(argv[2], "list") ? O_RDWR : O_RDONLY | O_DIRECTORY);
	if (held < 0 || prepare(argv[2])) {
		perror(argv[1]);
		return 98;
	}
	puts("held");
	fflush(stdout);
	while (read(0, bytes, sizeof(bytes)) > 0)
		;
	errno = go(argv[2]);
	if (errno)
		fprintf(stderr, "engine-earlier: %s %s: %s\n", argv[2], argv[1], strerror(errno));
	return errno;
}
