/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Everything but opening that counts as writing: making, removing, changing, and giving another name or place. The last is
 * judged more strictly, because the object would escape by it from rules for the name that it has.
 */
#ifndef PORTCULLIS_FILE_WRITE_H
#define PORTCULLIS_FILE_WRITE_H

#include "file.h"

/* Judges a write to the name that `operation` holds, by addresses. */
__noinline int judge_write(struct operation *operation)
{
	if (operation)
		judge_named(operation, false);
	return 0;
}

/* Judges a write that gives the object another name. */
__noinline int judge_move(struct operation *operation)
{
	struct actor actor;

	if (!operation)
		return 0;
	operation->category = PC_CATEGORY_FILE;
	if (!judge_begin(&actor, operation))
		return 0;
	note_visible(&actor, operation);
	sources_refresh(&actor);
	match_any(&actor, operation);
	judge_renamed(&actor, operation);
	actor_end(&actor);
	return 0;
}

#endif
