/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Who acts: the tag of a task. Every task has one, the host's too, so that a missing tag is an anomaly and never
 * "not a container". A tag is made at a task's first hook, decided at exec, inherited at fork; ARMED is never lowered.
 */
#ifndef PORTCULLIS_SUBJECT_H
#define PORTCULLIS_SUBJECT_H

#include "automaton.h"
#include "quick.h"

#define MAX_CGROUP_LEVEL 32 /* a container is bound by its own cgroup: deeper ones are inside it */

/* Who acts, and the rule set that judges. */
struct subject {
	struct pc_tag *tag; /* NULL: not fetched yet, see subject_tag() */
	void *image;
	const struct pc_header *header;
	__u32 slot;
	__u32 orphan; /* the tag is a makeshift, to be given back */
};

enum subject_answer { SUBJECT_NONE = 0, SUBJECT_FOUND = 1, SUBJECT_BROKEN = 2 };

static __always_inline struct pc_tag *tag_of(struct task_struct *task)
{
	return bpf_task_storage_get(&tags, task, 0, 0);
}

static __always_inline __u64 bind_generation_now(void)
{
	__u32 first = 0;
	__u64 *value = bpf_map_lookup_elem(&bind_generation, &first);

	return value ? *value : 0;
}

/* Is the current task in the host's mount namespace? An exiting task has no namespaces left: it counts as host. */
static __always_inline bool in_host_namespace(void)
{
	struct task_struct *task = plain(struct task_struct, bpf_get_current_task_btf());
	const struct pc_settings *keys = settings_call();
	struct nsproxy *nsproxy = task->nsproxy;

	return !keys || !nsproxy || nsproxy->mnt_ns->ns.inum == keys->host_mnt_ns;
}

struct level_step {
	__u32 found;
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
	return 0;
}

/* Slot of the current task's cgroup or of its nearest bound ancestor, + 1; 0: none is bound. */
__noinline __u32 slot_of_cgroup(void)
{
	const struct pc_settings *keys = settings_call();
	__u64 id = bpf_get_current_cgroup_id();
	__u32 *slot = bpf_map_lookup_elem(&cgroups, &id);
	struct level_step step;

	if (slot)
		return *slot + 1;
	if (!keys)
		return 0;
	step.found = keys->zero;
	if (have_loop()) {
		bpf_loop(MAX_CGROUP_LEVEL, level_step, &step, 0);
	} else {
		for (int i = 0; i < MAX_CGROUP_LEVEL; i++)
			if (level_step(i, &step))
				break;
	}
	return step.found;
}

/* What the current task is by its namespace and cgroup. */
static __always_inline __u32 resolve(__u32 *slot)
{
	__u32 found;

	if (in_host_namespace())
		return PC_TAG_HOST;
	found = slot_of_cgroup();
	if (!found)
		return PC_TAG_UNRESOLVED;
	*slot = found - 1;
	return PC_TAG_ARMED;
}

/* A tag for one operation of a task whose own cannot be had: what its cgroup makes of it. */
static __always_inline enum subject_answer orphan_tag(struct pc_tag **made)
{
	__u32 thread = bpf_get_current_pid_tgid(), slot = 0, first = 0;
	struct pc_tag *tag = bpf_map_lookup_elem(&empty_tag, &first);

	count(PC_COUNT_TAG_MISSING);
	if (resolve(&slot) != PC_TAG_ARMED)
		return SUBJECT_NONE;
	if (!tag) /* cannot be: a template, because a tag is too large for the stack */
		return SUBJECT_BROKEN;
	bpf_map_update_elem(&orphans, &thread, tag, BPF_ANY);
	tag = bpf_map_lookup_elem(&orphans, &thread);
	if (!tag) {
		count(PC_COUNT_TAG_ALLOC_FAILED);
		return SUBJECT_BROKEN;
	}
	tag->slot = slot;
	tag->state = PC_TAG_ARMED;
	*made = tag;
	return SUBJECT_FOUND;
}

/*
 * The rare cases of the current task: no tag yet, or not bound when last asked. Gives it the tag it should have and
 * returns its state; PC_TAG_NONE: it could not have one.
 */
__noinline __u32 subject_late(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pc_tag *tag = bpf_task_storage_get(&tags, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	__u64 generation = bind_generation_now();
	__u32 state, slot = 0;

	if (!tag)
		return PC_TAG_NONE;
	if (tag->state == PC_TAG_ARMED || tag->state == PC_TAG_HOST)
		return tag->state;
	if (tag->state == PC_TAG_UNRESOLVED && tag->bind_generation == generation)
		return PC_TAG_UNRESOLVED;
	state = resolve(&slot);
	/* Executed in a container: what it is does not depend on where it has gone since. */
	if (tag->state == PC_TAG_UNRESOLVED && state == PC_TAG_HOST)
		state = PC_TAG_UNRESOLVED;
	if (state == PC_TAG_ARMED)
		count(PC_COUNT_ARMED);
	tag->bind_generation = generation;
	tag->slot = slot;
	tag->state = state;
	return state;
}

/* The image behind a slot. False: there is none, or none that can be read: the subject's operations are denied. */
static __always_inline bool subject_image(struct subject *subject)
{
	__u32 slot = subject->slot;

	subject->image = bpf_map_lookup_elem(&slots, &slot);
	if (!subject->image) {
		count(PC_COUNT_SLOT_EMPTY);
		return false;
	}
	subject->header = image_element(subject->image, 0);
	if (!subject->header || subject->header->abi_version != PC_ABI_VERSION) {
		count(PC_COUNT_IMAGE_INVALID);
		return false;
	}
	return true;
}

/* Nothing of the engine's concern: by far the most frequent answer, and the one that must be cheap. */
static __always_inline bool is_host(const struct pc_tag *tag)
{
	return tag && tag->state == PC_TAG_HOST;
}

/* The current task as a subject, with its tag. Give back with subject_end(). */
static __always_inline enum subject_answer subject_find(struct subject *subject)
{
	struct pc_tag *tag = tag_of(bpf_get_current_task_btf());

	subject->orphan = 0;
	subject->tag = tag;
	if (is_host(tag))
		return SUBJECT_NONE;
	if (!tag || tag->state != PC_TAG_ARMED) {
		__u32 state;

		if (tag && tag->state == PC_TAG_UNRESOLVED && tag->bind_generation == bind_generation_now())
			return SUBJECT_NONE;
		state = subject_late();
		if (state == PC_TAG_HOST || state == PC_TAG_UNRESOLVED)
			return SUBJECT_NONE;
		tag = tag_of(bpf_get_current_task_btf());
		if (!tag) {
			enum subject_answer answer = orphan_tag(&tag);

			if (answer != SUBJECT_FOUND)
				return answer;
			subject->orphan = 1;
		}
	}
	subject->tag = tag;
	subject->slot = tag->slot;
	return subject_image(subject) ? SUBJECT_FOUND : SUBJECT_BROKEN;
}

static __always_inline void subject_end(const struct subject *subject)
{
	__u32 thread;

	if (!subject->orphan)
		return;
	thread = bpf_get_current_pid_tgid();
	bpf_map_delete_elem(&orphans, &thread);
}

/* Flags of a category in the header. */
static __always_inline __u32 category_flags(const struct pc_header *header, __u32 category)
{
	return header->flags >> (category * 8);
}

#endif
