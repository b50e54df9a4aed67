/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The stubs: one a hook, attached and pinned for good, because an LSM link cannot be updated in place. Their layout is
 * never to change: program stub_<hook>, program array jump_<hook> of one element, the tags map. An empty array fails in
 * the safe direction: a subject is denied, everyone else is not concerned.
 */
#ifndef PORTCULLIS_STUBS_H
#define PORTCULLIS_STUBS_H

#include "subject.h"

static __always_inline int stub_empty(int refusal)
{
	struct pc_tag *tag = tag_of(bpf_get_current_task_btf());

	return tag && tag->state == PC_TAG_ARMED ? refusal : 0;
}

/* `result`: what an earlier program of this hook returned; which argument of the hook's call it is differs by hook. */
#define STUB(hook, refusal)                           \
	struct {                                      \
		__uint(type, BPF_MAP_TYPE_PROG_ARRAY); \
		__uint(max_entries, 1);               \
		__type(key, __u32);                   \
		__type(value, __u32);                 \
	} jump_##hook SEC(".maps");                   \
	SEC("lsm/" #hook)                             \
	int stub_##hook(__u64 *ctx)                   \
	{                                             \
		bpf_tail_call(ctx, &jump_##hook, 0);  \
		return stub_empty(refusal);           \
	}

STUB(task_alloc, -ENOMEM)
STUB(bprm_creds_for_exec, -EACCES)
STUB(bprm_check_security, -EACCES)
STUB(bprm_committed_creds, 0)
STUB(mmap_file, -EACCES)
STUB(file_open, -EACCES)
STUB(path_unlink, -EACCES)
STUB(path_rmdir, -EACCES)
STUB(path_mkdir, -EACCES)
STUB(path_mknod, -EACCES)
STUB(path_symlink, -EACCES)
STUB(path_rename, -EACCES)
STUB(path_link, -EACCES)
STUB(path_truncate, -EACCES)
STUB(path_chmod, -EACCES)
STUB(path_chown, -EACCES)
STUB(inode_setxattr, -EACCES)

#endif
