/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Operations on what has no name of which it is told at once that nothing comes of them, because no rule is about such an object, or because
 * the same rules have found the socket allowed before. The rule table alone is asked, for an actor whose slot the stub has seen. What
 * is not told here is judged by number.h, which says the same.
 */
#ifndef PORTCULLIS_NUMBER_QUICK_H
#define PORTCULLIS_NUMBER_QUICK_H

#include "match.h"
#include "network.h"

#define JUDGED 1 /* the argument of a call about a socket that is used in which the stub passes on its pc_socket.judged */

#define NO_NUMBER (~0ULL)

/* What stands for the rules of a table. */
static __always_inline __u64 judged_by(const struct pc_header *header)
{
	return header->table_id * PC_STATE_MULTIPLIER;
}

/*
 * `number`: the object's; NO_NUMBER: it is not known. `judged`: what was found of a socket before, or 0. False: that is not told here. It is a
 * call, so that its stack is free again before the operation is judged.
 */
static __noinline bool number_passes(__u32 seen, __u32 category, __u64 number, __u64 judged)
{
	__u32 slot = seen - 1, flags;
	void *table = bpf_map_lookup_elem(&slots, &slot);
	const struct pc_header *header = table ? table_element(table, 0) : NULL;

	if (!header || header->abi_version != PC_ABI_VERSION || (header->visible | header->recorded) >> category & 1)
		return false;
	flags = category_flags(header, category);
	if (nothing_to_judge(flags, 0))
		return true;
	if (judged)
		return judged == judged_by(header) && !header->source_words && !(flags & PC_ASKS_TTY);
	if (flags & PC_ALLOW_LIST || number == NO_NUMBER)
		return false;
	return !edge_next(table, header->bucket_mask, PC_LEAF_STATE - category, number);
}

/* Is it told at once that nothing comes of the call? It is a call for the same reason. */
static __noinline bool passes_at_once(const struct pc_call *call)
{
	const __u64 *args = call->args;

	if (!call->seen)
		return false;
	switch (call->hook) {
	case PC_HOOK_capable:
		return number_passes(call->seen, PC_CATEGORY_CAPABILITIES, (__u32)args[2], 0);
	case PC_HOOK_socket_create:
		return number_passes(call->seen, PC_CATEGORY_NETWORK, socket_kind(args[0], args[1], args[2]), 0);
	case PC_HOOK_socket_post_create:
		return number_passes(call->seen, PC_CATEGORY_NETWORK, socket_kind(args[1], args[2], args[3]), 0);
	case PC_HOOK_socket_connect:
	case PC_HOOK_socket_bind:
	case PC_HOOK_socket_listen:
	case PC_HOOK_socket_accept:
	case PC_HOOK_socket_sendmsg:
		return number_passes(call->seen, PC_CATEGORY_NETWORK, NO_NUMBER, args[JUDGED]);
	}
	return false;
}

#endif
