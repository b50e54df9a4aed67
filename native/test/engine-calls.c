/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The usual operations by unusual system calls, for the cases of engine-guest.sh. Each ends with 0 (it got through) or with the errno that
 * stopped it, which it also says in words; 90 and more: it could not be tried.
 *   openat2 FILE      opens FILE by openat2(2)
 *   ring FILE         opens FILE by io_uring, in a worker of the kernel
 *   ring-rename A B   renames A to B by io_uring
 *   execute FILE      executes FILE by a descriptor of it
 *   change FILE A B   executes FILE with the argument A, which is B as soon as the kernel has copied it
 *   code HOW FILE     makes code executable: `anonymous` memory, at once; `protected`, later; `memory` of a memfd; `written`, a private copy of FILE;
 *                     `writable`, one that can be written; `shared`, FILE shared, a device; `file`, FILE as it is
 */
#include "engine-ring.h"
#include <linux/openat2.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <sys/ioctl.h>

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

static char *first_argument; /* on a page that is not there yet */
static char second_argument[64];
static const char *later_argument;
static int faults;

/* Changes the second argument, which the kernel has copied, and then lets it have the first. */
static void *change_argument(void *unused)
{
	struct uffd_msg message;
	static char page[4096] __attribute__((aligned(4096))) = "program";
	struct uffdio_copy filled = { .dst = (uintptr_t)first_argument, .src = (uintptr_t)page, .len = sizeof(page) };

	if (read(faults, &message, sizeof(message)) != sizeof(message))
		return NULL;
	strcpy(second_argument, later_argument);
	ioctl(faults, UFFDIO_COPY, &filled);
	return NULL;
}

/* Executes a program with an argument that is another one as soon as the kernel has copied it: the last argument is copied first. */
static int change(char **args)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	char *argv[] = { NULL, second_argument, NULL };
	pthread_t thread;

	faults = syscall(SYS_userfaultfd, O_CLOEXEC);
	step(faults, "userfaultfd");
	first_argument = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	range.range.start = (uintptr_t)first_argument;
	range.range.len = 4096;
	step(ioctl(faults, UFFDIO_API, &api), "UFFDIO_API");
	step(ioctl(faults, UFFDIO_REGISTER, &range), "UFFDIO_REGISTER");
	strcpy(second_argument, args[1]);
	later_argument = args[2];
	argv[0] = first_argument;
	if (pthread_create(&thread, NULL, change_argument, NULL))
		return 96;
	return result(execve(args[0], argv, environ));
}

static int code(char **args)
{
	const char *how = args[0];
	int read_execute = PROT_READ | PROT_EXEC, read_write = PROT_READ | PROT_WRITE, fd = open(args[1], O_RDONLY);
	char *at;

	step(fd, args[1]);
	if (!strcmp(how, "anonymous"))
		return result(mmap(NULL, 4096, read_execute, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0);
	if (!strcmp(how, "protected")) {
		at = mmap(NULL, 4096, read_write, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		return result(mprotect(at, 4096, read_execute));
	}
	if (!strcmp(how, "memory")) {
		fd = memfd_create("m", 0);
		step(ftruncate(fd, 4096), "ftruncate");
	}
	if (!strcmp(how, "written")) {
		at = mmap(NULL, 4096, read_write, MAP_PRIVATE, fd, 0);
		*at = 0;
		return result(mprotect(at, 4096, read_execute));
	}
	if (!strcmp(how, "shared")) /* FILE is /dev/zero, or another device */
		return result(mmap(NULL, 4096, read_execute, MAP_SHARED, fd, 0) == MAP_FAILED ? -1 : 0);
	if (!strcmp(how, "writable"))
		read_execute |= PROT_WRITE;
	return result(mmap(NULL, 4096, read_execute, MAP_PRIVATE, fd, 0) == MAP_FAILED ? -1 : 0);
}

static const struct way ways[] = {
	{ "openat2", by_openat2, 1 },
	{ "ring", open_by_ring, 1 },
	{ "ring-rename", rename_by_ring, 2 },
	{ "execute", execute, 1 },
	{ "change", change, 3 },
	{ "code", code, 2 },
};

int main(int argc, char **argv)
{
	return WAYS(ways, argc, argv);
}
