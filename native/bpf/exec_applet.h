/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* What becomes of a multi-call program that has been executed, if it is another applet than it was judged as. */
#ifndef PORTCULLIS_EXEC_APPLET_H
#define PORTCULLIS_EXEC_APPLET_H

#include "exec.h"

/*
 * Judges what has been executed once more where it is another applet than was asked about. 0: it is none. Else the caller is to finish the operation,
 * because stack is scarce, and a denial is to end the process.
 */
__noinline int judge_executed(struct operation *operation)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct pc_task *task = task_of(current);
	struct exec_arguments *noted;
	struct actor actor;
	__u64 hash;

	if (!operation || !task || !(task->program & PC_PROGRAM_APPLET))
		return 0;
	noted = bpf_task_storage_get(&exec_arguments, current, 0, 0);
	if (!noted || noted->applet == APPLET_UNKNOWN) /* all of them were asked */
		return 0;
	hash = applet_executed(operation->bprm);
	if (noted->applet == hash)
		return 0;
	noted->applet = hash;
	operation->arguments = 0;
	operation->category = PC_CATEGORY_PROCESS;
	operation->kind = PC_OP_EXEC;
	operation->access = ACCESS_COMMITTED;
	if (actor_of_exec(&actor, task) != ACTOR_FOUND)
		return 0;
	asked_of(&actor, operation);
	if (actor.task->state == PC_TASK_ARMED && actor.task->slot == actor.slot)
		sources_refresh(&actor);
	match_slow(&actor, operation);
	match_applet(&actor, operation);
	judge(&actor, operation);
	actor_end(&actor);
	return 1;
}

#endif
