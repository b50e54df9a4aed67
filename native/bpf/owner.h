/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Whose an object is. On a mount with an idmap (volumes of pods with a user namespace of their own) the file system knows its owners
 * by other numbers than the tasks that see it.
 */
#ifndef PORTCULLIS_OWNER_H
#define PORTCULLIS_OWNER_H

#include "core_fixes.h"

#define NOBODY 0xffffffffU

/* Where the numbers of a mount's owners are mapped, as the address of a struct uid_gid_map. 0: they are not. */
static __always_inline __u64 mount_map(__u64 mount, __u64 sb)
{
	__u64 users;

	if (bpf_core_field_exists(struct vfsmount, mnt_idmap) && bpf_core_field_exists(struct mnt_idmap, uid_map))
		return LOAD(struct vfsmount, mount, mnt_idmap) + bpf_core_field_offset(struct mnt_idmap, uid_map);
	if (bpf_core_field_exists(struct vfsmount, mnt_idmap)) /* 6.2 to 6.4 */
		users = (__u64)BPF_CORE_READ((const struct vfsmount *)mount, mnt_idmap, owner);
	else
		users = (__u64)READ(struct vfsmount, mount, mnt_userns);
	if (users == (__u64)READ(struct super_block, sb, s_user_ns)) /* it has no map of its own */
		return 0;
	return users + bpf_core_field_offset(struct user_namespace, uid_map);
}

/* A number of the file system as the mount shows it. NOBODY: it shows none, or maps in more parts than are looked at. */
static __always_inline __u32 mapped(__u64 map, __u32 id)
{
	__u32 parts = LOAD(struct uid_gid_map, map, nr_extents);
	struct uid_gid_extent part;

	if (!parts)
		return id;
	for (__u32 i = 0; i < MAP_PARTS; i++) {
		if (i >= parts)
			break;
		if (bpf_probe_read_kernel(&part, sizeof(part),
					  (const void *)(map + bpf_core_field_offset(struct uid_gid_map, extent) + i * sizeof(part))))
			break;
		if (id - part.first < part.count)
			return part.lower_first + (id - part.first);
	}
	return NOBODY;
}

/* Does the object belong to the task's user? What does not exist yet will belong to it. */
static __noinline bool is_owner(__u64 dentry, __u64 mount)
{
	struct task_struct *current = (struct task_struct *)bpf_get_current_task();
	__u64 inode = LOAD(struct dentry, dentry, d_inode), map;
	__u32 owner;

	if (!inode)
		return true;
	owner = LOAD(struct inode, inode, i_uid.val);
	map = mount_map(mount, LOAD(struct dentry, dentry, d_sb));
	if (map)
		owner = mapped(map, owner);
	return owner == (__u32)LOAD(struct cred, LOAD(struct task_struct, current, cred), fsuid.val);
}

#endif
