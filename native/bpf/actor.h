/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Who acts. Every task has a state, those of the host too, so that a missing one is an anomaly and never means "not in a
 * container". A task's state is made at its first hook, decided when it executes a program, and inherited by its children.
 * An actor is a task that a policy concerns: its state is PC_TASK_ARMED, and that is never left.
 */
#ifndef PORTCULLIS_ACTOR_H
#define PORTCULLIS_ACTOR_H

#include "automaton.h"
#include "belonging.h"
#include "home.h"
#include "quick.h"

/* A task whose operation is judged, and the rule table that judges it. */
struct actor {
	struct pc_task *task; /* NULL: not fetched yet, see actor_task() */
	void *table;
	const struct pc_header *header;
	__u32 slot;
	__u32 orphan; /* `task` is a makeshift, which is to be given back */
};

/* BROKEN: an actor that cannot be judged, because its state or its rule table cannot be had. It is denied. */
enum actor_answer { ACTOR_NONE = 0, ACTOR_FOUND = 1, ACTOR_BROKEN = 2 };

#ifndef PORTCULLIS_OTHER_STORAGE /* a test defines its own functions, which fail when it says so */
static __always_inline struct pc_task *task_of(struct task_struct *task)
{
	return bpf_task_storage_get(&tags, task, 0, 0);
}

/* The same, made where there is none: as a copy of `like`, or all zero. NULL: there is no memory, or the storage is busy. */
static __always_inline struct pc_task *task_made(struct task_struct *task, struct pc_task *like)
{
	return bpf_task_storage_get(&tags, task, like, BPF_LOCAL_STORAGE_GET_F_CREATE);
}

/* Ends the current process, where an execution can no longer be refused. */
static __always_inline void actor_kill(void)
{
	bpf_send_signal(SIGKILL);
}
#endif

static __always_inline __u64 bind_epoch_now(void)
{
	__u32 first = 0;
	__u64 *value = bpf_map_lookup_elem(&bind_generation, &first);

	return value ? *value : 0;
}

/* Is it the bind epoch now? */
static __always_inline bool is_bind_epoch(__u64 epoch)
{
	__u32 first = 0;
	__u64 *value = bpf_map_lookup_elem(&bind_generation, &first);

	return value && *value == epoch;
}

/*
 * Makes a state, for one operation, for a task whose own cannot be had. It is what the task's cgroup makes of it, and the host's are left
 * alone.
 */
static __always_inline enum actor_answer orphan_task(struct pc_task **made)
{
	__u32 thread = bpf_get_current_pid_tgid(), found, first = 0;
	struct pc_task *task = bpf_map_lookup_elem(&empty_tag, &first);

	count(PC_COUNT_TAG_MISSING);
	if (in_host_namespace(settings_call()))
		return ACTOR_NONE;
	found = slot_of_cgroup();
	if (!found || found == OF_POD)
		return ACTOR_NONE;
	if (!task) /* does not happen: the map always has its element */
		return ACTOR_BROKEN;
	bpf_map_update_elem(&orphans, &thread, task, BPF_ANY);
	task = bpf_map_lookup_elem(&orphans, &thread);
	if (!task) {
		count(PC_COUNT_TAG_ALLOC_FAILED);
		return ACTOR_BROKEN;
	}
	task->slot = found - 1;
	task->state = PC_TASK_ARMED;
	*made = task;
	return ACTOR_FOUND;
}

/* Notes where the actors of a slot are at home; those of the host, where the host is. `executed`: as for home_note(). */
static __always_inline void home_begin(__u32 slot, bool executed)
{
	if (slot != PC_HOST_SLOT || in_host_namespace(settings_call()))
		home_note(slot, executed);
}

/*
 * The rare cases of the current task: it has no state yet, or was not bound when it was last asked about. Gives it the state
 * that it should have and returns that; PC_TASK_NONE: there was no memory for one.
 */
