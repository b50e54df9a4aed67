/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * One name, judged: as what the operation is, and where the operation gives the object another name or place, also by the rules
 * that would not apply there any more.
 */
#ifndef PORTCULLIS_ALIAS_H
#define PORTCULLIS_ALIAS_H

#include "audit.h"

/* Judges by the name that was walked, and by no other. */
static __always_inline void judge_walked(const struct actor *actor, struct operation *operation)
{
	__u32 flags = category_flags(actor->header, operation->category);

	if (operation->status == WALK_PATHLESS) {
		operation->flags |= PC_EVENT_PATHLESS;
		judge_miss(operation, flags);
	} else if (operation->status != WALK_DONE || (operation->deep && match_deep(&operation->object))) {
		operation->status = WALK_LOST;
		judge_lost(operation, flags);
	} else {
		operation->deep = 0;
		judge_list(actor, operation);
	}
}

/* Judges what is given another name or place: is the name of a Block rule below it, or is it a program that is one's source? */
static __always_inline void judge_guard(const struct actor *actor, struct operation *operation)
{
	const struct pc_state *state;
	__u32 rule;

	state = table_element(actor->table, actor->header->states_at + operation->object.match.state);
	if (!state || operation->object.match.left)
		return;
	rule = state->guard[PC_CATEGORY_FILE];
	operation->category = PC_CATEGORY_FILE;
	if (!rule) {
		rule = state->guard[PC_CATEGORY_PROCESS];
		operation->category = PC_CATEGORY_PROCESS;
	}
	if (!rule)
		return;
	operation->flags |= PC_EVENT_GUARD;
	deny(operation, rule);
}

/*
 * Judges the making of another name or place for an object: as a write, then by the Block rules of the process category, which
 * would not apply to the new name, then by the rules for what lies below, and by those of which it is the
 * source.
 */
static __always_inline void judge_alias(const struct actor *actor, struct operation *operation)
{
	__u8 access = operation->access;

	judge_walked(actor, operation);
	if (operation->verdict || operation->status != WALK_DONE)
		return;
	operation->access |= ACCESS_BLOCK_ONLY;
	operation->category = PC_CATEGORY_PROCESS;
	judge_list(actor, operation);
	if (!operation->verdict)
		judge_guard(actor, operation);
	operation->access = access;
	if (!operation->verdict)
		operation->category = PC_CATEGORY_FILE;
}

#endif
