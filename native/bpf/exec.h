/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The process category, and how a task becomes a subject: what an exec will make of it is found out before the exec
 * (bprm_creds_for_exec), judged with (bprm_check_security), and comes true when it cannot fail any more
 * (bprm_committed_creds). Children inherit (task_alloc).
 */
#ifndef PORTCULLIS_EXEC_H
#define PORTCULLIS_EXEC_H

#include "file.h"

/* Keeps the name of a program that is being executed. */
static __noinline void exe_walk(struct pc_exe *exe, struct pc_tag *tag, __u64 dentry, __u64 mount)
{
	struct walk walk;

	walk.dentry = dentry;
	walk.mount = mount;
	walk_slow(&walk, &tag->ring);
	exe_keep(exe, &walk, &tag->ring);
}

/*
 * Has the file the name of a shared library: an end ".so", or ".so." in it? What it ends with is looked at, which has room
 * for any version there is.
 */
#define NAME_END 48
static __noinline bool is_library(__u64 dentry)
{
	__u32 length = READ(struct dentry, dentry, d_name.len), skip = 0, word = 0;
	__u64 name = (__u64)READ(struct dentry, dentry, d_name.name);
	char end[NAME_END + 1] = {};

	if (length > NAME_END)
		skip = length - NAME_END;
	length -= skip;
	bound(length, 63);
	if (length > NAME_END || bpf_probe_read_kernel(end, length, (const void *)(name + skip)))
		return false;
	for (int i = 0; i <= NAME_END; i++) {
		word = word << 8 | (__u8)end[i];
		if (word == 0x2e736f2e || word == 0x2e736f00) /* ".so." and ".so" at the end */
			return true;
	}
	return false;
}

/* A child is what its parent is, or is not made. */
static __always_inline int task_inherit(struct task_struct *child)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pc_tag *tag = tag_of(task);

	if (!tag) {
		subject_late();
		tag = tag_of(task);
		if (!tag) /* counted; the child will be asked at its first hook */
			return 0;
	}
	if (bpf_task_storage_get(&tags, child, tag, BPF_LOCAL_STORAGE_GET_F_CREATE))
		return 0;
	count(PC_COUNT_TAG_ALLOC_FAILED);
	if (tag->state != PC_TAG_ARMED)
		return 0;
	count(PC_COUNT_FORK_REFUSED);
	return -ENOMEM;
}

static __always_inline int exec_begin(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pc_tag *tag = bpf_task_storage_get(&tags, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	__u32 slot = 0;

	if (!tag) {
		count(PC_COUNT_TAG_ALLOC_FAILED);
		return 0;
	}
	tag->rounds = 0;
	if (tag->state == PC_TAG_ARMED) {
		tag->pending_state = PC_TAG_ARMED;
		tag->pending_slot = tag->slot;
		return 0;
	}
	tag->bind_generation = bind_generation_now();
	tag->pending_state = resolve(&slot);
	tag->pending_slot = slot;
	return 0;
}

/*
 * The task as subject of an exec: by its own slot, or by the one the exec takes it to. On the way in it has no source:
 * the runtime is none.
 */
static __always_inline enum subject_answer subject_of_exec(struct subject *subject, struct pc_tag *tag)
{
	if (!tag)
		return subject_find(subject);
	subject->orphan = 0;
	subject->tag = tag;
	subject->slot = 0;
	if (tag->pending_state != PC_TAG_ARMED)
		return SUBJECT_NONE;
	subject->slot = tag->pending_slot;
	return subject_image(subject) ? SUBJECT_FOUND : SUBJECT_BROKEN;
}

/* Where the new program's arguments are: execve(path, argv, …), execveat(fd, path, argv, …). */
static __always_inline __u64 exec_argv(struct task_struct *task)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);

	return SYSCALL_NR(regs) == NR_EXECVEAT ? SYSCALL_ARG(regs, 2) : SYSCALL_ARG(regs, 1);
}

/* An unlinked program has no name any more, but the one it had is still blocked. */
static __always_inline void note_unlinked(struct operation *operation, const struct dentry *dentry)
{
	if (dentry->d_hash.pprev)
		return;
	operation->access |= ACCESS_PATHLESS;
	operation->flags |= PC_EVENT_PATHLESS;
}

