/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * One list of the rule table, evaluated in its order: the first deciding entry whose source matches decides, and audit entries say what is to be
 * reported of it. What comes of that is verdict.h.
 */
#ifndef PORTCULLIS_EVALUATE_H
#define PORTCULLIS_EVALUATE_H

#include "arguments.h"
#include "owner.h"
#include "source.h"

#define LIST_STEPS (1 << 17) /* more entries than any list has */
#define LIST_STEPS_NO_LOOP 64

/* Beside an entry's flags, in what a list says so far. */
#define EVAL_BROKEN 0x40000000U /* instead of a decider: an entry lies outside of the rule table */
#define EVAL_MORE 0x40000000U   /* beside the audit entry: others report as well */

/* In place of PC_ENTRY_ARGS where the arguments meet the condition: a flag that no operation violates. */
#define EVAL_ARGS_MET 0x200

#define CONDITIONS (PC_ENTRY_READ_ONLY | PC_ENTRY_OWNER_ONLY | PC_ENTRY_NO_TTY | PC_ENTRY_ARGS | EVAL_ARGS_MET)

/* What a list says so far: flags and not cases, so that the verifier need not follow each case through the loop. */
struct eval {
	void *table;
	const struct pc_header *header;
	const struct pc_task *task;
	__u64 arguments;  /* as in struct operation; 0: it is no execution */
	__u32 index;
	__u32 violated;   /* PC_ENTRY_*: conditions that this operation does not meet */
	__u32 skipped;    /* PC_ENTRY_*: entries with any of these do not decide here */
	__u32 any_source; /* PC_ENTRY_*: entries with any of these hold whatever the source */
	__u32 decider;    /* flags of the entry that decides, or EVAL_BROKEN; 0: none yet */
	__u32 rule_id;
	__u32 audit;      /* flags of the audit entry that reports; 0: none yet */
	__u32 audit_id;
	__u32 zero;       /* as in struct place */
};

#ifndef PORTCULLIS_OTHER_TERMINAL /* a test defines its own function, because it has no terminal */
static __always_inline bool has_terminal(void)
{
	struct task_struct *current = (struct task_struct *)bpf_get_current_task();

	return BPF_CORE_READ(current, signal, tty) != 0;
}
#endif

/* The conditions that are not met, of those that some rule has. */
static __always_inline __u32 violations(const struct operation *operation, __u32 flags)
{
	__u32 violated = PC_ENTRY_ARGS | (operation->access & ACCESS_WRITE ? PC_ENTRY_READ_ONLY : 0);

	if (flags & PC_ASKS_OWNER && !is_owner(operation->object.dentry, operation->object.mount))
		violated |= PC_ENTRY_OWNER_ONLY;
	if (flags & PC_ASKS_TTY && has_terminal())
		violated |= PC_ENTRY_NO_TTY;
	return violated;
}

/* The sets of arguments that have all arguments of the program, where the operation is its execution. */
static __always_inline __u64 arguments_of(const struct operation *operation)
{
	return operation->kind == PC_OP_EXEC ? operation->arguments : 0;
}

/* An entry's flags, with EVAL_ARGS_MET where that applies. There is no branch, so that the verifier follows one way. */
static __always_inline __u32 entry_flags(const struct pc_entry *entry, __u64 arguments)
{
	__u32 flags = entry->flags;
	__u32 met = arguments >> ((entry->number - 1) & (PC_ARGUMENT_SETS - 1)) & 1;

	return flags + (flags & PC_ENTRY_ARGS) * met; /* from 0x100 to 0x200 */
}

/* Takes in an audit entry that matches. The first is noted, of others only that there are some. */
static __always_inline void eval_audit(struct eval *eval, const struct pc_entry *entry)
{
	if (eval->audit) {
		eval->audit |= EVAL_MORE;
		return;
	}
	eval->audit = entry->flags;
	eval->audit_id = entry->rule_id;
}

/* Takes in one entry. */
static __always_inline void eval_entry(struct eval *eval, const struct pc_entry *entry)
{
	__u32 flags;

	if (entry->source && !(entry->flags & eval->any_source) &&
	    !has_source(eval->table, eval->header, eval->task, entry->source - 1, entry->flags & PC_ENTRY_ALLOW))
		return;
	flags = entry_flags(entry, eval->arguments);
	if (flags & PC_ENTRY_AUDIT) {
		if (!(flags & CONDITIONS) || flags & eval->violated)
			eval_audit(eval, entry);
	} else if (!eval->decider && !(flags & eval->skipped)) {
		eval->decider = flags;
		eval->rule_id = entry->rule_id;
	} else {
		return;
	}
#ifndef PORTCULLIS_NO_ARGUMENTS /* where packets leave, nothing of the current task can be asked, and no rule of DNS has such a condition */
	if (flags & EVAL_ARGS_MET)
		arguments_met(entry->flags, entry->rule_id, eval->header->table_id);
#endif
}

static __noinline long eval_step(__u64 step, void *context)
{
	struct eval *eval = context;
	__u32 index = eval->index++;
	struct pc_entry *entries = table_element(eval->table, eval->header->entries_at + index / 4);

	if (!entries) {
		eval->decider = eval->zero + EVAL_BROKEN;
		return 1;
	}
	eval_entry(eval, &entries[index & 3]);
	return entries[index & 3].flags & PC_ENTRY_LAST;
}

/* Evaluates the list whose first entry is eval->index. Most lists have one entry, for which a loop would cost more than all else. */
static __always_inline void eval_list(struct eval *eval)
{
	if (eval_step(0, eval))
		return;
	if (have_loop()) {
		bpf_loop(LIST_STEPS, eval_step, eval, 0);
	} else {
		int i;

		for (i = 0; i < LIST_STEPS_NO_LOOP; i++)
			if (eval_step(i, eval))
				return;
		eval->decider = EVAL_BROKEN;
	}
}

#endif
