/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The decision: one list of an image, evaluated in its order, then the posture; and the one place that denies.
 * semantics: the first deciding entry whose source matches decides; audit entries report what was allowed.
 */
#ifndef PORTCULLIS_VERDICT_H
#define PORTCULLIS_VERDICT_H

#include "event.h"
#include "source.h"

#define LIST_STEPS (1 << 17) /* more than any list */
#define LIST_STEPS_NO_LOOP 64

enum decided { DECIDED_NOT = 0, DECIDED_ALLOWED = 1, DECIDED_DENIED = 2 };

struct eval {
	void *image;
	const struct pc_header *header;
	const struct pc_tag *tag;
	__u64 dentry;
	__u32 access;
	__u32 index;
	__u32 decided;
	__u32 rule_id;
	__u32 audited;
	__u32 audit_id;
	__u32 broken;
};

/* Does the object belong to the task? What does not exist yet will. */
static __always_inline bool is_owner(__u64 dentry)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	__u64 inode = (__u64)READ(struct dentry, dentry, d_inode);

	return !inode || READ(struct inode, inode, i_uid.val) == BPF_CORE_READ(task, cred, fsuid.val);
}

static __always_inline bool has_terminal(void)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();

	return BPF_CORE_READ(task, signal, tty) != 0;
}

/* Is a condition of the entry not met? An entry without conditions: false. */
static __always_inline bool violated(__u32 flags, const struct eval *eval)
{
	if (flags & PC_ENTRY_READ_ONLY && eval->access & ACCESS_WRITE)
		return true;
	if (flags & PC_ENTRY_OWNER_ONLY && !is_owner(eval->dentry))
		return true;
	return flags & PC_ENTRY_NO_TTY && has_terminal();
}

#define CONDITIONS (PC_ENTRY_READ_ONLY | PC_ENTRY_OWNER_ONLY | PC_ENTRY_NO_TTY)

/* Takes in one entry. True: nothing after it can change the outcome. */
static __always_inline bool eval_entry(struct eval *eval, const struct pc_entry *entry)
{
	__u32 flags = entry->flags;
	/* Another name or place for a protected object would outlive this task: whoever makes it. */
	bool any_source = flags & PC_ENTRY_BLOCK && eval->access & ACCESS_ALIAS;

	if (entry->source && !any_source && !has_source(eval->image, eval->header, eval->tag, entry->source - 1))
		return flags & PC_ENTRY_LAST;
	if (flags & PC_ENTRY_AUDIT) {
		if (!eval->audited && (!(flags & CONDITIONS) || violated(flags, eval))) {
			eval->audited = 1;
			eval->audit_id = entry->rule_id;
		}
	} else if (!eval->decided) {
		if (flags & PC_ENTRY_BLOCK) {
			eval->decided = !(flags & CONDITIONS) || violated(flags, eval) ? DECIDED_DENIED : DECIDED_ALLOWED;
			eval->rule_id = entry->rule_id;
		} else if (eval->access & ACCESS_PATHLESS) {
			/* a program that no longer has this name is not what the entry allows */
		} else if (flags & PC_ENTRY_QUIET) {
			if (!(eval->access & ACCESS_WRITE))
				eval->decided = DECIDED_ALLOWED;
		} else {
			eval->decided = violated(flags, eval) ? DECIDED_DENIED : DECIDED_ALLOWED;
			eval->rule_id = 0;
		}
	}
	return flags & PC_ENTRY_LAST || eval->decided == DECIDED_DENIED;
}

static long eval_step(__u64 step, void *context)
{
	struct eval *eval = context;
	__u32 index = eval->index++;
	struct pc_entry *entries = image_element(eval->image, eval->header->entries_at + index / 4);

	if (!entries) {
		eval->broken = 1;
		return 1;
	}
	return eval_entry(eval, &entries[index & 3]);
}

/* Evaluates the list whose first entry is `first`. */
static __noinline void eval_list(struct eval *eval)
{
	if (have_loop()) {
		bpf_loop(LIST_STEPS, eval_step, eval, 0);
	} else {
		int i;

		for (i = 0; i < LIST_STEPS_NO_LOOP; i++)
			if (eval_step(i, eval))
				return;
		eval->broken = 1;
	}
}

static __always_inline void deny(struct operation *operation, __u32 rule_id)
{
	operation->rule_id = rule_id;
	operation->verdict = -EACCES;
}

