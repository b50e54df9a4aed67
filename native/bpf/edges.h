/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* What a rule table is made of, as far as a name leads through it: elements and edges. */
#ifndef PORTCULLIS_EDGES_H
#define PORTCULLIS_EDGES_H

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

#endif