__noinline __u32 actor_late(void)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct pc_task *task = task_made(current, 0);
	__u64 epoch = bind_epoch_now();
	__u32 state, slot = 0;

	if (!task)
		return PC_TASK_NONE;
	if (task->state == PC_TASK_ARMED || task->state == PC_TASK_HOST)
		return task->state;
	if (task->state == PC_TASK_UNRESOLVED && task->bind_epoch == epoch)
		return PC_TASK_UNRESOLVED;
	state = resolve(task, &slot);
	if ((state == PC_TASK_UNRESOLVED && task->state == PC_TASK_NONE) || slot == PC_HOST_SLOT)
		task->cgroup = bpf_get_current_cgroup_id();
	if (state == PC_TASK_ARMED) {
		count(PC_COUNT_ARMED);
		home_begin(slot, false);
	}
	task->bind_epoch = epoch;
	task->slot = slot;
	task->state = state;
	return state;
}

/*
 * Has an actor of the host gone into a container's cgroup? Then it is a container runtime at work there, as long as it has not executed
 * what the container is for. Nor is the host judged when it has no rules any more. Who may write the host's cgroups can do the same.
 */
__noinline int host_left(void)
{
	struct pc_task *task = task_of(bpf_get_current_task_btf());
	__u64 id = bpf_get_current_cgroup_id();
	__u32 slot = PC_HOST_SLOT;

	if (!task || !bpf_map_lookup_elem(&slots, &slot)) /* the last host policy has just gone */
		return 1;
	if (task->cgroup == id)
		return 0;
	if (slot_of_cgroup())
		return 1;
	task->cgroup = id;
	return 0;
}

/* Looks up the rule table of the actor's slot. False: there is none, or none that can be read, and the actor is denied. */
static __always_inline bool actor_table(struct actor *actor)
{
	__u32 slot = actor->slot;

	actor->table = bpf_map_lookup_elem(&slots, &slot);
	if (!actor->table) {
		count(PC_COUNT_SLOT_EMPTY);
		return false;
	}
	actor->header = table_element(actor->table, 0);
	if (!actor->header || actor->header->abi_version != PC_ABI_VERSION) {
		count(PC_COUNT_IMAGE_INVALID);
		return false;
	}
	return true;
}

/* Is it none of the engine's concern? That is by far the most frequent answer, and the one that must be cheap. */
static __always_inline bool is_host(const struct pc_task *task)
{
	return task && task->state == PC_TASK_HOST;
}

/* The current task as an actor, with its state. To be given back with actor_end(). */
static __always_inline enum actor_answer actor_find(struct actor *actor)
{
	struct pc_task *task = task_of(bpf_get_current_task_btf());

	actor->orphan = 0;
	actor->task = task;
	if (is_host(task))
		return ACTOR_NONE;
	if (task && is_host_actor(task)) {
		if (host_left())
			return ACTOR_NONE;
		task = task_of(bpf_get_current_task_btf()); /* so that it need not be kept on the stack meanwhile */
	}
	if (!task || task->state != PC_TASK_ARMED) {
		__u32 state;

		if (task && task->state == PC_TASK_UNRESOLVED && task->bind_epoch == bind_epoch_now())
			return ACTOR_NONE;
		state = actor_late();
		if (state == PC_TASK_HOST || state == PC_TASK_UNRESOLVED)
			return ACTOR_NONE;
		task = task_of(bpf_get_current_task_btf());
		if (!task) {
			enum actor_answer answer = orphan_task(&task);

			if (answer != ACTOR_FOUND)
				return answer;
			actor->orphan = 1;
		}
	}
	actor->task = task;
	actor->slot = task->slot;
	return actor_table(actor) ? ACTOR_FOUND : ACTOR_BROKEN;
}

/* It is a call, so that what it keeps does not lie on the stack of those that judge. */
static __noinline void orphan_end(void)
{
	__u32 thread = bpf_get_current_pid_tgid();

	bpf_map_delete_elem(&orphans, &thread);
}

static __always_inline void actor_end(const struct actor *actor)
{
	if (actor->orphan)
		orphan_end();
}

static __always_inline __u32 category_flags(const struct pc_header *header, __u32 category)
{
	return header->flags >> (category * 8);
}

#endif
