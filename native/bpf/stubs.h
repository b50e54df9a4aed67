/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The stubs: one a hook, attached and pinned for good, because an LSM link cannot be updated in place. Their layout is
 * never to change: program stub_<hook>, program array jump_<hook> of one element, the tags map. An empty array fails in
 * the safe direction: a subject is denied, everyone else is not concerned.
 */
#ifndef PORTCULLIS_STUBS_H
#define PORTCULLIS_STUBS_H

#include "quick.h"
#include "subject.h"

/* 0, which the compiler does not know: a known one it would put into a register that is to be saved first. */
static __always_inline int nothing(void)
{
	int value;

	asm volatile("%0 = 0" : "=r"(value));
	return value;
}

static __always_inline int stub_empty(int refusal)
{
	struct pc_tag *tag = tag_of(bpf_get_current_task_btf());

	if (tag && tag->state == PC_TAG_ARMED)
		return refusal;
	return nothing();
}

/* Not a subject: by far the most frequent case, left as early as can be. */
static __always_inline bool stub_host(const struct task_struct *current)
{
	const struct bpf_local_storage_data *tag = tag_quick(current);

	return tag && QUICK(tag, state) == PC_TAG_HOST;
}

/* overlayfs opens the layer's file itself after it was asked for its own: that is no user's open. */
static __always_inline bool inner_open(__u64 *ctx)
{
	return ((struct file *)ctx[0])->f_mode & FMODE_NOACCOUNT;
}

/*
 * What an earlier program of the hook returned need not be passed on: after a refusal the kernel calls no further one.
 * The context is kept on the stack and not in a register that is to be saved first: who leaves early has not paid for it.
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

STUB(task_alloc, false, false, -ENOMEM)
STUB(bprm_creds_for_exec, false, false, -EACCES)
STUB(bprm_check_security, false, false, -EACCES)
STUB(bprm_committed_creds, false, false, 0)
STUB(mmap_file, !ctx[0], stub_host(plain(struct task_struct, bpf_get_current_task_btf())), -EACCES)
STUB(file_open, inner_open(ctx), stub_host(bpf_get_current_task_btf()), -EACCES)
STUB(path_unlink, false, stub_host(plain(struct task_struct, bpf_get_current_task_btf())), -EACCES)
STUB(path_rmdir, false, stub_host(plain(struct task_struct, bpf_get_current_task_btf())), -EACCES)
STUB(path_mkdir, false, stub_host(plain(struct task_struct, bpf_get_current_task_btf())), -EACCES)
STUB(path_mknod, false, stub_host(plain(struct task_struct, bpf_get_current_task_btf())), -EACCES)
STUB(path_symlink, false, stub_host(plain(struct task_struct, bpf_get_current_task_btf())), -EACCES)
STUB(path_rename, false, stub_host(plain(struct task_struct, bpf_get_current_task_btf())), -EACCES)
STUB(path_link, false, stub_host(plain(struct task_struct, bpf_get_current_task_btf())), -EACCES)
STUB(path_truncate, false, stub_host(plain(struct task_struct, bpf_get_current_task_btf())), -EACCES)
STUB(path_chmod, false, stub_host(plain(struct task_struct, bpf_get_current_task_btf())), -EACCES)
STUB(path_chown, false, stub_host(plain(struct task_struct, bpf_get_current_task_btf())), -EACCES)
STUB(inode_setxattr, false, stub_host(plain(struct task_struct, bpf_get_current_task_btf())), -EACCES)

#endif
