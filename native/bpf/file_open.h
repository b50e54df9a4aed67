/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Opening files: by far the most frequent operation, and so the one with a fast way of its own. */
#ifndef PORTCULLIS_FILE_OPEN_H
#define PORTCULLIS_FILE_OPEN_H

#include "file.h"

/* The actor's task state, for what needs more of it than is at hand. NULL: it cannot be had now. */
static __always_inline struct pc_task *actor_task(struct actor *actor)
{
	if (!actor->task)
		actor->task = task_of(bpf_get_current_task_btf());
	return actor->task;
}

/* Judges what is opened, if there are rules for it. */
static __always_inline void judge_open(struct actor *actor, struct operation *operation)
{
	__u32 flags = category_flags(actor->header, PC_CATEGORY_FILE);
	__u64 dentry = operation->object.dentry, mount = operation->object.mount;
	__u64 leaf = LEAF_WALK;
	bool matched;

	if (nothing_to_judge(flags, operation->access))
		return;
	if (exact_only(flags))
		leaf = leaf_of(actor, cast(struct dentry, dentry), cast(struct vfsmount, mount)->mnt_root, PC_CATEGORY_FILE);
	if (leaf == LEAF_UNKNOWN)
		return;
	matched = !in_proc(mount) && match_fast(actor, operation, leaf == LEAF_WALK ? 0 : leaf);
	if (!matched || actor->header->source_words) {
		if (!actor_task(actor)) {
			operation->verdict = -EACCES;
			return;
		}
		sources_refresh(actor);
		if (!matched)
			match_opened(actor, operation);
	}
	if (operation->status != WALK_PATHLESS)
		judge(actor, operation);
}

/* An actor whose slot the stub has seen goes the fast way. For everyone else it is first found out who they are, as for a write. */
static __always_inline void open_quick(__u32 seen, struct operation *operation)
{
	struct actor actor;

	if (!have_cast() || !seen) {
		judge_opened(operation);
		return;
	}
	actor.task = NULL;
	actor.orphan = 0;
	actor.slot = seen - 1;
	if (!actor_table(&actor)) {
		operation->verdict = -EACCES;
		return;
	}
	if (has_presets_of_proc(&actor)) { /* the fast way does not ask for them */
		judge_opened(operation);
		return;
	}
	note_visible(&actor, operation);
	judge_open(&actor, operation);
}

/*
 * Does overlayfs open a file of one of its layers? It does so to copy it up or to list a directory, through mounts of its own
 * and with the rights of whoever mounted it. The task did not ask for that; what it asked for was judged before. This is asked
 * only where something would come of the operation.
 */
static __noinline bool is_of_layer(__u64 mount)
{
	struct task_struct *current = (struct task_struct *)bpf_get_current_task();

	return BPF_CORE_READ(current, cred) != BPF_CORE_READ(current, real_cred) && namespace_of(mount) >= ERROR_POINTER;
}

/* `operation` is all zero. */
static __always_inline int file_open(struct operation *operation, const struct pc_call *call)
{
	__u32 mode = call->args[1], flags = call->args[1] >> 32;

	if (mode & FMODE_NOACCOUNT)
		return 0;
	if (flags & FMODE_EXEC_FLAG) /* the kernel opens a program, which is judged as an execution */
		return 0;
	operation->category = PC_CATEGORY_FILE;
	operation->kind = PC_OP_OPEN;
	operation->open_flags = flags;
	operation->access = (mode & FMODE_WRITE) >> 1 | (flags & O_TRUNC) >> 9; /* ACCESS_WRITE, without a branch */
	operation->object.dentry = LOAD(struct file, call->args[0], f_path.dentry);
	operation->object.mount = LOAD(struct file, call->args[0], f_path.mnt);
	open_quick(call->seen ? call->seen : (__u32)call->state, operation); /* stubs of before pass it on there */
	if ((operation->verdict || operation->audits) && is_of_layer(operation->object.mount))
		return 0;
	return finish(operation);
}

#endif
