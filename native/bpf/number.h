/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Operations on what has no name, judged: from the number of the object to its list. A socket that was found allowed is not judged
 * again as long as it is used with the same rules and by the same sources.
 */
#ifndef PORTCULLIS_NUMBER_H
#define PORTCULLIS_NUMBER_H

#include "number_quick.h"

#define ANSWER 4 /* the argument of a call in which the body answers what pc_socket.judged is to be */

/* What stands for the rules that judge, and for the sources that the actor is. 0: what decides may change from one moment to the next. */
static __always_inline __u64 judged_with(const struct actor *actor, __u32 flags)
{
	const struct pc_task *task = actor->task;
	__u64 with = judged_by(actor->header);

	if (flags & PC_ASKS_TTY)
		return 0;
	if (actor->header->source_words)
		with += ((__u64)task->exe.source_set << 32 | task->script.source_set) * PC_BUCKET_MULTIPLIER +
			(task->program & (PC_PROGRAM_UNEARNED | PC_PROGRAM_BORROWED));
	return with;
}

/* `known`: the address of a struct pc_socket; 0: nothing is known of the object. */
static __always_inline bool was_judged(__u64 known, __u64 with)
{
	__u64 judged = 0;

	if (!known || !with)
		return false;
	bpf_probe_read_kernel(&judged, sizeof(judged), (const void *)known);
	return judged == with;
}

/* It is a call, so that its stack is free again before anything else is called. */
static __noinline void judge_list_of_number(const struct actor *actor, struct operation *operation)
{
	const struct pc_settings *keys = settings_call();

	if (keys)
		judge_entries(actor, operation, list_of_number(actor->table, actor->header, operation), keys);
	else
		deny(operation, 0);
}

/* Judges an operation whose object is a number. */
__noinline int judge_number(struct operation *operation, struct pc_call *call)
{
	struct actor actor;
	__u32 flags;
	__u64 with;

	if (!operation || !call || !judge_begin(&actor, operation))
		return 0;
	note_visible(&actor, operation);
	flags = category_flags(actor.header, operation->category);
	if (nothing_to_judge(flags, 0) && !operation->audits)
		goto end;
	sources_refresh(&actor);
	with = judged_with(&actor, flags);
	if (was_judged(call->state, with)) {
		if (operation->kind == PC_OP_SOCKET_SEND) /* what was told of it when it was made or connected is enough */
			operation->audits = 0;
		goto end;
	}
	judge_list_of_number(&actor, operation);
	if (!operation->verdict)
		call->args[ANSWER] = with;
	else if (operation->category == PC_CATEGORY_CAPABILITIES)
		operation->verdict = -EPERM;
end:
	actor_end(&actor);
	return 0;
}

#endif
