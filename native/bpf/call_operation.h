/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * What a call is about: of the arguments of each hook, an operation, and the way in which it is to be judged. Long because it is one list, of all
 * hooks.
 */
#ifndef PORTCULLIS_CALL_OPERATION_H
#define PORTCULLIS_CALL_OPERATION_H

#include "capability.h"
#include "exec_map.h"
#include "file_attribute.h"
#include "mount.h"
#include "network.h"
#include "number_quick.h"
#include "socket.h"
#include "trace.h"

/* `path`: the address of a struct path. */
static __always_inline enum way at_path(struct operation *operation, __u64 path, enum way way)
{
	operation->object.dentry = LOAD(struct path, path, dentry);
	operation->object.mount = LOAD(struct path, path, mnt);
	return way;
}

static __always_inline enum way of_kind(struct operation *operation, enum pc_operation kind, enum way way)
{
	operation->access = ACCESS_WRITE;
	operation->kind = kind;
	return way;
}

/* Something is made or removed at `dentry`. `directory`: the address of a struct path of the same mount. */
static __always_inline enum way write_in(struct operation *operation, __u64 directory, __u64 dentry, enum pc_operation kind)
{
	operation->object.dentry = dentry;
	operation->object.mount = LOAD(struct path, directory, mnt);
	return of_kind(operation, kind, WAY_WRITE);
}

/* rename and link: `from` gets the name `to`. */
static __always_inline enum way move(struct operation *operation, __u64 directory, __u64 from, __u64 to, enum pc_operation kind)
{
	write_in(operation, directory, from, kind);
	operation->access |= ACCESS_ALIAS;
	operation->dentry2 = to;
	return WAY_MOVE;
}

/* The other name of rename and link is judged for itself. In an exchange, what is there moves as well. */
static __always_inline enum way move_second(struct operation *operation, bool exchange)
{
	__u64 from = operation->object.dentry;

	operation->audits = 0;
	operation->access = ACCESS_WRITE | (exchange ? ACCESS_ALIAS : 0);
	operation->flags = PC_EVENT_SECOND;
	operation->object.dentry = operation->dentry2;
	operation->dentry2 = from;
	return exchange ? WAY_MOVE : WAY_WRITE;
}

/* What is written beside a file's content. Overlayfs does so itself as well. */
static __always_inline enum way attribute(struct operation *operation, __u64 dentry, enum pc_operation kind)
{
	operation->object.dentry = dentry;
	return is_layers_own() ? WAY_NONE : of_kind(operation, kind, WAY_NAMES);
}

static __always_inline enum way times(struct operation *operation, const struct pc_call *call)
{
	__u64 dentry = call->args[have_setattr_idmap() ? 1 : 0], attributes = call->args[have_setattr_idmap() ? 2 : 1];

	return changes_times(attributes) ? attribute(operation, dentry, PC_OP_TIMES) : WAY_NONE;
}

/* flags of the file system */
static __always_inline enum way flags(struct operation *operation, __u64 file, __u32 command)
{
	at_path(operation, file + bpf_core_field_offset(struct file, f_path), WAY_WRITE);
	return changes_flags(command) ? of_kind(operation, PC_OP_FLAGS, WAY_WRITE) : WAY_NONE;
}

/*
 * What is mapped to be executed. `path`: the address of its struct path. `changed`: it is a private copy, which was written or can be, so that it is
 * no more its file's code.
 */
static __always_inline enum way map(struct operation *operation, __u64 file, __u64 path, __u64 protection, bool changed)
{
	if (!(protection & PROT_EXEC))
		return WAY_NONE;
	if (!file)
		return WAY_ANONYMOUS;
	if (changed)
		operation->access = ACCESS_CHANGED;
	return at_path(operation, path, WAY_MAP);
}

static __always_inline enum way map_made(struct operation *operation, const __u64 *args)
{
	bool changed = args[3] & MAP_PRIVATE && args[2] & PROT_WRITE;

	return map(operation, args[0], args[0] + bpf_core_field_offset(struct file, f_path), args[2], changed);
}

