/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The execution of a program that has no name: a memfd, or a file that was unlinked or never linked. Rules that mean just that have one list,
 * which is asked before the names that the file may have had. Their Audit rules are reported at the end, if nothing else denies it.
 */
#ifndef PORTCULLIS_FILELESS_H
#define PORTCULLIS_FILELESS_H

#include "judge.h"

/* The list of such rules is the exact one of the state that does not exist. It is a call, so that what it keeps is off the stack soon. */
static __noinline void judge_fileless(const struct actor *actor, struct operation *operation)
{
	const struct pc_state *nowhere = table_element(actor->table, actor->header->states_at);
	const struct pc_settings *keys = settings_call();
	struct eval eval = {};

	if (!nowhere || !keys) {
		count(PC_COUNT_IMAGE_INVALID);
		deny(operation, 0);
		return;
	}
	eval.index = nowhere->exact[PC_CATEGORY_PROCESS];
	if (!eval.index)
		return;
	eval.table = actor->table;
	eval.zero = keys->zero;
	eval.decider = eval.audit = eval.zero;
	eval.rule_id = eval.audit_id = eval.zero;
	eval.header = actor->header;
	eval.task = actor->task;
	eval_list(&eval);
	if (eval.decider) {
		if (eval.decider & EVAL_BROKEN)
			count(PC_COUNT_IMAGE_INVALID);
		asked_of(actor, operation);
		operation->flags |= PC_EVENT_PATHLESS;
		deny(operation, eval.decider & EVAL_BROKEN ? 0 : eval.rule_id);
	} else if (eval.audit) {
		operation->audits |= REPORT_FILELESS;
	}
}

#endif
