/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The climb by addresses and helper calls: for what the fast walk leaves (deep names, crossings on kernels without
 * bpf_rdonly_cast), for the hooks that are too rare to need speed, and for the names in events.
 */
#ifndef PORTCULLIS_WALK_H
#define PORTCULLIS_WALK_H

#include "path.h"

/* Where a climb stands, by addresses. */
struct place {
	__u64 dentry;
	__u64 mount; /* struct vfsmount */
	__u64 root;
};

/* A field of what lies at an address. The address comes by a variable: an expression would be relocated as well. */
#define READ(type, address, field)                               \
	({                                                       \
		const type *at_ = (const type *)(address);       \
		BPF_CORE_READ(at_, field);                       \
	})

/*
 * One step up. Returns the dentry that was left by its name, or 0: a mount was crossed or `status` has changed.
 */
static __always_inline __u64 place_up(struct place *place, __u32 *status)
{
	__u64 dentry = place->dentry, mount, above;

	if (dentry != place->root) {
		__u64 parent = (__u64)READ(struct dentry, dentry, d_parent);

		if (!parent) {
			*status = WALK_LOST;
			return 0;
		}
		if (parent == dentry) {
			*status = BPF_CORE_READ((struct dentry *)dentry, d_sb, s_flags) & SB_NOUSER ? WALK_PATHLESS : WALK_LOST;
			return 0;
		}
		place->dentry = parent;
		return dentry;
	}
	mount = place->mount - bpf_core_field_offset(struct mount, mnt);
	above = (__u64)READ(struct mount, mount, mnt_parent);
	if (!above || above == mount) {
		*status = above ? WALK_DONE : WALK_LOST;
		return 0;
	}
	place->dentry = (__u64)READ(struct mount, mount, mnt_mountpoint);
	place->mount = above + bpf_core_field_offset(struct mount, mnt);
	place->root = (__u64)READ(struct vfsmount, place->mount, mnt_root);
	return 0;
}

static __always_inline __u64 hash_name_at(__u64 dentry)
{
	return hash_long_name((__u64)READ(struct dentry, dentry, d_name.name), READ(struct dentry, dentry, d_name.len));
}

struct walk_step {
	struct pc_ring *ring;
	struct place place;
	__u32 status;
	__u32 depth;
};

static long walk_step(__u64 index, void *context)
{
	struct walk_step *step = context;
	__u64 named = place_up(&step->place, &step->status);

	if (step->status != WALK_MORE)
		return 1;
	if (named) {
		step->ring->hashes[step->depth & (PC_RING - 1)] = hash_name_at(named);
		step->depth++;
	}
	return 0;
}

/* Goes on with a walk until it ends. A walk that does not end within the kernel's own limits is lost. */
__noinline int walk_rest(struct walk *walk, struct pc_ring *ring)
{
	struct walk_step step = { .ring = ring };

	if (!walk || !ring)
		return 0;
	step.place.dentry = walk->dentry;
	step.place.mount = walk->mount;
	step.place.root = walk->root;
	step.depth = walk->depth;
	if (have_loop()) {
		bpf_loop(LOOP_STEPS, walk_step, &step, 0);
	} else {
		for (int i = 0; i < SLOW_STEPS; i++)
			if (walk_step(i, &step))
				break;
	}
	walk->depth = step.depth;
	walk->status = step.status == WALK_MORE ? WALK_LOST : step.status;
	return 0;
}

/*
 * Walks from the addresses in `walk` by loads, for kernels that can give an address a type. Global, so that the verifier
 * looks at it once and not for every state of a caller.
 */
__noinline int walk_cast(struct walk *walk, struct pc_ring *ring)
{
	const struct pc_settings *keys = settings_get();

	if (!walk || !ring || !keys || !have_cast())
		return 0;
	walk_fast(walk, ring, cast(struct dentry, walk->dentry), cast(struct vfsmount, walk->mount), keys);
	return 0;
}

/* The same from typed pointers, for kernels that know no others. */
static __noinline void walk_plain(struct walk *walk, struct pc_ring *ring, const struct dentry *dentry,
				  const struct vfsmount *mnt)
{
	const struct pc_settings *keys = settings_get();

	if (keys)
		walk_fast(walk, ring, dentry, mnt, keys);
}

/* A whole walk by loads as far as they go. */
static __always_inline void walk_typed(struct walk *walk, struct pc_ring *ring, const struct dentry *dentry,
				       const struct vfsmount *mnt)
{
	walk->depth = 0;
	walk->status = WALK_LOST;
	if (have_cast()) {
		walk->dentry = (__u64)dentry;
		walk->mount = (__u64)mnt;
		walk->root = 0;
		walk_cast(walk, ring);
	} else {
		walk_plain(walk, ring, dentry, mnt);
	}
	if (walk->status == WALK_MORE)
		walk_rest(walk, ring);
}

/* A whole walk from addresses: by loads if they can be had. */
static __always_inline void walk_slow(struct walk *walk, struct pc_ring *ring, __u64 dentry, __u64 mnt)
{
	walk->dentry = dentry;
	walk->mount = mnt;
	walk->root = 0;
	walk->depth = 0;
	walk->status = WALK_LOST;
	if (have_cast()) {
		walk_cast(walk, ring);
		if (walk->status != WALK_MORE)
			return;
	} else {
		walk->root = (__u64)READ(struct vfsmount, mnt, mnt_root);
	}
	walk_rest(walk, ring);
}

#endif
