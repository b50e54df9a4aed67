/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Patterns where a name was descended by its hashes. A component without an edge by its hash may lead on by a pattern; if that is the object's own
 * component, which the usual patterns are about (`*.log`), its bytes are at hand, and are run through the rows here. All else is pattern.h.
 */
#ifndef PORTCULLIS_PATTERN_QUICK_H
#define PORTCULLIS_PATTERN_QUICK_H

#include "pattern.h"

#define WORDS_PER_ELEMENT (PC_BUCKET_SIZE / sizeof(__u16))

/* As row_word(), by look-ups. */
static __always_inline __u32 row_word_of(void *table, const struct pc_header *header, __u32 row, __u32 column)
{
	__u32 word = row * header->row_words + column;
	const __u16 *words = table_element(table, header->rows_at + word / WORDS_PER_ELEMENT);

	return words ? words[word & (WORDS_PER_ELEMENT - 1)] : ROW_BROKEN;
}

/* The row that a byte leads to. */
static __always_inline __u32 row_after(void *table, const struct pc_header *header, __u32 row, __u8 byte)
{
	const __u8 *columns = table_element(table, header->columns_at + byte / PC_BUCKET_SIZE);

	return columns ? row_word_of(table, header, row, columns[byte & (PC_BUCKET_SIZE - 1)]) : ROW_BROKEN;
}

/* The object's own name, if it can be had by loads. NULL: it is the root of a mount, which has another name, or its name is long. */
static __always_inline const struct dentry *own_name(const struct object *object)
{
	const struct dentry *dentry = cast(struct dentry, object->dentry);

	if (dentry == cast(struct vfsmount, object->mount)->mnt_root || dentry->d_name.len >= inline_name_size())
		return NULL;
	return dentry;
}

/* The row at the end of a name that is run from this row; ROW_BROKEN: it has just become a long one. It is a call, so that the verifier does not follow it with each way that led here. */
static __noinline __u32 row_at_end(void *table, const struct pc_header *header, const struct dentry *dentry, __u32 row)
{
	__u64 at = inline_name_offset(), word = 0;
	__u32 length = dentry->d_name.len;

	if (length >= inline_name_size())
		return ROW_BROKEN;
	barrier_var(at);
#pragma unroll
	for (__u32 i = 0; i < MOST_INLINE_NAME / 8; i++) {
		if (i * 8 >= inline_name_size())
			break;
		word = *(const __u64 *)((const char *)dentry + at + i * 8);
		for (__u32 j = 0; j < 8; j++) {
			if (i * 8 + j >= length || !goes_on(row))
				return row;
			row = row_after(table, header, row, word >> j * 8);
		}
	}
	return row;
}

/* Lets the object's own component lead on from the state that its name has come to. 0: a pattern has to see more than that. */
__noinline int lead_on(struct object *object)
{
	const struct pc_header *header;
	const struct pc_state *state;
	const struct dentry *dentry;
	__u32 row, class;
	void *table;

	if (!object || !have_cast() || object->match.left != 1)
		return 0;
	table = table_of(object);
	header = table ? table_element(table, 0) : NULL;
	state = header ? table_element(table, header->states_at + object->match.state) : NULL;
	dentry = own_name(object);
	if (!state || state->any || !dentry)
		return 0;
	row = row_at_end(table, header, dentry, state->glob);
	if (!row)
		return 1;
	class = row == ROW_BROKEN ? ROW_BROKEN : row_word_of(table, header, row, 0);
	if (class && class != ROW_BROKEN)
		class = edge_next(table, header->bucket_mask, PC_CLASS_STATE + object->match.state, class);
	if (class == ROW_BROKEN) /* which is BROKEN_STATE as well */
		return 0;
	if (class) {
		object->match.state = class;
		object->match.left = 0;
	}
	return 1;
}

/* Is what the hashes have led to the end of the name's way? */
static __always_inline bool ends_here(void *table, const struct pc_header *header, struct object *object)
{
	const struct pc_state *state;

	if (!object->match.left)
		return true;
	state = table_element(table, header->states_at + object->match.state);
	return state && ((!state->any && !state->glob) || lead_on(object));
}

#endif
