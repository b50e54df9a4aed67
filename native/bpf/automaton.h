/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* The component automaton of an image: from component hashes to the state whose lists decide. */
#ifndef PORTCULLIS_AUTOMATON_H
#define PORTCULLIS_AUTOMATON_H

#include "walk.h"

static __always_inline void *image_element(void *image, __u32 index)
{
	return bpf_map_lookup_elem(image, &index);
}

/* The state an edge leads to; 0: there is none. */
static __always_inline __u32 edge_next(void *image, __u32 bucket_mask, __u32 state, __u64 hash)
{
	__u64 key = hash + state * PC_STATE_MULTIPLIER;
	__u64 mixed = key * PC_BUCKET_MULTIPLIER;
	const struct pc_bucket *bucket = image_element(image, 1 + ((mixed >> 32) & bucket_mask));

	if (!bucket)
		return 0;
	if (bucket->edges[0].key == key)
		return bucket->edges[0].next;
	if (bucket->edges[1].key == key)
		return bucket->edges[1].next;
	if (bucket->edges[2].key == key)
		return bucket->edges[2].next;
	if (bucket->edges[3].key == key)
		return bucket->edges[3].next;
	if (!bucket->edges[0].overflow)
		return 0;
	bucket = image_element(image, 1 + ((mixed >> 8) & bucket_mask));
	if (!bucket)
		return 0;
	for (int i = 0; i < PC_EDGES_PER_BUCKET; i++)
		if (bucket->edges[i].key == key)
			return bucket->edges[i].next;
	return 0;
}

/* Where a name leads: the deepest state, and how many components are left below it. */
struct match {
	__u32 state;
	__u32 left;
};

/* Descends by the `hashes`, a ring, those next to the root last. True: more than the ring holds is asked for. */
static __always_inline bool descend(struct match *match, void *image, __u32 bucket_mask, const __u64 *hashes, __u32 depth)
{
	__u32 state = PC_ROOT_STATE, left = depth;

	for (int i = 0; i < PC_RING; i++) {
		__u32 next;

		barrier_var(left); /* `i` is to bound the loop, or the verifier would see no bound */
		if (!left)
			break;
		next = edge_next(image, bucket_mask, state, hashes[(left - 1) & (PC_RING - 1)]);
		if (!next)
			break;
		state = next;
		left--;
	}
	match->state = state;
	match->left = left;
	return left && depth - left == PC_RING;
}

struct descent {
	void *image;
	const __u64 *hashes;
	__u32 bucket_mask;
	struct match match;
};

static __noinline long descent_step(struct descent *descent, __u64 hash)
{
	__u32 next = edge_next(descent->image, descent->bucket_mask, descent->match.state, hash);

	if (!next)
		return 1;
	descent->match.state = next;
	descent->match.left--;
	return 0;
}

static __noinline long ring_step(__u64 index, void *context)
{
	struct descent *descent = context;

	if (!descent->match.left)
		return 1;
	return descent_step(descent, descent->hashes[(descent->match.left - 1) & (PC_RING - 1)]);
}

/* As descend(), where it need not be fast: with bpf_loop the verifier looks at one step, not at sixteen. */
static __noinline bool descend_slow(struct match *match, void *image, __u32 bucket_mask, const __u64 *hashes, __u32 depth)
{
	struct descent descent = { .image = image, .hashes = hashes, .bucket_mask = bucket_mask };

	if (!have_loop())
		return descend(match, image, bucket_mask, hashes, depth);
	descent.match.state = PC_ROOT_STATE;
	descent.match.left = depth;
	bpf_loop(PC_RING, ring_step, &descent, 0);
	*match = descent.match;
	return match->left && depth - match->left == PC_RING;
}

/* An object by its addresses, and the image that must be asked about it. */
struct object {
	__u64 dentry;
	__u64 mount;
	__u64 generation;
	__u32 slot;
	struct match match;
};

struct deep_climb {
	struct deep_name *name;
	struct place place;
	__u32 status;
	__u32 depth;
};

static __noinline long deep_up(__u64 index, void *context)
{
	struct deep_climb *step = context;
	__u64 named = place_up(&step->place, &step->status);

	if (step->status != WALK_MORE)
		return 1;
	if (named) {
		step->name->hashes[step->depth & (DEEP_NAME - 1)] = hash_name_at(named);
		step->depth++;
	}
	return 0;
}

static __noinline long deep_step(__u64 index, void *context)
{
	struct descent *descent = context;

	if (!descent->match.left)
		return 1;
	return descent_step(descent, descent->hashes[(descent->match.left - 1) & (DEEP_NAME - 1)]);
}

/*
 * Matches a name against rules of more components than the ring holds, with a buffer of the task's own. Returns 0, or
 * -1: no memory, no bpf_loop, or the rule set has just been replaced; the name then counts as unresolvable.
 */
__noinline int match_deep(struct object *object)
{
	struct deep_climb step = {};
	struct descent descent = {};
	const struct pc_header *header;
	struct task_struct *task = bpf_get_current_task_btf();
	const struct pc_settings *keys = settings_call();
	__u32 slot;

	if (!object || !keys || !have_loop())
		return -1;
	step.depth = keys->zero;
	slot = object->slot;
	descent.image = bpf_map_lookup_elem(&slots, &slot);
	if (!descent.image)
		return -1;
	header = image_element(descent.image, 0);
	if (!header || header->generation != object->generation)
		return -1;
	descent.bucket_mask = header->bucket_mask;
	step.name = bpf_task_storage_get(&deep_names, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!step.name) {
		count(PC_COUNT_NO_SCRATCH);
		return -1;
	}
	if (!place_begin(&step.place, object->dentry, object->mount))
		return -1;
	step.status = step.place.zero;
	bpf_loop(LOOP_STEPS, deep_up, &step, 0);
	descent.hashes = step.name->hashes;
	descent.match.state = PC_ROOT_STATE;
	descent.match.left = step.depth;
	bpf_loop(DEEP_NAME, deep_step, &descent, 0);
	object->match = descent.match;
	bpf_task_storage_delete(&deep_names, task);
	return step.status == WALK_DONE ? 0 : -1;
}

#endif
