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

struct ring {
	int fd;
	struct io_uring_params params;
	struct io_uring_sqe *entries;
	char *submitted, *completed;
};

static void ring_begin(struct ring *ring)
{
	struct io_uring_params *params = &ring->params;

	ring->fd = syscall(SYS_io_uring_setup, 1, params);
	step(ring->fd, "io_uring_setup");
	ring->submitted = shared_with(ring->fd, params->sq_off.array + params->sq_entries * sizeof(uint32_t), IORING_OFF_SQ_RING);
	ring->completed = shared_with(ring->fd, params->cq_off.cqes + params->cq_entries * sizeof(struct io_uring_cqe), IORING_OFF_CQ_RING);
	ring->entries = shared_with(ring->fd, params->sq_entries * sizeof(*ring->entries), IORING_OFF_SQES);
}

/* Has the kernel do one thing, in a worker and not at once. Once for each ring. */
static int ring_do(struct ring *ring, const struct io_uring_sqe *entry)
{
	const struct io_uring_cqe *answers = (struct io_uring_cqe *)(ring->completed + ring->params.cq_off.cqes);
	int answer;

	ring->entries[0] = *entry;
	ring->entries[0].flags |= IOSQE_ASYNC;
	*(uint32_t *)(ring->submitted + ring->params.sq_off.array) = 0;
	__atomic_store_n((uint32_t *)(ring->submitted + ring->params.sq_off.tail), 1, __ATOMIC_RELEASE);
	step(syscall(SYS_io_uring_enter, ring->fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) == 1 ? 0 : -1, "io_uring_enter");
	answer = answers[0].res;
	errno = answer < 0 ? -answer : 0;
	return result(answer < 0 ? -1 : 0);
}

/* The same with a ring that is made for it. Returns what the kernel answers. */
__attribute__((unused)) static int by_ring(const struct io_uring_sqe *entry)
{
	struct ring ring = {};

	ring_begin(&ring);
	return ring_do(&ring, entry);
}
