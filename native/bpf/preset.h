/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * What presets mean, as far as it is more than names: that a program is not of the image, that who executes has entered the container with a
 * terminal, that what is mapped is of no file, that what is opened belongs to another process. docs/semantics.md, section 6.
 */
#ifndef PORTCULLIS_PRESET_H
#define PORTCULLIS_PRESET_H

#include "earned.h"
#include "fileless.h"
#include "proc.h"

static __always_inline bool has_preset(const struct actor *actor, enum pc_preset preset)
{
	return actor->header->presets & 1 << preset;
}

static __always_inline bool has_presets_of_proc(const struct actor *actor)
{
	return actor->header->presets & (1 << PC_PRESET_ENVIRON | 1 << PC_PRESET_PROC);
}

static __noinline void judge_preset(const struct actor *actor, struct operation *operation, __u32 preset, __u32 report)
{
	judge_circumstance(actor, operation, edge_next(actor->table, actor->header->bucket_mask, PC_PRESET_STATE, preset), report);
}

/*
 * Is the file none of the image: on another file system than the root of its container, or written since the image was made? Where the root is
 * no overlay it cannot be told of the root's own files, which then count as the image's; the enforcer says so in the status.
 */
static __noinline bool is_foreign(__u64 dentry, __u32 slot, bool entering)
{
	__u64 sb = (__u64)READ(struct dentry, dentry, d_sb), inode;
	struct pc_home *home = home_of(slot);
	__u32 root = entering || !home || !home->root ? root_device() : home->root;

	if ((__u32)READ(struct super_block, sb, s_dev) != root)
		return true;
	if (READ(struct super_block, sb, s_magic) != OVERLAYFS_MAGIC)
		return false;
	if (!bpf_core_field_exists(struct ovl_inode, __upperdentry))
		return true;
	inode = (__u64)READ(struct dentry, dentry, d_inode) - bpf_core_field_offset(struct ovl_inode, vfs_inode);
	return READ(struct ovl_inode, inode, __upperdentry) != 0;
}

/*
 * Judges an execution by presets. Who is about to become an actor enters the container, and is not its first program unless it is the first of its
 * pid namespace.
 */
static __noinline void judge_exec_presets(const struct actor *actor, struct operation *operation)
{
	bool entering = actor->task->state != PC_TASK_ARMED || actor->task->slot != actor->slot;

	if (has_preset(actor, PC_PRESET_ENTERED) && entering && has_terminal() && ns_tgid(bpf_get_current_task_btf()) != 1)
		judge_preset(actor, operation, PC_PRESET_ENTERED, REPORT_PRESET);
	if (!operation->verdict && has_preset(actor, PC_PRESET_IMAGE) && is_foreign(operation->object.dentry, actor->slot, entering))
		judge_preset(actor, operation, PC_PRESET_IMAGE, REPORT_OTHER);
}

/* Has the file no name, so that it is no more than memory? */
static __always_inline bool is_unlinked(__u64 dentry)
{
	return !READ(struct dentry, dentry, d_hash.pprev);
}

#define S_IFMT 0170000
#define S_IFREG 0100000

/* A device gives memory, not code: /dev/zero, mapped for all to share, is anonymous memory by another name. */
static __always_inline bool is_regular(__u64 dentry)
{
	__u64 inode = (__u64)READ(struct dentry, dentry, d_inode);

	return (READ(struct inode, inode, i_mode) & S_IFMT) == S_IFREG;
}

/* Judges by presets that a file is mapped executable. */
static __noinline void judge_map_presets(const struct actor *actor, struct operation *operation)
{
	if (has_preset(actor, PC_PRESET_IMAGE) && is_foreign(operation->object.dentry, actor->slot, false))
		judge_preset(actor, operation, PC_PRESET_IMAGE, REPORT_OTHER);
	if (!operation->verdict && has_preset(actor, PC_PRESET_ANONYMOUS) &&
	    (operation->access & ACCESS_CHANGED || is_unlinked(operation->object.dentry) || !is_regular(operation->object.dentry)))
		judge_preset(actor, operation, PC_PRESET_ANONYMOUS, REPORT_PRESET);
}

/* Judges that memory of no file is made executable. */
__noinline int judge_anonymous(struct operation *operation)
{
	struct actor actor;

	if (!operation)
		return 0;
	operation->category = PC_CATEGORY_PROCESS;
	operation->kind = PC_OP_MMAP_EXEC;
	if (!judge_begin(&actor, operation))
		return 0;
	if (has_preset(&actor, PC_PRESET_ANONYMOUS))
		judge_preset(&actor, operation, PC_PRESET_ANONYMOUS, REPORT_PRESET);
	if (has_preset(&actor, PC_PRESET_IMAGE) && !operation->verdict)
		judge_preset(&actor, operation, PC_PRESET_IMAGE, REPORT_OTHER);
	actor_end(&actor);
	return 0;
}

#define ENVIRON 0x006e6f7269766e65ULL /* "environ" and a NUL */

/* Judges by presets what is opened in /proc: is it, or is it in, the folder of another process? */
static __noinline void judge_proc_presets(const struct actor *actor, struct operation *operation)
{
	__u64 dentry = operation->object.dentry, sb = (__u64)READ(struct dentry, dentry, d_sb), word = 0;
	struct proc_climb climb = { .dentry = dentry };

	if (READ(struct super_block, sb, s_magic) != PROC_SUPER_MAGIC)
		return;
	climb.root = (__u64)READ(struct super_block, sb, s_root);
	proc_folder(&climb);
	if (climb.dentry == climb.root || !is_process_folder(&climb) || is_own_folder(&climb))
		return;
	bpf_probe_read_kernel(&word, sizeof(word), READ(struct dentry, dentry, d_name.name));
	if (has_preset(actor, PC_PRESET_ENVIRON) && word == ENVIRON)
		judge_preset(actor, operation, PC_PRESET_ENVIRON, REPORT_PRESET);
	if (has_preset(actor, PC_PRESET_PROC) && !operation->verdict)
		judge_preset(actor, operation, PC_PRESET_PROC, REPORT_OTHER);
}

#endif
