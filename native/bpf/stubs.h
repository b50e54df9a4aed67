/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The stubs, one for each hook. They are attached and pinned for good, because an LSM link cannot be updated in place; what
 * they call is replaced instead (docs/adr/0005). Their layout never changes: program stub_<hook>, program array jump_<hook> of
 * one element, and the map `tags`. A stub whose array is empty fails in the safe direction: an actor is denied, and nobody
 * else is concerned.
 */
#ifndef PORTCULLIS_STUBS_H
#define PORTCULLIS_STUBS_H

#include "actor.h"
#include "quick.h"

/* A 0 that the compiler does not know. A known one it would keep in a register, which would have to be saved first. */
static __always_inline int nothing(void)
{
	int value;

	asm volatile("%0 = 0" : "=r"(value));
	return value;
}

/* What a stub returns that found no body. */
static __always_inline int stub_empty(int refusal)
{
	struct pc_task *task = task_of(bpf_get_current_task_btf());

	if (task && task->state == PC_TASK_ARMED)
		return refusal;
	return nothing();
}

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
#define STUB(hook, early, host, refusal)              \
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
			return nothing();             \
		kept = ctx;                           \
		if (host)                             \
			return nothing();             \
		bpf_tail_call(kept, &jump_##hook, 0); \
		return stub_empty(refusal);           \
	}

#define WRITE_STUB(hook) STUB(hook, false, stub_host(CURRENT_PLAIN), -EACCES)

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

#endif
