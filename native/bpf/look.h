/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The search for descriptors from before a rule: every task and every file at its descriptors, judged by the rules of the task's slot as if it was
 * opened now. Reading the pinned iterators does it; what is read has a byte for each thing that was found and not known yet. In a slot that was searched
 * since its rules came nothing new is looked for: what is open there now was judged when it was opened, by the rules for who opened it.
 */
#ifndef PORTCULLIS_LOOK_H
#define PORTCULLIS_LOOK_H

#include "look_task.h"
#include "earlier.h"

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	__u32 fd __attribute__((aligned(8)));
	struct file *file;
};

/* The slots that were given no rule table and no control group since the last search that came to its end; the enforcer writes it. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, PC_SLOTS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, __u32);
} searched_slots SEC(".maps");

/* Can there be something new in the slot? Where everything is judged, what was found is not known file by file, so that it is always looked for. */
static __always_inline bool is_unsearched(__u32 slot)
{
	const struct pc_earlier *earlier = bpf_map_lookup_elem(&earlier_slots, &slot);

	return !bpf_map_lookup_elem(&searched_slots, &slot) || (earlier && earlier->all);
}

/* Are there rules of files by which anything can be denied? */
static __always_inline bool can_deny(__u32 slot)
{
	void *table = bpf_map_lookup_elem(&slots, &slot);
	const struct pc_header *header = table ? table_element(table, 0) : NULL;

	return header && category_flags(header, PC_CATEGORY_FILE) & (PC_HAS_BLOCK | PC_ALLOW_LIST);
}

/* Would the task be refused to open the file, as it is open? Of the host only Block rules count, because nothing has recorded what it had open. */
static __always_inline int would_refuse(__u64 file, __u32 slot, __u32 access)
{
	struct operation operation = {};

	operation.kind = PC_OP_USE;
	operation.access = access | (slot == PC_HOST_SLOT ? ACCESS_BLOCK_ONLY : 0);
	operation.object.dentry = LOAD(struct file, file, f_path.dentry);
	operation.object.mount = LOAD(struct file, file, f_path.mnt);
	judge_opened(&operation);
	return operation.verdict;
}

static __always_inline bool is_forbidden(__u64 file, __u32 slot)
{
	__u32 mode = LOAD(struct file, file, f_mode);

	return (mode & FMODE_READ && would_refuse(file, slot, 0)) || (mode & FMODE_WRITE && would_refuse(file, slot, ACCESS_WRITE));
}

/* Notes for the slot what this search has found. True: it was not noted yet, or cannot be, so that the search does not end. */
static __always_inline bool note_slot(const volatile struct look *look, __u32 slot, bool all)
{
	struct pc_earlier *earlier = bpf_map_lookup_elem(&earlier_slots, &slot), begun = {};
	__u64 number = look->number, *noted;

	if (!earlier) {
		bpf_map_update_elem(&earlier_slots, &slot, &begun, BPF_NOEXIST);
		earlier = bpf_map_lookup_elem(&earlier_slots, &slot);
		if (!earlier)
			return true;
	}
	noted = all ? &earlier->all : &earlier->some;
	if (*noted == number)
		return false;
	*noted = number;
	return true;
}

/* Keeps the open file. True: it was not kept by this search yet. */
static __always_inline bool note_file(const volatile struct look *look, __u64 file, __u32 slot)
{
	__u64 *known = bpf_map_lookup_elem(&earlier_files, &file);
	__u64 number = look->number;
	bool is_new = !known || *known != number;

	is_new |= note_slot(look, slot, false);
	if (is_new && bpf_map_update_elem(&earlier_files, &file, &number, BPF_ANY))
		return note_slot(look, slot, true);
	return is_new;
}

/* Is it a ring of io_uring, which can have files that are at no descriptor? */
static __always_inline bool is_ring(__u64 file)
{
	char name[11] = {};

	if (!(LOAD(struct super_block, LOAD(struct dentry, LOAD(struct file, file, f_path.dentry), d_sb), s_flags) & SB_NOUSER))
		return false;
	bpf_probe_read_kernel_str(name, sizeof(name), READ(struct dentry, LOAD(struct file, file, f_path.dentry), d_name.name));
	return !__builtin_memcmp(name, "[io_uring]", sizeof(name));
}

static __always_inline bool has_rings(__u64 task)
{
	return READ(struct task_struct___look, task, io_uring) != NULL;
}

static __always_inline void tell_new(struct bpf_iter_meta *meta)
{
	char found = '.';

	bpf_seq_write(meta->seq, &found, sizeof(found));
}

/*
 * What holds files that nobody sees counts as holding, but on the host, where every program of the node would pay for it. Also a ring from after the rule, as
 * long as something is held in the slot: that may be given to the ring, and its descriptor be closed.
 */
static __always_inline void look_at_ring(struct bpf_iter_meta *meta, const volatile struct look *look, __u32 slot)
{
	if (slot != PC_HOST_SLOT && (is_unsearched(slot) || bpf_map_lookup_elem(&earlier_slots, &slot)) && note_slot(look, slot, true))
		tell_new(meta);
}

static __always_inline int look_at_descriptor(struct bpf_iter__task_file *context)
{
	volatile struct look *look = look_get();
	struct pc_task *copy;
	__u64 file;

	if (!context->task || !context->file || !look || !look_at(look, context->task))
		return 0;
	look->file = (__u64)context->file;
	file = look->file; /* as an address, which may be passed on */
	copy = task_of(context->task);
	if (!copy || !can_deny(copy->slot))
		return 0;
	if (is_ring(file))
		look_at_ring(context->meta, look, copy->slot);
	else if (can_be_meant(file) && (is_unsearched(copy->slot) || bpf_map_lookup_elem(&earlier_files, &file)) && is_forbidden(file, copy->slot) && note_file(look, file, copy->slot))
		tell_new(context->meta);
	return 0;
}

static __always_inline int look_at_task(struct bpf_iter__task *context)
{
	volatile struct look *look = look_get();
	struct pc_task *copy;

	if (!context->task || !look || !look_at(look, context->task) || !has_rings(look->task))
		return 0;
	copy = task_of(context->task);
	if (copy && can_deny(copy->slot))
		look_at_ring(context->meta, look, copy->slot);
	return 0;
}

#endif
