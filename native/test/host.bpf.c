/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Who is the host's, asked of the engine's own code by BPF_PROG_TEST_RUN: the task is the test's own, in the cgroup where the test has
 * put it, with the state that is staged. host.test.ts says what is asked.
 */
#include "../bpf/kernel.h"
#include "../bpf/maps.h"

char LICENSE[] SEC("license") = "GPL";

struct staged_task {
	__u32 state; /* enum pc_task_state: before, and afterwards */
	__u32 slot;
	__u32 pending_state; /* what an exec in progress will make of it */
	__u32 pending_slot;
	__u32 judged; /* whether its operations are judged */
	__u32 reserved;
	__u64 cgroup; /* where it was last found to be the host's; where it is */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct staged_task);
} stage SEC(".maps");

#pragma clang diagnostic ignored "-Wunused-function" /* of the headers below not everything is asked */
#include "../bpf/exec.h"
#include "../bpf/regard.h"

static __always_inline struct staged_task *stage_now(void)
{
	__u32 first = 0;

	return bpf_map_lookup_elem(&stage, &first);
}

/* Gives the task the staged state. */
static __always_inline struct pc_task *staged(const struct staged_task *given)
{
	struct pc_task *task = bpf_task_storage_get(&tags, bpf_get_current_task_btf(), 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!task || !given)
		return NULL;
	task->state = given->state;
	task->slot = given->slot;
	task->cgroup = given->cgroup;
	task->bind_epoch = bind_epoch_now() - 1;
	return task;
}

static __always_inline void answer(struct staged_task *given, const struct pc_task *task)
{
	given->state = task->state;
	given->slot = task->slot;
	given->pending_state = task->pending_state;
	given->pending_slot = task->pending_slot;
	given->cgroup = task->cgroup;
}

/* At any hook: is the task's operation judged? */
SEC("raw_tp")
int at_hook(void *context)
{
	struct staged_task *given = stage_now();
	struct pc_task *task = staged(given);
	struct actor actor;

	if (!task || !given)
		return 1;
	given->judged = actor_find(&actor) == ACTOR_FOUND;
	answer(given, task);
	return 0;
}

/* When it begins to execute a program. */
SEC("raw_tp")
int at_exec(void *context)
{
	struct staged_task *given = stage_now();
	struct pc_task *task = staged(given);

	if (!task || !given)
		return 1;
	exec_begin();
	answer(given, task);
	return 0;
}

/* Stages the state for a look at all tasks. */
SEC("raw_tp")
int stage_task(void *context)
{
	return !staged(stage_now());
}

/* What the state is. */
SEC("raw_tp")
int look_at_task(void *context)
{
	struct staged_task *given = stage_now();
	struct pc_task *task = task_of(bpf_get_current_task_btf());

	if (!task || !given)
		return 1;
	answer(given, task);
	return 0;
}

SEC("iter/task")
int regard_tasks(struct bpf_iter__task *context)
{
	return regard(context);
}
