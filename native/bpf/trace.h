/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Tracing, which lends a program to somebody else: by ptrace, by /proc/PID/mem, process_vm_writev or pidfd_getfd. Whoever is no
 * source may not take one: with the rule table of the actor, the other task is no source that the actor is not itself (EPERM).
 * Nor may anybody rewrite the arguments that a rule has let a program have, which would be used after they were compared.
 * And signals, as far as the enforcer is concerned.
 */
#ifndef PORTCULLIS_TRACE_H
#define PORTCULLIS_TRACE_H

#include "exec.h"

#define PTRACE_MODE_ATTACH 0x02 /* without it the other's memory and descriptors are only looked at */

/* Is another task an actor? `state`: the address of its struct pc_task. */
static __always_inline bool is_armed(__u64 state)
{
	__u32 value = PC_TASK_NONE;

	bpf_probe_read_kernel(&value, sizeof(value), (const void *)(state + __builtin_offsetof(struct pc_task, state)));
	return value == PC_TASK_ARMED;
}

/* Has a rule let another task's program have the arguments that it has? `state`: as in is_armed(). */
static __always_inline bool is_argued(__u64 state)
{
	__u32 program = PC_PROGRAM_ARGUED;

	bpf_probe_read_kernel(&program, sizeof(program), (const void *)(state + __builtin_offsetof(struct pc_task, program)));
	return program & PC_PROGRAM_ARGUED;
}

/* The source set of another task's program, with the rule table of the actor. `at`: the address of its struct pc_exe. */
static __noinline __u32 other_set(const struct actor *actor, __u64 at, bool *deep)
{
	struct pc_exe exe;

	if (bpf_probe_read_kernel(&exe, sizeof(exe), (const void *)at)) /* does not happen */
		exe.depth = PC_EXE_DEEP;
	if (deep)
		*deep = exe.depth == PC_EXE_DEEP;
	return exe_set(actor->table, actor->header, &exe);
}

/*
 * May one of the two work with the other's program? `gives`: the actor is to be traced by the other, else it is the one who
 * traces. What has a source lends it to nobody who is not the same source. A name that is too deep to keep may be one.
 */
static __noinline bool may_trace(const struct actor *actor, __u64 other, bool gives)
{
	__u32 exe, script, own_exe, own_script;
	bool deep;

	if (!actor->header->source_words)
		return true;
	sources_refresh(actor);
	own_exe = actor->task->exe.source_set;
	own_script = actor->task->script.source_set;
	exe = other_set(actor, other + __builtin_offsetof(struct pc_task, exe), &deep);
	script = other_set(actor, other + __builtin_offsetof(struct pc_task, script), NULL);
	if (exe == own_exe && script == own_script)
		return true;
	if (gives)
		return !own_exe && !own_script;
	return !exe && !script && !deep;
}

/* The enforcer is no container's to trace or to end. The verdicts would stay in force without it, but nobody would hear of them. */
static __always_inline bool is_enforcer(__u64 task)
{
	const struct pc_settings *keys = settings_call();
	__u32 process = READ(struct task_struct, task, tgid);

	return keys && keys->enforcer_pid && keys->enforcer_pid == process;
}

/* Denies what an actor does to another task, which is reported by its program. */
static __always_inline void deny_task(struct operation *operation, const struct actor *actor, __u64 other)
{
	__u64 memory = (__u64)READ(struct task_struct, other, mm), file = (__u64)READ(struct mm_struct, memory, exe_file);

	asked_of(actor, operation);
	operation->object.dentry = (__u64)READ(struct file, file, f_path.dentry);
	operation->object.mount = (__u64)READ(struct file, file, f_path.mnt);
	operation->verdict = -EPERM;
}

/*
 * Judges that one task traces another. `other`: the address of the one that does not act; `state`: of its struct pc_task, 0: it has
 * none. `gives`: as in may_trace().
 */
__noinline int judge_trace(struct operation *operation, __u64 other, __u64 state, bool gives)
{
	bool enforcer = !gives && is_enforcer(other);
	struct actor actor;

	if (!operation || (!enforcer && !state))
		return 0;
	if (!enforcer && !gives && !is_armed(state))
		return 0;
	if (!judge_begin(&actor, operation))
		return 0;
	enforcer = enforcer && actor.slot != PC_HOST_SLOT; /* the host's init and runtimes have to end it, and may */
	if (enforcer || (state && ((!gives && is_argued(state)) || !may_trace(&actor, state, gives))))
		deny_task(operation, &actor, other);
	actor_end(&actor);
	return 0;
}

__noinline int judge_signal(struct operation *operation, __u64 other)
{
	struct actor actor;

	if (!operation || !is_enforcer(other) || !judge_begin(&actor, operation))
		return 0;
	if (actor.slot != PC_HOST_SLOT)
		deny_task(operation, &actor, other);
	actor_end(&actor);
	return 0;
}

#endif
