/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The mounts by which a mount namespace shows an object. The kernel keeps a list of the mounts of a superblock; those that count
 * are in the namespace and have the object below their root. The list is read without a lock: what is taken from it meanwhile
 * leads nowhere, and the search ends.
 */
#ifndef PORTCULLIS_MOUNTS_H
#define PORTCULLIS_MOUNTS_H

#include "walk.h"

#define SEARCH_STEPS (1 << 20) /* mounts of a superblock, and the directories that are climbed for those of the namespace */
#define SEARCH_STEPS_NO_LOOP 128
#define MOST_NAMES 8 /* by which one object is judged; one that has more is denied like one whose name is lost */

/* It is small, because it lies on the stack with much below it. */
struct mount_search {
	__u64 dentry;
	__u64 ns;    /* struct mnt_namespace */
	__u64 next;  /* the element of the list that is looked at next */
	__u64 mount; /* struct vfsmount: the one in hand; what was found */
	__u64 climb; /* how far up from the dentry its root was looked for; 0: it has been, FOUND: and was found */
};

#define FOUND 1

/* What ends the list of the mounts of a dentry's superblock: its head. */
static __always_inline __u64 list_end(__u64 dentry)
{
	if (!have_mount_list())
		return 0;
	return (__u64)READ(struct dentry, dentry, d_sb) + bpf_core_field_offset(struct super_block___list, s_mounts);
}

/* The mount at the element of the list where the search is, which moves on. */
static __always_inline __u64 mount_at(struct mount_search *search)
{
	__u64 at = search->next;

	if (have_mount_list()) {
		search->next = (__u64)READ(struct list_head, at, next);
		return at - bpf_core_field_offset(struct mount___list, mnt_instance);
	}
	search->next = (__u64)READ(struct mount___chain, at, mnt_next_for_sb);
	return at;
}

/* One loop and not one in the other, because calls must not be nested deeper than eight. */
static __noinline long search_step(__u64 index, void *context)
{
	struct mount_search *search = context;
	__u64 mount, parent;

	if (search->climb) {
		if (search->climb == (__u64)READ(struct vfsmount, search->mount, mnt_root)) {
			search->climb = FOUND;
			return 1;
		}
		parent = (__u64)READ(struct dentry, search->climb, d_parent);
		search->climb = parent == search->climb ? 0 : parent;
		return 0;
	}
	if (!search->next || search->next == list_end(search->dentry))
		return 1;
	mount = mount_at(search);
	if ((__u64)READ(struct mount, mount, mnt_ns) != search->ns)
		return 0;
	search->mount = mount + bpf_core_field_offset(struct mount, mnt);
	search->climb = search->dentry;
	return 0;
}

/* Finds the next mount of the namespace that shows the object. It is global, so that it is verified once. */
__noinline int search_next(struct mount_search *search)
{
	struct mount_search step;

	if (!search)
		return 0;
	/*
	 * Up to 6.1 the loop takes nothing but what lies on the own stack. What is in it must not be known to the verifier, which
	 * follows one round and takes for dead what that does not reach.
	 */
	step = *search;
	if (have_loop()) {
		bpf_loop(SEARCH_STEPS, search_step, &step, 0);
	} else {
		for (int i = 0; i < SEARCH_STEPS_NO_LOOP; i++)
			if (search_step(i, &step))
				break;
	}
	*search = step;
	search->climb = 0;
	return step.climb == FOUND;
}

static __always_inline void search_begin(struct mount_search *search, __u64 dentry, __u64 ns)
{
	search->dentry = dentry;
	search->ns = ns;
	search->mount = search->climb = 0;
	if (have_mount_list())
		search->next = (__u64)READ(struct list_head, list_end(dentry), next);
	else
		search->next = (__u64)READ(struct super_block___chain, READ(struct dentry, dentry, d_sb), s_mounts);
}

/* The current task's mount namespace. 0: it has none left. */
static __always_inline __u64 own_namespace(void)
{
	struct task_struct *current = (struct task_struct *)bpf_get_current_task();

	return (__u64)BPF_CORE_READ(current, nsproxy, mnt_ns);
}

#endif
