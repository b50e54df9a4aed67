/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The automaton of a rule table: from the component hashes of a name to the state whose lists decide. Where rules have patterns, objects go by
 * pattern.h; sources never have one, and their hashes lead to the same sets of sources in any table.
 */
#ifndef PORTCULLIS_AUTOMATON_H
#define PORTCULLIS_AUTOMATON_H

#include "pattern.h"

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

		step->name->hashes[step->depth & (DEEP_NAME - 1)] = step->depth & DEPTH_NAMES ? named : hash;
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
static __noinline void deep_descend(struct object *object, void *table, const struct pc_header *header,
				    const struct deep_name *name, __u32 depth)
{
	struct descent descent = { .table = table, .hashes = name->hashes };

	descent.bucket_mask = header->bucket_mask;
	descent.match.state = PC_ROOT_STATE;
	descent.match.left = depth;
	bpf_loop(DEEP_NAME, deep_step, &descent, 0);
	object->match = descent.match;
}

/* The rule table that the object is asked about. NULL: it has just been replaced. */
static __noinline void *table_of(const struct object *object)
{
	const struct pc_header *header;
	__u32 slot = object->slot;
	void *table = bpf_map_lookup_elem(&slots, &slot);

	if (!table)
		return NULL;
	header = table_element(table, 0);
	return header && header->table_id == object->table_id ? table : NULL;
}

/* What match_deep() keeps, first while it climbs and then while it descends. */
union deep_work {
	struct deep_climb climb;
	struct pattern_descent descent;
};

/*
 * Matches a name against rules that have more components than a name window keeps, by a buffer of the task's own. Returns 0,
 * or -1 if there is no memory or no bpf_loop, or if the rule table has just been replaced. The name then counts as lost.
 */
__noinline int match_deep(struct object *object)
{
	union deep_work work = {};
	struct task_struct *task = bpf_get_current_task_btf();
	const struct pc_settings *keys = settings_call();
	const struct pc_header *header;
	struct deep_name *name;
	int result = -1;
	__u32 depth;
	void *table;

	if (!object || !keys || !have_loop())
		return -1;
	table = table_of(object);
	header = table ? table_element(table, 0) : NULL;
	if (!header)
		return -1;
	name = bpf_task_storage_get(&deep_names, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!name) {
		count(PC_COUNT_NO_SCRATCH);
		return -1;
	}
	work.climb.name = name;
	work.climb.depth = keys->zero + (header->columns_at ? DEPTH_NAMES : 0);
	work.climb.status = keys->zero;
	if (place_begin(&work.climb.place, object->dentry, object->mount))
		bpf_loop(LOOP_STEPS, deep_up, &work.climb, 0);
	depth = work.climb.depth & DEPTH;
	if (work.climb.status != WALK_DONE) {
		result = -1;
	} else if (!header->columns_at) {
		deep_descend(object, table, header, name, depth);
		result = 0;
	} else {
		pattern_begin(&work.descent, table, header, name->hashes, depth);
		bpf_loop(DEEP_NAME, pattern_deep_step, &work.descent, 0);
		object->match = work.descent.match;
		result = work.descent.match.state ? 0 : -1;
	}
	bpf_task_storage_delete(&deep_names, task);
	return result;
}

#endif
