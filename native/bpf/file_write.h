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
	sources_refresh(&actor);
	match_slow(&actor, operation);
	judge_renamed(&actor, operation);
	actor_end(&actor);
	return 0;
}

static __always_inline int write_finish(struct operation *operation)
{
	if (operation->access & ACCESS_ALIAS)
		judge_move(operation);
	else
		judge_write(operation);
	return finish(operation);
}

static __always_inline int file_write(const struct path *directory, struct dentry *dentry, enum pc_operation kind)
{
	struct operation operation = { .access = ACCESS_WRITE, .kind = kind };

	operation.object.dentry = (__u64)dentry;
	operation.object.mount = (__u64)plain(const struct path, directory)->mnt;
	return write_finish(&operation);
}

/* rename and link: `from` gets the name `to`. In an exchange, what is at `to` moves as well. */
static __always_inline int file_move(__u64 mount, __u64 from, __u64 to, enum pc_operation kind, bool exchange)
{
	struct operation operation = { .access = ACCESS_WRITE | ACCESS_ALIAS, .kind = kind };
	int result;

	operation.object.mount = mount;
	operation.object.dentry = from;
	operation.dentry2 = to;
	result = write_finish(&operation);
	if (result)
		return result;
	operation.audits = 0;
	operation.access = ACCESS_WRITE | (exchange ? ACCESS_ALIAS : 0);
	operation.flags = PC_EVENT_SECOND;
	operation.object.dentry = to;
	operation.dentry2 = from;
	return write_finish(&operation);
}

#endif
