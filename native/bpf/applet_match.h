/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* From the state of a multi-call program to that of its applet, whose rules are asked instead: applet.h. */
#ifndef PORTCULLIS_APPLET_MATCH_H
#define PORTCULLIS_APPLET_MATCH_H

#include "applet.h"
#include "match.h"

/* Is some rule on an applet? */
static __always_inline bool has_applets(const struct actor *actor)
{
	return actor->header->presets & 1 << PC_PRESET_NONE;
}

/* The state that an applet's edge leads to. 0: there is none. */
static __noinline __u32 applet_state(const struct actor *actor, const struct operation *operation, __u64 hash)
{
	const struct pc_settings *keys = settings_get();
	struct lanes lanes;

	if (!keys)
		return BROKEN_STATE;
	if (hash == APPLET_UNKNOWN) {
		applet_begin(&lanes, keys);
		hash = lanes_end(&lanes);
	}
	return edge_next(actor->table, actor->header->bucket_mask, operation->object.match.state, hash);
}

/* Has the operation's object led to the name of a multi-call program, some of whose applets have rules? */
static __always_inline bool is_multi_call(const struct actor *actor, const struct operation *operation)
{
	return operation->status == WALK_DONE && !operation->deep && !operation->object.match.left &&
	       applet_state(actor, operation, APPLET_UNKNOWN);
}

/* What the current execution was found to be; APPLET_UNKNOWN, if the operation is none, or nothing was found out. */
static __always_inline __u64 applet_of(const struct actor *actor, const struct operation *operation)
{
	const struct exec_arguments *noted;

	if (operation->kind != PC_OP_EXEC || !(actor->task->program & PC_PROGRAM_APPLET))
		return APPLET_UNKNOWN;
	noted = bpf_task_storage_get(&exec_arguments, bpf_get_current_task_btf(), 0, 0);
	return noted ? noted->applet : APPLET_UNKNOWN;
}

/*
 * Goes on to the state of the applet, if it has one. What maps a multi-call program, and does not execute it, may become any applet. False: which
 * it is, is known only when the execution has happened.
 */
static __noinline bool match_applet(const struct actor *actor, struct operation *operation)
{
	__u64 applet;
	__u32 next;

	if (!has_applets(actor) || !is_multi_call(actor, operation))
		return true;
	applet = applet_of(actor, operation);
	next = applet_state(actor, operation, applet);
	if (next)
		operation->object.match.state = next;
	return applet != APPLET_LATER;
}

/* Notes which applet the program that is about to be executed would be, if it is a multi-call program: before that is known, as long as its bprm is. */
static __noinline void ask_applet(const struct actor *actor, const struct operation *operation)
{
	struct exec_arguments *noted;

	if (!has_applets(actor))
		return;
	noted = bpf_task_storage_get(&exec_arguments, bpf_get_current_task_btf(), 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!noted) /* it counts as any applet */
		return;
	noted->applet = applet_asked(operation->bprm, actor->task->rounds - 1); /* this program is counted already */
	actor->task->program |= PC_PROGRAM_APPLET;
}

#endif
