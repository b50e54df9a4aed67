/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Mapping a file executable, which is another way to execute it. A dynamic loader that is started by hand (ld.so /bin/x) maps
 * the program that it executes. Every other mapping is one of a library.
 */
#ifndef PORTCULLIS_EXEC_MAP_H
#define PORTCULLIS_EXEC_MAP_H

#include "exec.h"

/*
 * Does the current task execute a program by mapping it: is its own program a dynamic loader, and what it maps no library? A
 * loader is a program that has the name of a library itself. By another name it is a program like any other, which has to
 * be allowed.
 */
static __always_inline bool loads_program(const struct pc_task *task, __u64 dentry)
{
	return task->loader && !is_library(dentry);
}

/* What a loader loads first is the program that it was started for. Like a script, it is a source beside the loader. */
static __always_inline void load_commit(struct pc_task *task, const struct operation *operation)
{
	if (task->loader != 1)
		return;
	task->loader = 2;
	if (task->script.depth) /* the loader is the interpreter of a script, which is the source already */
		return;
	exe_walk(&task->script, task, operation->object.dentry, operation->object.mount);
	task->table_id = 0;
}

/*
 * What a dynamic loader maps as its program is judged as an execution. For everything else Block rules count and allow-lists
 * do not, because every library would have to be in them.
 */
static __always_inline void judge_map(const struct actor *actor, struct operation *operation, const struct dentry *dentry,
				      bool loaded)
{
	__u32 flags = category_flags(actor->header, PC_CATEGORY_PROCESS);

	if (loaded) {
		if (nothing_to_judge(flags, ACCESS_WRITE))
			return;
		operation->access = 0;
		note_unlinked(operation, dentry);
	} else if (!(flags & PC_HAS_BLOCK) || (flags & PC_EXACT_ONLY && leaf_unknown(actor, dentry, PC_CATEGORY_PROCESS))) {
		return;
	}
	sources_refresh(actor);
	match_slow(actor, operation);
	if (loaded || operation->status != WALK_PATHLESS)
		judge(actor, operation);
}

static __always_inline int exec_map(struct file *file, unsigned long protection)
{
	struct task_struct *current = plain(struct task_struct, bpf_get_current_task_btf());
	struct operation operation;
	struct actor actor;

	if (!file || !(protection & PROT_EXEC))
		return 0;
	file = plain(struct file, file);
	__builtin_memset(&operation, 0, sizeof(operation));
	operation.category = PC_CATEGORY_PROCESS;
	operation.kind = PC_OP_MMAP_EXEC;
	operation.access = ACCESS_BLOCK_ONLY;
	operation.object.dentry = (__u64)file->f_path.dentry;
	operation.object.mount = (__u64)file->f_path.mnt;
	if (judge_begin(&actor, &operation)) {
		/* A program's mapping of itself is not judged again. */
		if (file->f_path.dentry != current->mm->exe_file->f_path.dentry) {
			bool loaded = loads_program(actor.task, operation.object.dentry);

			judge_map(&actor, &operation, file->f_path.dentry, loaded);
			if (loaded && !operation.verdict)
				load_commit(actor.task, &operation);
		}
		actor_end(&actor);
	}
	return finish(&operation);
}

#endif
