// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/*
 * The programs that judge what is done through descriptors from before a rule. They are no part of the engine's object: they are attached
 * while there are such descriptors, so that otherwise nobody pays for them. Who is no actor leaves by a look at the task's state, an actor whose slot has no such
 * descriptor by one more at the slot.
 */
#pragma clang diagnostic ignored "-Wunused-function" /* of what judges names, a part alone is needed here */

#include "earlier.h"
#include "exec_map.h"
#include "file.h"
#include "free.h"

char LICENSE[] SEC("license") = "GPL";

#define MAY_WRITE 0x2
#define MAY_APPEND 0x8
#define MAP_SHARED_KINDS 0x1 /* in MAP_SHARED and in MAP_SHARED_VALIDATE, and not in MAP_PRIVATE */

/* What concerns the current task. UNKNOWN: it may be an actor, but its state cannot be had. */
enum concern { CONCERN_NONE, CONCERN_SOME, CONCERN_ALL, CONCERN_UNKNOWN };

static __always_inline enum concern concern_of_current(void)
{
	struct pc_earlier *earlier;
	struct pc_task *task;
	__u32 slot;

	if (stub_free(CURRENT_PLAIN))
		return CONCERN_NONE;
	task = task_of(bpf_get_current_task_btf());
	if (!task || task->state != PC_TASK_ARMED) {
		__u32 state = actor_late();

		if (state == PC_TASK_HOST || state == PC_TASK_UNRESOLVED)
			return CONCERN_NONE;
		task = task_of(bpf_get_current_task_btf());
	}
	if (!task)
		return CONCERN_UNKNOWN;
	slot = task->slot;
	earlier = bpf_map_lookup_elem(&earlier_slots, &slot);
	if (!earlier)
		return CONCERN_NONE;
	return earlier->all ? CONCERN_ALL : CONCERN_SOME;
}

/* Is what is done through this open file to be judged? */
static __always_inline bool is_earlier(__u64 file)
{
	enum concern concern = concern_of_current();

	if (concern == CONCERN_NONE)
		return false;
	return (concern == CONCERN_ALL && can_be_meant(file)) || bpf_map_lookup_elem(&earlier_files, &file);
}

/*
 * Judges the use of an open file, by what lies at a path (the address of a struct path). What passes was reported when the file was opened. It is no
 * call, because those below it are as deep as they may be.
 */
static __always_inline int judge_use(__u64 file, __u64 path, __u32 access)
{
	struct operation operation = {};

	operation.kind = PC_OP_USE;
	operation.access = access;
	operation.open_flags = LOAD(struct file, file, f_flags);
	operation.object.dentry = LOAD(struct path, path, dentry);
	operation.object.mount = LOAD(struct path, path, mnt);
	judge_opened(&operation);
	if (!operation.verdict)
		return 0;
	operation.audits = 0;
	return finish(&operation) ? -EACCES : 0;
}

static __always_inline int judge_file(__u64 file, __u32 access)
{
	return is_earlier(file) ? judge_use(file, file + bpf_core_field_offset(struct file, f_path), access) : 0;
}

SEC("lsm/file_permission")
int earlier_permission(__u64 *ctx)
{
	return judge_file(ctx[0], (__u32)ctx[1] & (MAY_WRITE | MAY_APPEND) ? ACCESS_WRITE : 0);
}

SEC("lsm/mmap_file")
int earlier_mmap(__u64 *ctx)
{
	if (!ctx[0])
		return 0;
	return judge_file(ctx[0], ctx[2] & PROT_WRITE && ctx[3] & MAP_SHARED_KINDS ? ACCESS_WRITE : 0);
}

/* A shared mapping becomes one that can be written. What overlayfs has mapped is another file than that which was opened, so that each is judged. */
SEC("lsm/file_mprotect")
int earlier_mprotect(__u64 *ctx)
{
	__u64 file;

	if (!(ctx[2] & PROT_WRITE) || !(LOAD(struct vm_area_struct, ctx[0], vm_flags) & VM_SHARED))
		return 0;
	file = LOAD(struct vm_area_struct, ctx[0], vm_file);
	if (!file || concern_of_current() == CONCERN_NONE)
		return 0;
	return judge_use(file, mapped_path(file), ACCESS_WRITE);
}

/* ftruncate; up to 6.1 it is asked for like truncate, by the name. */
SEC("lsm/file_truncate")
int earlier_truncate(__u64 *ctx)
{
	return judge_file(ctx[0], ACCESS_WRITE);
}

/* The open file ends, and another one may have its address. */
SEC("lsm/file_free_security")
int earlier_end(__u64 *ctx)
{
	__u64 file = ctx[0];

	bpf_map_delete_elem(&earlier_files, &file);
	return 0;
}
