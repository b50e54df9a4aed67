/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* What opening and writing have in common: an operation on a file, judged from its name to its verdict. */
#ifndef PORTCULLIS_FILE_H
#define PORTCULLIS_FILE_H

#include "judge.h"
#include "preset.h"

/* Matches what is opened, which may be the process's own folder in /proc. */
static __noinline void match_opened(const struct actor *actor, struct operation *operation)
{
	__u32 depth = match_at(actor, operation);

	if (operation->status == WALK_DONE && !operation->deep && (operation->object.match.left || actor->header->columns_at))
		match_self(actor, &operation->object, depth);
}

/* Can no rule concern the file, by the flags or by the last component of its name? */
static __always_inline bool is_nobodys(const struct actor *actor, const struct operation *operation, bool opened)
{
	__u32 flags = category_flags(actor->header, PC_CATEGORY_FILE);

	if (nothing_to_judge(flags, operation->access))
		return true;
	return !opened && exact_only(flags) &&
	       leaf_unknown_at(actor, operation->object.dentry, operation->object.mount, PC_CATEGORY_FILE);
}

/* Judges the operation by the name that its addresses lead to. */
static __always_inline void judge_named(struct operation *operation, bool opened)
{
	struct actor actor;

	operation->category = PC_CATEGORY_FILE;
	if (!judge_begin(&actor, operation))
		return;
	note_visible(&actor, operation);
	if (opened && has_presets_of_proc(&actor))
		judge_proc_presets(&actor, operation);
	if (!operation->verdict && !is_nobodys(&actor, operation, opened)) {
		sources_refresh(&actor);
		if (opened)
			match_opened(&actor, operation);
		else
			match_any(&actor, operation);
		if (operation->status != WALK_PATHLESS)
			judge(&actor, operation);
	}
	actor_end(&actor);
}

/* Judges what is opened, or what comes to the same, for whatever `access` says, by addresses. */
__noinline int judge_opened(struct operation *operation)
{
	if (operation)
		judge_named(operation, true);
	return 0;
}

#endif