static __always_inline enum way protect(struct operation *operation, __u64 area, __u64 protection)
{
	__u64 file = LOAD(struct vm_area_struct, area, vm_file);
	bool changed = LOAD(struct vm_area_struct, area, anon_vma) ||
		       (protection & PROT_WRITE && !(LOAD(struct vm_area_struct, area, vm_flags) & VM_SHARED));

	return map(operation, file, mapped_path(file), protection, changed);
}

/* What is mapped, at once or later. It is a call for the same reason as operation_of_number(). */
static __noinline enum way operation_of_mapping(struct operation *operation, const struct pc_call *call)
{
	return call->hook == PC_HOOK_mmap_file ? map_made(operation, call->args) : protect(operation, call->args[0], call->args[2]);
}

static __always_inline enum way mount_at_path(struct operation *operation, __u64 path, enum way way)
{
	at_path(operation, path, way);
	return of_kind(operation, PC_OP_MOUNT, way);
}

/* move_mount(2). A mount that was attached somewhere leaves its place; where it goes is judged second. */
static __always_inline enum way mount_moved(struct operation *operation, const struct pc_call *call)
{
	if (tree_attached(LOAD(struct path, call->args[0], mnt)))
		return mount_at_path(operation, call->args[0], WAY_MOUNT_MOVE);
	return mount_at_path(operation, call->args[1], WAY_MOUNT_OVER);
}

static __always_inline enum way unmount(struct operation *operation, __u64 mount)
{
	operation->object.mount = mount;
	operation->object.dentry = LOAD(struct vfsmount, mount, mnt_root);
	return of_kind(operation, PC_OP_MOUNT, WAY_MOUNT_MOVE);
}

static __always_inline enum way overlay(struct operation *operation, __u64 sb)
{
	operation->object.dentry = LOAD(struct super_block, sb, s_root);
	return is_overlay(sb) ? of_kind(operation, PC_OP_MOUNT, WAY_LAYERS) : WAY_NONE;
}

static __always_inline enum way on_task(struct operation *operation, enum pc_operation kind, enum way way)
{
	operation->category = PC_CATEGORY_PROCESS;
	return of_kind(operation, kind, way);
}

/* The same where the object has no name. It is a call, so that what it reads does not lie on the stack of all others. */
static __noinline enum way operation_of_number(struct operation *operation, const struct pc_call *call)
{
	const __u64 *args = call->args;

	if (passes_at_once(call))
		return WAY_NONE;
	switch (call->hook) {
	case PC_HOOK_socket_create:
		return on_socket(operation, PC_OP_SOCKET, args[0], args[1], args[2]);
	case PC_HOOK_socket_post_create:
		return socket_made(operation, args);
	case PC_HOOK_socket_connect:
	case PC_HOOK_socket_bind:
	case PC_HOOK_socket_listen:
	case PC_HOOK_socket_accept:
	case PC_HOOK_socket_sendmsg: /* operations are numbered in the order of their hooks */
		return socket_used(operation, PC_OP_SOCKET_CONNECT + call->hook - PC_HOOK_socket_connect, args[0]);
	case PC_HOOK_capable:
		return capability_used(operation, args[0], args[2]);
	}
	return WAY_NONE;
}

