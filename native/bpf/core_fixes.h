/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* What differs between kernels, each thing behind one name and dead code where it is not so. */
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
 * bpf_rdonly_cast: 6.2 (kernel commit a35b9af4ec2c). Gives an address a type, so that fields are read by a load and not
 * by a helper call: 5 instructions instead of 100.
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
 * Cuts a 64-bit value down to a mask where the compiler cannot see that it is no change: up to 6.1 the verifier loses the
 * bounds of 32-bit comparisons.
 */
#define bound(value, mask) asm volatile("%0 &= %1" : "+r"(value) : "i"(mask))

/*
 * A pointer whose being trusted is of no use here. For every pointer that is loaded through a trusted one the verifier
 * (6.4 and later) searches all the kernel's types by name, several times: some 7 million instructions a load.
 */
#define plain(type, pointer) (have_cast() ? cast(type, pointer) : (type *)(pointer))

/*
 * Where a dentry keeps a short name, and how much fits with its NUL: 32 bytes up to 6.1, 40 later; d_iname became
 * d_shortname in 6.14. The offset is added by hand: from an array's name clang makes byte loads.
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
