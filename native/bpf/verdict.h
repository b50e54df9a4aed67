/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The decision. One list of the rule table is evaluated in its order: the first deciding entry whose source matches decides,
 * and audit entries report what was allowed. Where no entry decides, the posture does. What is to be decided is written in
 * docs/semantics.md, section 4; packages/policy/src/decide/decide.ts decides the same in TypeScript, and a test compares the two.
 */
#ifndef PORTCULLIS_VERDICT_H
#define PORTCULLIS_VERDICT_H

#include "evaluate.h"
#include "event.h"

static __always_inline void deny(struct operation *operation, __u32 rule_id)
{
	operation->rule_id = rule_id;
	operation->verdict = -EACCES;
}

/* Decides what no entry has decided. */
static __always_inline void judge_miss(struct operation *operation, __u32 flags)
{
	if (!(flags & PC_ALLOW_LIST) || operation->access & ACCESS_BLOCK_ONLY)
		return;
	if (flags & PC_POSTURE_BLOCK)
		deny(operation, 0);
	else
		operation->audits |= REPORT_POSTURE;
}

/*
 * Decides about an object whose name could not be had whole. On the host no rule can have meant it, and a file system that is mounted nowhere
 * yet is how services get their credentials.
 */
static __always_inline void judge_lost(struct operation *operation, __u32 flags)
{
	count(PC_COUNT_UNRESOLVABLE);
	operation->flags |= PC_EVENT_UNRESOLVABLE;
	if (operation->object.slot != PC_HOST_SLOT && (flags & PC_HAS_BLOCK || (flags & PC_ALLOW_LIST && flags & PC_POSTURE_BLOCK)))
		deny(operation, 0);
	else
		judge_miss(operation, flags);
}

/* The list that applies to a name, by the index of its first entry. 0: there is none. */
static __always_inline __u32 list_of(const struct pc_state *state, __u32 left, __u32 category)
{
	const __u32 *lists = left == 0 ? state->exact : left == 1 ? state->child : state->below;

	return lists[category & 1];
}

/* Takes over into the operation what its list has said. */
static __always_inline void eval_end(const struct eval *eval, struct operation *operation, __u32 flags)
{
	__u32 decider = eval->decider;
	bool bad = decider & eval->violated;

	if (decider & EVAL_BROKEN) {
		count(PC_COUNT_IMAGE_INVALID);
		deny(operation, 0);
	} else if (decider & PC_ENTRY_BLOCK && (bad || !(decider & CONDITIONS))) {
		deny(operation, eval->rule_id);
	} else if (operation->access & ACCESS_BLOCK_ONLY) {
		return;
	} else if (decider & PC_ENTRY_ALLOW && bad) {
		deny(operation, 0);
	} else {
		if (!decider)
			judge_miss(operation, flags);
		if (eval->audit) {
			operation->audits |= eval->audit & EVAL_MORE ? REPORT_RULE | REPORT_MORE : REPORT_RULE;
			operation->audit_id = eval->audit_id;
		}
	}
}

/* Judges an operation by the list whose first entry this is. */
static __always_inline void judge_entries(const struct actor *actor, struct operation *operation, __u32 index,
					  const struct pc_settings *keys)
{
	const struct pc_header *header = actor->header;
	__u32 flags = category_flags(header, operation->category);
	struct eval eval = {};

	eval.index = index;
	if (!eval.index) {
		judge_miss(operation, flags);
		return;
	}
	eval.table = actor->table;
	eval.zero = keys->zero;
	eval.decider = eval.audit = eval.zero;
	eval.rule_id = eval.audit_id = eval.zero;
	eval.header = header;
	eval.task = actor->task;
	eval.violated = violations(operation, flags);
	eval.arguments = arguments_of(operation);
	if (operation->access & ACCESS_WRITE)
		eval.skipped = PC_ENTRY_QUIET;
	if (operation->access & ACCESS_PATHLESS) /* an Allow entry is not meant for a program that has lost its name */
		eval.skipped = PC_ENTRY_ALLOW;
	if (operation->access & ACCESS_ALIAS) /* another name outlives this task, so it does not matter who makes it */
		eval.any_source = PC_ENTRY_BLOCK;
	eval_list(&eval);
	eval_end(&eval, operation, flags);
}

/* Judges an operation by the list of the state that its name led to. */
static __noinline void judge_list(const struct actor *actor, struct operation *operation)
{
	const struct pc_state *state = table_element(actor->table, actor->header->states_at + operation->object.match.state);
	const struct pc_settings *keys = settings_call();

	if (!state || !keys) {
		count(PC_COUNT_IMAGE_INVALID);
		deny(operation, 0);
		return;
	}
	judge_entries(actor, operation, list_of(state, operation->object.match.left, operation->category), keys);
}

/* The list that applies to an object that has no name, by the index of its first entry. 0: there is none. */
static __always_inline __u32 list_of_number(void *table, const struct pc_header *header, const struct operation *operation)
{
	return edge_next(table, header->bucket_mask, PC_LEAF_STATE - operation->category, operation->object.match.state);
}

/* Finds the actor. True: the operation is to be judged. False: `operation` says already what is to come of it. */
static __always_inline bool judge_begin(struct actor *actor, struct operation *operation)
{
	enum actor_answer answer = actor_find(actor);

	if (answer == ACTOR_BROKEN)
		operation->verdict = -EACCES;
	return answer == ACTOR_FOUND;
}

#endif
