/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Where the current task belongs, by its mount namespace and its cgroup: to the host, to a container that is bound to a slot, or to another.
 * While host policies are in force, whatever is in no pod's cgroup is the host's, in any mount namespace, but for kernel threads. A container
 * runtime on its way into a container is in the container's cgroup already, so that host policies do not concern what it does there.
 */
#ifndef PORTCULLIS_BELONGING_H
#define PORTCULLIS_BELONGING_H

#include "maps.h"
#include "core_fixes.h"

#define MAX_CGROUP_LEVEL 32 /* a container is bound by its own cgroup; what is deeper than this is inside of one */

/*
 * Is the current task in the host's mount namespace? Only what is surely there counts as the host's: without settings, or
 * without namespaces of its own (it is exiting), a task may be an actor.
 */
static __always_inline bool in_host_namespace(const struct pc_settings *keys)
{
	struct task_struct *current = plain(struct task_struct, bpf_get_current_task_btf());
	struct nsproxy *nsproxy = current->nsproxy;

	return keys && nsproxy && nsproxy->mnt_ns->ns.inum == keys->host_mnt_ns;
}

#define OF_POD 0xffffffffU /* in place of a slot + 1: in a pod, of which nothing is bound */
#define PF_KTHREAD 0x200000

struct level_step {
	__u32 found;
	__u32 pod;
};

static __noinline long level_step(__u64 index, void *context)
{
	struct level_step *step = context;
	__u64 id = bpf_get_current_ancestor_cgroup_id(index + 1);
	__u32 *slot;

	if (!id)
		return 1;
	slot = bpf_map_lookup_elem(&cgroups, &id);
	if (slot)
		step->found = *slot + 1;
	else if (!step->found && bpf_map_lookup_elem(&pods, &id))
		step->pod = OF_POD;
	return 0;
}

/*
 * The slot of the current task's cgroup or of its nearest ancestor that is bound, + 1. 0: none is bound, and it is no pod's. The root
 * counts for none.
 */
__noinline __u32 slot_of_cgroup(void)
{
	const struct pc_settings *keys = settings_call();
	__u64 id = bpf_get_current_cgroup_id();
	__u32 *slot = bpf_map_lookup_elem(&cgroups, &id);
	struct level_step step;

	if (slot && *slot != PC_HOST_SLOT)
		return *slot + 1;
	if (!keys)
		return 0;
	step.found = keys->zero;
	step.pod = keys->zero;
	if (have_loop()) {
		bpf_loop(MAX_CGROUP_LEVEL, level_step, &step, 0);
	} else {
		for (int i = 0; i < MAX_CGROUP_LEVEL; i++)
			if (level_step(i, &step))
				break;
	}
	return step.found ? step.found : step.pod;
}

/* Are there host policies? */
static __always_inline bool is_host_bound(void)
{
	__u64 root = PC_HOST_CGROUP;

	return bpf_map_lookup_elem(&cgroups, &root);
}

/* Is the task an actor of the host? Unlike a container's it ceases to be one when it executes in a container. */
static __always_inline bool is_host_actor(const struct pc_task *task)
{
	return task->state == PC_TASK_ARMED && task->slot == PC_HOST_SLOT;
}

static __always_inline bool is_kernel_thread(void)
{
	return plain(struct task_struct, bpf_get_current_task_btf())->flags & PF_KTHREAD;
}

/*
 * The slot that the current task belongs to, + 1. 0: none. That is the container in which it first executed, also when it has left its
 * control group before there was a rule. `task`: its state; NULL: it has none.
 */
static __always_inline __u32 slot_of_task(const struct pc_task *task)
{
	__u64 first = task ? task->cgroup : 0;
	__u32 *slot = first ? bpf_map_lookup_elem(&cgroups, &first) : NULL;

	return slot && *slot != PC_HOST_SLOT ? *slot + 1 : slot_of_cgroup();
}

/*
 * What the current task is, by its mount namespace and its cgroup. Who has executed in a container before is never the host's,
 * in whatever namespace it is now.
 */
static __always_inline __u32 resolve(const struct pc_task *task, __u32 *slot)
{
	bool inside = task && task->state == PC_TASK_UNRESOLVED;
	bool of_pod = inside && task->slot == PC_POD_SLOT;
	bool at_host = !inside && in_host_namespace(settings_call());
	bool bound = is_host_bound();
	__u32 found;

	if (at_host && !bound)
		return PC_TASK_HOST;
	found = slot_of_task(inside ? task : NULL);
	if (bound && !of_pod && !found && !is_kernel_thread()) {
		*slot = PC_HOST_SLOT;
		return PC_TASK_ARMED;
	}
	if (at_host) {
		if (!task || !is_host_actor(task))
			return PC_TASK_HOST;
		*slot = PC_HOST_SLOT;
		return PC_TASK_ARMED;
	}
	if (!found || found == OF_POD) {
		*slot = found || of_pod ? PC_POD_SLOT : 0;
		return PC_TASK_UNRESOLVED;
	}
	*slot = found - 1;
	return PC_TASK_ARMED;
}

#endif
