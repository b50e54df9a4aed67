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

static __always_inline __u32 inline_name_size(void)
{
	if (bpf_core_field_exists(struct dentry___shortname, d_shortname))
		return bpf_core_field_size(struct dentry___shortname, d_shortname);
	return bpf_core_field_size(struct dentry, d_iname);
}

#endif
