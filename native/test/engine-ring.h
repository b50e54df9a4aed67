/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* One operation by io_uring, for programs of ways. */
#include "engine-ways.h"
#include <linux/io_uring.h>
#include <stdint.h>
#include <sys/mman.h>

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
