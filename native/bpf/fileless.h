/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Lists of rules that mean what an operation is like, and not what its object is called: the execution of a program that has no name (a memfd, or
 * a file that was unlinked or never linked), and what presets mean. They are asked before names. Their Audit rules are reported at the end, if
 * nothing else denies it.
 */
#ifndef PORTCULLIS_FILELESS_H
#define PORTCULLIS_FILELESS_H

#include "judge.h"

/* `index`: the first entry of the list. `report`: REPORT_*, if some Audit rule matches. It is a call, so that what it keeps is off the stack soon. */
static __noinline void judge_circumstance(const struct actor *actor, struct operation *operation, __u32 index, __u32 report)
{
	const struct pc_settings *keys = settings_call();
	struct eval eval = {};

	if (!index)
		return;
	if (!keys || index == BROKEN_STATE) {
		count(PC_COUNT_IMAGE_INVALID);
		deny(operation, 0);
		return;
	}
	eval.index = index;
	eval.table = actor->table;
	eval.zero = keys->zero;
	eval.decider = eval.audit = eval.zero;
	eval.rule_id = eval.audit_id = eval.zero;
	eval.header = actor->header;
	eval.task = actor->task;
	eval_list(&eval);
	asked_of(actor, operation);
	if (eval.decider) {
		if (eval.decider & EVAL_BROKEN)
			count(PC_COUNT_IMAGE_INVALID);
		deny(operation, eval.decider & EVAL_BROKEN ? 0 : eval.rule_id);
	} else if (eval.audit) {
		operation->audits |= report;
	}
}

/* The list of programs without a name is the exact one of the state that does not exist. */
static __always_inline void judge_fileless(const struct actor *actor, struct operation *operation)
{
	const struct pc_state *nowhere = table_element(actor->table, actor->header->states_at);

	judge_circumstance(actor, operation, nowhere ? nowhere->exact[PC_CATEGORY_PROCESS] : BROKEN_STATE, REPORT_FILELESS);
	if (operation->verdict)
		operation->flags |= PC_EVENT_PATHLESS;
}

#endif