/* What holds where no entry decides. */
static __always_inline void judge_miss(struct operation *operation, __u32 flags)
{
	if (!(flags & PC_ALLOW_LIST) || operation->access & ACCESS_BLOCK_ONLY)
		return;
	if (flags & PC_POSTURE_BLOCK)
		deny(operation, 0);
	else
		operation->audits |= REPORT_POSTURE;
}

/* A name that could not be had whole. */
static __always_inline void judge_lost(struct operation *operation, __u32 flags)
{
	count(PC_COUNT_UNRESOLVABLE);
	operation->flags |= PC_EVENT_UNRESOLVABLE;
	if (flags & PC_HAS_BLOCK || (flags & PC_ALLOW_LIST && flags & PC_POSTURE_BLOCK))
		deny(operation, 0);
	else
		judge_miss(operation, flags);
}

/* The list that holds for a name, as index of its first entry; 0: none. */
static __always_inline __u32 list_of(const struct pc_state *state, __u32 left, __u32 category)
{
	const __u32 *lists = left == 0 ? state->exact : left == 1 ? state->child : state->below;

	return lists[category & 1];
}

/* Takes an evaluated list over into the operation. */
static __always_inline void eval_end(const struct eval *eval, struct operation *operation, __u32 flags)
{
	if (eval->broken) {
		count(PC_COUNT_IMAGE_INVALID);
		deny(operation, 0);
		return;
	}
	if (operation->access & ACCESS_BLOCK_ONLY) {
		if (eval->decided == DECIDED_DENIED && eval->rule_id)
			deny(operation, eval->rule_id);
		return;
	}
	if (eval->decided == DECIDED_DENIED) {
		deny(operation, eval->rule_id);
		return;
	}
	if (eval->decided == DECIDED_NOT)
		judge_miss(operation, flags);
	if (eval->audited) {
		operation->audits |= REPORT_RULE;
		operation->audit_id = eval->audit_id;
	}
}

/* Takes a walk over into the operation, and matches the name as far as the ring goes. */
static __always_inline void match_walk(const struct subject *subject, struct operation *operation, const struct walk *walk)
{
	operation->status = walk->status;
	operation->object.slot = subject->slot;
	operation->object.generation = subject->header->generation;
	if (walk->status == WALK_DONE)
		operation->deep = descend(&operation->object.match, subject->image, subject->header->bucket_mask,
					  subject->tag->ring.hashes, walk->depth);
}

/* Judges an operation by the list of the state its name led to. */
static __noinline void judge_list(const struct subject *subject, struct operation *operation)
{
	const struct pc_header *header = subject->header;
	const struct pc_state *state = image_element(subject->image, header->states_at + operation->object.match.state);
	__u32 flags = category_flags(header, operation->category);
	struct eval eval = {};

	if (!state) {
		count(PC_COUNT_IMAGE_INVALID);
		deny(operation, 0);
		return;
	}
	eval.index = list_of(state, operation->object.match.left, operation->category);
	if (!eval.index) {
		judge_miss(operation, flags);
		return;
	}
	eval.image = subject->image;
	eval.header = header;
	eval.tag = subject->tag;
	eval.access = operation->access;
	eval.dentry = operation->object.dentry;
	eval_list(&eval);
	eval_end(&eval, operation, flags);
}

/* Judges an operation whose name was walked. */
static __always_inline void judge(const struct subject *subject, struct operation *operation)
{
	__u32 flags = category_flags(subject->header, operation->category);

	if (operation->status == WALK_PATHLESS) {
		operation->flags |= PC_EVENT_PATHLESS;
		judge_miss(operation, flags);
	} else if (operation->status != WALK_DONE || (operation->deep && match_deep(&operation->object))) {
		operation->status = WALK_LOST;
		judge_lost(operation, flags);
	} else {
		operation->deep = 0;
		judge_list(subject, operation);
	}
}

/* As which the current task acts. True: go on and judge; false: `operation` says already what is to come of it. */
static __always_inline bool judge_begin(struct subject *subject, struct pc_tag *tag, struct operation *operation)
{
	enum subject_answer answer = subject_find(subject, tag);

	if (answer == SUBJECT_BROKEN)
		operation->verdict = -EACCES;
	return answer == SUBJECT_FOUND;
}

#endif
