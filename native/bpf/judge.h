/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * An operation, judged by all the names that count. As long as no actor has changed a mount, that is the name that is walked.
 * Afterwards an object is judged by its names at home as well, and the strictest verdict counts: a mount gives nobody a name that
 * he may not have.
 */
#ifndef PORTCULLIS_JUDGE_H
#define PORTCULLIS_JUDGE_H

#include "alias.h"
#include "applet_match.h"

/* Has an actor of this slot changed a mount? That is kept beside the rules, where it is at hand; a new table is asked about once. */
static __noinline bool mounts_asked(const struct actor *actor)
{
	struct pc_header *header = (struct pc_header *)table_element(actor->table, 0);
	struct pc_home *home = home_of(actor->slot);

	if (!header || !home)
		return true;
	if (!home->changed)
		__sync_val_compare_and_swap(&header->mounts, 0, PC_MOUNTS_KEPT);
	else
		header->mounts = PC_MOUNTS_CHANGED;
	return home->changed;
}

static __always_inline bool mounts_changed(const struct actor *actor)
{
	__u64 known = actor->header->mounts;

	return known != PC_MOUNTS_KEPT && (known == PC_MOUNTS_CHANGED || mounts_asked(actor));
}

/*
 * Notes that an actor changes a mount, before it does so. The table is looked up again after the change is known, because another
 * one may have come meanwhile whose readers have asked before.
 */
static __always_inline void mounts_change(const struct actor *actor)
{
	struct pc_home *home = home_of(actor->slot);
	struct pc_header *header;
	__u32 slot = actor->slot;
	void *table;

	if (home)
		home->changed = 1;
	table = bpf_map_lookup_elem(&slots, &slot);
	header = table ? table_element(table, 0) : NULL;
	if (header)
		header->mounts = PC_MOUNTS_CHANGED;
}

/* Judges by Block rules alone, and by the name without any component that begins with two dots. */
static __always_inline void judge_visible(const struct actor *actor, struct operation *operation)
{
	__u8 access = operation->access;

	if (operation->status != WALK_DONE || operation->deep)
		return;
	operation->access |= ACCESS_BLOCK_ONLY;
	judge_list(actor, operation);
	operation->access = access;
}

/*
 * Judges by the one name that the operation's addresses lead to, or with DOTTED_LEFT_OUT by what is visible of it. It is global, so that
 * it is verified once and not for each name.
 */
__noinline int judge_at(struct operation *operation)
{
	struct actor actor;
	bool visible;

	if (!operation || !judge_begin(&actor, operation))
		return 0;
	visible = operation->dotted == DOTTED_LEFT_OUT;
	match_as(&actor, operation, visible);
	if (operation->category == PC_CATEGORY_PROCESS)
		match_applet(&actor, operation);
	if (visible)
		judge_visible(&actor, operation);
	else if (operation->access & ACCESS_ALIAS)
		judge_alias(&actor, operation);
	else
		judge_walked(&actor, operation);
	actor_end(&actor);
	return 0;
}

/*
 * Where the name has a component that begins with two dots and counts, Block rules are asked about the name without it as well. So a rule
 * on a volume's file holds through a swap, whoever makes it.
 */
static __always_inline void judge_dotted(struct operation *operation)
{
	struct match match = operation->object.match;

	if (!operation->dotted || operation->verdict || operation->status != WALK_DONE)
		return;
	operation->dotted = DOTTED_LEFT_OUT;
	judge_at(operation);
	operation->object.match = match;
}

/* Decides about an object whose name is lost, or is one of too many. */
__noinline int judge_unnamed(struct operation *operation)
{
	struct actor actor;

	if (!operation || !judge_begin(&actor, operation))
		return 0;
	operation->status = WALK_LOST;
	judge_lost(operation, category_flags(actor.header, operation->category));
	actor_end(&actor);
	return 0;
}

/* Judges by the names at home, while there are any. False: there are none. */
static __always_inline bool judge_each(struct operation *operation, __u64 home)
{
	struct mount_search search;

	search_begin(&search, operation->object.dentry, home);
	for (int i = 0; i < MOST_NAMES; i++) {
		if (!search_next(&search))
			return i;
		operation->object.mount = search.mount;
		operation->dotted = 0;
		judge_at(operation);
		judge_dotted(operation);
		if (operation->verdict)
			return true;
	}
	judge_unnamed(operation);
	return true;
}

/*
 * What has no name at home, because it lies in a file system that is mounted elsewhere only, is on no allow-list. Without a home
 * nothing has a name.
 */
__noinline int judge_foreign(struct operation *operation)
{
	struct actor actor;
	__u32 flags;
	__u64 home;

	if (!operation || !judge_begin(&actor, operation))
		return 0;
	home = home_namespace(actor.slot);
	flags = category_flags(actor.header, operation->category);
	if (home == NO_HOME) {
		operation->status = WALK_LOST;
		judge_lost(operation, flags);
	} else if (namespace_of(operation->object.mount) != home) {
		judge_miss(operation, flags);
	}
	actor_end(&actor);
	return 0;
}

/* Judges by the names at home. Returns whether there are any. */
__noinline int judge_home(struct operation *operation)
{
	struct match match;
	__u64 mount;
	bool named;

	if (!operation)
		return 0;
	match = operation->object.match;
	mount = operation->object.mount;
	named = judge_each(operation, home_namespace(operation->object.slot));
	if (operation->verdict)
		return named;
	operation->object.match = match;
	operation->object.mount = mount;
	if (!named && operation->status == WALK_DONE)
		judge_foreign(operation);
	return named;
}

static __always_inline bool judge_further(const struct actor *actor, const struct operation *operation)
{
	return !operation->verdict && operation->status == WALK_DONE && mounts_changed(actor);
}

/* Is the name lost because the mount is attached nowhere? An overlay's own mounts are not meant: a layer is another file. */
static __always_inline bool is_detached(const struct operation *operation)
{
	return operation->status == WALK_LOST && namespace_of(operation->object.mount) < ERROR_POINTER;
}

/* Judges an operation whose name was walked: by that name and, where it does not tell, by its names at home. */
static __always_inline void judge(const struct actor *actor, struct operation *operation)
{
	if (is_detached(operation) && judge_home(operation))
		return;
	judge_walked(actor, operation);
	judge_dotted(operation);
	if (judge_further(actor, operation))
		judge_home(operation);
}

/* The same where the operation gives the object another name or place. */
static __always_inline void judge_renamed(const struct actor *actor, struct operation *operation)
{
	if (is_detached(operation) && judge_home(operation))
		return;
	judge_alias(actor, operation);
	judge_dotted(operation);
	if (judge_further(actor, operation))
		judge_home(operation);
}

#endif
