/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The strings of an event: names, written component by component as they are found on the way up, and the arguments of a
 * program. Each is appended to the task's buffer, where the one before it ends.
 */
#ifndef PORTCULLIS_EVENT_STRINGS_H
#define PORTCULLIS_EVENT_STRINGS_H

#include "arguments.h"

struct name_step {
	struct scratch *scratch;
	struct place place;
	__u32 status;
	__u32 at;
	__u32 end;
	__u32 cut;
};

/* Appends one component: first its length, then its bytes. */
static __always_inline long put_component(struct name_step *step, __u64 dentry)
{
	__u32 length = READ(struct dentry, dentry, d_name.len);
	__u64 name = (__u64)READ(struct dentry, dentry, d_name.name);
	__u32 at = step->at;

	barrier_var(at); /* so that the bounds are checked of the very registers that are used below */
	barrier_var(length);
	if (length > 255 || at > SCRATCH_SIZE - 258 || at + 2 + length > step->end) {
		step->cut = step->place.zero + 1;
		return 1;
	}
	step->scratch->bytes[at] = length;
	step->scratch->bytes[at + 1] = 0;
	bpf_probe_read_kernel(&step->scratch->bytes[at + 2], length, (const void *)name);
	step->at = at + 2 + length;
	return 0;
}

static __noinline long name_up(__u64 index, void *context)
{
	struct name_step *step = context;
	__u64 named = place_up(&step->place, &step->status);

	if (step->status == WALK_PATHLESS && step->place.dentry != step->place.root)
		named = step->place.dentry;
	if (named && put_component(step, named))
		return 1;
	return step->status != WALK_MORE;
}

/*
 * Appends a name, its last component first, of at most `most` bytes. Returns its length. It is global, so that it is verified
 * once.
 */
__noinline __u32 put_name(struct scratch *scratch, __u64 dentry, __u64 mount, __u32 at, __u32 most)
{
	struct name_step step = { .scratch = scratch, .at = at, .end = at + most };

	if (!scratch || !dentry || !mount)
		return 0;
	if (!place_begin(&step.place, dentry, mount))
		return 0;
	step.status = step.place.zero;
	step.cut = step.place.zero;
	if (have_loop()) {
		bpf_loop(LOOP_STEPS, name_up, &step, 0);
	} else {
		for (int i = 0; i < SLOW_STEPS; i++)
			if (name_up(i, &step))
				break;
	}
	if (step.cut || step.status == WALK_MORE)
		scratch->event.flags |= PC_EVENT_TRUNCATED;
	return step.at - at;
}

struct args_step {
	struct scratch *scratch;
	__u64 from; /* where the address of the first argument lies; put_next_arg(): where the next argument does */
	__u32 stride;
	__u32 left; /* put_next_arg(): so many are still to come */
	__u32 at;
	__u32 end;
};

/* Appends the argument that begins at `address`. Returns its length; 0: it cannot be read, or there is no room. */
static __always_inline __u32 put_arg(struct args_step *step, __u64 address)
{
	__u32 at = step->at, room = step->end - at;
	long length;

	if (at >= step->end || room > PC_ARGS_MAX || at > SCRATCH_SIZE - PC_ARGS_MAX) {
		step->scratch->event.flags |= PC_EVENT_TRUNCATED;
		return 0;
	}
	length = read_argument(&step->scratch->bytes[at], room, address);
	if (length <= 0)
		return 0;
	step->at = at + length;
	return length;
}

/* Of a vector, as the caller of execve has it. */
static __noinline long put_arg_of_vector(__u64 index, void *context)
{
	struct args_step *step = context;
	__u64 address = 0;
	__u32 half = 0;

	if (step->stride == 8 ? read_vector(&address, 8, step->from + index * 8) : read_vector(&half, 4, step->from + index * 4))
		return 1;
	if (half)
		address = half;
	return !address || !put_arg(step, address);
}

/* Of the new program's memory, where they lie one after another. */
static __noinline long put_next_arg(__u64 index, void *context)
{
	struct args_step *step = context;
	__u32 length;

	if (!step->left--)
		return 1;
	length = put_arg(step, step->from);
	step->from += length;
	return !length;
}

