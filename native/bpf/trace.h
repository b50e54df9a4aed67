/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Tracing, which lends a program to somebody else: by ptrace, by /proc/PID/mem, process_vm_writev or pidfd_getfd. Whoever is no
 * source may not take one: with the rule table of the actor, the other task is no source that the actor is not itself (EPERM).
 * And signals, as far as the enforcer is concerned.
 */
#ifndef PORTCULLIS_TRACE_H
#define PORTCULLIS_TRACE_H

#include "exec.h"

#define PTRACE_MODE_ATTACH 0x02 /* without it the other's memory and descriptors are only looked at */

/*
 * May one of the two work with the other's program? `gives`: the actor is to be traced by the other, else it is the one who
 * traces. What has a source lends it to nobody who is not the same source. A name that is too deep to keep may be one.
 */
static __noinline bool may_trace(const struct actor *actor, const struct pc_task *other, bool gives)
{
	__u32 exe, script, own_exe, own_script;

	if (!actor->header->source_words)
		return true;
	sources_refresh(actor);
	own_exe = actor->task->exe.source_set;
	own_script = actor->task->script.source_set;
	exe = exe_set(actor->table, actor->header, &other->exe);
	script = exe_set(actor->table, actor->header, &other->script);
	if (exe == own_exe && script == own_script)
		return true;
	if (gives)
		return !own_exe && !own_script;
	return !exe && !script && other->exe.depth != PC_EXE_DEEP;
}

/* The enforcer is no actor's to trace or to end. The verdicts would stay in force without it, but nobody would hear of them. */
static __always_inline bool is_enforcer(const struct task_struct *task)
{
	const struct pc_settings *keys = settings_call();
	__u32 process = BPF_CORE_READ(task, tgid);

	return keys && keys->enforcer_pid && keys->enforcer_pid == process;
}

/* Denies what an actor does to another task, which is reported by its program. */
static __always_inline void deny_task(struct operation *operation, const struct actor *actor, const struct task_struct *other)
{
	__u64 file = (__u64)BPF_CORE_READ(other, mm, exe_file);

	asked_of(actor, operation);
	operation->object.dentry = (__u64)READ(struct file, file, f_path.dentry);
	operation->object.mount = (__u64)READ(struct file, file, f_path.mnt);
	operation->verdict = -EPERM;
}

static __always_inline int trace_judge(struct task_struct *other, bool gives)
{
	struct operation operation = { .access = ACCESS_WRITE, .kind = PC_OP_TRACE, .category = PC_CATEGORY_PROCESS };
	struct pc_task *task = task_of(other);
	bool enforcer = !gives && is_enforcer(other);
	struct actor actor;

	if (!enforcer && (!task || (!gives && task->state != PC_TASK_ARMED)))
		return 0;
	if (!judge_begin(&actor, &operation))
		return finish(&operation);
	if (enforcer || (task && !may_trace(&actor, task, gives)))
		deny_task(&operation, &actor, other);
	actor_end(&actor);
	return finish(&operation);
}

static __always_inline int signal_judge(struct task_struct *other)
{
	struct operation operation = { .access = ACCESS_WRITE, .kind = PC_OP_SIGNAL, .category = PC_CATEGORY_PROCESS };
	struct actor actor;

	if (!is_enforcer(other))
		return 0;
	if (!judge_begin(&actor, &operation))
		return finish(&operation);
	deny_task(&operation, &actor, other);
	actor_end(&actor);
	return finish(&operation);
}

#endif
