/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Packets to port 53 as they leave, judged by the rules of whoever has sent last by their socket. What is refused here was changed after it was judged, or
 * could not be read then; and what goes by TCP without being whole messages has no name. It is dropped and counted. That happens in whatever task, so that
 * nothing of the current one is asked, and no event is made.
 */
#ifndef PORTCULLIS_DNS_WIRE_H
#define PORTCULLIS_DNS_WIRE_H

#include "dns.h"
#include "dns_packet.h"

/* Judges one message, by the rules of who has sent it. Returns whether it may leave. Global, so that it is verified once. */
__noinline int may_leave(struct scratch *scratch, struct pc_task *sender, __u32 from, __u32 end)
{
	struct operation *operation;
	struct actor actor = {};

	if (!scratch || !sender)
		return 0;
	actor.task = sender;
	actor.slot = sender->slot;
	if (!actor_table(&actor))
		return 0;
	operation = work_begin(scratch, 0);
	asked_of(&actor, operation);
	if (put_domain(scratch, from, end))
		judge_domain(&actor, operation, list_of_domain(actor.table, actor.header, scratch));
	else
		judge_lost(operation, dns_flags(&actor));
	return !operation->verdict;
}

struct leaving {
	struct pc_task *sender;
	struct scratch *scratch;
	__u32 at;
	__u32 end;
	__u32 refused;
};

/* Judges the next message of a segment. One that is not whole is none. */
static __noinline long leaving_step(__u64 index, void *context)
{
	struct leaving *leaving = context;
	__u32 from = leaving->at + TCP_LENGTH, end = from + message_length(leaving->scratch, leaving->at);
	__u64 may;

	if (leaving->at >= leaving->end)
		return 1;
	leaving->at = end;
	if (end > leaving->end)
		end = from; /* of no length: it has no name */
	may = may_leave(leaving->scratch, leaving->sender, from, end);
	bound(may, 1);
	leaving->refused = !may;
	return !may;
}

/* Judges a segment of TCP, which has to be whole messages, and no more of them than are looked at. */
static __always_inline bool segment_may_leave(struct leaving *leaving)
{
	bpf_loop(MOST_QUESTIONS, leaving_step, leaving, 0);
	if (leaving->refused)
		return false;
	return leaving->at >= leaving->end || may_leave(leaving->scratch, leaving->sender, 0, 0);
}

/* Judges what a packet carries. True: it may leave. Of a datagram only what is in the packet's head is looked at: that nobody changes any more. */
static __noinline bool payload_may_leave(struct __sk_buff *skb, struct pc_task *sender, const struct packet *packet)
{
	const struct pc_settings *keys = settings_call();
	struct leaving leaving = { .sender = sender };
	bool is_datagram = packet->protocol == IPPROTO_UDP, may;
	__u32 end = is_datagram ? own_length(skb) : skb->len;
	__u32 length = end > packet->payload ? end - packet->payload : 0;
	bool readable = !packet->broken && (is_datagram || length <= MESSAGE_MAX);
	__u64 last;

	leaving.scratch = scratch_take();
	if (!leaving.scratch || !keys)
		return false;
	leaving.at = leaving.refused = keys->zero;
	if (length > MESSAGE_MAX)
		length = MESSAGE_MAX;
	last = (__u64)length - 1; /* the verifier of 6.1 has to see that at least one byte is read */
	bound(last, MESSAGE_MAX - 1);
	if (!length || bpf_skb_load_bytes(skb, packet->payload, &leaving.scratch->bytes[MESSAGE_AT], last + 1))
		readable = false;
	leaving.end = length;
	if (!readable)
		may = may_leave(leaving.scratch, sender, 0, 0);
	else if (is_datagram)
		may = may_leave(leaving.scratch, sender, 0, length);
	else
		may = segment_may_leave(&leaving);
	__sync_lock_test_and_set(&leaving.scratch->held, 0);
	return may;
}

/* May a packet leave that is sent by whom the socket keeps? */
static __always_inline bool packet_may_leave(struct __sk_buff *skb, struct pc_task *sender, __u32 port, bool is_raw)
{
	struct actor actor = { .task = sender, .slot = sender->slot };
	struct packet packet = {};

	if (sender->state != PC_TASK_ARMED) /* nobody whom a rule of DNS concerns has sent by the socket */
		return true;
	packet_read(skb, &packet);
	if (packet.port != DNS_PORT && port != DNS_PORT && !packet.broken)
		return true;
	if (packet.protocol != IPPROTO_UDP && packet.protocol != IPPROTO_TCP && !packet.broken)
		return true;
	if (!actor_table(&actor))
		return false;
	if (!(dns_flags(&actor) & PC_HAS_RULES))
		return true;
	/* Other rules than those that it was judged by have come: what it was a source of is not known. */
	if (actor.header->source_words && sender->table_id != actor.header->table_id)
		return false;
	if (packet.payload >= skb->len && !packet.broken)
		return true;
	packet.broken |= is_ambiguous(skb, &packet, is_raw);
	return payload_may_leave(skb, sender, &packet);
}

#endif
