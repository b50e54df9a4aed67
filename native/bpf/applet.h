/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Applets: what a multi-call program (busybox) is by the name that it is called by. A rule on /bin/cat, a link to
 * /bin/busybox, stands in the rule table below /bin/busybox, by an edge that no component of a name has: before the name a word of zeros is hashed.
 * Where an executed file has an edge for its applet, the state there is asked instead of the file's own, whose rules it has as well, behind those of
 * the applet.
 *
 * Which applet it is the program finds out from its arguments: the last component of the first or, where that is its own name, of the next one.
 * They are read where the caller has them, and once more when the execution has happened: what is another applet then is judged as what it is, and a
 * denial ends the process before its first instruction. What a tracer may turn into another one goes by the edge of the zeros alone, where
 * the Block rules of all applets are.
 */
#ifndef PORTCULLIS_APPLET_H
#define PORTCULLIS_APPLET_H

#include "argument_walk.h"
#include "bytes.h"

#define MOST_OWN_NAMES 4   /* "busybox busybox cat" is cat as well */
#define APPLET_WORDS 8     /* no applet has a name of 64 bytes */
#define COMPONENT_STEPS (1 << 14)
#define COMPONENT_STEPS_NO_LOOP 64

/* Instead of the hash of an applet: */
#define APPLET_UNKNOWN 0ULL /* it may become any */
#define APPLET_NONE 1ULL    /* it is none */
#define APPLET_LATER ~0ULL  /* it is found out when the execution has happened */

/* An argument whose last component is looked for. */
struct applet_walk {
	__u64 vector; /* where the address of the next argument lies; 0: they lie one after another */
	__u64 at;     /* where the rest of the argument in hand begins */
	__u64 start;  /* … and where its last component does */
	__u64 hash;   /* the answer, or APPLET_* */
	__u32 stride; /* bytes of an address in the vector */
	__u32 left;   /* arguments still to come, where they lie one after another */
	__u32 kernel; /* the argument lies in the kernel's memory */
	__u32 later;  /* it is not the first argument */
	__u32 whole;  /* it was read to its end */
	__u32 own;    /* the component is the multi-call program's own name */
};

/* The lanes of an applet's name, of which nothing is read yet. */
static __always_inline void applet_begin(struct lanes *lanes, const struct pc_settings *keys)
{
	lanes->a = lanes->b = 0;
	lanes_add(lanes, 0, keys);
}

static __always_inline long read_component(const struct applet_walk *walk, __u64 *bytes, __u64 at)
{
	bytes[0] = bytes[1] = 0;
	return walk->kernel ? bpf_probe_read_kernel_str(bytes, 9, (const void *)at) : read_argument(bytes, 9, at);
}

/* Looks through the next eight bytes of an argument. Behind its end they are 0. */
static __noinline long component_step(__u64 index, void *context)
{
	struct applet_walk *walk = *(struct applet_walk **)context; /* stack is scarce here */
	__u64 bytes[2];
	long length = read_component(walk, bytes, walk->at);
	__u64 passed = up_to_mark(marks_of(bytes[0], '/'));

	if (length <= 0 || length > 9)
		return 1;
	if (passed)
		walk->start = walk->at + passed;
	walk->at += length == 9 ? 8 : length;
	walk->whole = length != 9;
	return walk->whole;
}

/* Is it busybox' own name, whatever follows? Others are not understood: toybox follows links itself, coreutils takes any first name for its own. */
static __always_inline bool is_own_name(__u64 word)
{
	return (word & 0xffffffffffffffULL) == 0x786f6279737562ULL; /* "busybox" */
}

/* Finds where the last component of the argument in hand begins. False: it cannot be read. It is global, so that it is verified once. */
__noinline int component_find(struct applet_walk *walk)
{
	if (!walk)
		return 0;
	walk->start = walk->at;
	walk->whole = 0;
	if (have_loop()) {
		bpf_loop(COMPONENT_STEPS, component_step, &walk, 0);
	} else {
		for (int i = 0; i < COMPONENT_STEPS_NO_LOOP; i++)
			if (component_step(i, &walk))
				break;
	}
	return walk->whole;
}

