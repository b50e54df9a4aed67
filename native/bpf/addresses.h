/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Rules by address, judged and reported. That is beside what a socket is judged by when it is made or used (network.h): what either refuses is refused.
 */
#ifndef PORTCULLIS_ADDRESSES_H
#define PORTCULLIS_ADDRESSES_H

#include "address_list.h"
#include "report_said.h"

#define PEER_OBJECT 18 /* bytes of the object in the event: the address, and the port */
#define PEER_WORK_AT (SCRATCH_SIZE - 2048) /* behind everything that an event may hold, as in dns_name.h */

/* The operation that is judged: in the buffer, so that the stack has room for the report. */
static __always_inline struct operation *peer_operation(struct scratch *scratch)
{
	return (struct operation *)&scratch->bytes[PEER_WORK_AT];
}

/* The peer as the object of the event. */
static __always_inline void put_peer(struct scratch *scratch, const struct peer *peer)
{
	__u64 *words = (__u64 *)&scratch->bytes[sizeof(scratch->event)];

	scratch->event.object2_at = scratch->event.object2_len = 0;
	scratch->event.object_at = peer->lost ? 0 : sizeof(scratch->event);
	scratch->event.object_len = peer->lost ? 0 : PEER_OBJECT;
	words[0] = __builtin_bswap64(peer->high);
	words[1] = __builtin_bswap64(peer->low);
	words[2] = __builtin_bswap16(peer->port);
}

struct peer_audits {
	struct scratch *scratch;
	const struct actor *actor;
	__u32 index;
	__u32 direction;
	__u32 port;
	__u32 kind;
	__u32 violated;
};

/* The next entry of the list; NULL: there is none. */
static __always_inline struct pc_entry *next_audit(struct peer_audits *step)
{
	const struct actor *actor = step->actor;
	__u32 index = step->index++;
	struct pc_entry *entries = table_element(actor->table, actor->header->entries_at + index / 4);

	return entries ? &entries[index & 3] : NULL;
}

static __always_inline bool is_reported(const struct peer_audits *step, const struct pc_entry *entry)
{
	const struct actor *actor = step->actor;

	return entry->flags & PC_ENTRY_AUDIT && is_meant(entry, step->direction, step->port, step->kind) &&
	       (!(entry->flags & CONDITIONS) || entry->flags & step->violated) &&
	       (!entry->source || has_source(actor->table, actor->header, actor->task, entry->source - 1, false));
}

/* `list`: not known to the verifier, as in struct place. */
static __always_inline void audits_begin(struct peer_audits *step, struct scratch *scratch, const struct actor *actor, const struct peer *peer,
					 __u32 list, __u32 violated)
{
	step->scratch = scratch;
	step->actor = actor;
	step->index = list;
	step->direction = peer->direction;
	step->port = peer->port;
	step->kind = peer->kind;
	step->violated = violated;
}

static __noinline long peer_audits_step(__u64 number, void *context)
{
	struct peer_audits *step = context;
	struct pc_entry *entry = next_audit(step);

	if (!entry)
		return 1;
	if (is_reported(step, entry)) {
		peer_operation(step->scratch)->rule_id = entry->rule_id;
		report_said(step->scratch, peer_operation(step->scratch));
	}
	return entry->flags & PC_ENTRY_LAST;
}

/* Tells of what passes, as far as somebody wants to know. */
static __always_inline void report_passed(struct scratch *scratch, const struct actor *actor, const struct peer *peer, __u32 list, __u32 violated)
{
	struct operation *operation = peer_operation(scratch);
	const struct pc_settings *keys = settings_call();
	struct peer_audits step = {};

	if (!keys || peer->silent)
		return;
	operation->rule_id = 0;
	if (operation->audits & REPORT_POSTURE)
		report_said(scratch, operation);
	audits_begin(&step, scratch, actor, peer, keys->zero + list, violated);
	if (operation->audits & REPORT_RULE)
		bpf_loop(LIST_STEPS, peer_audits_step, &step, 0);
}

/*
 * Decides where it cannot be known whom the socket speaks with: a Block rule could be meant. What the socket may be at all, rules of protocols say; but
 * what would make an allow-list's addresses say nothing any more is no more than what no rule allows.
 */
static __always_inline void judge_lost_peer(const struct actor *actor, struct operation *operation, const struct peer *peer)
{
	__u32 flags = peer->lost == LOST_NOW ? category_flags(actor->header, PC_CATEGORY_NETWORK) & ~PC_HAS_BLOCK : 0;

	if (address_edge(actor, PC_ADDRESS_BLOCKS))
		flags |= PC_HAS_BLOCK;
	if (flags & (PC_HAS_BLOCK | PC_ALLOW_LIST))
		judge_lost(operation, flags);
}

/* Judges: peer_operation() says what comes of it. Returns the list. `violated`: the conditions that are not met. */
static __always_inline __u32 peer_judged(const struct actor *actor, struct scratch *scratch, const struct peer *peer, __u32 behind, __u32 violated)
{
	struct operation *operation = peer_operation(scratch);
	__u32 list;

	__builtin_memset(operation, 0, sizeof(*operation));
	operation->category = PC_CATEGORY_NETWORK;
	operation->kind = peer->operation;
	operation->open_flags = peer->socket;
	asked_of(actor, operation);
	put_peer(scratch, peer);
	if (peer->lost) {
		judge_lost_peer(actor, operation, peer);
		return 0;
	}
	list = list_of_peer(actor, peer, behind);
	judge_list_of_peer(actor, operation, peer, list, violated);
	return list;
}

/* Judges and reports. Returns whether it is refused. */
static __always_inline int peer_refused(const struct actor *actor, struct scratch *scratch, const struct peer *peer, __u32 behind, __u32 violated)
{
	__u32 list = peer_judged(actor, scratch, peer, behind, violated);

	if (!peer_operation(scratch)->verdict)
		report_passed(scratch, actor, peer, list, violated);
	else
		report_said(scratch, peer_operation(scratch));
	return peer_operation(scratch)->verdict != 0;
}

/* Judges what the current task does. Returns whether it is refused. It is global, so that it is verified once. */
__noinline int judge_peer(struct peer *peer)
{
	enum actor_answer answer;
	struct scratch *scratch;
	__u32 behind, violated;
	struct actor actor;
	int refused = 0;

	if (!peer)
		return 1;
	answer = actor_find(&actor);
	if (answer != ACTOR_FOUND)
		return answer == ACTOR_BROKEN;
	behind = address_edge(&actor, PC_ADDRESS_RANGES);
	if (!behind)
		goto end;
	refused = peer->judged = 1;
	scratch = scratch_take();
	if (!scratch) {
		count(PC_COUNT_NO_SCRATCH);
		goto end;
	}
	sources_refresh(&actor);
	violated = category_flags(actor.header, PC_CATEGORY_NETWORK) & PC_ASKS_TTY && has_terminal() ? PC_ENTRY_NO_TTY : 0;
	refused = peer_refused(&actor, scratch, peer, behind, violated);
	__sync_lock_test_and_set(&scratch->held, 0);
end:
	actor_end(&actor);
	return refused;
}

#endif
