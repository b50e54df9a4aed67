/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * From an operation to the state that its object's name leads to, in three steps, each of which may be the last: the flags of
 * the category, the last component of the name, the whole name.
 */
#ifndef PORTCULLIS_MATCH_H
#define PORTCULLIS_MATCH_H

#include "pattern_quick.h"
#include "verdict.h"

/* Can no rule decide, so that the name need not be walked? There is none in the category, or only such as concern writes. */
static __always_inline bool nothing_to_judge(__u32 flags, __u32 access)
{
	if (flags & PC_ALLOW_LIST)
		return false;
	return !(flags & PC_HAS_RULES) || (flags & PC_WRITE_ONLY && !(access & ACCESS_WRITE));
}

/* Are the category's rules exact names alone, so that a name with another last component than theirs cannot match? */
static __always_inline bool exact_only(__u32 flags)
{
	return (flags & (PC_EXACT_ONLY | PC_ALLOW_LIST)) == PC_EXACT_ONLY;
}

/* What leaf_of() answers instead of a hash. */
#define LEAF_UNKNOWN 0 /* no exact name of the category has the same last component */
#define LEAF_WALK 1    /* the whole name has to be walked */

/*
 * The hash of the last component, if some exact name of the category has the same. The root of a mount has the name of its mount point,
 * and a dentry without a parent has none: of these the whole name is walked.
 */
static __noinline __u64 leaf_of(const struct actor *actor, const struct dentry *dentry, const struct dentry *mount_root,
				    __u32 category)
{
	const struct pc_settings *keys = settings_get();
	__u64 hash;

	if (!keys || dentry == mount_root || dentry->d_parent == dentry)
		return LEAF_WALK;
	hash = hash_name(dentry, keys);
	if (hash <= LEAF_WALK)
		return LEAF_WALK;
	return edge_next(actor->table, actor->header->bucket_mask, PC_LEAF_STATE - category, hash) ? hash : LEAF_UNKNOWN;
}

/* Has no exact name of the category the same last component as this one? */
static __noinline bool leaf_unknown_at(const struct actor *actor, __u64 dentry, __u64 mount, __u32 category)
{
	__u32 dotted;
	__u64 hash;

	if (have_cast())
		return leaf_of(actor, cast(struct dentry, dentry), cast(struct vfsmount, mount)->mnt_root, category) == LEAF_UNKNOWN;
	if (dentry == (__u64)READ(struct vfsmount, mount, mnt_root) || dentry == (__u64)READ(struct dentry, dentry, d_parent))
		return false;
	hash = hash_name_at(dentry, &dotted);
	return hash && !edge_next(actor->table, actor->header->bucket_mask, PC_LEAF_STATE - category, hash);
}

/* Notes whose rule table is asked about the operation's object. */
static __always_inline void asked_of(const struct actor *actor, struct operation *operation)
{
	operation->object.slot = actor->slot;
	operation->object.table_id = actor->header->table_id;
}

/*
 * Is the operation's category visible in the actor's slot, or recorded? Then it is told if it passes. There is no branch, so that the verifier
 * follows one way, and so that it costs the others a few instructions.
 */
static __always_inline void note_visible(const struct actor *actor, struct operation *operation)
{
	operation->audits |= (actor->header->visible >> operation->category & 1) * REPORT_VISIBLE |
			     (actor->header->recorded >> operation->category & 1) * REPORT_RECORDED;
	asked_of(actor, operation);
}

/* Takes over into the operation how a walk has ended. */
static __always_inline void walk_end(const struct actor *actor, struct operation *operation, __u8 status, __u8 dotted)
{
	operation->status = status;
	operation->dotted = dotted;
	asked_of(actor, operation);
}

/*
 * Walks and matches an object with typed loads. False: it is too deep for that, the kernel cannot cast, or a pattern has to see another
 * component than the last: match_slow() has to be asked. `leaf`: as for walk_fast().
 */
static __noinline bool match_fast(const struct actor *actor, struct operation *operation, __u64 leaf)
{
	struct pc_name_window window;
	__u64 walked;

	if (!have_quick()) /* verifiers before 6.3 insist on it */
		__builtin_memset(&window, 0, sizeof(window));
	walked = walk_fast(&operation->object, &window, leaf);
	if (WALKED_STATUS(walked) == WALK_MORE)
		return false;
	walk_end(actor, operation, WALKED_STATUS(walked), WALKED_DOTTED(walked));
	if (operation->status != WALK_DONE)
		return true;
	operation->deep = descend(&operation->object.match, actor->table, actor->header->bucket_mask, window.hashes, walked);
	return !actor->header->columns_at || ends_here(actor->table, actor->header, &operation->object);
}

/* The same by addresses, for what is rare. `visible`: every is_dotted() is left out. Returns the number of components. */
static __always_inline __u32 match_as(const struct actor *actor, struct operation *operation, bool visible)
{
	struct pc_name_window *window = &actor->task->window;
	struct walk walk;
	__u32 deep;

	walk.dentry = operation->object.dentry;
	walk.mount = operation->object.mount;
	walk.dotted = (visible ? WALK_VISIBLE : 0) | (actor->header->columns_at ? WALK_NAMES : 0);
	walk_slow(&walk, window);
	walk_end(actor, operation, walk.status, walk.dotted);
	if (walk.status != WALK_DONE)
		return walk.depth;
	if (actor->header->columns_at)
		deep = descend_patterns(&operation->object, window, walk.depth);
	else
		deep = descend_slow(&operation->object.match, actor->table, actor->header->bucket_mask, window->hashes, walk.depth);
	operation->deep = deep + (actor->header->max_depth >> 31); /* a 0 that the verifier does not know, so that it follows both together */
	return walk.depth;
}

static __always_inline __u32 match_at(const struct actor *actor, struct operation *operation)
{
	return match_as(actor, operation, false);
}

/* The same as a call. */
static __noinline __u32 match_slow(const struct actor *actor, struct operation *operation)
{
	return match_at(actor, operation);
}

/*
 * Matches an object whose name has just been walked, `walked`, into the window of the actor's task, if there are rules for it and all of them go by
 * hashes. Else operation->status stays WALK_MORE.
 */
static __noinline void match_walked(const struct actor *actor, struct operation *operation, __u64 walked)
{
	const struct pc_header *header = actor->header;

	if (header->columns_at || nothing_to_judge(category_flags(header, operation->category), ACCESS_WRITE))
		return;
	walk_end(actor, operation, WALKED_STATUS(walked), WALKED_DOTTED(walked));
	if (operation->status == WALK_DONE)
		operation->deep = descend_slow(&operation->object.match, actor->table, header->bucket_mask, actor->task->window.hashes, walked) +
				  (header->max_depth >> 31); /* as in match_as() */
}

/* Walks and matches an object in the fast way, if that reaches so far, or else in the slow one. */
static __always_inline void match_any(const struct actor *actor, struct operation *operation)
{
	if (!have_cast() || !match_fast(actor, operation, 0))
		match_slow(actor, operation);
}

#endif
