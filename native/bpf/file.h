/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* The file category: opening, and everything that counts as writing. */
#ifndef PORTCULLIS_FILE_H
#define PORTCULLIS_FILE_H

#include "proc.h"
#include "verdict.h"

/* Leaves before the walk where no rule can decide: none in the category, or only such as concern writes. */
static __always_inline bool nothing_to_judge(__u32 flags, __u32 access)
{
	if (flags & PC_ALLOW_LIST)
		return false;
	return !(flags & PC_HAS_RULES) || (flags & PC_WRITE_ONLY && !(access & ACCESS_WRITE));
}

/* Are the category's rules exact names alone, so that a name which ends like none of them cannot match? */
static __always_inline bool exact_only(__u32 flags)
{
	return (flags & (PC_EXACT_ONLY | PC_ALLOW_LIST)) == PC_EXACT_ONLY;
}

/* Does no exact name of the category end like this one? */
static __noinline bool leaf_unknown(const struct subject *subject, const struct dentry *dentry, __u32 category)
{
	const struct pc_settings *keys = settings_get();

	return !keys || !edge_next(subject->image, subject->header->bucket_mask, PC_LEAF_STATE - category,
				   hash_name(dentry, keys));
}

/* Takes over into the operation how a walk has ended. */
static __always_inline void walk_end(const struct subject *subject, struct operation *operation, const struct walk *walk)
{
	operation->status = walk->status;
	operation->object.slot = subject->slot;
	operation->object.generation = subject->header->generation;
}

/* Walks and matches an object with typed loads. False: it is too deep for that, ask match_slow(). */
static __noinline bool match_fast(const struct subject *subject, struct operation *operation, const struct path *path)
{
	const struct pc_settings *keys = settings_get();
	struct pc_ring ring;
	struct walk walk;

	if (!keys)
		return false;
	if (have_cast()) {
		walk_fast(&walk, &ring, cast(struct dentry, path->dentry), cast(struct vfsmount, path->mnt), keys);
	} else {
		__builtin_memset(&ring, 0, sizeof(ring)); /* the verifiers of these kernels insist */
		walk_fast(&walk, &ring, path->dentry, path->mnt, keys);
	}
	if (walk.status == WALK_MORE)
		return false;
	walk_end(subject, operation, &walk);
	if (walk.status == WALK_DONE)
		operation->deep = descend(&operation->object.match, subject->image, subject->header->bucket_mask, ring.hashes,
					  walk.depth);
	return true;
}

/* The same by addresses, for what is rare. Returns the number of components. */
static __noinline __u32 match_slow(const struct subject *subject, struct operation *operation)
{
	struct walk walk;

	walk.dentry = operation->object.dentry;
	walk.mount = operation->object.mount;
	walk_slow(&walk, &subject->tag->ring);
	walk_end(subject, operation, &walk);
	if (walk.status == WALK_DONE)
		operation->deep = descend_slow(&operation->object.match, subject->image, subject->header->bucket_mask,
					       subject->tag->ring.hashes, walk.depth);
	return walk.depth;
}

/* The same for what is opened, which may be the process's own folder in /proc. */
static __always_inline void match_opened(const struct subject *subject, struct operation *operation)
{
	__u32 depth = match_slow(subject, operation);

	if (operation->status == WALK_DONE && !operation->deep && operation->object.match.left)
		match_self(subject, &operation->object, depth);
}

/* What lies below a directory that is given another name or place: is a Block rule's name among it? */
static __always_inline void judge_guard(const struct subject *subject, struct operation *operation)
{
	const struct pc_state *state;
	__u32 rule;

	state = image_element(subject->image, subject->header->states_at + operation->object.match.state);
	if (!state || operation->object.match.left)
		return;
	rule = state->guard[PC_CATEGORY_FILE];
	operation->category = PC_CATEGORY_FILE;
	if (!rule) {
		rule = state->guard[PC_CATEGORY_PROCESS];
		operation->category = PC_CATEGORY_PROCESS;
	}
	if (!rule)
		return;
	operation->flags |= PC_EVENT_GUARD;
	deny(operation, rule);
}

/*
 * Judges the making of another name or place for an object: as a write, then by the Block rules of the process
 * category, which the new name would escape, then by those for what lies below.
 */
static __always_inline void judge_alias(const struct subject *subject, struct operation *operation)
{
	judge(subject, operation);
	if (operation->verdict || operation->status != WALK_DONE)
		return;
	operation->access |= ACCESS_BLOCK_ONLY;
	operation->category = PC_CATEGORY_PROCESS;
	judge_list(subject, operation);
	if (!operation->verdict)
		judge_guard(subject, operation);
	if (!operation->verdict)
		operation->category = PC_CATEGORY_FILE;
}

static __always_inline void judge_named(struct operation *operation, bool opened)
{
	struct subject subject;

	operation->category = PC_CATEGORY_FILE;
	if (!judge_begin(&subject, operation))
		return;
	if (!nothing_to_judge(category_flags(subject.header, PC_CATEGORY_FILE), operation->access)) {
		sources_refresh(&subject);
		if (opened)
			match_opened(&subject, operation);
		else
			match_slow(&subject, operation);
		if (operation->status != WALK_PATHLESS)
			judge(&subject, operation);
	}
	subject_end(&subject);
}

/* Judges a write to the name `operation` holds, by addresses. */
__noinline int judge_write(struct operation *operation)
{
	if (operation)
		judge_named(operation, false);
	return 0;
}

