/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* From an address to the list of its range, and of that list the entries that are meant for a direction, a port and a kind of socket. */
#ifndef PORTCULLIS_ADDRESS_LIST_H
#define PORTCULLIS_ADDRESS_LIST_H

#include "event.h"
#include "match.h"
#include "peer.h"

#define RANGE_STEPS 32 /* to find one of as many ranges as a table can have */

static __always_inline __u32 address_edge(const struct actor *actor, __u32 edge)
{
	return edge_next(actor->table, actor->header->bucket_mask, PC_ADDRESS_STATE, edge);
}

struct range_step {
	void *table;
	__u64 high;
	__u64 low;
	__u32 at;   /* the element where ranges begin */
	__u32 from; /* of those that are still possible, the first, and the one behind the last */
	__u32 to;
	__u32 list;
};

/* Halves what is still possible. */
static __noinline long range_step(__u64 index, void *context)
{
	struct range_step *step = context;
	__u32 middle = (step->from + step->to) / 2;
	const struct pc_range *ranges, *range;

	if (step->from >= step->to)
		return 1;
	ranges = table_element(step->table, step->at + middle / 2);
	if (!ranges) {
		step->list = BROKEN_STATE;
		return 1;
	}
	range = &ranges[middle & 1];
	if (range->high > step->high || (range->high == step->high && range->low > step->low)) {
		step->to = middle;
		return 0;
	}
	step->list = range->list;
	step->from = middle + 1;
	return 0;
}

/* The list of the range that the peer's address is in, by the index of its first entry. 0: there is none. `behind`: PC_ADDRESS_RANGES. */
static __noinline __u32 list_of_peer(const struct actor *actor, const struct peer *peer, __u32 behind)
{
	const struct pc_settings *keys = settings_call();
	struct range_step step = { .table = actor->table };

	if (!keys)
		return BROKEN_STATE;
	if (peer->unknown)
		return address_edge(actor, peer->unknown);
	step.high = peer->high;
	step.low = peer->low;
	step.at = actor->header->entries_at + behind;
	step.to = address_edge(actor, PC_ADDRESS_COUNT);
	step.from = keys->zero;
	step.list = keys->zero;
	bpf_loop(RANGE_STEPS, range_step, &step, 0);
	return step.list;
}

/* Is the entry meant for this direction, port and kind of socket? */
static __always_inline bool is_meant(const struct pc_entry *entry, __u32 direction, __u32 port, __u32 kind)
{
	return entry->flags & direction && entry->flags >> PC_PEER_KINDS & kind & 0x1fff && port >= (entry->number & 0xffff) &&
	       port <= entry->number >> 16;
}

struct peer_eval {
	struct eval eval;
	__u32 direction;
	__u32 port;
	__u32 kind;
};

static __noinline long peer_step(__u64 number, void *context)
{
	struct peer_eval *step = context;
	__u32 index = step->eval.index++;
	struct pc_entry *entries = table_element(step->eval.table, step->eval.header->entries_at + index / 4);

	if (!entries) {
		step->eval.decider = step->eval.zero + EVAL_BROKEN;
		return 1;
	}
	if (is_meant(&entries[index & 3], step->direction, step->port, step->kind))
		eval_entry(&step->eval, &entries[index & 3]);
	return entries[index & 3].flags & PC_ENTRY_LAST;
}

/* Evaluates the list. `violated`: the conditions that are not met. */
static __noinline void judge_list_of_peer(const struct actor *actor, struct operation *operation, const struct peer *peer, __u32 list,
					  __u32 violated)
{
	__u32 flags = category_flags(actor->header, PC_CATEGORY_NETWORK);
	const struct pc_settings *keys = settings_call();
	struct peer_eval step = {};

	if (!keys) {
		deny(operation, 0);
		return;
	}
	if (!list) {
		judge_miss(operation, flags);
		return;
	}
	step.direction = peer->direction;
	step.port = peer->port;
	step.kind = peer->kind;
	step.eval.index = list;
	step.eval.table = actor->table;
	step.eval.zero = keys->zero;
	step.eval.decider = step.eval.audit = keys->zero;
	step.eval.rule_id = step.eval.audit_id = keys->zero;
	step.eval.header = actor->header;
	step.eval.task = actor->task;
	step.eval.violated = violated;
	bpf_loop(LIST_STEPS, peer_step, &step, 0);
	eval_end(&step.eval, operation, flags);
}

#endif
