/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Changes of the mount tree. At home, where rules have their names, nothing is mounted over, moved or taken away that is on the way
 * to a ruled name or below a ruled directory (EPERM). Elsewhere, and off the way of every rule, mounts are free: what they
 * show goes by its names at home (judge.h). An overlay is different: it reads its layers itself, unseen, so that they must not show
 * anything that is ruled.
 */
#ifndef PORTCULLIS_MOUNT_H
#define PORTCULLIS_MOUNT_H

#include "judge.h"

#define MOST_LAYERS 512 /* overlayfs takes 500 */

/* Is there a rule that can deny something? */
static __always_inline bool may_deny(__u32 flags)
{
	return flags & PC_HAS_BLOCK || (flags & (PC_ALLOW_LIST | PC_POSTURE_BLOCK)) == (PC_ALLOW_LIST | PC_POSTURE_BLOCK);
}

/* Are mounts judged? Those of the host are not where a pattern may mean anything: it could not mount the volumes of pods any more. */
static __always_inline bool is_walled(const struct actor *actor)
{
	if (actor->slot == PC_HOST_SLOT && actor->header->columns_at)
		return false;
	return may_deny(category_flags(actor->header, PC_CATEGORY_PROCESS)) || may_deny(category_flags(actor->header, PC_CATEGORY_FILE));
}

/* The rule at the beginning of a list. */
static __always_inline __u32 rule_of(const struct actor *actor, __u32 index)
{
	const struct pc_entry *entries = table_element(actor->table, actor->header->entries_at + index / 4);

	return entries ? entries[index & 3].rule_id : 0;
}

static __always_inline bool concerns_state(const struct actor *actor, struct operation *operation, const struct pc_state *state)
{
	__u32 left = operation->object.match.left;
	__u32 file = list_of(state, left, PC_CATEGORY_FILE), process = list_of(state, left, PC_CATEGORY_PROCESS);

	operation->rule_id = file ? rule_of(actor, file) : process ? rule_of(actor, process) : 0;
	if (left)
		return file || process || set_of(actor->table, actor->header, &operation->object.match);
	if (!operation->rule_id)
		operation->rule_id = state->guard[PC_CATEGORY_FILE] ? state->guard[PC_CATEGORY_FILE] : state->guard[PC_CATEGORY_PROCESS];
	return true; /* it is a state of its own, so that it is on the way to a rule or a source */
}

/* Is a rule concerned by what happens at the place that the operation holds: at it, above it or below it? */
static __noinline bool concerns(const struct actor *actor, struct operation *operation)
{
	const struct pc_state *state;

	match_at(actor, operation);
	if (operation->status == WALK_PATHLESS)
		return false;
	if (operation->status != WALK_DONE || (operation->deep && match_deep(&operation->object)))
		return true;
	state = table_element(actor->table, actor->header->states_at + operation->object.match.state);
	return !state || concerns_state(actor, operation, state);
}

/* Before a mount is changed for the first time: where the home has ended, the actor's own namespace is a copy of it. */
static __noinline void home_adopt(__u32 slot)
{
	struct pc_home *home = home_of(slot);

	if (slot != PC_HOST_SLOT && home && !home->changed && !(home->ns && is_alive(home)))
		home_set(home, own_namespace());
}

static __always_inline bool is_home(const struct actor *actor, __u64 vfsmount)
{
	return namespace_of(vfsmount) == home_namespace(actor->slot);
}

static __always_inline void mount_begin(const struct actor *actor, struct operation *operation)
{
	operation->category = PC_CATEGORY_FILE;
	asked_of(actor, operation);
	home_adopt(actor->slot);
}

/* Judges a change, and notes that there is one. */
__noinline int judge_mount(struct operation *operation, enum way way)
{
	struct actor actor;

	if (!operation || !judge_begin(&actor, operation))
		return 0;
	mount_begin(&actor, operation);
	if (is_walled(&actor) && is_home(&actor, operation->object.mount) && (way == WAY_MOUNT_TREE || concerns(&actor, operation)))
		operation->verdict = -EPERM;
	else
		mounts_change(&actor);
	actor_end(&actor);
	return 0;
}

/*
 * mount(2). A remount and another propagation change no name. What a bind mount shows is not known here, and need not be: it
 * is judged when it is used. What MS_MOVE moves is not known either.
 */
static __always_inline enum way mount_way(__u64 flags)
{
	if (flags & (MS_REMOUNT | MS_PROPAGATION))
		return WAY_NONE;
	return flags & MS_MOVE ? WAY_MOUNT_TREE : WAY_MOUNT_OVER;
}

struct layers_step {
	struct actor *actor;
	struct operation *operation;
	__u64 layers;
	__u32 count;
};

static __noinline long layers_step(__u64 index, void *context)
{
	struct layers_step *step = context;
	__u64 layer = step->layers + index * bpf_core_type_size(struct ovl_layer);
	__u64 mount = (__u64)READ(struct ovl_layer, layer, mnt);
	struct mount_search search = {};

	if (index >= step->count)
		return 1;
	if (!mount)
		return 0;
	search_begin(&search, (__u64)READ(struct vfsmount, mount, mnt_root), home_namespace(step->actor->slot));
	if (!search_next(&search))
		return 0;
	step->operation->object.dentry = search.dentry;
	step->operation->object.mount = search.mount;
	if (!concerns(step->actor, step->operation))
		return 0;
	step->operation->verdict = -EPERM;
	return 1;
}

/* Judges the layers of a new overlay by their names at home. Where they cannot be read, an overlay is denied. */
__noinline int judge_layers(struct operation *operation, __u64 sb)
{
	struct layers_step step = { .operation = operation };
	__u64 overlay = (__u64)READ(struct super_block, sb, s_fs_info);
	struct actor actor;

	if (!operation || !judge_begin(&actor, operation))
		return 0;
	mount_begin(&actor, operation);
	step.actor = &actor;
	if (!is_walled(&actor))
		goto end;
	if (!bpf_core_field_exists(struct ovl_fs, layers) || !have_loop()) {
		operation->verdict = -EPERM;
		goto end;
	}
	step.layers = (__u64)READ(struct ovl_fs, overlay, layers);
	step.count = READ(struct ovl_fs, overlay, numlayer);
	bpf_loop(MOST_LAYERS, layers_step, &step, 0);
end:
	actor_end(&actor);
	return 0;
}

/* Is the superblock an overlay's, which reads its layers itself? */
static __always_inline bool is_overlay(__u64 sb)
{
	return READ(struct super_block, sb, s_magic) == OVERLAYFS_MAGIC;
}

#endif
