/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * A packet as it leaves: where it goes, where what it carries begins, and whether what is read of it here is what arrives. It may be cut into several
 * later, a byte of it may be urgent, which the other side takes out, and its pages may be memory that its sender still writes.
 */
#ifndef PORTCULLIS_DNS_PACKET_H
#define PORTCULLIS_DNS_PACKET_H

#include "core_fixes.h"

#define IP_VERSION_4 4
#define IP6_HEADER 40
#define UDP_HEADER 8
#define MORE_FRAGMENTS 0x3fff /* of the field of IPv4: the flag and the offset */
#define TCP_URGENT 0x20
#define TCP_SYN 0x02

/*
 * Of skb_shared_info.flags, all of which say that pages are not the packet's own: SKBFL_ZEROCOPY_ENABLE, _SHARED_FRAG, _PURE_ZEROCOPY, _DONT_ORPHAN and
 * _MANAGED_FRAG_REFS. They have no name in BTF.
 */
#define PAGES_OF_OTHERS 0x1f

/* What of a packet rules of DNS are about. */
struct packet {
	__u32 protocol;
	__u32 port;
	__u32 payload; /* where it begins */
	__u32 broken;  /* it has parts that hide the rest */
	__u32 control; /* of TCP: its flags */
};

static __always_inline __u32 packet_byte(struct __sk_buff *skb, __u32 at)
{
	__u8 byte = 0;

	bpf_skb_load_bytes(skb, at, &byte, sizeof(byte));
	return byte;
}

static __always_inline __u32 packet_word(struct __sk_buff *skb, __u32 at)
{
	return packet_byte(skb, at) << 8 | packet_byte(skb, at + 1);
}

/* Extension headers of IPv6, which need a privilege to be set, are not looked through. */
static __noinline void packet_read(struct __sk_buff *skb, struct packet *packet)
{
	__u32 first = packet_byte(skb, 0), at;

	if (first >> 4 == IP_VERSION_4) {
		packet->protocol = packet_byte(skb, 9);
		packet->broken = packet_word(skb, 6) & MORE_FRAGMENTS;
		at = (first & 0xf) * 4;
	} else {
		packet->protocol = packet_byte(skb, 6);
		packet->broken = packet->protocol != IPPROTO_UDP && packet->protocol != IPPROTO_TCP && packet->protocol != IPPROTO_ICMPV6;
		at = IP6_HEADER;
	}
	packet->port = packet_word(skb, at + 2);
	packet->payload = at + UDP_HEADER;
	if (packet->protocol == IPPROTO_TCP) {
		packet->control = packet_byte(skb, at + 13);
		packet->payload = at + (packet_byte(skb, at + 12) >> 4 << 2);
	}
}

/* How much of the packet is in its head, which is its own. In pages there may be a file, or the sender's memory. */
static __always_inline __u32 own_length(struct __sk_buff *skb)
{
	return skb->len - READ(struct sk_buff, skb, data_len);
}

/* Whether the pages of a packet may be written by others. What is written to a socket of TCP the kernel copies into pages of its own. */
static __always_inline bool has_others_pages(struct __sk_buff *skb)
{
	__u64 shared = (__u64)READ(struct sk_buff, skb, head) + READ(struct sk_buff, skb, end);

	return READ(struct skb_shared_info, shared, flags) & PAGES_OF_OTHERS;
}

/*
 * May what arrives be something else than what is read here? A datagram that is cut into several has more names than the first. A raw socket can send
 * segments in an order in which they mean something else.
 */
static __always_inline bool is_ambiguous(struct __sk_buff *skb, const struct packet *packet, bool is_raw)
{
	if (packet->protocol == IPPROTO_TCP)
		return packet->control & TCP_URGENT || is_raw || has_others_pages(skb);
	return skb->gso_size != 0;
}

#endif
