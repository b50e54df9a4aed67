/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * What is written beside a file's content: extended attributes, ACLs, times, flags of the file system. Most of these hooks are
 * given a dentry and no mount, so that the object is judged by all its names.
 */
#ifndef PORTCULLIS_FILE_ATTRIBUTE_H
#define PORTCULLIS_FILE_ATTRIBUTE_H

#include "names.h"

/* Commands of ioctl that change a file's flags: FS_IOC_SETFLAGS, the same of 32-bit tasks, and FS_IOC_FSSETXATTR. */
#define IOC_SETFLAGS 0x40086602U
#define IOC32_SETFLAGS 0x40046602U
#define IOC_FSSETXATTR 0x401c5820U

/* Of iattr.ia_valid: times, and what hooks of paths judge already. */
#define ATTR_TIMES (1 << 4 | 1 << 5)
#define ATTR_JUDGED (1 << 0 | 1 << 1 | 1 << 2 | 1 << 3) /* mode, owner, group, size */

#define PF_IO_WORKER 0x10
#define NR_IO_URING_ENTER 426

/*
 * Does overlayfs change a file of its upper layer? It does so with the rights of whoever mounted it, after the change that the task
 * asked for was judged. io_uring may act with other rights as well, and is no overlayfs.
 */
static __noinline bool is_layers_own(void)
{
	struct task_struct *current = (struct task_struct *)bpf_get_current_task();
	struct task_struct *task = bpf_get_current_task_btf();
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);

	if (BPF_CORE_READ(current, cred) == BPF_CORE_READ(current, real_cred))
		return false;
	return !(BPF_CORE_READ(current, flags) & PF_IO_WORKER) && SYSCALL_NR(regs) != NR_IO_URING_ENTER;
}

/* Only times are judged by inode_setattr: everything else that this hook sees comes by a hook of its own. */
static __always_inline bool changes_times(__u64 attributes)
{
	__u32 valid = READ(struct iattr, attributes, ia_valid);

	return valid & ATTR_TIMES && !(valid & ATTR_JUDGED);
}

static __always_inline bool changes_flags(__u32 command)
{
	return command == IOC_SETFLAGS || command == IOC32_SETFLAGS || command == IOC_FSSETXATTR;
}

#endif