/* Appends the arguments of a program that is executed: as its caller has them, or from its own memory where `bprm` says that it is there. */
static __noinline __u32 put_argv(struct scratch *scratch, __u64 bprm, __u32 at)
{
	struct args_step step = { .scratch = scratch, .at = at, .end = at + PC_ARGS_MAX };

	if (bprm) {
		step.from = READ(struct linux_binprm, bprm, p);
		step.left = READ(struct linux_binprm, bprm, argc);
	} else {
		step.from = exec_vector(bpf_get_current_task_btf(), &step.stride);
	}
	if (!step.from)
		return 0;
	if (!have_loop()) {
		for (int i = 0; i < 24; i++)
			if (bprm ? put_next_arg(i, &step) : put_arg_of_vector(i, &step))
				break;
	} else if (bprm) {
		bpf_loop(512, put_next_arg, &step, 0);
	} else {
		bpf_loop(512, put_arg_of_vector, &step, 0);
	}
	return step.at > at ? step.at - at - 1 : 0;
}

/* Appends the arguments of the acting program, as they lie in its memory. */
static __noinline __u32 put_args(struct scratch *scratch, struct task_struct *current, __u32 at)
{
	__u64 start = BPF_CORE_READ(current, mm, arg_start), end = BPF_CORE_READ(current, mm, arg_end);
	__u64 length = end - start;

	if (!start || end <= start || at > SCRATCH_SIZE - PC_ARGS_MAX - 1)
		return 0;
	if (length > PC_ARGS_MAX) {
		length = PC_ARGS_MAX;
		scratch->event.flags |= PC_EVENT_TRUNCATED;
	}
	if (bpf_probe_read_user(&scratch->bytes[at], length, (const void *)start))
		return 0;
	return length;
}

/* Appends the name of a file. */
static __always_inline __u32 put_file(struct scratch *scratch, __u64 file, __u32 at, __u32 most)
{
	if (!file)
		return 0;
	return put_name(scratch, (__u64)READ(struct file, file, f_path.dentry), (__u64)READ(struct file, file, f_path.mnt), at,
			most);
}

/* Notes in the event where a string begins and how long it is, and moves on behind it. */
#define PUT(field, expression)                               \
	do {                                                 \
		__u32 at = scratch->used;                    \
		scratch->event.field##_at = at;              \
		scratch->event.field##_len = (expression);   \
		scratch->used += scratch->event.field##_len; \
	} while (0)

/* Appends the names by which kinds of operations are told apart, from the end of the fixed part on. */
static __always_inline void put_names(struct scratch *scratch, const struct operation *operation)
{
	struct task_struct *current = bpf_get_current_task_btf();

	scratch->used = sizeof(scratch->event);
	PUT(object, put_name(scratch, operation->object.dentry, operation->object.mount, at, PC_OBJECT_MAX));
	PUT(object2, put_name(scratch, operation->kind == PC_OP_EXEC ? 0 : operation->dentry2, operation->object.mount, at,
			      PC_OBJECT2_MAX));
	PUT(exe, put_file(scratch, (__u64)BPF_CORE_READ(current, mm, exe_file), at, PC_EXE_MAX));
}

/* Appends the other strings of the event. */
static __always_inline void put_strings(struct scratch *scratch, const struct operation *operation, struct task_struct *current)
{
	bool executes = operation->kind == PC_OP_EXEC;

	PUT(parent, put_file(scratch, (__u64)BPF_CORE_READ(current, real_parent, mm, exe_file), at, PC_PARENT_MAX));
	PUT(cwd, put_name(scratch, (__u64)BPF_CORE_READ(current, fs, pwd.dentry), (__u64)BPF_CORE_READ(current, fs, pwd.mnt), at,
			  PC_CWD_MAX));
	PUT(args, executes ? put_argv(scratch, operation->access & ACCESS_COMMITTED ? operation->bprm : 0, at) : put_args(scratch, current, at));
}

#endif
