/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * A call of a hook, as its stub passes it on, judged: it becomes an operation, which is judged in the way that its kind needs, and then
 * reported. One body is for all hooks, so that the verifier looks only once at what they have in common.
 */
#ifndef PORTCULLIS_CALL_H
#define PORTCULLIS_CALL_H

#include "call_operation.h"
#include "exec_applet.h"
#include "number.h"
#include "file_open.h"
#include "file_write.h"

/* Judges what is known by its dentry, or comes from another process. What the own namespace does not show goes by its mount, if it has one. */
static __always_inline void judge_seen(struct operation *operation)
{
	__u64 mount = operation->object.mount;

	if (judge_names(operation))
		return;
	operation->object.mount = mount;
	if (mount)
		judge_opened(operation);
	else
		judge_nameless(operation);
}

static __always_inline void judge_way(struct operation *operation, enum way way, struct pc_call *call)
{
	switch (way) {
	case WAY_WRITE:
		judge_write(operation);
		break;
	case WAY_MOVE:
		judge_move(operation);
		break;
	case WAY_NAMES:
		judge_seen(operation);
		break;
	case WAY_EXEC:
		judge_exec(operation);
		break;
	case WAY_MAP:
		judge_map(operation);
		break;
	case WAY_ANONYMOUS:
		judge_anonymous(operation);
		break;
	case WAY_MOUNT_OVER:
	case WAY_MOUNT_MOVE:
	case WAY_MOUNT_TREE:
		judge_mount(operation, way);
		break;
	case WAY_LAYERS:
		judge_layers(operation, call->args[0]);
		break;
	case WAY_TRACE:
	case WAY_TRACED:
		judge_trace(operation, call->args[0], call->state, way == WAY_TRACED);
		break;
	case WAY_SIGNAL:
		judge_signal(operation, call->args[0]);
		break;
	case WAY_NUMBER:
		judge_number(operation, call);
		break;
	case WAY_CREATED:
		judge_number(operation, call);
		operation->audits = 0;
		break;
	case WAY_NONE:
		break;
	}
}

/* Judges what is an operation on an object, or two. */
static __always_inline int judge_operation(struct operation *operation, struct pc_call *call)
{
	enum way way = operation_of(operation, call);
	int result;

	judge_way(operation, way, call);
	result = finish(operation);
	if (result)
		return result;
	way = second_of(operation, call, way);
	if (way == WAY_NONE)
		return 0;
	judge_way(operation, way, call);
	return finish(operation);
}

static __always_inline int judge_committed(struct operation *operation, __u64 bprm)
{
	at_path(operation, LOAD(struct linux_binprm, bprm, file) + bpf_core_field_offset(struct file, f_path), WAY_NONE);
	operation->bprm = bprm;
	judge_arguments(operation);
	if (judge_executed(operation) && finish(operation))
		actor_kill();
	return exec_commit(operation, LOAD(struct linux_binprm, bprm, unsafe));
}

/* The answer to a call: 0 or -errno. */
static __always_inline int judge_call(struct pc_call *call)
{
	struct operation operation;
	__u64 first = call->args[0];

	__builtin_memset(&operation, 0, sizeof(operation));
	if (call->hook == PC_HOOK_file_open) /* before all others, because it is the most frequent by far */
		return file_open(&operation, call);
	switch (call->hook) {
	case PC_HOOK_bprm_creds_for_exec:
		return exec_begin();
	case PC_HOOK_bprm_committed_creds:
		return judge_committed(&operation, first);
	case PC_HOOK_task_prctl:
		claim_changed();
		return 0;
	}
	return judge_operation(&operation, call);
}

#endif
