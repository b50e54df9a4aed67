/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The arguments of a program that is executed, held against the sets that rules name. While an execution can still be refused, the kernel
 * has copied them to where they cannot be read, so they are read where the caller has them. The caller may change them meanwhile. Therefore
 * a digest of them is noted where a rule's condition was met, and compared, when the execution has happened, with what lies in the new
 * program's own memory: where that is something else, the rule was not asked about it, and the process ends before its first instruction.
 *
 * A script's interpreter has the script's name and the script's arguments. What else the first line of the script gives it is copied as well, and
 * then the interpreter counts as having an argument of no set; so does one of an interpreter.
 */
#ifndef PORTCULLIS_ARGUMENTS_H
#define PORTCULLIS_ARGUMENTS_H

#include "argument_walk.h"

/* Goes through the arguments of an execution of which `round` programs were named before. False: they are not what a set can have. */
static __always_inline bool arguments_of_round(struct argument_walk *walk, __u64 bprm, __u32 round, __u32 first_count)
{
	if (round > 1)
		return false;
	if (round) {
		if ((__u32)READ(struct linux_binprm, bprm, argc) != first_count + 1)
			return false;
		walk->kernel = walk->left = 1;
		walk->at = (__u64)READ(struct linux_binprm, bprm, filename);
		arguments_walk(walk);
		if (walk->status != ARGUMENTS_WHOLE)
			return false;
		walk->kernel = 0;
		walk->at = 0;
	}
	walk->vector = exec_vector(bpf_get_current_task_btf(), &walk->stride);
	walk->skip = 1;
	arguments_walk(walk);
	return walk->status == ARGUMENTS_WHOLE && walk->seen;
}

/*
 * The sets of arguments that have all arguments of the program that is executed, a bit each; none, if it has no argument. Notes what they are,
 * beside the task, for arguments_met() and arguments_changed(). Who is traced has none: the tracer can write others into the new program's memory
 * before its first instruction, as often as it likes.
 */
__noinline __u64 arguments_begin(struct operation *operation, __u32 slot, __u32 round)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct exec_arguments *noted = bpf_task_storage_get(&exec_arguments, current, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	struct argument_walk walk = {};
	struct noted_arguments *own;

	if (!noted || !operation)
		return 0;
	own = round ? &noted->rounds[1] : &noted->rounds[0];
	noted->second = round;
	own->flags = 0;
	own->count = READ(struct linux_binprm, operation->bprm, argc);
	noted->slot = slot;
	if (!round)
		noted->rounds[1].flags = 0;
	walk.slot = slot;
	walk.sets = ~0ULL;
	if (READ(struct linux_binprm, operation->bprm, unsafe) & UNSAFE_PTRACE || !arguments_of_round(&walk, operation->bprm, round, noted->rounds[0].count))
		return 0;
	own->digest = walk.digest;
	return walk.sets;
}

/*
 * Notes that the program's arguments meet the condition of an entry that decides, or would report. What decides comes first and goes before
 * what reports. It is a call, so that what it keeps is off the stack soon.
 */
__noinline int arguments_met(__u32 flags, __u32 rule_id, __u64 table_id)
{
	struct exec_arguments *noted = bpf_task_storage_get(&exec_arguments, bpf_get_current_task_btf(), 0, 0);
	struct noted_arguments *own;

	if (!noted)
		return 0;
	own = noted->second ? &noted->rounds[1] : &noted->rounds[0];
	if (own->flags)
		return 0;
	noted->table_id = table_id;
	own->flags = flags;
	own->rule_id = rule_id;
	return 0;
}

/* Are the arguments that a rule's condition was met by others than those that the new program has? */
static __always_inline bool round_changed(const struct noted_arguments *noted, __u64 bprm)
{
	__u32 count = READ(struct linux_binprm, bprm, argc);
	struct argument_walk walk = {};

	if (!noted->flags)
		return false;
	if (!noted->count || count < noted->count)
		return true;
	walk.slot = NO_SLOT;
	walk.at = READ(struct linux_binprm, bprm, p);
	walk.left = count;
	walk.skip = count - noted->count + 1;
	arguments_walk(&walk);
	return walk.status != ARGUMENTS_WHOLE || walk.digest != noted->digest;
}

/* Did a rule that denies other arguments let these pass? */
static __noinline bool arguments_hold(void)
{
	struct exec_arguments *noted = bpf_task_storage_get(&exec_arguments, bpf_get_current_task_btf(), 0, 0);

	if (!noted)
		return false;
	return (noted->rounds[0].flags && !(noted->rounds[0].flags & PC_ENTRY_AUDIT)) ||
	       (noted->rounds[1].flags && !(noted->rounds[1].flags & PC_ENTRY_AUDIT));
}

/*
 * Asked when an execution has happened. True: the arguments have changed since a rule was asked about them. Then the operation is the execution
 * once more, denied by that rule or, where it only reports, to be reported.
 */
static __noinline bool arguments_changed(struct operation *operation)
{
	struct exec_arguments *noted = bpf_task_storage_get(&exec_arguments, bpf_get_current_task_btf(), 0, 0);
	const struct noted_arguments *changed;
	__u64 bprm = operation->bprm;

	if (!noted)
		return false;
	if (round_changed(&noted->rounds[0], bprm))
		changed = &noted->rounds[0];
	else if (round_changed(&noted->rounds[1], bprm))
		changed = &noted->rounds[1];
	else
		return false;
	operation->category = PC_CATEGORY_PROCESS;
	operation->kind = PC_OP_EXEC;
	operation->access = ACCESS_COMMITTED;
	operation->object.slot = noted->slot;
	operation->object.table_id = noted->table_id;
	operation->rule_id = changed->flags & PC_ENTRY_ALLOW ? 0 : changed->rule_id;
	operation->verdict = changed->flags & PC_ENTRY_AUDIT ? 0 : -EACCES;
	return true;
}

#endif
