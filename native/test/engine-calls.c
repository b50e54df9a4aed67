/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The usual operations by unusual system calls, for the cases of engine-guest.sh. Each ends with 0 (it got through) or with the errno that
 * stopped it, which it also says in words; 90 and more: it could not be tried.
 *   openat2 FILE      opens FILE by openat2(2)
 *   ring FILE         opens FILE by io_uring, in a worker of the kernel
 *   ring-rename A B   renames A to B by io_uring
 *   execute FILE      executes FILE by a descriptor of it
 */
#include "engine-ring.h"
#include <linux/openat2.h>

extern char **environ;

static int by_openat2(char **args)
{
	struct open_how how = { .flags = O_RDONLY };

	return result(syscall(SYS_openat2, AT_FDCWD, args[0], &how, sizeof(how)));
}

static int open_by_ring(char **args)
{
	struct io_uring_sqe entry = { .opcode = IORING_OP_OPENAT, .fd = AT_FDCWD, .addr = (uintptr_t)args[0], .open_flags = O_RDONLY };

	return by_ring(&entry);
}

static int rename_by_ring(char **args)
{
	struct io_uring_sqe entry = {
		.opcode = IORING_OP_RENAMEAT, .fd = AT_FDCWD, .len = (uint32_t)AT_FDCWD, .addr = (uintptr_t)args[0], .addr2 = (uintptr_t)args[1]
	};

	return by_ring(&entry);
}

static int execute(char **args)
{
	char *const argv[] = { args[0], "0", NULL };
	int fd = open(args[0], O_PATH | O_CLOEXEC);

	step(fd, "O_PATH");
	return result(syscall(SYS_execveat, fd, "", argv, environ, AT_EMPTY_PATH));
}

static const struct way ways[] = {
	{ "openat2", by_openat2, 1 },
	{ "ring", open_by_ring, 1 },
	{ "ring-rename", rename_by_ring, 2 },
	{ "execute", execute, 1 },
};

int main(int argc, char **argv)
{
	return WAYS(ways, argc, argv);
}