/* The hash of the component is the answer. False: it cannot be read. It is global for the same reason. */
__noinline int component_hash(struct applet_walk *walk)
{
	const struct pc_settings *keys = settings_call();
	struct lanes lanes;
	__u64 bytes[2];

	if (!walk || !keys)
		return 0;
	applet_begin(&lanes, keys);
	walk->hash = APPLET_NONE;
	for (int i = 0; i < APPLET_WORDS; i++) {
		long length = read_component(walk, bytes, walk->start + i * 8);

		if (length <= 0 || length > 9)
			return 0;
		if (!i)
			walk->own = is_own_name(bytes[0]);
		if (length != 9) {
			if (length > 1)
				lanes_add(&lanes, bytes[0] << ((72 - length * 8) & 63), keys);
			walk->hash = lanes_end(&lanes);
			return 1;
		}
		lanes_add(&lanes, bytes[0], keys);
	}
	return 1;
}

/* Finds the last component of the argument in hand. A login shell is called "-sh". False: it cannot be read. */
static __noinline bool component_name(struct applet_walk *walk)
{
	__u64 begin = walk->at, bytes[2];

	if (!component_find(walk))
		return false;
	if (!walk->later && walk->start == begin) {
		if (read_component(walk, bytes, begin) <= 0)
			return false;
		walk->start += (__u8)bytes[0] == '-';
	}
	return component_hash(walk);
}

/* Goes to the next argument. False: there is none, or with APPLET_LATER it cannot be read. */
static __always_inline bool applet_next(struct applet_walk *walk)
{
	__u64 address = 0;
	__u32 half = 0;

	walk->hash = APPLET_NONE;
	if (!walk->vector)
		return walk->left && walk->left--;
	if (walk->stride == 8 ? read_vector(&address, 8, walk->vector) : read_vector(&half, 4, walk->vector)) {
		walk->hash = APPLET_LATER;
		return false;
	}
	walk->vector += walk->stride;
	walk->at = address | half;
	return walk->at;
}

/* The applet that the arguments name. */
static __always_inline __u64 applet_named(struct applet_walk *walk)
{
	for (int i = 0; i < MOST_OWN_NAMES; i++) {
		if (!applet_next(walk))
			return walk->hash;
		if (!component_name(walk))
			return APPLET_LATER;
		if (!walk->own)
			return walk->hash;
		walk->later = 1;
	}
	return APPLET_LATER;
}

/* The applet of a program that is about to be executed, in this round; of an interpreter the first argument is its own name. */
static __noinline __u64 applet_asked(__u64 bprm, __u32 round)
{
	struct applet_walk walk = {};

	if (READ(struct linux_binprm, bprm, unsafe) & UNSAFE_PTRACE)
		return APPLET_UNKNOWN;
	if (round) { /* what else the first line of the script says is known when it has happened */
		walk.kernel = 1;
		walk.at = (__u64)READ(struct linux_binprm, bprm, interp);
		return component_name(&walk) && !walk.own ? walk.hash : APPLET_LATER;
	}
	walk.vector = exec_vector(bpf_get_current_task_btf(), &walk.stride);
	return walk.vector ? applet_named(&walk) : APPLET_LATER;
}

/* The applet of a program that has been executed. */
static __noinline __u64 applet_executed(__u64 bprm)
{
	struct applet_walk walk = {};
	__u64 hash;

	walk.at = READ(struct linux_binprm, bprm, p);
	walk.left = READ(struct linux_binprm, bprm, argc);
	hash = applet_named(&walk);
	return hash == APPLET_LATER ? APPLET_UNKNOWN : hash;
}

#endif
