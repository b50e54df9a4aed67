/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * What differs between kernels. Each difference has one name here; on a kernel where it does not apply, the verifier finds the
 * code behind it dead.
 */
#ifndef PORTCULLIS_CORE_FIXES_H
#define PORTCULLIS_CORE_FIXES_H

#include "kernel.h"

enum bpf_func_id___loop { BPF_FUNC_loop___loop = 181 };

/* bpf_loop: 5.17 (kernel commit e6f2dd0f8067). */
static __always_inline bool have_loop(void)
{
	return bpf_core_enum_value_exists(enum bpf_func_id___loop, BPF_FUNC_loop___loop);
}

/*
 * bpf_rdonly_cast: 6.2 (kernel commit a35b9af4ec2c). It gives an address a type, so that a field is read by a load and not by
 * a helper call: 5 instructions instead of 100.
 */
void *bpf_rdonly_cast(const void *obj, __u32 btf_id) __ksym __weak;

static __always_inline bool have_cast(void)
{
#ifdef PORTCULLIS_NO_KFUNC /* 5.15 refuses the call itself, even where it is never reached */
	return false;
#else
	return bpf_core_type_exists(struct bpf_rb_root);
#endif
}

#ifdef PORTCULLIS_NO_KFUNC
#define cast(type, address) ((type *)(address))
#else
#define cast(type, address) ((type *)bpf_rdonly_cast((void *)(address), bpf_core_type_id_kernel(type)))
#endif

/*
 * Cuts a 64-bit value down to a mask in a way that the compiler does not remove, although it changes nothing: up to 6.1 the
 * verifier forgets bounds that it learnt from a comparison of 32 bits.
 */
#define bound(value, mask) asm volatile("%0 &= %1" : "+r"(value) : "i"(mask))

/*
 * Takes from a pointer what makes the verifier trust it, where that is of no use. For every pointer that is loaded through a
 * trusted one the verifier (6.4 and later) searches all types of the kernel by name, several times, which costs some 7
 * million instructions for each such load.
 */
#define plain(type, pointer) (have_cast() ? cast(type, pointer) : (type *)(pointer))

/* A field of what lies at an address. The address goes into a variable first, because CO-RE would relocate an expression too. */
#define READ(type, address, ...)                                 \
	({                                                       \
		const type *at_ = (const type *)(address);       \
		BPF_CORE_READ(at_, __VA_ARGS__);                 \
	})

/* The same by a load, where an address can be given a type. */
#define LOAD(type, address, field)                                            \
	({                                                                    \
		__u64 address_ = (__u64)(address);                            \
		have_cast() ? (__u64)cast(type, address_)->field : (__u64)READ(type, address_, field); \
	})

/* Are the mounts of a superblock in a list? From 6.17 on they are in a chain. */
static __always_inline bool have_mount_list(void)
{
	return bpf_core_field_exists(struct mount___list, mnt_instance);
}

/* Do the arguments of inode_setattr begin with the mount's idmap? They do so since the release that brought inode_post_setattr (6.9). */
static __always_inline bool have_setattr_idmap(void)
{
	return bpf_core_field_exists(union security_list_options, inode_post_setattr);
}

/* The number of a mount namespace, which moved in 6.18. 0: it is no task's, but holds a tree that is attached nowhere. */
static __always_inline __u64 namespace_number(const struct mnt_namespace *ns)
{
	if (bpf_core_field_exists(struct mnt_namespace, seq))
		return ns->seq;
	return ns->ns.ns_id;
}

static __always_inline __u64 namespace_number_at(__u64 ns)
{
	if (bpf_core_field_exists(struct mnt_namespace, seq))
		return READ(struct mnt_namespace, ns, seq);
	return READ(struct mnt_namespace, ns, ns.ns_id);
}

/* Where a mount namespace counts its users; the counter was renamed in 6.18. */
static __always_inline __u64 namespace_users_offset(void)
{
	__u64 at = bpf_core_field_offset(struct mnt_namespace, ns);

	if (bpf_core_field_exists(struct ns_common, count))
		return at + bpf_core_field_offset(struct ns_common, count);
	return at + bpf_core_field_offset(struct ns_common, __ns_ref);
}

/*
 * Where a dentry keeps a short name, and how many bytes fit there with the NUL: 32 up to 6.1, 40 later. In 6.14 d_iname became
 * d_shortname. The offset is added by hand, because clang reads an array byte by byte when it is accessed by its name.
 */
static __always_inline __u32 inline_name_offset(void)
{
	if (bpf_core_field_exists(struct dentry___shortname, d_shortname))
		return bpf_core_field_offset(struct dentry___shortname, d_shortname);
	return bpf_core_field_offset(struct dentry, d_iname);
}

#define MOST_INLINE_NAME 40 /* bytes that are read of a name in its dentry; no kernel yet has more there */

static __always_inline __u32 inline_name_size(void)
{
	__u32 size = bpf_core_field_exists(struct dentry___shortname, d_shortname) ?
			     bpf_core_field_size(struct dentry___shortname, d_shortname) :
			     bpf_core_field_size(struct dentry, d_iname);

	return size < MOST_INLINE_NAME ? size : MOST_INLINE_NAME;
}

#endif
