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
#include "free.h"

/* Does overlayfs itself open a layer's file? It does so after the file that the user opens was judged. */
static __always_inline bool inner_open(__u64 *ctx)
{
	return ((struct file *)ctx[0])->f_mode & FMODE_NOACCOUNT;
}

/*
 * What a stub calls. The loader lets the body take the place of one of the two, in all stubs, and then has the version say that it is
 * this one's turn: an engine that replaces another one takes the place that is free, and no two hooks are ever judged by different
 * ones. These functions are what is there without a body. A stub is only told what kind of answer it is, and has its own refusal.
 */
__noinline int judge_even(struct pc_call *call)
{
	int answer = PC_NO_BODY;

	asm volatile("" : "+r"(answer) : "r"(call) : "memory"); /* or the compiler would know the answer, and pass nothing on */
	return answer;
}

__noinline int judge_odd(struct pc_call *call)
{
	int answer = PC_NO_BODY;

	asm volatile("" : "+r"(answer) : "r"(call) : "memory"); /* or the compiler would know the answer, and pass nothing on */
	return answer;
}

/* May the operation be? */
static __always_inline bool stub_passes(struct pc_call *call, int refusal)
{
	int answer = version_now() & 1 ? judge_odd(call) : judge_even(call);

	return !answer || (answer == PC_NO_BODY && !stub_empty(refusal));
}

/*
 * A stub leaves when `early` is true, when the task is `free`, or by passing the call on, with as many arguments as the
 * hook has. What an earlier program of the same hook returned need not be passed on, because after a refusal the kernel calls no
 * further program. The context is kept on the stack. In a register it would have to be saved at the start of the program, and
 * every task would pay for that, also those that leave early.
 */
#define STUB(hook, count, early, free, refusal) STUB_OR(hook, count, early, free, 0, nothing(), refusal)

/* The same with the state of another task, and where `pass` is returned to go on. */
#define STUB_OR(hook_, count, early, free, other, pass, refusal) \
	SEC("lsm/" #hook_)                                              \
	int stub_##hook_(__u64 *ctx)                                    \
	{                                                               \
		struct pc_call call;                                    \
		__u64 *volatile kept;                                   \
                                                                        \
		if (early)                                              \
			return pass;                                    \
		kept = ctx;                                             \
		if (free)                                               \
			return pass;                                    \
		__builtin_memset(&call, 0, sizeof(call));               \
		call.hook = PC_HOOK_##hook_;                            \
		ctx = kept;                                             \
		call.args[0] = ctx[0];                                  \
		if (count > 1)                                          \
			call.args[1] = ctx[1];                          \
		if (count > 2)                                          \
			call.args[2] = ctx[2];                          \
		if (count > 3)                                          \
			call.args[3] = ctx[3];                          \
		if (count > 4)                                          \
			call.args[4] = ctx[4];                          \
		call.state = (__u64)other;                              \
		return stub_passes(&call, refusal) ? pass : refusal;    \
	}

#define WRITE_STUB(hook, count) STUB(hook, count, false, stub_free(CURRENT_PLAIN), -EACCES)
#define MOUNT_STUB(hook, count) STUB(hook, count, false, stub_free(CURRENT_PLAIN), -EPERM)

/* The only body with typed arguments: a child's state can be made by nothing else. It is called from an array, by the version as well. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u32);
} jump_task_alloc SEC(".maps");

SEC("lsm/task_alloc")
int stub_task_alloc(__u64 *ctx)
{
	bpf_tail_call(ctx, &jump_task_alloc, version_now() & 1);
	return stub_empty(-ENOMEM);
}

STUB(bprm_creds_for_exec, 1, false, false, -EACCES)
STUB(bprm_check_security, 1, false, false, -EACCES)
STUB(bprm_committed_creds, 1, false, false, 0)
STUB(mmap_file, 4, !(ctx[2] & PROT_EXEC), stub_free(CURRENT_PLAIN), -EACCES)

/* Opening is by far the most frequent. Its stub passes on what it has seen of the task, and of the file, which it may read by plain loads. */
SEC("lsm/file_open")
int stub_file_open(__u64 *ctx)
{
	const struct file *file;
	struct pc_call call;
	__u64 *volatile kept;
	__u64 seen;

	if (inner_open(ctx))
		return nothing();
	kept = ctx;
	if (stub_sees_free(bpf_get_current_task_btf(), &seen))
		return nothing();
	ctx = kept;
	file = (const struct file *)ctx[0];
	call.args[0] = (__u64)file;
	call.args[1] = file->f_mode | (__u64)file->f_flags << 32;
	call.args[2] = call.args[3] = call.args[4] = 0;
	call.state = 0;
	call.hook = PC_HOOK_file_open;
	call.seen = seen_slot(seen);
	return stub_passes(&call, -EACCES) ? nothing() : -EACCES;
}

WRITE_STUB(path_unlink, 2)
WRITE_STUB(path_rmdir, 2)
WRITE_STUB(path_mkdir, 2)
WRITE_STUB(path_mknod, 2)
WRITE_STUB(path_symlink, 2)
WRITE_STUB(path_rename, 5)
WRITE_STUB(path_link, 3)
WRITE_STUB(path_truncate, 1)
WRITE_STUB(path_chmod, 1)
WRITE_STUB(path_chown, 1)
WRITE_STUB(inode_setxattr, 2)
WRITE_STUB(inode_removexattr, 2)
WRITE_STUB(inode_set_acl, 2)
WRITE_STUB(inode_remove_acl, 2)
WRITE_STUB(inode_setattr, 3)
STUB(file_ioctl, 2, !changes_flags(ctx[1]), stub_free(CURRENT_PLAIN), -EACCES)
STUB(file_ioctl_compat, 2, !changes_flags(ctx[1]), stub_free(CURRENT_PLAIN), -EACCES)
STUB(file_mprotect, 3, !(ctx[2] & PROT_EXEC), stub_free(CURRENT_PLAIN), -EACCES)
WRITE_STUB(unix_stream_connect, 2)
WRITE_STUB(unix_may_send, 2)
WRITE_STUB(file_receive, 1)
STUB_OR(ptrace_access_check, 2, !(ctx[1] & PTRACE_MODE_ATTACH), stub_free(CURRENT_PLAIN),
	task_of((struct task_struct *)ctx[0]), nothing(), -EPERM)
STUB_OR(ptrace_traceme, 1, false, stub_free(CURRENT_PLAIN), task_of((struct task_struct *)ctx[0]), nothing(), -EPERM)
MOUNT_STUB(task_kill, 1)
STUB_OR(task_prctl, 1, (__u32)ctx[0] != PR_SET_MM, stub_free(CURRENT_PLAIN), 0, -ENOSYS, -EPERM)
MOUNT_STUB(sb_mount, 4)
MOUNT_STUB(move_mount, 2)
MOUNT_STUB(sb_pivotroot, 1)
MOUNT_STUB(sb_umount, 1)
MOUNT_STUB(sb_kern_mount, 1)

#endif
