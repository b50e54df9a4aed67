/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The climb by addresses and helper calls. It is for what the fast walk of path.h leaves (deep names, and crossings of mounts
 * on kernels without bpf_rdonly_cast), for the hooks that are too rare to need speed, and for the names in events.
 */
#ifndef PORTCULLIS_WALK_H
#define PORTCULLIS_WALK_H

#include "path.h"

/* Where a climb stands, by addresses. */
struct place {
	__u64 dentry;
	__u64 mount; /* struct vfsmount */
	__u64 root;
	__u64 zero; /* a 0 that the verifier does not know; else it would follow every status through a loop on its own */
};

/* is_tree_root() by addresses. */
static __always_inline bool tree_root_at(__u64 mount)
{
	__u64 ns = LOAD(struct mount, mount, mnt_ns);

	if (!ns || ns >= ERROR_POINTER)
		return false;
	if (bpf_core_field_exists(struct mnt_namespace, seq))
		return LOAD(struct mnt_namespace, ns, seq);
	return LOAD(struct mnt_namespace, ns, ns.ns_id);
}

/* Is the mount (struct vfsmount) in the namespace of some task? */
static __always_inline bool tree_attached(__u64 vfsmount)
{
	return tree_root_at(vfsmount - bpf_core_field_offset(struct mount, mnt));
}

/*
 * Goes one step up. Returns the dentry that was left if it has a name, or 0 if a mount was crossed or `status` has changed.
 * It is global, so that it is verified once for each program, and not once for each climb.
 */
__noinline __u64 place_up(struct place *place, __u32 *status)
{
	__u64 dentry, mount, above, parent;

	if (!place || !status)
		return 0;
	dentry = place->dentry;
	if (dentry != place->root) {
		parent = LOAD(struct dentry, dentry, d_parent);
		if (!parent || parent == dentry) {
			*status = unnamed_here(dentry);
			return 0;
		}
		place->dentry = parent;
		return dentry;
	}
	mount = place->mount - bpf_core_field_offset(struct mount, mnt);
	above = LOAD(struct mount, mount, mnt_parent);
	if (!above || above == mount) {
		*status = place->zero + (tree_root_at(mount) ? WALK_DONE : unnamed_here(dentry));
		return 0;
	}
	place->dentry = LOAD(struct mount, mount, mnt_mountpoint);
	place->mount = above + bpf_core_field_offset(struct mount, mnt);
	place->root = LOAD(struct vfsmount, place->mount, mnt_root);
	return 0;
}

/* False: there are no settings, which does not happen. */
static __noinline bool place_begin(struct place *place, __u64 dentry, __u64 mount)
{
	const struct pc_settings *keys = settings_call();

	if (!keys)
		return false;
	place->dentry = dentry;
	place->mount = mount;
	place->root = LOAD(struct vfsmount, mount, mnt_root);
	place->zero = keys->zero;
	return true;
}

static __always_inline __u64 hash_name_at(__u64 dentry, __u32 *dotted)
{
	const struct dentry *from = (const struct dentry *)dentry;
	struct name_at at;
	__u64 hash;

	if (have_cast()) {
		at.name = LOAD(struct dentry, dentry, d_name.name);
		at.length = LOAD(struct dentry, dentry, d_name.len);
	} else { /* straight to where it belongs: stack is scarce below this */
		BPF_CORE_READ_INTO(&at.name, from, d_name.name);
		BPF_CORE_READ_INTO(&at.length, from, d_name.len);
	}
	at.dotted = 0;
	hash = hash_long_name(&at);
	*dotted = at.dotted;
	return hash;
}

/* Can nothing be written through this mount (struct vfsmount)? */
static __noinline bool is_read_only(__u64 mount)
{
	__u64 sb = (__u64)READ(struct vfsmount, mount, mnt_sb);

	return READ(struct vfsmount, mount, mnt_flags) & MNT_READONLY || READ(struct super_block, sb, s_flags) & SB_RDONLY;
}

/* A climb's number of components so far, and beside it: */
#define DEPTH 0x1fffffffU
#define DEPTH_NAMES 0x20000000U   /* addresses of dentries are kept, and not hashes */
#define DEPTH_VISIBLE 0x40000000U /* every is_dotted() is left out */
#define DEPTH_KEPT 0x80000000U    /* one was kept */

/* The same after one more component. */
static __always_inline __u32 depth_after(__u32 depth, __u32 dotted, __u64 mount)
{
	if (!dotted || !(depth & DEPTH))
		return depth + 1;
	if (depth & DEPTH_VISIBLE || is_read_only(mount))
		return depth;
	return (depth + 1) | DEPTH_KEPT;
}

struct walk_step {
	struct pc_name_window *window;
	struct place place;
	__u32 status;
	__u32 depth; /* DEPTH and its flags */
};

static __noinline long walk_step(__u64 index, void *context)
{
	struct walk_step *step = context;
	__u64 named = place_up(&step->place, &step->status);

	if (step->status != WALK_MORE)
		return 1;
	if (named) {
		__u32 dotted;
		__u64 hash = hash_name_at(named, &dotted);

		step->window->hashes[step->depth & (PC_NAME_WINDOW - 1)] = step->depth & DEPTH_NAMES ? named : hash;
		step->depth = depth_after(step->depth, dotted, step->place.mount);
		if (!hash)
			step->status = step->place.zero + WALK_LOST;
	}
	return step->status != WALK_MORE;
}

/* Walks the whole name from the addresses in `walk`. A walk that does not end within the kernel's own limits is lost. */
__noinline int walk_slow(struct walk *walk, struct pc_name_window *window)
{
	struct walk_step step = { .window = window };

	if (!walk || !window)
		return 0;
	walk->status = WALK_LOST;
	if (!place_begin(&step.place, walk->dentry, walk->mount))
		return 0;
	step.depth = step.place.zero + ((__u32)(walk->dotted & (WALK_VISIBLE | WALK_NAMES)) << 29);
	step.status = step.place.zero;
	if (have_loop()) {
		bpf_loop(LOOP_STEPS, walk_step, &step, 0);
	} else {
		for (int i = 0; i < SLOW_STEPS; i++)
			if (walk_step(i, &step))
				break;
	}
	walk->depth = step.depth & DEPTH;
	walk->dotted = step.depth >> 31;
	walk->status = step.status == WALK_MORE ? WALK_LOST : step.status;
	return 0;
}

#endif
