/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Whom a socket is to speak with, as the kernel has it: read from the address that a hook is given, or from the socket. Addresses of IPv4 are taken where
 * IPv6 maps them, so that it does not matter by which kind of socket they are reached.
 */
#ifndef PORTCULLIS_PEER_H
#define PORTCULLIS_PEER_H

#include "network.h"

#define AF_UNSPEC 0
#define IPPROTO_RAW 255
#define MAPPED 0xffff00000000ULL /* the lower half of what maps an address of IPv4 */
#define LOOPBACK 0x7f000001U
#define PORT_AT 2      /* in both kinds of socket addresses */
#define ADDRESS_AT 4   /* … of IPv4 */
#define ADDRESS6_AT 8  /* … of IPv6 */

struct peer {
	__u64 high; /* the address, as a number */
	__u64 low;
	__u32 port;
	__u32 direction; /* PC_PEER_EGRESS, PC_PEER_INGRESS */
	__u32 kind;      /* enum pc_socket_kind */
	__u32 unknown;   /* instead of an address that decides: the edge to the list for peers that are still to come */
	__u32 socket;    /* as pc_event.access */
	__u32 operation; /* enum pc_operation */
	__u32 silent;    /* what is allowed is not told: it was when the socket was connected */
	__u32 judged;    /* the answer: rules by address were asked */
	__u32 lost;      /* whom it speaks with cannot be known: LOST_* */
};

#define LOST_ALWAYS 1 /* the socket can send anything anywhere: whether it may be there, rules of protocols say as well */
#define LOST_NOW 2    /* the socket is to be made one whose addresses say nothing */

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct in6_addr___peer {
	__u64 words[2];
};

struct sock_common___peer {
	unsigned short skc_family;
	__be16 skc_dport;
	__u16 skc_num;
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	unsigned char skc_ipv6only : 1;
	struct in6_addr___peer skc_v6_daddr;
	struct in6_addr___peer skc_v6_rcv_saddr;
};

struct sock___peer {
	struct socket *sk_socket;
};

struct msghdr___peer {
	unsigned int msg_flags;
};

#pragma clang attribute pop

/* A field of the part that every socket begins with. */
#define OF_SOCK(sock, field) READ(struct sock_common___peer, sock, field)

static __always_inline __u64 word_at(__u64 address)
{
	__u64 word = 0;

	bpf_probe_read_kernel(&word, sizeof(word), (const void *)address);
	return __builtin_bswap64(word);
}

static __always_inline void set_ipv4(struct peer *peer, __u32 address)
{
	peer->high = 0;
	peer->low = MAPPED | __builtin_bswap32(address);
}

static __always_inline void set_ipv6(struct peer *peer, __u64 at)
{
	peer->high = word_at(at);
	peer->low = word_at(at + 8);
}

/* What is sent to no address goes to the own machine: to the socket's own address, if it has one. */
static __always_inline void peer_at_home(struct peer *peer, __u64 sock, __u32 family)
{
	if (peer->high)
		return;
	if (!peer->low) {
		peer->low = 1; /* ::1 */
	} else if (peer->low == MAPPED) {
		__u32 own = family == AF_INET ? OF_SOCK(sock, skc_rcv_saddr) : 0;

		peer->low = MAPPED | (own ? __builtin_bswap32(own) : LOOPBACK);
	}
}

/* Do the addresses of such a socket have ports? */
static __always_inline bool has_ports(__u32 type, __u32 protocol)
{
	return type != SOCK_RAW && protocol != IPPROTO_ICMP && protocol != IPPROTO_ICMPV6;
}

/* What a socket is; false: no rule can be meant. */
static __always_inline bool peer_begin(struct peer *peer, __u64 socket, __u32 direction, __u32 operation)
{
	__u64 sock = LOAD(struct socket, socket, sk);
	__u32 family, type, protocol;

	if (!sock || is_of_kernel(sock))
		return false;
	family = LOAD(struct sock, sock, __sk_common.skc_family);
	if (!is_network(family))
		return false;
	type = (__u16)LOAD(struct socket, socket, type);
	protocol = LOAD(struct sock, sock, sk_protocol);
	peer->direction = direction;
	peer->operation = operation;
	peer->kind = socket_kind(family, type, protocol);
	peer->socket = family | type << 8 | protocol << 16;
	if (family == AF_PACKET || (type == SOCK_RAW && protocol == IPPROTO_RAW))
		peer->lost = LOST_ALWAYS;
	return true;
}

#define PEER_FAMILY(peer) ((peer)->socket & 0xff)
#define PEER_TYPE(peer) ((peer)->socket >> 8 & 0xff)
#define PEER_PROTOCOL(peer) ((peer)->socket >> 16)

/* Reads a socket address of this family. False: it is none of the network. */
static __always_inline bool peer_read(struct peer *peer, __u64 address, __u32 family)
{
	__u16 port = 0;

	if (family == AF_INET) {
		__u32 word = 0;

		bpf_probe_read_kernel(&word, sizeof(word), (const void *)(address + ADDRESS_AT));
		set_ipv4(peer, word);
	} else if (family == AF_INET6) {
		set_ipv6(peer, address + ADDRESS6_AT);
	} else {
		return false;
	}
	bpf_probe_read_kernel(&port, sizeof(port), (const void *)(address + PORT_AT));
	peer->port = has_ports(PEER_TYPE(peer), PEER_PROTOCOL(peer)) ? __builtin_bswap16(port) : 0;
	return true;
}

static __always_inline __u32 family_of(__u64 address)
{
	__u16 family = 0;

	bpf_probe_read_kernel(&family, sizeof(family), (const void *)address);
	return family;
}

/* Whom the socket is connected to. False: to nobody. */
static __always_inline bool peer_connected(struct peer *peer, __u64 sock)
{
	if (!OF_SOCK(sock, skc_dport) && has_ports(PEER_TYPE(peer), PEER_PROTOCOL(peer)))
		return false;
	if (PEER_FAMILY(peer) == AF_INET6)
		set_ipv6(peer, sock + bpf_core_field_offset(struct sock_common___peer, skc_v6_daddr));
	else
		set_ipv4(peer, OF_SOCK(sock, skc_daddr));
	peer->port = has_ports(PEER_TYPE(peer), PEER_PROTOCOL(peer)) ? __builtin_bswap16(OF_SOCK(sock, skc_dport)) : 0;
	return peer->high || (peer->low && peer->low != MAPPED);
}

#endif
