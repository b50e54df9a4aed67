// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/*
 * The entry points. Every hook has two programs. The stub is attached and pinned once, and does nothing but call the other one.
 * The body is put into the stub's program array of one element, so that a new version of the engine replaces the old one
 * between two calls. The stubs are in stubs.h, the bodies are below.
 */
#include "exec_map.h"
#include "file_open.h"
#include "file_write.h"
#include "stubs.h"

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
	return file_attribute(dentry);
}
