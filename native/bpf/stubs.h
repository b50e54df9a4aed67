/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The stubs, one for each hook. They are attached and pinned for good, because an LSM link cannot be updated in place; what
 * they call is replaced instead (docs/adr/0005). Their layout never changes: program stub_<hook>, program array jump_<hook> of
 * one element, and the map `tags`. A stub whose array is empty fails in the safe direction: see empty.h.
 */
#ifndef PORTCULLIS_STUBS_H
#define PORTCULLIS_STUBS_H

#include "empty.h"
#include "earned.h"
#include "file_attribute.h"

/* Is the task one of the host's? That is by far the most frequent case, and is left as early as possible. */
static __always_inline bool stub_host(const struct task_struct *current)
{
	const struct bpf_local_storage_data *task = task_quick(current);

	return task && QUICK(task, state) == PC_TASK_HOST;
}

/* The current task, as a pointer that is not trusted where there are such: that is cheaper to verify. */
#define CURRENT_PLAIN plain(struct task_struct, bpf_get_current_task_btf())

/* Does overlayfs itself open a layer's file? It does so after the file that the user opens was judged. */
static __always_inline bool inner_open(__u64 *ctx)
{
	return ((struct file *)ctx[0])->f_mode & FMODE_NOACCOUNT;
}

/*
 * A stub leaves when `early` is true, when the task is one of the `host`, or by calling the body. Without a body it returns
 * `refusal` to an actor. What an earlier program of the same hook returned need not be passed on, because after a refusal the
 * kernel calls no further program. The context is kept on the stack. In a register it would have to be saved at the start of
 * the program, and every task would pay for that, also those that leave early.
 */
#define STUB(hook, early, host, refusal) STUB_OR(hook, early, host, nothing(), refusal)

/* The same where `pass` is returned to go on. */
#define STUB_OR(hook, early, host, pass, refusal)     \
	struct {                                      \
		__uint(type, BPF_MAP_TYPE_PROG_ARRAY); \
		__uint(max_entries, 1);               \
		__type(key, __u32);                   \
		__type(value, __u32);                 \
	} jump_##hook SEC(".maps");                   \
	SEC("lsm/" #hook)                             \
	int stub_##hook(__u64 *ctx)                   \
	{                                             \
		__u64 *volatile kept;                 \
                                                      \
		if (early)                            \
			return pass;                  \
		kept = ctx;                           \
		if (host)                             \
			return pass;                  \
		bpf_tail_call(kept, &jump_##hook, 0); \
		return stub_empty(refusal);           \
	}

#define WRITE_STUB(hook) STUB(hook, false, stub_host(CURRENT_PLAIN), -EACCES)
#define MOUNT_STUB(hook) STUB(hook, false, stub_host(CURRENT_PLAIN), -EPERM)

STUB(task_alloc, false, false, -ENOMEM)
STUB(bprm_creds_for_exec, false, false, -EACCES)
STUB(bprm_check_security, false, false, -EACCES)
STUB(bprm_committed_creds, false, false, 0)
STUB(mmap_file, !ctx[0], stub_host(CURRENT_PLAIN), -EACCES)
STUB(file_open, inner_open(ctx), stub_host(bpf_get_current_task_btf()), -EACCES)
WRITE_STUB(path_unlink)
WRITE_STUB(path_rmdir)
WRITE_STUB(path_mkdir)
WRITE_STUB(path_mknod)
WRITE_STUB(path_symlink)
WRITE_STUB(path_rename)
WRITE_STUB(path_link)
WRITE_STUB(path_truncate)
WRITE_STUB(path_chmod)
WRITE_STUB(path_chown)
WRITE_STUB(inode_setxattr)
WRITE_STUB(inode_removexattr)
WRITE_STUB(inode_set_acl)
WRITE_STUB(inode_remove_acl)
WRITE_STUB(inode_setattr)
STUB(file_ioctl, !changes_flags(ctx[1]), stub_host(CURRENT_PLAIN), -EACCES)
STUB(file_ioctl_compat, !changes_flags(ctx[1]), stub_host(CURRENT_PLAIN), -EACCES)
STUB(file_mprotect, !(ctx[2] & PROT_EXEC), stub_host(CURRENT_PLAIN), -EACCES)
WRITE_STUB(unix_stream_connect)
WRITE_STUB(unix_may_send)
WRITE_STUB(file_receive)
STUB(ptrace_access_check, !(ctx[1] & 2), stub_host(CURRENT_PLAIN), -EPERM) /* PTRACE_MODE_ATTACH */
MOUNT_STUB(ptrace_traceme)
MOUNT_STUB(task_kill)
STUB_OR(task_prctl, (__u32)ctx[0] != PR_SET_MM, stub_host(CURRENT_PLAIN), -ENOSYS, -EPERM)
MOUNT_STUB(sb_mount)
MOUNT_STUB(move_mount)
MOUNT_STUB(sb_pivotroot)
MOUNT_STUB(sb_umount)
MOUNT_STUB(sb_kern_mount)

#endif
