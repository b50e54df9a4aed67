/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The hooks' own code on real files, real mounts and real namespaces, on a kernel that need not have a BPF LSM: each program is run by
 * BPF_PROG_TEST_RUN and judges the file at a descriptor of the calling process. real-names.c is the caller.
 */
#pragma clang diagnostic ignored "-Wunused-function" /* of the headers below not everything is asked */
#include "passed-call.h"
#include "../bpf/descriptors.h"

char LICENSE[] SEC("license") = "GPL";

/* The address of the file at a descriptor; 0: there is none. */
static __noinline __u64 file_at(__u64 descriptor)
{
	struct task_struct___files *current = (void *)bpf_get_current_task();
	__u64 table = (__u64)BPF_CORE_READ(current, files, fdt, fd), file = 0;

	bpf_probe_read_kernel(&file, sizeof(file), (const void *)(table + descriptor * sizeof(file)));
	return file;
}

/* Makes the caller an actor of slot context[0]. context[1]: as one that the runtime has executed, so that it is at home here. */
SEC("raw_tp")
int be_actor(__u64 *context)
{
	struct pc_task *task = bpf_task_storage_get(&tags, bpf_get_current_task_btf(), 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!task)
		return 1;
	task->state = PC_TASK_ARMED;
	task->slot = context[0];
	if (context[1])
		home_note(context[0], true);
	return 0;
}

#define DENTRY(file) LOAD(struct file, file, f_path.dentry)

#define JUDGE(name, hook, first, second)                    \
	SEC("raw_tp")                                       \
	int ask_##name(__u64 *context)                      \
	{                                                   \
		__u64 file = file_at(context[0]);           \
		struct pc_call *call = call_of(PC_HOOK_##hook); \
                                                            \
		if (!file || !call)                         \
			return 1;                           \
		call->args[0] = first;                      \
		call->args[1] = second;                     \
		if (PC_HOOK_##hook == PC_HOOK_file_open)    \
			pass_file(call, file);              \
		return judge_call(call);                    \
	}

JUDGE(open, file_open, file, 0)
JUDGE(attribute, inode_setxattr, 0, DENTRY(file))
JUDGE(receive, file_receive, file, 0)
JUDGE(mount, sb_mount, 0, file + bpf_core_field_offset(struct file, f_path))
JUDGE(overlay, sb_kern_mount, LOAD(struct dentry, DENTRY(file), d_sb), 0)
