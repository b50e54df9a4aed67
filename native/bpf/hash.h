/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* The hash of one component of a name, keyed by a seed of the node's own, so that nobody can look for two names that have the same. */
#ifndef PORTCULLIS_HASH_H
#define PORTCULLIS_HASH_H

#include "core_fixes.h"
#include "maps.h"

struct lanes {
	__u64 a, b;
};

/* Adds one word to both NH lanes; native/src/pack/hash.ts does the same in TypeScript. */
static __always_inline void lanes_add(struct lanes *lanes, __u64 word, const struct pc_settings *keys)
{
	const __u32 *half = (const __u32 *)keys->hash_seed;
	__u32 low = word, high = word >> 32;

	lanes->a = lanes->a * (keys->hash_seed[1] | 1) + (__u64)(low + half[0]) * (high + half[1]);
	lanes->b = lanes->b * (keys->hash_seed[0] | 1) + (__u64)(low + half[2]) * (high + half[3]);
}

static __always_inline __u64 lanes_end(const struct lanes *lanes)
{
	return lanes->a ^ ((lanes->b << 32) | (lanes->b >> 32));
}

/*
 * Components that begin with two dots and go on are left out of names where nobody in the container can have made them: kubelet keeps
 * the files of a volume in `..<date>`, which a link `..data` leads to, and makes another one at each change. The object's own component
 * stays. Where they could have been made, they count, and Block rules are asked about the name without them as well: judge_dotted().
 * docs/semantics.md, section 2.
 */
#define TWO_DOTS 0x2e2e /* the first two bytes of a name */

static __always_inline bool is_dotted(__u64 word, __u32 length)
{
	return (word & 0xffff) == TWO_DOTS && length > 2;
}

/* The argument of hash_long_name(): a global function cannot be given an address that the verifier knows as a typed pointer. */
struct name_at {
	__u64 name;
	__u32 length;
	__u32 dotted; /* the answer: is_dotted() */
};

/* 32 bytes, which is what a frame of the stack has at least. */
struct long_name {
	struct lanes lanes;
	__u64 name;
	__u32 length;
	__u32 found; /* NAME_* */
};

#define NAME_FAILED 1
#define NAME_DOTTED 2

static __noinline long long_name_step(__u64 index, void *context)
{
	struct long_name *step = context;
	const struct pc_settings *keys = settings_get();
	__u32 at = index * 8;
	__u64 word, rest;

	if (at >= step->length)
		return 1;
	if (!keys) {
		step->found = NAME_FAILED;
		return 1;
	}
	rest = step->length - at;
	if (rest >= 8)
		rest = 8;
	bound(rest, 15);
	word = 0;
	if (rest > 8 || bpf_probe_read_kernel(&word, rest, (const void *)(step->name + at))) {
		step->found = NAME_FAILED;
		return 1;
	}
	if (!at && is_dotted(word, step->length))
		step->found = NAME_DOTTED;
	lanes_add(&step->lanes, word << (64 - rest * 8), keys);
	return 0;
}

/* The hash of a name of any length, read from the kernel's memory word by word. 0: it cannot be read. */
__noinline __u64 hash_long_name(struct name_at *at)
{
	struct long_name step = {};

	if (!at)
		return 0;
	step.name = at->name;
	step.length = at->length;
	if (have_loop()) {
		bpf_loop(32, long_name_step, &step, 0);
	} else {
		for (int i = 0; i < 32; i++)
			if (long_name_step(i, &step))
				break;
	}
	at->dotted = step.found & NAME_DOTTED;
	return step.found & NAME_FAILED ? 0 : lanes_end(&step.lanes);
}

/* Adds a word, and returns the hash if it was the last one. */
#define HASH_WORD(place)                                                      \
	do {                                                                  \
		__u64 word = *(const __u64 *)(name + (place) * 8);            \
		if (length <= ((place) + 1) * 8) {                            \
			lanes_add(&lanes, word << ((0 - length * 8) & 63), keys); \
			return lanes_end(&lanes);                             \
		}                                                             \
		lanes_add(&lanes, word, keys);                                \
	} while (0)

/* The hash of a name of one word, which most are; what is behind its end in the word does not count. */
static __always_inline __u64 hash_word(__u64 word, __u32 length, const struct pc_settings *keys)
{
	struct lanes lanes = {};

	lanes_add(&lanes, word << ((0 - length * 8) & 63), keys);
	return lanes_end(&lanes);
}

/*
 * The hash of a dentry's name, which is shorter than inline_name_size(), so that it is in the dentry itself and read by loads, not by helper
 * calls. `at` is inline_name_offset(), so that a loop asks for it once. It is a call, so that the verifier does not follow every length
 * of a name through the climb.
 */
static __noinline __u64 hash_inline_name(const struct dentry *dentry, __u32 length, const struct pc_settings *keys, __u64 at)
{
	const char *name = (const char *)dentry + at;
	struct lanes lanes = {};

	HASH_WORD(0);
	HASH_WORD(1);
	HASH_WORD(2);
	HASH_WORD(3);
	if (inline_name_size() > 32)
		HASH_WORD(4);
	return 0; /* does not happen */
}

/* The hash of a dentry's name of any length. 0: it cannot be read. */
static __always_inline __u64 hash_name(const struct dentry *dentry, const struct pc_settings *keys)
{
	__u32 length = dentry->d_name.len;
	struct name_at elsewhere;

	if (length <= sizeof(__u64))
		return hash_word(*(const __u64 *)((const char *)dentry + inline_name_offset()), length, keys);
	if (length < inline_name_size())
		return hash_inline_name(dentry, length, keys, inline_name_offset());
	elsewhere.name = (__u64)dentry->d_name.name;
	elsewhere.length = length;
	elsewhere.dotted = 0;
	return hash_long_name(&elsewhere);
}

#endif
