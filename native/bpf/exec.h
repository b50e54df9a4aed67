/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Executing programs, and how a task becomes an actor by it. What an exec will make of a task is found out before it begins
 * (bprm_creds_for_exec), the exec is judged with that (bprm_check_security), and it comes true when the exec cannot fail any
 * more (bprm_committed_creds). Children inherit (task_alloc).
 */
#ifndef PORTCULLIS_EXEC_H
#define PORTCULLIS_EXEC_H

#include "bytes.h"
#include "earned.h"
#include "exec_arguments.h"
#include "preset.h"

/*
 * Keeps the name of a program that is being executed. Where an actor has changed a mount, it is the name at home: a program that
 * was mounted over another one is not that one. Returns the walk, as WALKED(), if it was that of the mount that is given: its hashes are still in the
 * task's window then.
 */
static __noinline __u64 exe_walk(struct pc_exe *exe, struct pc_task *task, __u64 dentry, __u64 mount)
{
	struct pc_home *home = home_of(task->slot);
	bool changed = task->state == PC_TASK_ARMED && home && home->changed;
	struct walk walk;

	if (changed)
		mount = home_mount(dentry, task->slot);
	if (!mount) {
		exe->depth = PC_EXE_NAMELESS;
		return WALKED(0, WALK_MORE, 0);
	}
	walk.dentry = dentry;
	walk.mount = mount;
	walk.dotted = 0;
	walk_slow(&walk, &task->window);
	exe_keep(exe, &walk, &task->window);
	return changed ? WALKED(0, WALK_MORE, 0) : WALKED(walk.depth, walk.status, walk.dotted);
}

/*
 * Has the file the name of a shared library: does it end in ".so", or is ".so." in it? Only the end of the name is looked at,
 * which has room for any version there is.
 */
#define NAME_END 48
static __noinline bool is_library(__u64 dentry)
{
	__u32 length = READ(struct dentry, dentry, d_name.len), skip = 0, word = 0;
	__u64 name = (__u64)READ(struct dentry, dentry, d_name.name);
	__u64 end[NAME_END / 8 + 1] = {}, dots = 0;

	if (length > NAME_END)
		skip = length - NAME_END;
	length -= skip;
	bound(length, 63);
	if (length > NAME_END || bpf_probe_read_kernel(end, length, (const void *)(name + skip)))
		return false;
	for (int i = 0; i < NAME_END / 8; i++)
		dots |= marks_of(end[i], '.');
	if (!dots)
		return false;
	for (int i = 0; i <= NAME_END; i++) {
		word = word << 8 | ((__u8 *)end)[i];
		if (word == 0x2e736f2e || word == 0x2e736f00) /* ".so." and ".so" at the end */
			return true;
	}
	return false;
}

/* A child is what its parent is, or it is not made. Only the host's children may go without a state: they get one at their first hook. */
static __always_inline int task_inherit(struct task_struct *child)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct pc_task *task = task_of(current);

	if (!task) {
		actor_late();
		task = task_of(current);
	}
	if (task && task_made(child, task))
		return 0;
	count(PC_COUNT_TAG_ALLOC_FAILED);
	if (task ? task->state == PC_TASK_HOST || is_host_actor(task) : in_host_namespace(settings_call()))
		return 0;
	count(PC_COUNT_FORK_REFUSED);
	return -ENOMEM;
}

/* Who executes in a container takes nothing of the host with it: the sources of the container's rules are others. */
static __always_inline void sources_leave(struct pc_task *task)
{
	task->exe.depth = task->exe.source_set = 0;
	task->script.depth = task->script.source_set = 0;
	task->table_id = 0;
}

/* What is not surely the host's does not execute without a state: what it would become could not be noted. */
__noinline int exec_begin(void)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct pc_task *task = task_made(current, 0);
	__u32 slot = 0;

	if (!task) {
		count(PC_COUNT_TAG_ALLOC_FAILED);
		return in_host_namespace(settings_call()) ? 0 : -EACCES;
	}
	task->rounds = 0;
	task->program &= ~(PC_PROGRAM_ARGUED | PC_PROGRAM_APPLET);
	if (task->state == PC_TASK_NONE || task->state == PC_TASK_UNRESOLVED)
		actor_late(); /* if it is bound by now, it is an actor with a program of its own, which is a source */
	task->pending_slot = task->slot;
	task->pending_state = PC_TASK_ARMED;
	if (task->state == PC_TASK_ARMED && task->slot != PC_HOST_SLOT)
		return 0;
	task->bind_epoch = bind_epoch_now();
	task->pending_state = resolve(task, &slot);
	if (task->pending_state == PC_TASK_UNRESOLVED && task->state != PC_TASK_UNRESOLVED)
		task->cgroup = bpf_get_current_cgroup_id();
	task->pending_slot = slot;
	if (task->state == PC_TASK_ARMED && slot != PC_HOST_SLOT)
		sources_leave(task);
	return 0;
}