/* Judges an open for whatever `access` says, by addresses. */
__noinline int judge_opened(struct operation *operation)
{
	if (operation)
		judge_named(operation, true);
	return 0;
}

/* Judges a write that gives the object another name. */
__noinline int judge_move(struct operation *operation)
{
	struct subject subject;

	if (!operation)
		return 0;
	operation->category = PC_CATEGORY_FILE;
	if (!judge_begin(&subject, operation))
		return 0;
	sources_refresh(&subject);
	match_slow(&subject, operation);
	judge_alias(&subject, operation);
	subject_end(&subject);
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

/* The subject's tag, for what needs more of it than is at hand. NULL: cannot be had now. */
static __always_inline struct pc_tag *subject_tag(struct subject *subject)
{
	if (!subject->tag)
		subject->tag = tag_of(bpf_get_current_task_btf());
	return subject->tag;
}

/* Judges an open file, if there are rules for it. */
static __always_inline void judge_open(struct subject *subject, struct operation *operation, struct file *file)
{
	__u32 flags = category_flags(subject->header, PC_CATEGORY_FILE);
	bool matched;

	if (nothing_to_judge(flags, operation->access) ||
	    (exact_only(flags) && leaf_unknown(subject, file->f_path.dentry, PC_CATEGORY_FILE)))
		return;
	matched = !in_proc(&file->f_path) && match_fast(subject, operation, &file->f_path);
	if (!matched || subject->header->source_words) {
		if (!subject_tag(subject)) {
			operation->verdict = -EACCES;
			return;
		}
		sources_refresh(subject);
		if (!matched)
			match_opened(subject, operation);
	}
	if (operation->status != WALK_PATHLESS)
		judge(subject, operation);
}

/* A subject whose tag is at hand goes the fast way; everyone else is found out about first, as for any write. */
static __always_inline void open_quick(const struct bpf_local_storage_data *quick, struct subject *subject,
				       struct operation *operation, struct file *file)
{
	if (!quick || QUICK(quick, state) != PC_TAG_ARMED) {
		judge_opened(operation);
		return;
	}
	subject->tag = NULL;
	subject->slot = QUICK(quick, slot);
	if (subject_image(subject))
		judge_open(subject, operation, file);
	else
		operation->verdict = -EACCES;
}

/*
 * overlayfs opens its layers' files, to copy them up or to list their directories, through mounts of its own and as whoever
 * mounted it: no open of the task's, whose own was judged before. Asked only where something would come of the operation.
 */
static __noinline bool is_of_layer(const struct operation *operation)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	__u64 mount = operation->object.mount - bpf_core_field_offset(struct mount, mnt);

	return BPF_CORE_READ(task, cred) != BPF_CORE_READ(task, real_cred) &&
	       (__u64)READ(struct mount, mount, mnt_ns) >= ERROR_POINTER;
}

static __always_inline int file_open(struct file *file)
{
	const struct bpf_local_storage_data *quick = tag_quick(bpf_get_current_task_btf());
	struct operation operation;
	__u32 mode = file->f_mode, flags = file->f_flags;
	struct subject subject;

	if (mode & FMODE_NOACCOUNT || (quick && QUICK(quick, state) == PC_TAG_HOST))
		return 0;
	file = plain(struct file, file);
	if (flags & FMODE_EXEC_FLAG) /* the kernel opens a program: judged as an execution */
		return 0;
	__builtin_memset(&operation, 0, sizeof(operation));
	operation.category = PC_CATEGORY_FILE;
	operation.kind = PC_OP_OPEN;
	operation.open_flags = flags;
	operation.access = (mode & FMODE_WRITE) >> 1 | (flags & O_TRUNC) >> 9; /* ACCESS_WRITE, without a branch */
	operation.object.dentry = (__u64)file->f_path.dentry;
	operation.object.mount = (__u64)file->f_path.mnt;
	if (have_quick()) {
		open_quick(quick, &subject, &operation, file);
	} else if (judge_begin(&subject, &operation)) {
		judge_open(&subject, &operation, file);
		subject_end(&subject);
	}
	if ((operation.verdict || operation.audits) && is_of_layer(&operation))
		return 0;
	return finish(&operation);
}

static __always_inline int file_write(const struct path *directory, struct dentry *dentry, enum pc_operation kind)
{
	struct operation operation = { .access = ACCESS_WRITE, .kind = kind };

	operation.object.dentry = (__u64)dentry;
	operation.object.mount = (__u64)plain(const struct path, directory)->mnt;
	return write_finish(&operation);
}

/* rename and link: `from` gets the name `to`. What is at `to` already moves too when they are exchanged. */
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

/*
 * An attribute: the hook has the dentry alone. Its mount is taken to be that of the task's root or working directory
 * where the superblock is theirs; otherwise the name is not known and the operation is not judged.
 */
static __always_inline int file_attribute(struct dentry *dentry)
{
	struct task_struct *task = plain(struct task_struct, bpf_get_current_task_btf());
	struct operation operation = { .access = ACCESS_WRITE, .kind = PC_OP_XATTR };
	struct super_block *sb = plain(struct dentry, dentry)->d_sb;
	struct vfsmount *root, *cwd;

	if (!task->fs)
		return 0;
	root = task->fs->root.mnt;
	cwd = task->fs->pwd.mnt;
	if (root->mnt_sb == sb)
		operation.object.mount = (__u64)root;
	else if (cwd->mnt_sb == sb)
		operation.object.mount = (__u64)cwd;
	else
		return 0;
	operation.object.dentry = (__u64)dentry;
	return write_finish(&operation);
}

#endif
