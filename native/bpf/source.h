/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * fromSource: which of a rule set's sources the task's program is. Asked once per exec and image, from the component
 * hashes kept at exec: neither mm->exe_file, which prctl can change, nor a parent pointer is trusted for it.
 */
#ifndef PORTCULLIS_SOURCE_H
#define PORTCULLIS_SOURCE_H

#include "subject.h"

/* Keeps a walked name. */
static __always_inline void exe_keep(struct pc_exe *exe, const struct walk *walk, const struct pc_ring *ring)
{
	exe->source_set = 0;
	exe->depth = PC_EXE_DEEP;
	if (walk->status != WALK_DONE || walk->depth > PC_EXE_DEPTH)
		return;
	exe->depth = walk->depth;
#pragma unroll
	for (int i = 0; i < PC_EXE_DEPTH; i++)
		exe->hashes[i] = ring->hashes[i];
}

/* The source set of a matched name. */
static __always_inline __u32 set_of(void *image, const struct pc_header *header, const struct match *match)
{
	const struct pc_state *state = image_element(image, header->states_at + match->state);

	if (!state)
		return 0;
	return match->left == 0 ? state->source_exact : match->left == 1 ? state->source_child : state->source_below;
}

static __always_inline __u32 exe_set(void *image, const struct pc_header *header, const struct pc_exe *exe)
{
	struct match match;

	if (!exe->depth || exe->depth > PC_EXE_DEPTH)
		return 0;
	descend_slow(&match, image, header->bucket_mask, exe->hashes, exe->depth);
	return set_of(image, header, &match);
}

/* The file the current task runs. */
static __noinline void running_file(struct object *object)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	__u64 file = (__u64)BPF_CORE_READ(task, mm, exe_file);

	if (!file)
		return;
	object->dentry = (__u64)READ(struct file, file, f_path.dentry);
	object->mount = (__u64)READ(struct file, file, f_path.mnt);
}

/* For a program whose name is too deep to keep, or that started before the engine: ask the file it runs. */
__noinline __u32 running_set(__u32 slot, struct pc_ring *ring)
{
	void *image = bpf_map_lookup_elem(&slots, &slot);
	const struct pc_header *header;
	struct object object = {};
	struct walk walk;

	count(PC_COUNT_SOURCE_OVERFLOW);
	running_file(&object);
	if (!object.dentry || !image || !ring)
		return 0;
	header = image_element(image, 0);
	if (!header)
		return 0;
	object.generation = header->generation;
	object.slot = slot;
	walk.dentry = object.dentry;
	walk.mount = object.mount;
	walk_slow(&walk, ring);
	if (walk.status != WALK_DONE)
		return 0;
	if (descend_slow(&object.match, image, header->bucket_mask, ring->hashes, walk.depth) && match_deep(&object))
		return 0;
	return set_of(image, header, &object.match);
}

/* What this image makes of the names kept of the task's program and script. */
static __noinline void sources_resolve(const struct subject *subject)
{
	const struct pc_header *header = subject->header;
	struct pc_tag *tag = subject->tag;

	tag->exe.source_set = exe_set(subject->image, header, &tag->exe);
	tag->script.source_set = exe_set(subject->image, header, &tag->script);
	tag->generation = header->generation;
}

/* Resolves the task's sources if this image has not done so yet. */
static __always_inline void sources_refresh(const struct subject *subject)
{
	struct pc_tag *tag = subject->tag;

	if (!subject->header->source_words || tag->generation == subject->header->generation)
		return;
	sources_resolve(subject);
	if (!tag->exe.depth || tag->exe.depth > PC_EXE_DEPTH)
		tag->exe.source_set = running_set(subject->slot, &tag->ring);
}

/* The word of a set that holds this source. Set 0 is there, and empty. */
static __always_inline __u64 set_word(void *image, const struct pc_header *header, __u32 set, __u32 source)
{
	__u32 word = set * header->source_words + source / 64;
	const __u64 *words = image_element(image, header->sources_at + word / 8);

	return words ? words[word & 7] : 0;
}

/* Is the task's program, or the script it runs, this source? */
static __always_inline bool has_source(void *image, const struct pc_header *header, const struct pc_tag *tag, __u32 source)
{
	__u64 word;

	if (!tag) /* not fetched, because the image has no sources: then nothing is one */
		return false;
	word = set_word(image, header, tag->exe.source_set, source);
	word |= set_word(image, header, tag->script.source_set, source);
	return word >> (source & 63) & 1;
}

#endif
