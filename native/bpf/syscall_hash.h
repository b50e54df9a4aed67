/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* A name that lies in the event as its object, as component hashes: that of a system call, or one of DNS. */
#ifndef PORTCULLIS_SYSCALL_HASH_H
#define PORTCULLIS_SYSCALL_HASH_H

#include "syscall_name.h"

struct hash_step {
	struct lanes lanes;
	struct scratch *scratch;
	struct pc_name_window *window;
	__u32 at;
	__u32 end;
	__u32 rest; /* bytes of the component in hand */
	__u32 depth;
};

/* Takes the length of a component, or its next word. */
static __noinline long hash_step(__u64 index, void *context)
{
	struct hash_step *step = context;
	const struct pc_settings *keys = settings_get();
	__u32 at = step->at, rest = step->rest;

	barrier_var(at);
	if (!keys || at >= step->end || at > SCRATCH_SIZE - 8)
		return 1;
	if (!rest) {
		step->rest = step->scratch->bytes[at];
		step->at = at + 2;
		step->lanes.a = step->lanes.b = keys->zero;
		return 0;
	}
	if (rest > 8) {
		lanes_add(&step->lanes, *(const __u64 *)&step->scratch->bytes[at], keys);
		step->rest = rest - 8;
		step->at = at + 8;
		return 0;
	}
	lanes_add(&step->lanes, *(const __u64 *)&step->scratch->bytes[at] << ((0 - rest * 8) & 63), keys);
	step->window->hashes[step->depth & (PC_NAME_WINDOW - 1)] = lanes_end(&step->lanes);
	step->depth++;
	step->at = at + rest;
	step->rest = keys->zero;
	return 0;
}

/* The hashes of the object's components in a name window, as a walk would have left them. Returns how many there are. */
__noinline __u32 hash_object_name(struct scratch *scratch, struct pc_name_window *window)
{
	struct hash_step step = { .scratch = scratch, .window = window };
	const struct pc_settings *keys = settings_call();

	if (!scratch || !window || !keys)
		return 0;
	step.lanes.a = step.lanes.b = keys->zero;
	step.rest = step.depth = keys->zero;
	step.at = scratch->event.object_at;
	step.end = step.at + scratch->event.object_len;
	bpf_loop(PC_OBJECT_MAX, hash_step, &step, 0);
	return step.depth;
}

#endif