static __always_inline int exec_check(struct linux_binprm *bprm)
{
	struct task_struct *task = bpf_get_current_task_btf();
	const struct path *path = &plain(struct linux_binprm, bprm)->file->f_path;
	struct operation operation;
	struct subject subject;
	enum subject_answer answer;
	struct pc_tag *tag = tag_of(task);

	if (tag && tag->pending_state == PC_TAG_HOST)
		return 0;
	__builtin_memset(&operation, 0, sizeof(operation));
	operation.category = PC_CATEGORY_PROCESS;
	operation.kind = PC_OP_EXEC;
	operation.argv = exec_argv(task);
	operation.object.dentry = (__u64)path->dentry;
	operation.object.mount = (__u64)path->mnt;
	answer = subject_of_exec(&subject, tag);
	if (answer == SUBJECT_BROKEN)
		operation.verdict = -EACCES;
	if (subject.tag && !subject.tag->rounds++)
		exe_walk(&subject.tag->pending, subject.tag, operation.object.dentry, operation.object.mount);
	if (answer == SUBJECT_FOUND) {
		note_unlinked(&operation, path->dentry);
		if (!nothing_to_judge(category_flags(subject.header, PC_CATEGORY_PROCESS), ACCESS_WRITE)) {
			if (subject.tag->state == PC_TAG_ARMED) /* else it is the runtime that calls, which is no source */
				sources_refresh(&subject);
			match_slow(&subject, &operation);
			judge(&subject, &operation);
		}
		subject_end(&subject);
	}
	return finish(&operation);
}

/* The exec has happened: the task is what was found before, and has a new source. */
static __always_inline void exec_commit(struct linux_binprm *bprm)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pc_tag *tag = tag_of(task);
	const struct path *path;

	if (!tag)
		return;
	if (tag->state != PC_TAG_ARMED) {
		if (tag->pending_state == PC_TAG_ARMED)
			count(PC_COUNT_ARMED);
		tag->slot = tag->pending_slot;
		tag->state = tag->pending_state;
	}
	tag->generation = 0;
	tag->script.depth = 0;
	tag->loader = 0;
	if (tag->state == PC_TAG_HOST)
		return;
	path = &plain(struct linux_binprm, bprm)->file->f_path;
	tag->loader = is_library((__u64)path->dentry);
	if (tag->rounds == 1) {
		tag->exe = tag->pending;
		return;
	}
	if (tag->rounds > 1)
		tag->script = tag->pending;
	exe_walk(&tag->exe, tag, (__u64)path->dentry, (__u64)path->mnt);
}

/*
 * Does the current task execute a program by mapping it: is its own program a dynamic loader (ld.so /bin/x), and what it
 * maps no library? A loader is a program that has the name of a library itself; by another name it is just a program that
 * has to be allowed.
 */
static __always_inline bool loads_program(const struct pc_tag *tag, __u64 dentry)
{
	return tag->loader && !is_library(dentry);
}

/* What a loader loads first is the program it was started for: as a script is, a source beside the loader. */
static __always_inline void load_commit(struct pc_tag *tag, const struct operation *operation)
{
	if (tag->loader != 1)
		return;
	tag->loader = 2;
	if (tag->script.depth) /* it is the interpreter of one */
		return;
	exe_walk(&tag->script, tag, operation->object.dentry, operation->object.mount);
	tag->generation = 0;
}

/*
 * A file mapped executable is executed in another way. What a dynamic loader maps as its program is judged as an
 * execution. For everything else Block rules hold, and allow-lists do not: every library would have to be in them.
 */
static __always_inline void judge_map(const struct subject *subject, struct operation *operation, const struct dentry *dentry,
				      bool loaded)
{
	__u32 flags = category_flags(subject->header, PC_CATEGORY_PROCESS);

	if (loaded) {
		if (nothing_to_judge(flags, ACCESS_WRITE))
			return;
		operation->access = 0;
		note_unlinked(operation, dentry);
	} else if (!(flags & PC_HAS_BLOCK) ||
		   (flags & PC_EXACT_ONLY && leaf_unknown(subject, dentry, PC_CATEGORY_PROCESS))) {
		return;
	}
	sources_refresh(subject);
	match_slow(subject, operation);
	if (loaded || operation->status != WALK_PATHLESS)
		judge(subject, operation);
}

static __always_inline int exec_map(struct file *file, unsigned long protection)
{
	struct task_struct *task = plain(struct task_struct, bpf_get_current_task_btf());
	struct operation operation;
	struct subject subject;

	if (!file || !(protection & PROT_EXEC))
		return 0;
	file = plain(struct file, file);
	__builtin_memset(&operation, 0, sizeof(operation));
	operation.category = PC_CATEGORY_PROCESS;
	operation.kind = PC_OP_MMAP_EXEC;
	operation.access = ACCESS_BLOCK_ONLY;
	operation.object.dentry = (__u64)file->f_path.dentry;
	operation.object.mount = (__u64)file->f_path.mnt;
	if (judge_begin(&subject, &operation)) {
		/* A program's own mapping is not judged again. */
		if (file->f_path.dentry != task->mm->exe_file->f_path.dentry) {
			bool loaded = loads_program(subject.tag, operation.object.dentry);

			judge_map(&subject, &operation, file->f_path.dentry, loaded);
			if (loaded && !operation.verdict)
				load_commit(subject.tag, &operation);
		}
		subject_end(&subject);
	}
	return finish(&operation);
}

#endif
