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

static __always_inline int stub_empty(int refusal)
{
	struct pc_tag *tag = tag_of(bpf_get_current_task_btf());

	return tag && tag->state == PC_TAG_ARMED ? refusal : 0;
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

/* What an earlier program of the hook returned need not be passed on: after a refusal the kernel calls no further one. */
#define STUB(hook, early, refusal)                    \
	struct {                                      \
		__uint(type, BPF_MAP_TYPE_PROG_ARRAY); \
		__uint(max_entries, 1);               \
		__type(key, __u32);                   \
		__type(value, __u32);                 \
	} jump_##hook SEC(".maps");                   \
	SEC("lsm/" #hook)                             \
	int stub_##hook(__u64 *ctx)                   \
	{                                             \
		if (early)                            \
			return 0;                     \
		bpf_tail_call(ctx, &jump_##hook, 0);  \
		return stub_empty(refusal);           \
	}

STUB(task_alloc, false, -ENOMEM)
STUB(bprm_creds_for_exec, false, -EACCES)
STUB(bprm_check_security, false, -EACCES)
STUB(bprm_committed_creds, false, 0)
STUB(mmap_file, !ctx[0] || stub_host(plain(struct task_struct, bpf_get_current_task_btf())), -EACCES)
STUB(file_open, inner_open(ctx) || stub_host(bpf_get_current_task_btf()), -EACCES)
STUB(path_unlink, stub_host(plain(struct task_struct, bpf_get_current_task_btf())), -EACCES)
STUB(path_rmdir, stub_host(plain(struct task_struct, bpf_get_current_task_btf())), -EACCES)
STUB(path_mkdir, stub_host(plain(struct task_struct, bpf_get_current_task_btf())), -EACCES)
STUB(path_mknod, stub_host(plain(struct task_struct, bpf_get_current_task_btf())), -EACCES)
STUB(path_symlink, stub_host(plain(struct task_struct, bpf_get_current_task_btf())), -EACCES)
STUB(path_rename, stub_host(plain(struct task_struct, bpf_get_current_task_btf())), -EACCES)
STUB(path_link, stub_host(plain(struct task_struct, bpf_get_current_task_btf())), -EACCES)
STUB(path_truncate, stub_host(plain(struct task_struct, bpf_get_current_task_btf())), -EACCES)
STUB(path_chmod, stub_host(plain(struct task_struct, bpf_get_current_task_btf())), -EACCES)
STUB(path_chown, stub_host(plain(struct task_struct, bpf_get_current_task_btf())), -EACCES)
STUB(inode_setxattr, stub_host(plain(struct task_struct, bpf_get_current_task_btf())), -EACCES)

#endif
