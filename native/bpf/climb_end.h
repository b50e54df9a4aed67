/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * What it means that a climb goes no further: the root of a mount tree, an object that never has a name, or a name that is lost.
 */
#ifndef PORTCULLIS_CLIMB_END_H
#define PORTCULLIS_CLIMB_END_H

#include "core_fixes.h"

enum walk_status {
	WALK_MORE = 0,     /* the root is not reached yet */
	WALK_DONE = 1,
	WALK_PATHLESS = 2, /* no path leads to it: a pipe, a socket, a memfd, a namespace … */
	WALK_LOST = 3,     /* the name could not be had whole */
};

/* Is the mount the root of a namespace's tree? Else it is attached nowhere: a copy of a tree, a new mount, a detached one. */
static __always_inline bool is_tree_root(const struct mnt_namespace *ns)
{
	return ns && (__u64)ns < ERROR_POINTER && namespace_number(ns);
}

/*
 * The status of an object whose climb ended elsewhere than at the root of a namespace's tree. On these superblocks everything
 * has its place in the kernel, and no rule can mean it: those of pipes and memfd, namespaces (though SB_NOUSER is taken from
 * them so that they can be mounted), processes, message queues and anonymous huge pages.
 */
static __always_inline __u32 unnamed_here(__u64 dentry)
{
	__u64 sb = (__u64)READ(struct dentry, dentry, d_sb);

	if (READ(struct super_block, sb, s_flags) & SB_NOUSER)
		return WALK_PATHLESS;
	switch (READ(struct super_block, sb, s_magic)) {
	case NSFS_MAGIC:
	case PIDFS_MAGIC:
	case MQUEUE_MAGIC:
	case HUGETLBFS_MAGIC:
		return WALK_PATHLESS;
	}
	return WALK_LOST;
}

/* The same as a call. */
static __noinline __u32 unnamed_status(__u64 dentry)
{
	return unnamed_here(dentry);
}

#endif
