/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * What a process asks of /proc about itself. /proc/self is a symbolic link to /proc/PID, so that the name of a dentry never
 * has "self" in it. But rules say "self", and so does the base allowance, by which every program may read there. Therefore
 * /proc/PID of the task's own process has both names, and the one that leads further into the automaton counts.
 */
#ifndef PORTCULLIS_PROC_H
#define PORTCULLIS_PROC_H

#include "actor.h"

#define PROC_DEPTH 12 /* /proc/PID/task/TID/net/… */

static __always_inline bool in_proc(__u64 mount)
{
	return cast(struct vfsmount, mount)->mnt_sb->s_magic == PROC_SUPER_MAGIC;
}

struct proc_climb {
	__u64 dentry;
	__u64 root;
	__u32 below; /* components below `dentry` */
};

static __noinline long proc_up(__u64 index, void *context)
{
	struct proc_climb *climb = context;
	__u64 parent = LOAD(struct dentry, climb->dentry, d_parent);

	if (parent == climb->root || parent == climb->dentry)
		return 1;
	climb->dentry = parent;
	climb->below++;
	return 0;
}

/* Climbs to the folder right below the root of /proc. */
static __always_inline void proc_folder(struct proc_climb *climb)
{
	if (have_loop()) {
		bpf_loop(PROC_DEPTH, proc_up, climb, 0);
	} else {
		for (int i = 0; i < PROC_DEPTH; i++)
			if (proc_up(i, climb))
				break;
	}
}

/* Is the folder in `climb` that of a process? */
static __always_inline bool is_process_folder(const struct proc_climb *climb)
{
	__u64 inode = (__u64)READ(struct dentry, climb->dentry, d_inode);

	return inode && READ(struct proc_inode, inode - bpf_core_field_offset(struct proc_inode, vfs_inode), pid);
}

/* Is the folder in `climb`, which is directly below the root of /proc, that of the current process? */
static __noinline bool is_own_folder(struct proc_climb *climb)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	__u64 inode = (__u64)READ(struct dentry, climb->dentry, d_inode);
	__u64 own = (__u64)BPF_CORE_READ(task, signal, pids[PIDTYPE_TGID]);

	if (!inode || !own || READ(struct dentry, climb->dentry, d_parent) != (struct dentry *)climb->root)
		return false;
	return (__u64)READ(struct proc_inode, inode - bpf_core_field_offset(struct proc_inode, vfs_inode), pid) == own;
}

/* The flags of the entry with which a match's list of file rules begins. 0: there is none. */
static __always_inline __u32 first_flags(const struct actor *actor, const struct match *match)
{
	const struct pc_state *state = table_element(actor->table, actor->header->states_at + match->state);
	const struct pc_entry *entries;
	__u32 index;

	if (!state)
		return 0;
	index = match->left == 0 ? state->exact[PC_CATEGORY_FILE] : match->left == 1 ? state->child[PC_CATEGORY_FILE] : state->below[PC_CATEGORY_FILE];
	if (!index)
		return 0;
	entries = table_element(actor->table, actor->header->entries_at + index / 4);
	return entries ? entries[index & 3].flags : 0;
}

/*
 * The same with patterns, which can lead as far by the one name as by the other. What they say of a number they say of "self" as well, and
 * other rules are about "self" alone; so that name counts, unless only the number's list begins with a Block rule.
 */
static __always_inline void match_self_patterns(const struct actor *actor, struct object *object, __u32 depth)
{
	struct match match = object->match;
	bool deep = descend_patterns(object, &actor->task->window, depth);

	if (!deep && object->match.left < match.left)
		return;
	if (!deep && object->match.left == match.left &&
	    (!(first_flags(actor, &match) & PC_ENTRY_BLOCK) || first_flags(actor, &object->match) & PC_ENTRY_BLOCK))
		return;
	object->match = match;
}

/* Matches an object once more by its name with "self" in it, if it has one. `depth`: its components, which the window holds. */
static __noinline void match_self(const struct actor *actor, struct object *object, __u32 depth)
{
	__u64 sb = (__u64)READ(struct dentry, object->dentry, d_sb);
	struct proc_climb climb = { .dentry = object->dentry };
	char self[8] = "self";
	struct name_at name;
	struct match match;

	if (READ(struct super_block, sb, s_magic) != PROC_SUPER_MAGIC)
		return;
	climb.root = (__u64)READ(struct super_block, sb, s_root);
	if ((__u64)READ(struct vfsmount, object->mount, mnt_root) != climb.root)
		return;
	proc_folder(&climb);
	if (!is_own_folder(&climb))
		return;
	if (actor->header->columns_at) {
		actor->task->window.hashes[climb.below & (PC_NAME_WINDOW - 1)] = OWN_FOLDER;
		match_self_patterns(actor, object, depth);
		return;
	}
	name.name = (__u64)self;
	name.length = 4;
	actor->task->window.hashes[climb.below & (PC_NAME_WINDOW - 1)] = hash_long_name(&name);
	descend_slow(&match, actor->table, actor->header->bucket_mask, actor->task->window.hashes, depth);
	if (match.left < object->match.left)
		object->match = match;
}

#endif
