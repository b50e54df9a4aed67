/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The kernel's own types, as far as the engine reads them: only the fields that are used, by their names. CO-RE moves every
 * access to where the running kernel has the field. So no generated vmlinux.h is needed, and the build is the same everywhere.
 * Long because it is one list: every type that is read, and nothing else.
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

#define EPERM 1
#define EACCES 13
#define ENOMEM 12
#define ENOSYS 38
#define SIGKILL 9

#define UNSAFE_SHARE 1  /* of bprm->unsafe: somebody shares the task's root and working directory */
#define UNSAFE_PTRACE 2 /* … or traces it */
#define FMODE_READ 0x1
#define FMODE_WRITE 0x2
#define FMODE_NOACCOUNT 0x20000000 /* overlayfs itself opens the file of a layer; a user's open never has it */
#define ERROR_POINTER (-4095ULL)   /* no address from here on: mnt_ns of a mount that no namespace has (MNT_NS_INTERNAL) */
#define FMODE_PATH 0x4000
#define FMODE_EXEC_FLAG 0x20       /* __FMODE_EXEC in f_flags: the kernel opens a program for execve */
#define O_TRUNC 01000
#define PROT_WRITE 0x2
#define PROT_EXEC 0x4
#define MAP_PRIVATE 0x2
#define VM_SHARED 0x8
#define SB_RDONLY 1
#define MNT_READONLY 0x40
#define SB_NOUSER 0x80000000UL     /* a superblock to which no path leads: of pipes, sockets, memfd … */
#define PROC_SUPER_MAGIC 0x9fa0
#define OVERLAYFS_MAGIC 0x794c7630
#define NSFS_MAGIC 0x6e736673
#define PIDFS_MAGIC 0x50494446
#define MQUEUE_MAGIC 0x19800202
#define HUGETLBFS_MAGIC 0x958458f6
#define AF_INET 2
#define AF_INET6 10
#define AF_PACKET 17
#define AF_SMC 43
#define SOCK_STREAM 1
#define SOCK_DGRAM 2
#define SOCK_RAW 3
#define SOCK_RDM 4
#define SOCK_SEQPACKET 5
#define SOCK_DCCP 6
#define IPPROTO_ICMP 1
#define IPPROTO_TCP 6
#define IPPROTO_UDP 17
#define IPPROTO_ICMPV6 58
#define IPPROTO_SCTP 132
#define IPPROTO_SMC 256
#define IPPROTO_MPTCP 262
#define CAP_OPT_NOAUDIT 2
#define PIDTYPE_TGID 1
#define RENAME_EXCHANGE 2
#define MS_REMOUNT 32
#define MS_MOVE 8192
#define MS_PROPAGATION (1 << 17 | 1 << 18 | 1 << 19 | 1 << 20) /* MS_UNBINDABLE, MS_PRIVATE, MS_SLAVE, MS_SHARED */

typedef struct {
	__u32 val;
} kuid_t;

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct qstr {
	__u32 len;
	const unsigned char *name;
};

struct list_head {
	struct list_head *next;
};

struct iattr {
	unsigned int ia_valid;
};

struct super_block {
	unsigned int s_dev;
	unsigned long s_flags;
	unsigned long s_magic;
	void *s_fs_info;
	struct dentry *s_root;
	struct user_namespace *s_user_ns;
};

struct inode {
	unsigned short i_mode;
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

#define MAP_PARTS 5 /* that lie in the map itself */

struct uid_gid_extent {
	__u32 first;
	__u32 lower_first;
	__u32 count;
};

struct uid_gid_map {
	__u32 nr_extents;
	struct uid_gid_extent extent[MAP_PARTS];
};

struct user_namespace {
	struct uid_gid_map uid_map;
};

struct mnt_idmap {
	struct user_namespace *owner; /* 6.2 to 6.4 */
	struct uid_gid_map uid_map;
};

struct vfsmount {
	struct dentry *mnt_root;
	struct super_block *mnt_sb;
	int mnt_flags;
	struct user_namespace *mnt_userns; /* up to 6.1 */
	struct mnt_idmap *mnt_idmap;
};

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
	struct mnt_namespace *mnt_ns;
};

/* The mounts of a superblock: a list, and from 6.17 on a chain. */
struct mount___list {
	struct list_head mnt_instance;
};

struct super_block___list {
	struct list_head s_mounts;
};

struct mount___chain {
	struct mount *mnt_next_for_sb;
};

struct super_block___chain {
	struct mount *s_mounts;
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

struct counter_word {
	int value;
};

struct ns_common {
	unsigned int inum;
	struct counter_word count;
	struct counter_word __ns_ref; /* 6.18: what was `count` */
	__u64 ns_id;                  /* 6.18: what was mnt_namespace.seq */
};

struct mnt_namespace {
	struct ns_common ns;
	__u64 seq; /* its number; 0: a tree that is attached nowhere (open_tree, fsmount) */
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

struct pid_namespace {
	struct task_struct *child_reaper;
};

struct upid {
	int nr;
	struct pid_namespace *ns;
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

struct anon_vma;
struct vm_area_struct {
	unsigned long vm_flags;
	struct anon_vma *anon_vma;
	struct file *vm_file;
};

struct ovl_layer {
	struct vfsmount *mnt;
};

struct ovl_fs { /* of an overlay's superblock; it is known where the module is loaded */
	unsigned int numlayer;
	struct ovl_layer *layers;
};

struct ovl_inode {
	struct inode vfs_inode;
	struct dentry *__upperdentry; /* NULL: the file is as the image has it */
};

struct backing_file { /* what overlayfs maps: the file of a layer, and where the user sees it */
	struct file file;
	struct path user_path;
};

struct sock_common {
	unsigned short skc_family;
	__be16 skc_dport;
};

struct sock {
	struct sock_common __sk_common;
	unsigned char sk_kern_sock : 1;
	__u16 sk_protocol;
};

struct socket {
	short type;
	struct sock *sk;
};

struct iovec {
	void *iov_base;
	unsigned long iov_len;
};

enum iter_type {
	ITER_IOVEC,
	ITER_UBUF = 100, /* 6.0; its number differs */
};

struct iov_iter {
	__u8 iter_type;
	unsigned long iov_offset;
	unsigned long count;
	const struct iovec *__iov;
	void *ubuf;
	unsigned long nr_segs;
};

struct iov_iter___named { /* up to 6.3 */
	const struct iovec *iov;
};

struct msghdr {
	void *msg_name;
	struct iov_iter msg_iter;
};

struct sk_buff {
	unsigned char *head;
	unsigned int end; /* where skb_shared_info is, from the head on */
	unsigned int data_len; /* bytes that are not in the head, but in pages */
};

struct skb_shared_info {
	__u8 flags;
};

struct unix_sock {
	struct sock sk;
	struct path path;
};

struct task_struct {
	unsigned int flags;
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
	unsigned int unsafe;
	unsigned long p;
	int argc;
};

/* All hooks of LSMs, as functions: for bpf_core_field_exists() alone, which says whether the kernel has a hook. */
union security_list_options {
	void *inode_post_setattr;
};

/* For bpf_core_type_exists() alone: the type came to the kernel (6.3) just after bpf_rdonly_cast (6.2). */
struct bpf_rb_root {
	int dummy;
};

#pragma clang attribute pop

#endif
