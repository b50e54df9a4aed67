/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * What a process has open from before a rule. A search (look.h) keeps those open files that the rules of their holder forbid, and as long as there
 * are any, what is done through them is judged (earlier.bpf.c). An open file is one whoever has it: descriptors that are made of another one, or
 * inherited, lead to the same.
 */
#ifndef PORTCULLIS_EARLIER_H
#define PORTCULLIS_EARLIER_H

#include "core_fixes.h"
#include "maps.h"
#include "abi_earlier.h" /* after the kernel's types */

/* The address of an open file -> the number of the last search that found it. Whatever is kept is taken out when the file is closed for good. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, PC_EARLIER_FILES);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, __u64);
} earlier_files SEC(".maps");

/* Slot -> what was found of it. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, PC_SLOTS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct pc_earlier);
} earlier_slots SEC(".maps");

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct inode___device {
	unsigned int i_rdev;
};

#pragma clang attribute pop

#define S_IFMT 0170000
#define S_IFIFO 0010000
#define S_IFCHR 0020000
#define S_IFSOCK 0140000

#define MAJOR(device) ((device) >> 20)
#define MINOR(device) ((device) & 0xfffff)

/* The terminals (of the console, those that follow the task's own, pseudo terminals), and null, zero, full, random and urandom. */
static __always_inline bool holds_nothing(__u32 device)
{
	__u32 major = MAJOR(device), minor = MINOR(device);

	return major == 4 || major == 5 || (major >= 136 && major <= 143) ||
	       (major == 1 && (minor == 3 || minor == 5 || (minor >= 7 && minor <= 9)));
}

/*
 * Can a rule mean what is open here? Not pipes, sockets and devices that hold nothing: what a program was started with goes on to work, and
 * what goes through them is no file's content. Nor what overlayfs itself has open, whose user was judged.
 */
static __always_inline bool can_be_meant(__u64 file)
{
	__u32 mode = LOAD(struct file, file, f_mode), kind;
	__u64 inode;

	if (mode & (FMODE_PATH | FMODE_NOACCOUNT))
		return false;
	inode = LOAD(struct dentry, LOAD(struct file, file, f_path.dentry), d_inode);
	if (!inode)
		return false;
	kind = LOAD(struct inode, inode, i_mode) & S_IFMT;
	if (kind == S_IFCHR)
		return !holds_nothing(READ(struct inode___device, inode, i_rdev));
	return kind != S_IFIFO && kind != S_IFSOCK;
}

#endif
