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

/* What match_deep() keeps, first while it climbs and then while it descends. */
union deep_work {
	struct deep_climb climb;
	struct pattern_descent descent;
};

/* The header of a rule table. NULL: there is none. */
static __noinline const struct pc_header *header_of(void *table)
{
	return table ? table_element(table, 0) : NULL;
}

/* Do the object's rules have patterns? */
static __noinline bool has_patterns(const struct object *object)
{
	const struct pc_header *header = header_of(table_of(object));

	return header && header->columns_at;
}

/*
 * Matches a name against rules that have more components than a name window keeps, by a buffer of the task's own. Returns 0,
 * or -1 if there is no memory or no bpf_loop, or if the rule table has just been replaced. The name then counts as lost.
 * What it holds is little, because it lies on the stack below all that judges: the table is looked up anew after the climb.
 */
__noinline int match_deep(struct object *object)
{
	union deep_work work = {};
	const struct pc_header *header;
	struct deep_name *name;
	int result = -1;
	void *table;

	if (!object || !have_loop())
		return -1;
	name = bpf_task_storage_get(&deep_names, bpf_get_current_task_btf(), 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!name) {
		count(PC_COUNT_NO_SCRATCH);
		return -1;
	}
	work.climb.name = name;
	if (!place_begin(&work.climb.place, object->dentry, object->mount))
		goto end;
	work.climb.status = work.climb.place.zero;
	work.climb.depth = work.climb.place.zero + (has_patterns(object) ? DEPTH_NAMES : 0);
	bpf_loop(LOOP_STEPS, deep_up, &work.climb, 0);
	if (work.climb.status != WALK_DONE)
		goto end;
	table = table_of(object);
	header = header_of(table);
	if (!table || !header)
		goto end;
	if (!header->columns_at) {
		deep_descend(object, table, header, name, work.climb.depth & DEPTH);
		result = 0;
	} else if (work.climb.depth & DEPTH_NAMES) {
		pattern_begin(&work.descent, table, header, name->hashes, work.climb.depth & DEPTH);
		bpf_loop(DEEP_NAME, pattern_deep_step, &work.descent, 0);
		object->match = work.descent.match;
		result = work.descent.match.state ? 0 : -1;
	}
end:
	bpf_task_storage_delete(&deep_names, bpf_get_current_task_btf());
	return result;
}

#endif
