/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * A source is earned: by executing the program itself, unchanged since the container started, and by running no code that an
 * actor could have written. Otherwise it stays a source for Block rules, and is none for Allow rules.
 */
#ifndef PORTCULLIS_EARNED_H
#define PORTCULLIS_EARNED_H

#include "source.h"

#define PR_SET_MM 35
#define OTHERS_WRITE 022 /* of a file's mode */

/*
 * May somebody write the file who is not root? The node's own programs are updated where they lie, so that on the host this alone is asked.
 */
static __noinline bool others_write(__u64 dentry)
{
	__u64 inode = (__u64)READ(struct dentry, dentry, d_inode);

	return READ(struct inode, inode, i_uid.val) || READ(struct inode, inode, i_mode) & OTHERS_WRITE;
}

/*
 * Could an actor have written the file? Not where it cannot write at all, and not what an overlay still has from the image. Where
 * the root file system is no overlay it cannot be told, and its files count as the image's.
 */
static __noinline bool could_be_written(__u64 dentry, __u64 mount)
{
	struct task_struct *current = (struct task_struct *)bpf_get_current_task();
	__u64 sb = (__u64)READ(struct dentry, dentry, d_sb), inode;
	const struct pc_task *task = task_of(bpf_get_current_task_btf());

	if (is_read_only(mount))
		return false;
	if (task && is_host_actor(task))
		return others_write(dentry);
	if (READ(struct super_block, sb, s_magic) != OVERLAYFS_MAGIC)
		return (__u64)BPF_CORE_READ(current, fs, root.mnt, mnt_sb) != sb;
	if (!bpf_core_field_exists(struct ovl_inode, __upperdentry))
		return false;
	inode = (__u64)READ(struct dentry, dentry, d_inode) - bpf_core_field_offset(struct ovl_inode, vfs_inode);
	return READ(struct ovl_inode, inode, __upperdentry) != 0;
}

/* The flags of a program that is executed now. `unsafe`: bprm->unsafe. */
static __always_inline __u32 program_flags(__u64 dentry, __u64 mount, __u32 unsafe, bool loader)
{
	__u32 flags = loader ? PC_PROGRAM_LOADER : 0;

	if (unsafe & (UNSAFE_SHARE | UNSAFE_PTRACE) || could_be_written(dentry, mount))
		flags |= PC_PROGRAM_UNEARNED;
	return flags;
}

/* prctl(PR_SET_MM, …) can change what the task claims to run. It may; it is only believed no more. */
static __always_inline void claim_changed(void)
{
	struct pc_task *task = task_of(bpf_get_current_task_btf());

	if (task)
		task->program |= PC_PROGRAM_UNEARNED | PC_PROGRAM_RENAMED;
}

#endif
