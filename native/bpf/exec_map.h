/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Mapping a file executable, at once or later, which is another way to execute it. A dynamic loader that is started by hand (ld.so /bin/x) maps
 * the program that it executes. Every other mapping is one of a library.
 */
#ifndef PORTCULLIS_EXEC_MAP_H
#define PORTCULLIS_EXEC_MAP_H

#include "exec.h"

/*
 * Does the current task execute a program by mapping it: is its own program a dynamic loader, and what it maps no library or the
 * first thing that it maps, whatever its name? A loader is a program that has the name of a library itself. By another name it
 * is a program like any other, which has to be allowed.
 */
static __always_inline bool loads_program(const struct pc_task *task, __u64 dentry)
{
	return task->program & PC_PROGRAM_LOADER && (!(task->program & PC_PROGRAM_LOADED) || !is_library(dentry));
}

/* What a loader loads first is the program that it was started for. It is a source beside the loader, for Block rules alone. */
static __always_inline void load_commit(struct pc_task *task, const struct operation *operation)
{
	if (task->program & PC_PROGRAM_LOADED)
		return;
	task->program |= PC_PROGRAM_LOADED;
	if (task->script.depth) /* the loader is the interpreter of a script, which is the source already */
		return;
	task->program |= PC_PROGRAM_BORROWED;
	exe_walk(&task->script, task, operation->object.dentry, operation->object.mount);
	task->table_id = 0;
}

/* Is no Block rule about what is mapped, as far as its last component tells? */
static __always_inline bool none_blocks(const struct actor *actor, const struct operation *operation)
{
	__u32 flags = category_flags(actor->header, PC_CATEGORY_PROCESS);

	return !(flags & PC_HAS_BLOCK) ||
	       (flags & PC_EXACT_ONLY && leaf_unknown_at(actor, operation->object.dentry, operation->object.mount, PC_CATEGORY_PROCESS));
}

/* Does nothing but Block rules concern what the actor maps? Then it is asked first whether there is one: most mappings are of libraries. */
static __always_inline bool block_alone(const struct actor *actor)
{
	return !actor->header->presets && !actor->header->source_words && !(actor->task->program & PC_PROGRAM_LOADER);
}

/*
 * What a dynamic loader maps as its program is judged as an execution. For everything else Block rules count and allow-lists
 * do not, because every library would have to be in them.
 */
static __always_inline void judge_mapped(const struct actor *actor, struct operation *operation, bool loaded)
{
	__u32 flags = category_flags(actor->header, PC_CATEGORY_PROCESS);

	if (loaded) {
		note_visible(actor, operation);
		if (nothing_to_judge(flags, ACCESS_WRITE))
			return;
		operation->access = 0;
		note_unlinked(operation);
	} else if (none_blocks(actor, operation)) {
		return;
	}
	sources_refresh(actor);
	if (loaded && operation->access & ACCESS_PATHLESS) {
		judge_fileless(actor, operation);
		if (operation->verdict)
			return;
	}
	match_slow(actor, operation);
	match_applet(actor, operation);
	if (loaded || operation->status != WALK_PATHLESS)
		judge(actor, operation);
}

/* Is it the program's mapping of itself, which was judged when it was executed? It is a call, so that what it keeps is off the stack soon. */
static __noinline bool maps_itself(const struct pc_task *task, __u64 dentry)
{
	struct object running = {};

	if (task->program & PC_PROGRAM_RENAMED)
		return false;
	running_file(&running);
	return running.dentry == dentry;
}

/* Code of a file that an actor could have written makes a program do what others want. */
static __always_inline void note_foreign(const struct actor *actor, const struct operation *operation)
{
	if (actor->header->source_words && !(actor->task->program & PC_PROGRAM_UNEARNED) &&
	    could_be_written(operation->object.dentry, operation->object.mount))
		actor->task->program |= PC_PROGRAM_UNEARNED;
}

/* Judges that the file which the operation holds is mapped executable. */
__noinline int judge_map(struct operation *operation)
{
	struct actor actor;

	if (!operation)
		return 0;
	operation->category = PC_CATEGORY_PROCESS;
	operation->kind = PC_OP_MMAP_EXEC;
	operation->access |= ACCESS_BLOCK_ONLY;
	if (!judge_begin(&actor, operation))
		return 0;
	if (block_alone(&actor) && none_blocks(&actor, operation))
		goto end;
	if (actor.header->presets && (operation->access & ACCESS_CHANGED || !maps_itself(actor.task, operation->object.dentry)))
		judge_map_presets(&actor, operation);
	if (!operation->verdict && !maps_itself(actor.task, operation->object.dentry)) {
		bool loaded = loads_program(actor.task, operation->object.dentry);

		judge_mapped(&actor, operation, loaded);
		if (loaded && !operation->verdict)
			load_commit(actor.task, operation);
		if (!operation->verdict)
			note_foreign(&actor, operation);
	}
end:
	actor_end(&actor);
	return 0;
}

/*
 * The address of the path of what is mapped, for a mapping that is made executable later. What overlayfs has mapped is the file of a
 * layer; the user sees it elsewhere, which kernels from 6.8 on keep beside it. On older ones the path of what is mapped is the
 * user's own.
 */
static __always_inline __u64 mapped_path(__u64 file)
{
	if (bpf_core_field_exists(struct backing_file, user_path) && LOAD(struct file, file, f_mode) & FMODE_NOACCOUNT)
		return file - bpf_core_field_offset(struct backing_file, file) + bpf_core_field_offset(struct backing_file, user_path);
	return file + bpf_core_field_offset(struct file, f_path);
}

#endif
