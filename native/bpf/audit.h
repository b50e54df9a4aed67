/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Where several Audit rules match, each reports. The first is reported with the verdict; the others are rare, and their list is
 * gone through once more.
 */
#ifndef PORTCULLIS_AUDIT_H
#define PORTCULLIS_AUDIT_H

#include "verdict.h"

struct audit_step {
	struct operation *operation;
	void *table;
	const struct pc_header *header;
	const struct pc_task *task;
	__u64 arguments;
	__u32 index;
	__u32 violated;
	__u32 seen; /* the first of them was, or is to be reported too */
};

static __noinline long audit_step(__u64 number, void *context)
{
	struct audit_step *step = context;
	__u32 index = step->index++;
	struct pc_entry *entries = table_element(step->table, step->header->entries_at + index / 4), *entry;
	__u32 flags;

	if (!entries)
		return 1;
	entry = &entries[index & 3];
	flags = entry_flags(entry, step->arguments);
	if (flags & PC_ENTRY_AUDIT && (!(flags & CONDITIONS) || flags & step->violated) &&
	    (!entry->source || has_source(step->table, step->header, step->task, entry->source - 1, false))) {
		if (step->seen) {
			count(PC_COUNT_AUDITED);
			step->operation->rule_id = entry->rule_id;
			report(step->operation);
		}
		step->seen = flags;
	}
	return flags & PC_ENTRY_LAST;
}

/* The list that the operation was judged by. */
static __noinline __u32 list_asked(void *table, const struct pc_header *header, const struct operation *operation)
{
	const struct pc_state *state;

	if (operation->object.match.left == PRESET_LEFT)
		return edge_next(table, header->bucket_mask, PC_PRESET_STATE, operation->object.match.state);
	if (operation->category >= PC_NAMED_CATEGORIES)
		return list_of_number(table, header, operation);
	state = table_element(table, header->states_at + operation->object.match.state);
	return state ? list_of(state, operation->object.match.left, operation->category) : 0;
}

/* The actor that was judged: who is about to become one is none yet. */
static __always_inline bool actor_of_report(struct actor *actor, const struct operation *operation)
{
	actor->orphan = 0;
	actor->task = task_of(bpf_get_current_task_btf());
	actor->slot = operation->object.slot;
	return actor->task ? actor_table(actor) : actor_find(actor) == ACTOR_FOUND;
}

/* Reports every audit rule after the first, or all of them. Not where the rule table has been replaced since: then they have another number. */
__noinline int report_others(struct operation *operation)
{
	struct audit_step step = { .operation = operation };
	const struct pc_settings *keys = settings_call();
	struct actor actor;

	if (!operation || !keys || !actor_of_report(&actor, operation))
		return 0;
	step.seen = keys->zero + (operation->audits & REPORT_ALL); /* not known to the verifier, as in struct place */
	step.table = actor.table;
	step.header = actor.header;
	step.task = actor.task;
	step.arguments = arguments_of(operation);
	if (actor.header->table_id != operation->object.table_id)
		goto end;
	step.index = list_asked(actor.table, actor.header, operation);
	if (!step.index)
		goto end;
	step.violated = violations(operation, category_flags(actor.header, operation->category));
	if (have_loop()) {
		bpf_loop(LIST_STEPS, audit_step, &step, 0);
	} else {
		for (int i = 0; i < LIST_STEPS_NO_LOOP; i++)
			if (audit_step(i, &step))
				break;
	}
end:
	actor_end(&actor);
	return 0;
}

/* The presets that an operation of this kind can be of: of REPORT_PRESET the first, of REPORT_OTHER the other. */
static __always_inline __u32 first_preset(const struct operation *operation)
{
	if (operation->category == PC_CATEGORY_FILE)
		return PC_PRESET_ENVIRON;
	return operation->kind == PC_OP_EXEC ? PC_PRESET_ENTERED : PC_PRESET_ANONYMOUS;
}

static __always_inline __u32 other_preset(const struct operation *operation)
{
	return operation->category == PC_CATEGORY_FILE ? PC_PRESET_PROC : PC_PRESET_IMAGE;
}

/* Reports the Audit rules that mean what the operation is like, and not what its object is called. */
static __always_inline void report_circumstances(struct operation *operation, __u8 audits)
{
	operation->audits = REPORT_ALL;
	if (audits & REPORT_FILELESS) {
		operation->object.match.state = operation->object.match.left = 0;
		report_others(operation);
	}
	operation->object.match.left = PRESET_LEFT;
	if (audits & REPORT_PRESET) {
		operation->object.match.state = first_preset(operation);
		report_others(operation);
	}
	if (audits & REPORT_OTHER) {
		operation->object.match.state = other_preset(operation);
		report_others(operation);
	}
}

/* Reports what was decided, and returns what the hook is to return. */
static __always_inline int finish(struct operation *operation)
{
	__u8 audits = operation->audits;

	if (!operation->verdict && !audits)
		return 0;
	if (operation->verdict) {
		count(PC_COUNT_DENIED);
		report(operation);
		return operation->kind >= PC_OP_MOUNT && operation->kind <= PC_OP_CAPABLE ? -EPERM : -EACCES; /* constants, as the verifier wants them */
	}
	if (operation->audits & REPORT_POSTURE) {
		count(PC_COUNT_AUDITED);
		operation->rule_id = 0;
		report(operation);
	}
	if (operation->audits & REPORT_RULE) {
		count(PC_COUNT_AUDITED);
		operation->rule_id = operation->audit_id;
		report(operation);
	}
	if (audits & REPORT_MORE) {
		operation->audits = audits & ~REPORT_OTHER; /* which is REPORT_ALL from here on */
		report_others(operation);
	}
	if (audits & (REPORT_FILELESS | REPORT_PRESET | REPORT_OTHER))
		report_circumstances(operation, audits);
	if (operation->flags & PC_EVENT_SECOND)
		return 0;
	if ((audits & ~REPORT_RECORDED) == REPORT_VISIBLE)
		operation->flags |= PC_EVENT_VISIBLE;
	if (audits & REPORT_RECORDED)
		operation->flags |= PC_EVENT_RECORDED;
	if (operation->flags & EVENT_LOGGED) {
		count(PC_COUNT_LOGGED);
		operation->rule_id = 0;
		report(operation);
	}
	return 0;
}

#endif
