/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* When an execution asks about its program's arguments, and what becomes of it if they have changed since. */
#ifndef PORTCULLIS_EXEC_ARGUMENTS_H
#define PORTCULLIS_EXEC_ARGUMENTS_H

#include "event.h"

/* Finds out which sets of arguments have all of the program's, where a rule is about any. */
static __always_inline void ask_arguments(const struct actor *actor, struct operation *operation)
{
	__u64 sets = 0;

	if (category_flags(actor->header, PC_CATEGORY_PROCESS) & PC_ASKS_ARGS) {
		actor->task->program |= PC_PROGRAM_ARGUED;
		sets = arguments_begin(operation, actor->slot, actor->task->rounds - 1); /* this program is counted already */
	}
	operation->arguments = sets;
}

/* Ends the process where the arguments that a rule was asked about are not those that the program has. */
__noinline int judge_arguments(struct operation *operation)
{
	struct pc_task *task = task_of(bpf_get_current_task_btf());

	if (!operation || !task || !(task->program & PC_PROGRAM_ARGUED))
		return 0;
	if (!arguments_changed(operation)) {
		if (!arguments_hold())
			task->program &= ~PC_PROGRAM_ARGUED;
		return 0;
	}
	count(operation->verdict ? PC_COUNT_DENIED : PC_COUNT_AUDITED);
	report(operation);
	if (operation->verdict)
		actor_kill();
	return 0;
}

#endif
