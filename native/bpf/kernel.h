/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The kernel's own types, as far as the engine reads them: only the fields that are used, by their names. CO-RE moves every
 * access to where the running kernel has the field. So no generated vmlinux.h is needed, and the build is the same everywhere.
 */
#ifndef PORTCULLIS_KERNEL_H
#define PORTCULLIS_KERNEL_H

#include <linux/types.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include <asm/ptrace.h>
#include <stdbool.h>

#define EACCES 13
#define ENOMEM 12

#define FMODE_WRITE 0x2
#define FMODE_NOACCOUNT 0x20000000 /* overlayfs itself opens the file of a layer; a user's open never has it */
#define ERROR_POINTER (-4095ULL)   /* no address from here on: mnt_ns of a mount that no namespace has (MNT_NS_INTERNAL) */
#define FMODE_EXEC_FLAG 0x20       /* __FMODE_EXEC in f_flags: the kernel opens a program for execve */
#define O_TRUNC 01000
#define PROT_EXEC 0x4
#define SB_NOUSER 0x80000000UL     /* a superblock to which no path leads: of pipes, sockets, memfd … */
#define PROC_SUPER_MAGIC 0x9fa0
#define PIDTYPE_TGID 1
#define RENAME_EXCHANGE 2

typedef struct {
	__u32 val;
} kuid_t;

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct qstr {
	__u32 len;
	const unsigned char *name;
};

struct super_block {
	unsigned long s_flags;
	unsigned long s_magic;
	struct dentry *s_root;
};

struct inode {
	kuid_t i_uid;
};

struct hlist_bl_node {
	struct hlist_bl_node **pprev;
};

struct dentry {
	struct hlist_bl_node d_hash;
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
	unsigned char d_iname[40];
	struct super_block *d_sb;
};

union shortname_store {
	unsigned char string[40];
};

struct dentry___shortname { /* 6.14: d_iname was renamed */
	union shortname_store d_shortname;
};

struct vfsmount {
	struct dentry *mnt_root;
	struct super_block *mnt_sb;
};

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
	struct mnt_namespace *mnt_ns;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct file {
	unsigned int f_mode;
	unsigned int f_flags;
	struct path f_path;
};

struct ns_common {
	unsigned int inum;
};

struct mnt_namespace {
	struct ns_common ns;
	struct mount *root;
};

struct nsproxy {
	struct mnt_namespace *mnt_ns;
};

struct tty_driver {
	int major;
	int minor_start;
};

struct tty_struct {
	struct tty_driver *driver;
	int index;
};

struct upid {
	int nr;
};

struct pid {
	unsigned int level;
	struct upid numbers[1];
};

struct proc_inode {
	struct pid *pid;
	struct inode vfs_inode;
};

struct signal_struct {
	struct tty_struct *tty;
	struct pid *pids[4];
};

struct cred {
	kuid_t fsuid;
};

struct fs_struct {
	struct path root;
	struct path pwd;
};

struct mm_struct {
	struct file *exe_file;
	unsigned long arg_start;
	unsigned long arg_end;
};

struct task_struct {
	int pid;
	int tgid;
	struct mm_struct *mm;
	struct nsproxy *nsproxy;
	struct signal_struct *signal;
	struct task_struct *real_parent;
	const struct cred *real_cred;
	const struct cred *cred;
	struct fs_struct *fs;
};

struct linux_binprm {
	struct file *file;
	const char *filename;
	const char *interp;
};

/* For bpf_core_type_exists() alone: the type came to the kernel (6.3) just after bpf_rdonly_cast (6.2). */
struct bpf_rb_root {
	int dummy;
};

#pragma clang attribute pop

#endif
