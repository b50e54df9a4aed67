/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The names of an object that is known by its dentry alone: one for each mount by which the task's mount namespace shows it.
 * Some hooks are given no mount, and what comes from another namespace has a mount that says nothing about this one.
 */
#ifndef PORTCULLIS_NAMES_H
#define PORTCULLIS_NAMES_H

#include "file.h"

/* Judges an object that has no name in the task's namespace, or too many: as one whose name is lost. */
__noinline int judge_nameless(struct operation *operation)
{
	struct actor actor;

	if (!operation)
		return 0;
	operation->category = PC_CATEGORY_FILE;
	if (!judge_begin(&actor, operation))
		return 0;
	asked_of(&actor, operation);
	operation->status = unnamed_status(operation->object.dentry);
	if (operation->status == WALK_LOST)
		judge_lost(operation, category_flags(actor.header, PC_CATEGORY_FILE));
	actor_end(&actor);
	return 0;
}

/*
 * Judges the object by every name that the task's namespace has for it: the first that is denied decides. False: there is
 * none, and nothing is decided.
 */
static __always_inline bool judge_names(struct operation *operation)
{
	struct mount_search search;

	search_begin(&search, operation->object.dentry, own_namespace());
	for (int i = 0; i < MOST_NAMES; i++) {
		if (!search_next(&search))
			return i;
		operation->object.mount = search.mount;
		judge_opened(operation);
		if (operation->verdict)
			return true;
	}
	judge_nameless(operation);
	return true;
}

#endif
