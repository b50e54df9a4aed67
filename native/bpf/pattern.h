/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The automaton of a rule table with patterns. A component that has no edge by its hash may lead on all the same: any one does, or its bytes are run
 * through the rows of the table, which give it a class, and the class has an edge. For that the addresses of dentries are kept on the
 * climb, and not hashes; a component is hashed, and read, when the descent comes to it.
 */
#ifndef PORTCULLIS_PATTERN_H
#define PORTCULLIS_PATTERN_H

#include "edges.h"

#define OWN_FOLDER 1 /* in place of a dentry's address: the component is "self" (proc.h) */
#define SELF_WORD 0x666c6573ULL
#define SELF_LENGTH 4

#define ROW_BROKEN 0x7fffffffU /* it cannot be read; no row and no class has this number */

/* A component on its way through the rows. It is small, because it lies on the stack with much above it. */
struct glob_run {
	const struct pc_header *header;
	__u64 name; /* where its bytes are; 0: it is "self" */
	__u32 length;
	__u32 row;
};

/*
 * Reads from the rule table by the address of its header, because the elements of an array lie one behind the other. So the table that the name
 * is matched by is read, also when it has just been replaced, and global functions can do it, which are never given a map.
 */
static __always_inline bool table_read(void *to, __u32 size, const struct pc_header *header, __u64 at)
{
	bound(at, 0x1fffffff);
	return !bpf_probe_read_kernel(to, size, (const char *)header + at);
}

/* What a row says for a column; for column 0, its class. */
static __always_inline __u32 row_word(const struct pc_header *header, __u32 row, __u32 column)
{
	__u64 at = header->rows_at;
	__u16 word = 0;

	at = at * PC_BUCKET_SIZE + (row * header->row_words + column) * sizeof(word);
	return table_read(&word, sizeof(word), header, at) ? word : ROW_BROKEN;
}

static __always_inline bool goes_on(__u32 row)
{
	return row && row != ROW_BROKEN;
}

/* Goes on by one byte. */
static __noinline long glob_step(__u64 index, void *context)
{
	struct glob_run *run = context;
	__u8 byte = SELF_WORD >> (index & 3) * 8;
	__u64 at;

	if (index >= run->length || !goes_on(run->row))
		return 1;
	if (run->name && bpf_probe_read_kernel(&byte, 1, (const void *)(run->name + index))) {
		run->row = ROW_BROKEN;
		return 1;
	}
	at = run->header->columns_at;
	at = at * PC_BUCKET_SIZE + byte;
	run->row = table_read(&byte, 1, run->header, at) ? row_word(run->header, run->row, byte) : ROW_BROKEN;
	return 0;
}

/* The class of a component that is run from this row. 0: it leads nowhere. It is global, so that it is verified once and not for each descent. */
__noinline __u32 glob_class(const struct pc_header *header, __u64 name, __u32 length, __u32 row)
{
	struct glob_run run;

	if (!header)
		return ROW_BROKEN;
	run.header = header;
	run.name = name;
	run.length = length;
	run.row = row;
	if (have_loop()) {
		bpf_loop(255, glob_step, &run, 0);
	} else {
		for (int i = 0; i < 255; i++)
			if (glob_step(i, &run))
				break;
	}
	return run.row == ROW_BROKEN ? ROW_BROKEN : row_word(header, run.row, 0);
}

/* A name on its way through the automaton. It is small for the same reason. */
struct pattern_descent {
	void *table;
	const struct pc_header *header;
	const __u64 *dentries; /* the last component first */
	struct match match;    /* state 0: a component cannot be read */
	struct name_at at;     /* the component; without an address it is "self" */
};

static __always_inline void pattern_begin(struct pattern_descent *descent, void *table, const struct pc_header *header,
					  const __u64 *dentries, __u32 depth)
{
	descent->table = table;
	descent->header = header;
	descent->dentries = dentries;
	descent->match.state = PC_ROOT_STATE;
	descent->match.left = depth;
	descent->at.name = 0;
	descent->at.length = descent->at.dotted = 0;
}

/* The hash of the component of this dentry, which is in hand then. 0: it cannot be read. */
static __always_inline __u64 component_at(struct pattern_descent *descent, __u64 dentry)
{
	struct lanes lanes = {};
	const struct pc_settings *keys;

	if (dentry != OWN_FOLDER) {
		descent->at.name = LOAD(struct dentry, dentry, d_name.name);
		descent->at.length = LOAD(struct dentry, dentry, d_name.len);
		return hash_long_name(&descent->at);
	}
	descent->at.name = 0;
	descent->at.length = SELF_LENGTH;
	keys = settings_get();
	if (!keys)
		return 0;
	lanes_add(&lanes, SELF_WORD << 32, keys);
	return lanes_end(&lanes);
}

/* The state that a component without an edge leads to. 0: none. */
static __always_inline __u32 without_edge(struct pattern_descent *descent)
{
	const struct pc_state *state = table_element(descent->table, descent->header->states_at + descent->match.state);
	__u32 class;

	if (!state)
		return BROKEN_STATE;
	if (state->any || !state->glob)
		return state->any;
	class = glob_class(descent->header, descent->at.name, descent->at.length, state->glob);
	if (class == ROW_BROKEN)
		return BROKEN_STATE;
	if (!class)
		return 0;
	return edge_next(descent->table, descent->header->bucket_mask, PC_CLASS_STATE + descent->match.state, class);
}

/* Goes on by one component. */
static __always_inline long pattern_step(struct pattern_descent *descent, __u64 dentry)
{
	__u64 hash = component_at(descent, dentry);
	__u32 next;

	if (!hash) {
		descent->match.state = 0;
		return 1;
	}
	next = edge_next(descent->table, descent->header->bucket_mask, descent->match.state, hash);
	if (!next)
		next = without_edge(descent);
	if (!next)
		return 1;
	descent->match.state = next;
	descent->match.left--;
	return 0;
}

static __noinline long pattern_window_step(__u64 index, void *context)
{
	struct pattern_descent *descent = context;

	if (!descent->match.left)
		return 1;
	return pattern_step(descent, descent->dentries[(descent->match.left - 1) & (PC_NAME_WINDOW - 1)]);
}

static __noinline long pattern_deep_step(__u64 index, void *context)
{
	struct pattern_descent *descent = context;

	if (!descent->match.left)
		return 1;
	return pattern_step(descent, descent->dentries[(descent->match.left - 1) & (DEEP_NAME - 1)]);
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

/*
 * Descends by the dentries of a name window. What the object leads to is in object->match. Not 0: the window was not enough, a component
 * cannot be read, or the rule table has just been replaced; match_deep() has to be asked. It is global, so that it is verified once.
 */
__noinline __u32 descend_patterns(struct object *object, const struct pc_name_window *window, __u32 depth)
{
	struct pattern_descent descent = {};
	const struct pc_header *header;
	void *table;

	if (!object || !window)
		return 1;
	table = table_of(object);
	header = table ? table_element(table, 0) : NULL;
	if (!header)
		return 1;
	pattern_begin(&descent, table, header, window->hashes, depth);
	if (have_loop()) {
		bpf_loop(PC_NAME_WINDOW, pattern_window_step, &descent, 0);
	} else {
		for (int i = 0; i < PC_NAME_WINDOW; i++)
			if (pattern_window_step(i, &descent))
				break;
	}
	object->match = descent.match;
	return !descent.match.state || (descent.match.left && depth - descent.match.left == PC_NAME_WINDOW);
}

#endif