/*
 * The task as the actor of an exec: of its own slot, or of the one to which the exec takes it. On the way in it has no source,
 * because the container runtime that executes is none.
 */
static __always_inline enum actor_answer actor_of_exec(struct actor *actor, struct pc_task *task)
{
	if (!task)
		return actor_find(actor);
	actor->orphan = 0;
	actor->task = task;
	actor->slot = 0;
	if (task->pending_state != PC_TASK_ARMED)
		return ACTOR_NONE;
	if (task->pending_slot == PC_HOST_SLOT && host_left())
		return ACTOR_NONE;
	actor->slot = task->pending_slot;
	return actor_table(actor) ? ACTOR_FOUND : ACTOR_BROKEN;
}

/* An unlinked program has no name any more, but the one that it had is still blocked. */
static __always_inline void note_unlinked(struct operation *operation)
{
	if (!is_unlinked(operation->object.dentry))
		return;
	operation->access |= ACCESS_PATHLESS;
	operation->flags |= PC_EVENT_PATHLESS;
}

/* Judges the execution of the program that the operation holds, and keeps its name. */
__noinline int judge_exec(struct operation *operation)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct pc_task *task = task_of(current);
	enum actor_answer answer;
	struct actor actor;

	if (!operation || (task && task->pending_state == PC_TASK_HOST))
		return 0;
	operation->category = PC_CATEGORY_PROCESS;
	operation->kind = PC_OP_EXEC;
	answer = actor_of_exec(&actor, task);
	if (answer == ACTOR_BROKEN)
		operation->verdict = -EACCES;
	if (actor.task && !actor.task->rounds++) {
		__u64 walked = exe_walk(&actor.task->pending, actor.task, operation->object.dentry, operation->object.mount);

		if (answer == ACTOR_FOUND)
			match_walked(&actor, operation, walked);
	}
	if (answer != ACTOR_FOUND)
		return 0;
	note_unlinked(operation);
	note_visible(&actor, operation);
	ask_applet(&actor, operation);
	ask_arguments(&actor, operation);
	if (actor.header->presets)
		judge_exec_presets(&actor, operation);
	if (!operation->verdict && !nothing_to_judge(category_flags(actor.header, PC_CATEGORY_PROCESS), ACCESS_WRITE)) {
		if (actor.task->state == PC_TASK_ARMED && actor.task->slot == actor.slot) /* else the container runtime calls, and it is no source */
			sources_refresh(&actor);
		if (operation->access & ACCESS_PATHLESS)
			judge_fileless(&actor, operation);
		if (!operation->verdict) {
			if (operation->status == WALK_MORE)
				match_slow(&actor, operation);
			if (match_applet(&actor, operation))
				judge(&actor, operation);
		}
	}
	actor_end(&actor);
	return 0;
}

/* What the exec has made of the task's state. */
static __always_inline void state_commit(struct pc_task *task)
{
	bool host = is_host_actor(task);

	if (task->state != PC_TASK_ARMED || (host && (task->pending_state != PC_TASK_ARMED || task->pending_slot != PC_HOST_SLOT))) {
		if (task->pending_state == PC_TASK_ARMED) {
			count(PC_COUNT_ARMED);
			home_begin(task->pending_slot, host || task->state == PC_TASK_HOST);
		}
		task->slot = task->pending_slot;
		task->state = task->pending_state;
	}
	task->table_id = 0;
	task->exe.depth = 0;
	task->script.depth = 0;
	task->program &= PC_PROGRAM_ARGUED;
}

/* The exec of a program has happened: the task is now what was found out before, and has other sources. `unsafe` is that of the bprm. */
__noinline int exec_commit(const struct operation *operation, __u32 unsafe)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct pc_task *task = task_of(current);

	__u64 dentry, mount;

	if (!operation)
		return 0;
	dentry = operation->object.dentry;
	mount = operation->object.mount;
	if (!task) { /* what it has become cannot be noted, and it is too late to refuse */
		count(PC_COUNT_TAG_MISSING);
		if (!in_host_namespace(settings_call()))
			actor_kill();
		return 0;
	}
	state_commit(task);
	if (task->state == PC_TASK_HOST)
		return 0;
	task->program |= program_flags(dentry, mount, unsafe, is_library(dentry));
	if (task->rounds == 1) {
		task->exe = task->pending;
		return 0;
	}
	if (task->rounds > 1)
		task->script = task->pending;
	exe_walk(&task->exe, task, dentry, mount);
	return 0;
}

#endif