/* Makes an operation of a call. Whose it is, is not asked yet. */
static __always_inline enum way operation_of(struct operation *operation, const struct pc_call *call)
{
	const __u64 *args = call->args;

	switch (call->hook) {
	case PC_HOOK_bprm_check_security:
		operation->bprm = args[0];
		return at_path(operation, LOAD(struct linux_binprm, args[0], file) + bpf_core_field_offset(struct file, f_path), WAY_EXEC);
	case PC_HOOK_mmap_file:
	case PC_HOOK_file_mprotect:
		return operation_of_mapping(operation, call);
	case PC_HOOK_path_unlink:
		return write_in(operation, args[0], args[1], PC_OP_UNLINK);
	case PC_HOOK_path_rmdir:
		return write_in(operation, args[0], args[1], PC_OP_RMDIR);
	case PC_HOOK_path_mkdir:
		return write_in(operation, args[0], args[1], PC_OP_MKDIR);
	case PC_HOOK_path_mknod:
		return write_in(operation, args[0], args[1], PC_OP_MKNOD);
	case PC_HOOK_path_symlink:
		return write_in(operation, args[0], args[1], PC_OP_SYMLINK);
	case PC_HOOK_path_rename:
		return move(operation, args[0], args[1], args[3], PC_OP_RENAME);
	case PC_HOOK_path_link:
		return move(operation, args[1], args[0], args[2], PC_OP_LINK);
	case PC_HOOK_path_truncate:
		return write_in(operation, args[0], LOAD(struct path, args[0], dentry), PC_OP_TRUNCATE);
	case PC_HOOK_path_chmod:
		return write_in(operation, args[0], LOAD(struct path, args[0], dentry), PC_OP_CHMOD);
	case PC_HOOK_path_chown:
		return write_in(operation, args[0], LOAD(struct path, args[0], dentry), PC_OP_CHOWN);
	case PC_HOOK_inode_setxattr:
	case PC_HOOK_inode_removexattr:
		return attribute(operation, args[1], PC_OP_XATTR);
	case PC_HOOK_inode_set_acl:
	case PC_HOOK_inode_remove_acl:
		return attribute(operation, args[1], PC_OP_ACL);
	case PC_HOOK_inode_setattr:
		return times(operation, call);
	case PC_HOOK_file_ioctl:
	case PC_HOOK_file_ioctl_compat:
		return flags(operation, args[0], args[1]);
	case PC_HOOK_unix_stream_connect:
		return socket_reached(operation, args[1]) ? WAY_NAMES : WAY_NONE;
	case PC_HOOK_unix_may_send:
		return socket_reached(operation, LOAD(struct socket, args[1], sk)) ? WAY_NAMES : WAY_NONE;
	case PC_HOOK_file_receive:
		return file_received(operation, args[0]) ? WAY_NAMES : WAY_NONE;
	case PC_HOOK_sb_mount:
		return mount_at_path(operation, args[1], mount_way(args[3]));
	case PC_HOOK_move_mount:
		return mount_moved(operation, call);
	case PC_HOOK_sb_pivotroot:
		return mount_at_path(operation, args[0], WAY_MOUNT_TREE);
	case PC_HOOK_sb_umount:
		return unmount(operation, args[0]);
	case PC_HOOK_sb_kern_mount:
		return overlay(operation, args[0]);
	case PC_HOOK_ptrace_access_check:
		return args[1] & PTRACE_MODE_ATTACH ? on_task(operation, PC_OP_TRACE, WAY_TRACE) : WAY_NONE;
	case PC_HOOK_ptrace_traceme:
		return on_task(operation, PC_OP_TRACE, WAY_TRACED);
	case PC_HOOK_task_kill:
		return on_task(operation, PC_OP_SIGNAL, WAY_SIGNAL);
	default:
		return operation_of_number(operation, call);
	}
}

/* Makes the second operation of a call, where there is one, when the first was allowed. Up to 5.18 rename has no flags. */
static __always_inline enum way second_of(struct operation *operation, const struct pc_call *call, enum way first)
{
	switch (call->hook) {
	case PC_HOOK_path_rename:
		return move_second(operation, call->args[4] & RENAME_EXCHANGE);
	case PC_HOOK_path_link:
		return move_second(operation, false);
	case PC_HOOK_move_mount:
		return first == WAY_MOUNT_MOVE ? mount_at_path(operation, call->args[1], WAY_MOUNT_OVER) : WAY_NONE;
	}
	return WAY_NONE;
}

#endif
