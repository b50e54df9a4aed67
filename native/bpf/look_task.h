/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * A task that is looked at and not the current one, which is the reader of an iterator: its state is a copy, its address is kept, and both stand for the
 * current task's in the engine's own code. To be included before any of that.
 */
#ifndef PORTCULLIS_LOOK_TASK_H
#define PORTCULLIS_LOOK_TASK_H

#include "core_fixes.h"
#include "maps.h"

/* [0]: the state of the task that is looked at. There is one reader at a time. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct pc_task);
} looked_at SEC(".maps");

struct look {
	__u64 number; /* of the search; the enforcer writes it before */
	__u64 task;   /* the addresses of the task that is looked at, and of its file */
	__u64 file;
};

/* [0] */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct look);
} look_now SEC(".maps");

static __always_inline volatile struct look *look_get(void)
{
	__u32 first = 0;

	return bpf_map_lookup_elem(&look_now, &first);
}

static __noinline __u64 looked_task(void)
{
	volatile struct look *look = look_get();

	return look ? look->task : 0;
}

/* From here on the task that is looked at stands for the current one, wherever that is asked for by its address. */
#define bpf_get_current_task() looked_task()

#define PORTCULLIS_OTHER_STORAGE
static __always_inline struct pc_task *task_of(struct task_struct *task)
{
	__u32 first = 0;

	return bpf_map_lookup_elem(&looked_at, &first);
}

static __always_inline struct pc_task *task_made(struct task_struct *task, struct pc_task *like)
{
	return task_of(task);
}

static __always_inline void actor_kill(void)
{
}

#include "file.h"
#include "regard.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct kernfs_node {
	struct kernfs_node *parent;
	__u64 id;
};

struct kernfs_node___renamed { /* 6.15 */
	struct kernfs_node *__parent;
};

struct cgroup {
	struct kernfs_node *kn;
};

struct css_set {
	struct cgroup *dfl_cgrp;
};

struct task_struct___look {
	struct css_set *cgroups;
	void *io_uring;
};

#pragma clang attribute pop

/* The slot of the nearest control group of the task that is bound, + 1, or OF_POD; 0: none is, and it is no pod's. */
__noinline __u32 slot_of_other(__u64 task)
{
	__u64 node = (__u64)BPF_CORE_READ((struct task_struct___look *)task, cgroups, dfl_cgrp, kn), id;
	__u32 *slot;

	for (int i = 0; i < MAX_CGROUP_LEVEL && node; i++) {
		id = READ(struct kernfs_node, node, id);
		slot = bpf_map_lookup_elem(&cgroups, &id);
		if (slot && *slot != PC_HOST_SLOT)
			return *slot + 1;
		if (bpf_map_lookup_elem(&pods, &id))
			return OF_POD;
		if (bpf_core_field_exists(struct kernfs_node___renamed, __parent))
			node = (__u64)READ(struct kernfs_node___renamed, node, __parent);
		else
			node = (__u64)READ(struct kernfs_node, node, parent);
	}
	return 0;
}

/* The slot of a task that no hook has asked about since it was bound, + 1; 0: it is bound to none. As resolve() has it. */
static __always_inline __u32 slot_of_late(__u64 task, const struct pc_task *state)
{
	__u64 first = state ? state->cgroup : 0;
	__u32 *slot = first ? bpf_map_lookup_elem(&cgroups, &first) : NULL;
	__u32 found;

	if (slot && *slot != PC_HOST_SLOT)
		return *slot + 1;
	found = slot_of_other(task);
	if (found && found != OF_POD)
		return found;
	if (found == OF_POD || (state && state->state == PC_TASK_UNRESOLVED && state->slot == PC_POD_SLOT))
		return 0;
	return is_host_bound() && !(LOAD(struct task_struct, task, flags) & PF_KTHREAD) ? PC_HOST_SLOT + 1 : 0;
}

/* Is the task in the host's mount namespace, so that it is in no container, whatever its control group? */
static __always_inline bool is_at_host(__u64 task)
{
	const struct pc_settings *keys = settings_call();

	return keys && BPF_CORE_READ((struct task_struct *)task, nsproxy, mnt_ns, ns.inum) == keys->host_mnt_ns;
}

/* Takes the task for the current one, if it is an actor or will be one at its next hook. */
static __always_inline bool look_at(volatile struct look *look, struct task_struct *task)
{
	struct pc_task *state = bpf_task_storage_get(&tags, task, 0, 0), *copy = task_of(task);
	__u32 slot;

	look->task = (__u64)task;
	if (!copy || (state && state->state == PC_TASK_HOST))
		return false;
	if (state && state->state == PC_TASK_ARMED)
		slot = state->slot + 1;
	else
		slot = slot_of_late(look->task, state);
	if (!slot)
		return false;
	if (slot != PC_HOST_SLOT + 1 && (!state || state->state == PC_TASK_NONE) && is_at_host(look->task))
		return false;
	if (state)
		bpf_probe_read_kernel(copy, sizeof(*copy), state);
	else
		__builtin_memset(copy, 0, sizeof(*copy));
	copy->state = PC_TASK_ARMED;
	copy->slot = slot - 1;
	copy->cgroup = bpf_get_current_cgroup_id(); /* so that nobody takes an actor of the host for one that has left it */
	return true;
}

#endif
