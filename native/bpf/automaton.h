/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* The automaton of a rule table: from the component hashes of a name to the state whose lists decide. */
#ifndef PORTCULLIS_AUTOMATON_H
#define PORTCULLIS_AUTOMATON_H

#include "walk.h"

static __always_inline void *table_element(void *table, __u32 index)
{
	return bpf_map_lookup_elem(table, &index);
}

/* The state that an edge leads to; 0: there is no edge. A place outside of the table leads to a state that is none: that is denied. */
#define BROKEN_STATE 0x7fffffff
static __always_inline __u32 edge_next(void *table, __u32 bucket_mask, __u32 state, __u64 hash)
{
	__u64 key = hash + state * PC_STATE_MULTIPLIER;
	__u64 mixed = key * PC_BUCKET_MULTIPLIER;
	const struct pc_bucket *bucket = table_element(table, 1 + ((mixed >> 32) & bucket_mask));

	if (!bucket)
		return BROKEN_STATE;
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
	bucket = table_element(table, 1 + ((mixed >> 8) & bucket_mask));
	if (!bucket)
		return BROKEN_STATE;
	for (int i = 0; i < PC_EDGES_PER_BUCKET; i++)
		if (bucket->edges[i].key == key)
			return bucket->edges[i].next;
	return 0;
}

/* Where a name leads: the deepest state on its way, and how many components are left below it. */
struct match {
	__u32 state;
	__u32 left;
};

/* Descends by the `hashes` of a name window, the one next to the root first. True: the window was not enough. */
static __always_inline bool descend(struct match *match, void *table, __u32 bucket_mask, const __u64 *hashes, __u32 depth)
{
	__u32 state = PC_ROOT_STATE, left = depth;

	for (int i = 0; i < PC_NAME_WINDOW; i++) {
		__u32 next;

		barrier_var(left); /* so that `i` bounds the loop: the verifier would see no bound in `left` */
		if (!left)
			break;
		next = edge_next(table, bucket_mask, state, hashes[(left - 1) & (PC_NAME_WINDOW - 1)]);
		if (!next)
			break;
		state = next;
		left--;
	}
	match->state = state;
	match->left = left;
	return left && depth - left == PC_NAME_WINDOW;
}

struct descent {
	void *table;
	const __u64 *hashes;
	__u32 bucket_mask;
	struct match match;
};

static __always_inline long descent_step(struct descent *descent, __u64 hash)
{
	__u32 next = edge_next(descent->table, descent->bucket_mask, descent->match.state, hash);

	if (!next)
		return 1;
	descent->match.state = next;
	descent->match.left--;
	return 0;
}

static __noinline long window_step(__u64 index, void *context)
{
	struct descent *descent = context;

	if (!descent->match.left)
		return 1;
	return descent_step(descent, descent->hashes[(descent->match.left - 1) & (PC_NAME_WINDOW - 1)]);
}

/* The same as descend(), where it need not be fast: with bpf_loop the verifier looks at one step, and not at sixteen. */
static __noinline bool descend_slow(struct match *match, void *table, __u32 bucket_mask, const __u64 *hashes, __u32 depth)
{
	struct descent descent = { .table = table, .hashes = hashes, .bucket_mask = bucket_mask };

	if (!have_loop())
		return descend(match, table, bucket_mask, hashes, depth);
	descent.match.state = PC_ROOT_STATE;
	descent.match.left = depth;
	bpf_loop(PC_NAME_WINDOW, window_step, &descent, 0);
	*match = descent.match;
	return match->left && depth - match->left == PC_NAME_WINDOW;
}

/* An object by its addresses, and the rule table that is asked about it. */
struct object {
	__u64 dentry;
	__u64 mount;
	__u64 table_id;
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
		__u32 dotted;
		__u64 hash = hash_name_at(named, &dotted);

		step->name->hashes[step->depth & (DEEP_NAME - 1)] = hash;
		step->depth = depth_after(step->depth, dotted, step->place.mount);
		if (!hash)
			step->status = step->place.zero + WALK_LOST;
	}
	return step->status != WALK_MORE;
}

static __noinline long deep_step(__u64 index, void *context)
{
	struct descent *descent = context;

	if (!descent->match.left)
		return 1;
	return descent_step(descent, descent->hashes[(descent->match.left - 1) & (DEEP_NAME - 1)]);
}

/* Descends by a whole name. It is a call, so that what it keeps does not lie on the stack while the name is climbed. */
static __noinline int deep_descend(struct object *object, const struct deep_name *name, __u32 depth)
{
	struct descent descent = { .hashes = name->hashes };
	const struct pc_header *header;
	__u32 slot = object->slot;

	descent.table = bpf_map_lookup_elem(&slots, &slot);
	if (!descent.table)
		return -1;
	header = table_element(descent.table, 0);
	if (!header || header->table_id != object->table_id)
		return -1;
	descent.bucket_mask = header->bucket_mask;
	descent.match.state = PC_ROOT_STATE;
	descent.match.left = depth;
	bpf_loop(DEEP_NAME, deep_step, &descent, 0);
	object->match = descent.match;
	return 0;
}

/*
 * Matches a name against rules that have more components than a name window keeps, by a buffer of the task's own. Returns 0,
 * or -1 if there is no memory or no bpf_loop, or if the rule table has just been replaced. The name then counts as lost.
 */
__noinline int match_deep(struct object *object)
{
	struct deep_climb step = {};
	struct task_struct *task = bpf_get_current_task_btf();
	const struct pc_settings *keys = settings_call();
	int result;

	if (!object || !keys || !have_loop())
		return -1;
	step.name = bpf_task_storage_get(&deep_names, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!step.name) {
		count(PC_COUNT_NO_SCRATCH);
		return -1;
	}
	if (!place_begin(&step.place, object->dentry, object->mount))
		return -1;
	step.depth = keys->zero;
	step.status = keys->zero;
	bpf_loop(LOOP_STEPS, deep_up, &step, 0);
	result = step.status == WALK_DONE ? deep_descend(object, step.name, step.depth & DEPTH) : -1;
	bpf_task_storage_delete(&deep_names, task);
	return result;
}

#endif
