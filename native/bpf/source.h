/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * fromSource: which sources of a rule set the task's program is. It is found out once for each exec and rule table, from the
 * component hashes that were kept at exec. Neither mm->exe_file, which prctl can change, nor a parent pointer is trusted
 * for it, except where the name could not be kept.
 */
#ifndef PORTCULLIS_SOURCE_H
#define PORTCULLIS_SOURCE_H

#include "actor.h"

/* Keeps the name that was walked. */
static __always_inline void exe_keep(struct pc_exe *exe, const struct walk *walk, const struct pc_name_window *window)
{
	exe->source_set = 0;
	exe->depth = PC_EXE_DEEP;
	if (walk->status != WALK_DONE || walk->depth > PC_EXE_DEPTH)
		return;
	exe->depth = walk->depth;
#pragma unroll
	for (int i = 0; i < PC_EXE_DEPTH; i++)
		exe->hashes[i] = window->hashes[i];
}

/* The source set of a matched name. */
static __always_inline __u32 set_of(void *table, const struct pc_header *header, const struct match *match)
{
	const struct pc_state *state = table_element(table, header->states_at + match->state);

	if (!state)
		return 0;
	return match->left == 0 ? state->source_exact : match->left == 1 ? state->source_child : state->source_below;
}

static __always_inline __u32 exe_set(void *table, const struct pc_header *header, const struct pc_exe *exe)
{
	struct match match;

	if (!exe->depth || exe->depth > PC_EXE_DEPTH)
		return 0;
	descend_slow(&match, table, header->bucket_mask, exe->hashes, exe->depth);
	return set_of(table, header, &match);
}

/* The file that the current task runs. */
static __noinline void running_file(struct object *object)
{
	struct task_struct *current = (struct task_struct *)bpf_get_current_task();
	__u64 file = (__u64)BPF_CORE_READ(current, mm, exe_file);

	if (!file)
		return;
	object->dentry = (__u64)READ(struct file, file, f_path.dentry);
	object->mount = (__u64)READ(struct file, file, f_path.mnt);
}

/* The source set of a program whose name is too deep to keep, or that started before the engine: the file it runs is asked. */
__noinline __u32 running_set(__u32 slot, struct pc_name_window *window)
{
	void *table = bpf_map_lookup_elem(&slots, &slot);
	const struct pc_header *header;
	struct object object = {};
	struct walk walk;

	count(PC_COUNT_SOURCE_OVERFLOW);
	running_file(&object);
	if (!object.dentry || !table || !window)
		return 0;
	header = table_element(table, 0);
	if (!header)
		return 0;
	object.table_id = header->table_id;
	object.slot = slot;
	walk.dentry = object.dentry;
	walk.mount = object.mount;
	walk.dotted = 0;
	walk_slow(&walk, window);
	if (walk.status != WALK_DONE)
		return 0;
	if (descend_slow(&object.match, table, header->bucket_mask, window->hashes, walk.depth) && match_deep(&object))
		return 0;
	return set_of(table, header, &object.match);
}

/* Notes what this rule table makes of the names kept of the task's program and script. */
static __noinline void sources_resolve(const struct actor *actor)
{
	const struct pc_header *header = actor->header;
	struct pc_task *task = actor->task;

	task->exe.source_set = exe_set(actor->table, header, &task->exe);
	task->script.source_set = exe_set(actor->table, header, &task->script);
	task->table_id = header->table_id;
}

/* Resolves the task's sources if that was not done with this rule table yet. */
static __always_inline void sources_refresh(const struct actor *actor)
{
	struct pc_task *task = actor->task;

	if (!actor->header->source_words || task->table_id == actor->header->table_id)
		return;
	sources_resolve(actor);
	if (!task->exe.depth || task->exe.depth == PC_EXE_DEEP)
		task->exe.source_set = running_set(actor->slot, &task->window);
}

/* The word of a set in which this source's bit is. Set 0 exists, and is empty. */
static __always_inline __u64 set_word(void *table, const struct pc_header *header, __u32 set, __u32 source)
{
	__u32 word = set * header->source_words + source / 64;
	const __u64 *words = table_element(table, header->sources_at + word / 8);

	return words ? words[word & 7] : 0;
}

/*
 * Is the task's program, or the script that it runs, this source? A source that is borrowed, and not earned, is none for what a
 * rule allows.
 */
static __always_inline bool has_source(void *table, const struct pc_header *header, const struct pc_task *task, __u32 source,
				       bool allows)
{
	__u64 word;

	if (!task) /* it was not fetched, because the rule table has no sources: then no program is one */
		return false;
	if (allows && task->program & PC_PROGRAM_UNEARNED)
		return false;
	word = set_word(table, header, task->exe.source_set, source);
	if (!allows || !(task->program & PC_PROGRAM_BORROWED))
		word |= set_word(table, header, task->script.source_set, source);
	return word >> (source & 63) & 1;
}

#endif
