/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * An object's name as component hashes. A dentry knows its parent only, so the whole chain is climbed, across mounts, up to
 * the root of the mount tree; a chroot therefore does not change a name. The hashes go into a name window, which keeps the
 * last sixteen that were found. These are the sixteen next to the root: all that a rule of up to sixteen components can ask
 * for, however deep the object is. No name is ever cut: one that cannot be had whole is WALK_LOST.
 */
#ifndef PORTCULLIS_PATH_H
#define PORTCULLIS_PATH_H

#include "climb_end.h"
#include "hash.h"

#define FAST_STEPS 16
#define SLOW_STEPS 96        /* without bpf_loop */
#define LOOP_STEPS (1 << 16) /* with it: more than any name the kernel can make */

struct walk {
	__u64 dentry; /* where walk_slow() is to begin */
	__u64 mount;
	__u32 depth; /* components so far */
	__u16 status;
	__u16 dotted; /* walk_slow() is told WALK_*; it answers: an is_dotted() was kept */
};

/* Where a name leads: the deepest state on its way, and how many components are left below it. */
struct match {
	__u32 state;
	__u32 left;
};

/* An object by its addresses, and the rule table that is asked about it. */
struct object {
	__u64 dentry;
	__u64 mount;
	__u64 table_id;
	__u32 slot;
	struct match match;
};

#define WALK_NAMES 1   /* keep the addresses of dentries, and not hashes */
#define WALK_VISIBLE 2 /* leave out every is_dotted() */

/* What walk_fast() answers: components, the status, and whether an is_dotted() was kept. It is one number, because stack is scarce. */
#define WALKED(depth, status, dotted) ((__u64)(dotted) << 40 | (__u64)(status) << 32 | (depth))
#define WALKED_STATUS(walked) ((walked) >> 32 & 0xff)
#define WALKED_DOTTED(walked) ((walked) >> 40)

/*
 * Climbs from an object with typed loads, each of which costs the nine instructions that the kernel needs to be sure of its address, so that
 * none is done twice. `leaf`: the hash of the object's own component, which is no root of a mount; 0: it is not known. If the status is WALK_MORE, these means do not reach so far: the name is deep, a component is
 * long, or the kernel cannot cast, and walk_slow() has to be asked. It is global, so that it is verified once.
 */
__noinline __u64 walk_fast(const struct object *object, struct pc_name_window *window, __u64 leaf)
{
	const struct pc_settings *keys = settings_get();
	const struct dentry *dentry, *root, *parent;
	const struct vfsmount *mnt;
	__u64 at = inline_name_offset(), depth, word, hash;
	__u32 size = inline_name_size(), status = WALK_MORE, kept, length;

	if (!object || !window || !keys || !have_cast())
		return WALKED(0, WALK_MORE, 0);
	kept = depth = keys->zero; /* a 0 that the verifier does not know: it follows one path, and not one for each depth */
	dentry = cast(struct dentry, object->dentry);
	mnt = cast(struct vfsmount, object->mount);
	barrier_var(at);
	root = mnt->mnt_root;
	if (leaf) {
		window->hashes[0] = leaf;
		depth++;
		dentry = dentry->d_parent;
	}
	for (int i = 0; i < FAST_STEPS; i++) {
		if (dentry == root) {
			const struct mount *mount, *above;

			mount = cast(struct mount, (const char *)mnt - bpf_core_field_offset(struct mount, mnt));
			above = mount->mnt_parent;
			if (above == mount) {
				status = is_tree_root(mount->mnt_ns) ? WALK_DONE : unnamed_status((__u64)dentry);
				break;
			}
			dentry = mount->mnt_mountpoint;
			mnt = (const struct vfsmount *)((const char *)above + bpf_core_field_offset(struct mount, mnt));
			root = mnt->mnt_root;
			continue;
		}
		parent = dentry->d_parent;
		if (parent == dentry) {
			status = unnamed_status((__u64)dentry);
			break;
		}
		length = dentry->d_name.len;
		if (length >= size)
			break;
		word = *(const __u64 *)((const char *)dentry + at);
		hash = length <= sizeof(word) ? hash_word(word, length, keys) : hash_inline_name(dentry, length, keys, at);
		window->hashes[depth & (PC_NAME_WINDOW - 1)] = hash;
		if (is_dotted(word, length) && depth) {
			if (mnt->mnt_flags & MNT_READONLY || mnt->mnt_sb->s_flags & SB_RDONLY)
				depth--;
			else
				kept = 1;
		}
		depth++;
		dentry = parent;
	}
	return WALKED((__u32)depth, status, kept);
}

#endif
