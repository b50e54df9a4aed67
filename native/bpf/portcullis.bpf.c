// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/*
 * The entry points. Every hook has two programs. The stub is attached and pinned once, and does nothing but call the other one.
 * The body is put into the stub's program array of one element, so that a new version of the engine replaces the old one
 * between two calls. The stubs are in stubs.h, the bodies are below.
 */
#include "exec_map.h"
#include "file_open.h"
#include "file_attribute.h"
#include "mount.h"
#include "socket.h"
#include "stubs.h"
#include "trace.h"

char LICENSE[] SEC("license") = "GPL";

SEC("lsm/task_alloc")
int BPF_PROG(body_task_alloc, struct task_struct *child)
{
	return task_inherit(child);
}

SEC("lsm/bprm_creds_for_exec")
int BPF_PROG(body_bprm_creds_for_exec)
{
	return exec_begin();
}

SEC("lsm/bprm_check_security")
int BPF_PROG(body_bprm_check_security, struct linux_binprm *bprm)
{
	return exec_check(bprm);
}

SEC("lsm/bprm_committed_creds")
int BPF_PROG(body_bprm_committed_creds, struct linux_binprm *bprm)
{
	exec_commit(bprm);
	return 0;
}

SEC("lsm/mmap_file")
int BPF_PROG(body_mmap_file, struct file *file, unsigned long requested, unsigned long protection)
{
	return exec_map(file, protection);
}

SEC("lsm/file_open")
int BPF_PROG(body_file_open, struct file *file)
{
	return file_open(file);
}

SEC("lsm/path_unlink")
int BPF_PROG(body_path_unlink, const struct path *directory, struct dentry *dentry)
{
	return file_write(directory, dentry, PC_OP_UNLINK);
}

SEC("lsm/path_rmdir")
int BPF_PROG(body_path_rmdir, const struct path *directory, struct dentry *dentry)
{
	return file_write(directory, dentry, PC_OP_RMDIR);
}

SEC("lsm/path_mkdir")
int BPF_PROG(body_path_mkdir, const struct path *directory, struct dentry *dentry)
{
	return file_write(directory, dentry, PC_OP_MKDIR);
}

SEC("lsm/path_mknod")
int BPF_PROG(body_path_mknod, const struct path *directory, struct dentry *dentry)
{
	return file_write(directory, dentry, PC_OP_MKNOD);
}

SEC("lsm/path_symlink")
int BPF_PROG(body_path_symlink, const struct path *directory, struct dentry *dentry)
{
	return file_write(directory, dentry, PC_OP_SYMLINK);
}

/* Up to 5.18 there is no argument `flags`, so that 0 is read there, and the hook is called twice for an exchange. */
SEC("lsm/path_rename")
int BPF_PROG(body_path_rename, const struct path *old_directory, struct dentry *old, const struct path *new_directory,
	     struct dentry *new, unsigned int flags)
{
	return file_move((__u64)plain(const struct path, old_directory)->mnt, (__u64)old, (__u64)new, PC_OP_RENAME, flags & RENAME_EXCHANGE);
}

SEC("lsm/path_link")
int BPF_PROG(body_path_link, struct dentry *old, const struct path *directory, struct dentry *new)
{
	return file_move((__u64)plain(const struct path, directory)->mnt, (__u64)old, (__u64)new, PC_OP_LINK, false);
}

SEC("lsm/path_truncate")
int BPF_PROG(body_path_truncate, const struct path *path)
{
	return file_write(path, plain(const struct path, path)->dentry, PC_OP_TRUNCATE);
}

SEC("lsm/path_chmod")
int BPF_PROG(body_path_chmod, const struct path *path)
{
	return file_write(path, plain(const struct path, path)->dentry, PC_OP_CHMOD);
}

SEC("lsm/path_chown")
int BPF_PROG(body_path_chown, const struct path *path)
{
	return file_write(path, plain(const struct path, path)->dentry, PC_OP_CHOWN);
}

