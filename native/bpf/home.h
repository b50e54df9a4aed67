/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The home of a container: the mount namespace in which it was started. There an object has the names that rules mean, whatever
 * other namespaces an actor makes for itself. A namespace ends with its last task: then, as long as no mount was changed, another
 * one has the same names and becomes the home. Later there is no home any more, and every name counts as lost.
 */
#ifndef PORTCULLIS_HOME_H
#define PORTCULLIS_HOME_H

#include "mounts.h"

static __always_inline struct pc_home *home_of(__u32 slot)
{
	return bpf_map_lookup_elem(&homes, &slot);
}

#define NO_HOME 1 /* an address that no namespace has */

#define ROOT_STEPS 64

/* The device of the file system that is the root of the task's mount tree, which a chroot does not change: of the mount right below the first one. */
static __noinline __u32 root_device(void)
{
	struct task_struct *current = (struct task_struct *)bpf_get_current_task();
	__u64 at = (__u64)BPF_CORE_READ(current, fs, root.mnt) - bpf_core_field_offset(struct mount, mnt), above, top;

	for (int i = 0; i < ROOT_STEPS; i++) {
		above = (__u64)READ(struct mount, at, mnt_parent);
		top = (__u64)READ(struct mount, above, mnt_parent);
		if (above == at || above == top)
			break;
		at = above;
	}
	return READ(struct mount, at, mnt.mnt_sb, s_dev);
}

static __always_inline void home_set(struct pc_home *home, __u64 ns)
{
	home->ns = ns;
	home->number = namespace_number_at(ns);
}

/* Is there still a task in that namespace? Its memory may be another one's by now, which has another number. */
static __always_inline bool is_alive(const struct pc_home *home)
{
	__u32 users = 0;

	bpf_probe_read_kernel(&users, sizeof(users), (const void *)(home->ns + namespace_users_offset()));
	return users && home->number == namespace_number_at(home->ns);
}

/*
 * Notes where a container is at home: where the runtime has executed its program. A task that is bound late may have gone
 * elsewhere since; its home is that of the first process of its pid namespace, if that has the same root file system.
 */
static __noinline void home_note(__u32 slot, bool executed)
{
	struct task_struct *current = (struct task_struct *)bpf_get_current_task();
	struct pc_home *home = home_of(slot);
	struct pid *pid = BPF_CORE_READ(current, signal, pids[PIDTYPE_TGID]);
	struct task_struct *first;
	struct upid upid = {};

	if (!home || (!executed && home->ns))
		return;
	home_set(home, own_namespace());
	home->root = root_device();
	if (executed || !BPF_CORE_READ(pid, level))
		return;
	bpf_probe_read_kernel(&upid, sizeof(upid), (const char *)pid + bpf_core_field_offset(struct pid, numbers) + bpf_core_type_size(struct upid));
	first = BPF_CORE_READ(upid.ns, child_reaper);
	if (first && BPF_CORE_READ(first, fs, root.mnt, mnt_sb) == BPF_CORE_READ(current, fs, root.mnt, mnt_sb))
		home_set(home, (__u64)BPF_CORE_READ(first, nsproxy, mnt_ns));
}

static __always_inline __u64 namespace_of(__u64 vfsmount)
{
	return (__u64)READ(struct mount, vfsmount - bpf_core_field_offset(struct mount, mnt), mnt_ns);
}

/* The namespace in which the actor's container is at home: its own, where that is not known; NO_HOME, where it has ended. */
static __noinline __u64 home_namespace(__u32 slot)
{
	struct pc_home *home = home_of(slot);

	if (!home || !home->ns)
		return own_namespace();
	if (is_alive(home))
		return home->ns;
	return home->changed ? NO_HOME : own_namespace();
}

/* A mount (struct vfsmount) by which the object is seen at home. 0: none shows it. */
static __noinline __u64 home_mount(__u64 dentry, __u32 slot)
{
	struct mount_search search = {};

	search_begin(&search, dentry, home_namespace(slot));
	return search_next(&search) ? search.mount : 0;
}

#endif
