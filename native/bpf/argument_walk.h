/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Arguments of a program, gone through eight bytes at a time: the sets that have all of them, and a digest. They are those of a vector, as the
 * caller of execve has it, or lie one after another, as in the new program's memory.
 */
#ifndef PORTCULLIS_ARGUMENT_WALK_H
#define PORTCULLIS_ARGUMENT_WALK_H

#include "operation.h"
#include "syscall.h"

#define ARGUMENT_STEPS (1 << 18) /* an argument takes one for each eight bytes, and one for its end */
#define ARGUMENT_STEPS_NO_LOOP 64
#define NO_SLOT 0xffffffffU

enum arguments_status {
	ARGUMENTS_MORE,   /* the loop ends before the arguments do */
	ARGUMENTS_WHOLE,
	ARGUMENTS_FAILED, /* one cannot be read */
};

/* Arguments, gone through. */
struct argument_walk {
	struct lanes lanes; /* of the argument in hand */
	void *table;        /* whose sets are asked about; NULL: none */
	__u64 vector;       /* where the address of the next argument lies; 0: they lie one after another */
	__u64 at;           /* where the rest of the argument in hand begins; 0: its address is to be read */
	__u64 sets;         /* the sets that have all arguments so far, a bit each */
	__u64 digest;       /* of all of them in their order */
	__u32 mask;         /* of the buckets of `table` */
	__u32 stride;       /* bytes of an address in the vector */
	__u32 left;         /* arguments still to come, where they lie one after another */
	__u32 skip;         /* … and so many are to be left out, the program's name before them among these */
	__u32 seen;         /* arguments that were not left out */
	__u32 kernel;       /* they lie in the kernel's memory */
	__u32 slot;         /* whose rule table `table` is to be; NO_SLOT: none */
	__u32 status;       /* enum arguments_status */
};

#ifndef PORTCULLIS_OTHER_VECTOR /* a test defines its own functions, because it is not executed */
/* Where the task that calls has the arguments: execve(path, vector, …), execveat(fd, path, vector, …). 0: it is no task's call. */
static __always_inline __u64 exec_vector(struct task_struct *current, __u32 *stride)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(current);
	__u32 number = SYSCALL_NR(regs);

	*stride = number == NR_EXECVE || number == NR_EXECVEAT ? 8 : 4;
	if (number == NR_EXECVEAT || number == NR_EXECVEAT_32)
		return number == NR_EXECVEAT ? SYSCALL_ARG(regs, 2) : (__u32)SYSCALL_ARG_32(regs, 2);
	if (number == NR_EXECVE_32)
		return (__u32)SYSCALL_ARG_32(regs, 1);
	return number == NR_EXECVE ? SYSCALL_ARG(regs, 1) : 0;
}

static __always_inline long read_vector(void *to, __u32 size, __u64 from)
{
	return bpf_probe_read_user(to, size, (const void *)from);
}

/* The length with the NUL, which of an empty text the kernel leaves out. */
static __always_inline long read_argument(void *to, __u32 size, __u64 from)
{
	long length = bpf_probe_read_user_str(to, size, (const void *)from);

	return length ? length : 1;
}
#endif

/* Begins with the next argument of a vector. False: there is none. */
static __always_inline bool argument_begin(struct argument_walk *walk)
{
	__u64 address = 0;
	__u32 half = 0;

	if (!walk->vector || (walk->stride == 8 ? read_vector(&address, 8, walk->vector) : read_vector(&half, 4, walk->vector))) {
		walk->status = ARGUMENTS_FAILED;
		return false;
	}
	if (walk->stride != 8)
		address = half;
	walk->vector += walk->stride;
	walk->at = address;
	if (!address)
		walk->status = ARGUMENTS_WHOLE;
	return address;
}

/* Takes in the argument whose bytes have ended `length` bytes further on. True: it was the last one. */
static __always_inline bool argument_end(struct argument_walk *walk, __u64 length, const struct pc_settings *keys)
{
	__u64 hash = lanes_end(&walk->lanes);

	walk->lanes.a = walk->lanes.b = keys->zero;
	if (walk->skip) {
		walk->skip--;
	} else {
		walk->seen++;
		walk->digest = (walk->digest ^ hash) * (keys->hash_seed[0] | 1) + keys->hash_seed[1];
		if (walk->table && walk->sets)
			walk->sets &= edge_next(walk->table, walk->mask, PC_ARGUMENT_STATE, hash) |
				      (__u64)edge_next(walk->table, walk->mask, PC_ARGUMENT_STATE_HIGH, hash) << 32;
	}
	if (walk->vector) {
		walk->at = 0;
		return false;
	}
	walk->at += length;
	if (--walk->left)
		return false;
	walk->status = ARGUMENTS_WHOLE;
	return true;
}

/* Takes in the next eight bytes of an argument. */
static __noinline long argument_step(__u64 index, void *context)
{
	struct argument_walk *walk = context;
	const struct pc_settings *keys = settings_get();
	__u64 bytes[2] = {}; /* eight, and a NUL */
	long length;

	if (!keys) {
		walk->status = ARGUMENTS_FAILED;
		return 1;
	}
	if (!walk->at && !argument_begin(walk))
		return 1;
	length = walk->kernel ? bpf_probe_read_kernel_str(bytes, 9, (const void *)walk->at) : read_argument(bytes, 9, walk->at);
	if (length <= 0 || length > 9) {
		walk->status = ARGUMENTS_FAILED;
		return 1;
	}
	if (length == 9) {
		lanes_add(&walk->lanes, bytes[0], keys);
		walk->at += 8;
		return 0;
	}
	if (length > 1)
		lanes_add(&walk->lanes, bytes[0] << ((72 - length * 8) & 63), keys);
	return argument_end(walk, length, keys);
}

/* Goes through the arguments that `walk` names. It is global, so that it is verified once. */
__noinline int arguments_walk(struct argument_walk *walk)
{
	const struct pc_header *header;
	struct argument_walk step; /* on the own stack: see search_next() */
	const struct pc_settings *keys = settings_call();
	__u32 slot;

	if (!walk || !keys)
		return 0;
	step = *walk;
	slot = step.slot;
	step.table = slot == NO_SLOT ? NULL : bpf_map_lookup_elem(&slots, &slot);
	header = step.table ? table_element(step.table, 0) : NULL;
	step.mask = header ? header->bucket_mask : keys->zero;
	step.status = keys->zero;
	step.lanes.a = step.lanes.b = keys->zero;
	if (have_loop()) {
		bpf_loop(ARGUMENT_STEPS, argument_step, &step, 0);
	} else {
		for (int i = 0; i < ARGUMENT_STEPS_NO_LOOP; i++)
			if (argument_step(i, &step))
				break;
	}
	walk->sets = step.sets;
	walk->digest = step.digest;
	walk->seen = step.seen;
	walk->status = step.status;
	return 0;
}

#endif
