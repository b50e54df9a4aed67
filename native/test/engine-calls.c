/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The usual operations by unusual system calls, for the cases of engine-guest.sh. Each ends with 0 (it got through) or with the errno that
 * stopped it, which it also says in words; 90 and more: it could not be tried.
 *   openat2 FILE      opens FILE by openat2(2)
 *   ring FILE         opens FILE by io_uring, in a worker of the kernel
 *   ring-rename A B   renames A to B by io_uring
 *   execute FILE      executes FILE by a descriptor of it
 */
#include "engine-ways.h"
#include <linux/io_uring.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <sys/mman.h>

extern char **environ;

static int by_openat2(char **args)
{
	struct open_how how = { .flags = O_RDONLY };

	return result(syscall(SYS_openat2, AT_FDCWD, args[0], &how, sizeof(how)));
}

static void *shared_with(int ring, size_t size, off_t at)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, at);

	step(memory == MAP_FAILED ? -1 : 0, "mmap of a ring");
	return memory;
}

/* Has the kernel do one thing, in a worker and not at once, and returns what it answers. */
static int by_ring(const struct io_uring_sqe *entry)
{
	struct io_uring_params params = {};
	int ring = syscall(SYS_io_uring_setup, 1, &params), answer;
	struct io_uring_sqe *entries;
	struct io_uring_cqe *answers;
	char *submitted, *completed;

	step(ring, "io_uring_setup");
	submitted = shared_with(ring, params.sq_off.array + params.sq_entries * sizeof(uint32_t), IORING_OFF_SQ_RING);
	completed = shared_with(ring, params.cq_off.cqes + params.cq_entries * sizeof(*answers), IORING_OFF_CQ_RING);
	entries = shared_with(ring, params.sq_entries * sizeof(*entries), IORING_OFF_SQES);
	entries[0] = *entry;
	entries[0].flags = IOSQE_ASYNC;
	*(uint32_t *)(submitted + params.sq_off.array) = 0;
	__atomic_store_n((uint32_t *)(submitted + params.sq_off.tail), 1, __ATOMIC_RELEASE);
	step(syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) == 1 ? 0 : -1, "io_uring_enter");
	answers = (struct io_uring_cqe *)(completed + params.cq_off.cqes);
	answer = answers[0].res;
	errno = answer < 0 ? -answer : 0;
	return result(answer < 0 ? -1 : 0);
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
