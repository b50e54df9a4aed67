/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * A call of a hook as the body gets it: addresses, of which the verifier does not know what they are of. It does know that of what a
 * program has on its own stack, and therefore the call lies in a map.
 */
#ifndef PORTCULLIS_PASSED_CALL_H
#define PORTCULLIS_PASSED_CALL_H

#include "../bpf/call.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct pc_call);
} passed_calls SEC(".maps");

/* An empty call of a hook, to be filled and judged. NULL: there is none, which does not happen. */
static __always_inline struct pc_call *call_of(__u32 hook)
{
	__u32 first = 0;
	struct pc_call *call = bpf_map_lookup_elem(&passed_calls, &first);

	if (!call)
		return NULL;
	__builtin_memset(call, 0, sizeof(*call));
	call->hook = hook;
	return call;
}

/* What a stub sees of the current task. */
static __always_inline __u32 seen_now(void)
{
	const struct bpf_local_storage_data *task = task_quick(bpf_get_current_task_btf());

	return task ? seen_slot(QUICK_SLOT(task)) : 0;
}

/* Fills a call of file_open as its stub does. */
static __always_inline void pass_file(struct pc_call *call, __u64 file)
{
	call->args[0] = file;
	call->args[1] = LOAD(struct file, file, f_mode) | LOAD(struct file, file, f_flags) << 32;
	call->seen = seen_now();
}

#endif