SEC("lsm/inode_setxattr")
int BPF_PROG(body_inode_setxattr, void *idmap, struct dentry *dentry)
{
	return file_attribute((__u64)dentry, PC_OP_XATTR);
}

SEC("lsm/inode_removexattr")
int BPF_PROG(body_inode_removexattr, void *idmap, struct dentry *dentry)
{
	return file_attribute((__u64)dentry, PC_OP_XATTR);
}

SEC("lsm/inode_set_acl")
int BPF_PROG(body_inode_set_acl, void *idmap, struct dentry *dentry)
{
	return file_attribute((__u64)dentry, PC_OP_ACL);
}

SEC("lsm/inode_remove_acl")
int BPF_PROG(body_inode_remove_acl, void *idmap, struct dentry *dentry)
{
	return file_attribute((__u64)dentry, PC_OP_ACL);
}

SEC("lsm/inode_setattr")
int body_inode_setattr(__u64 *ctx)
{
	if (have_setattr_idmap())
		return file_times(ctx[1], ctx[2]);
	barrier_var(ctx); /* or the two would become one, with an offset that the verifier does not take */
	return file_times(ctx[0], ctx[1]);
}

SEC("lsm/file_ioctl")
int BPF_PROG(body_file_ioctl, struct file *file, unsigned int command)
{
	return file_flags(file, command);
}

SEC("lsm/file_ioctl_compat")
int BPF_PROG(body_file_ioctl_compat, struct file *file, unsigned int command)
{
	return file_flags(file, command);
}

SEC("lsm/file_mprotect")
int BPF_PROG(body_file_mprotect, struct vm_area_struct *area, unsigned long requested, unsigned long protection)
{
	return exec_protect(area, protection);
}

SEC("lsm/unix_stream_connect")
int BPF_PROG(body_unix_stream_connect, struct sock *own, struct sock *peer)
{
	return socket_reach((__u64)peer);
}

SEC("lsm/unix_may_send")
int BPF_PROG(body_unix_may_send, struct socket *own, struct socket *peer)
{
	return socket_reach((__u64)plain(struct socket, peer)->sk);
}

SEC("lsm/file_receive")
int BPF_PROG(body_file_receive, struct file *file)
{
	return file_receive(file);
}

SEC("lsm/sb_mount")
int BPF_PROG(body_sb_mount, const char *source, const struct path *path, const char *type, unsigned long flags)
{
	return mount_old(path, flags);
}

SEC("lsm/move_mount")
int BPF_PROG(body_move_mount, const struct path *from, const struct path *to)
{
	return mount_new(from, to);
}

SEC("lsm/sb_pivotroot")
int BPF_PROG(body_sb_pivotroot, const struct path *old_root)
{
	return mount_at_path(old_root, MOUNT_TREE);
}

SEC("lsm/sb_umount")
int BPF_PROG(body_sb_umount, struct vfsmount *mount)
{
	return mount_away(mount);
}

SEC("lsm/sb_kern_mount")
int BPF_PROG(body_sb_kern_mount, struct super_block *sb)
{
	return mount_filesystem(sb);
}

SEC("lsm/ptrace_access_check")
int BPF_PROG(body_ptrace_access_check, struct task_struct *other, unsigned int mode)
{
	return mode & PTRACE_MODE_ATTACH ? trace_judge(other, false) : 0;
}

SEC("lsm/ptrace_traceme")
int BPF_PROG(body_ptrace_traceme, struct task_struct *parent)
{
	return trace_judge(parent, true);
}

/* -ENOSYS: the kernel goes on as if nobody had been asked. */
SEC("lsm/task_prctl")
int body_task_prctl(__u64 *ctx)
{
	claim_changed();
	return -ENOSYS;
}

SEC("lsm/task_kill")
int BPF_PROG(body_task_kill, struct task_struct *other)
{
	return signal_judge(other);
}
