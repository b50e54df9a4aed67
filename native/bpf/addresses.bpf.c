// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/*
 * The programs that judge whom sockets speak with. They are no part of the engine's object: they are attached while a bound rule is by address, so that
 * otherwise nobody pays for them (docs/adr/0033).
 */
#pragma clang diagnostic ignored "-Wunused-function" /* of what judges names, a part alone is needed here */

#define PORTCULLIS_NO_ARGUMENTS
#include "incoming.h"

char LICENSE[] SEC("license") = "GPL";

#define MSG_FASTOPEN 0x20000000
#define SOL_IP 0
#define SOL_IPV6 41
#define IP_HDRINCL 3
#define IP_OPTIONS 4
#define IPV6_2292RTHDR 5
#define IPV6_2292PKTOPTIONS 6
#define IPV6_HDRINCL 36
#define IPV6_RTHDR 57

static __always_inline int answer(struct peer *peer)
{
	return judge_peer(peer) ? -EACCES : 0;
}

/* To whom it is sent or connected. AF_UNSPEC is IPv4 where a datagram is sent by a socket of IPv4, and IPv6 by a raw one of IPv6. */
static __always_inline int speaks(struct peer *peer, __u64 address, bool connects)
{
	__u64 family = family_of(address);

	if (family == AF_UNSPEC && !connects)
		family = PEER_TYPE(peer) == SOCK_RAW || PEER_FAMILY(peer) == AF_INET ? PEER_FAMILY(peer) : AF_UNSPEC;
	if (family == AF_UNSPEC) /* a connection is given up, or it goes where the socket is connected to */
		return 0;
	if (!peer_read(peer, address, family))
		peer->lost = LOST_ALWAYS;
	return 1;
}

SEC("lsm/socket_connect")
int address_connect(__u64 *ctx)
{
	struct peer peer = {};
	__u64 socket = ctx[0];

	if (!peer_begin(&peer, socket, PC_PEER_EGRESS, PC_OP_SOCKET_CONNECT))
		return 0;
	if (!peer.lost && !speaks(&peer, ctx[1], true))
		return 0;
	if (!peer.lost)
		peer_at_home(&peer, LOAD(struct socket, socket, sk), PEER_FAMILY(&peer));
	return answer(&peer);
}

/* Where it is sent by a connected socket of datagrams, whom that speaks with is asked again: the rules may have come since. */
SEC("lsm/socket_sendmsg")
int address_sendmsg(__u64 *ctx)
{
	struct peer peer = {};
	__u64 socket = ctx[0], message = ctx[1], sock, name;

	if (!peer_begin(&peer, socket, PC_PEER_EGRESS, PC_OP_SOCKET_SEND))
		return 0;
	sock = LOAD(struct socket, socket, sk);
	name = (__u64)READ(struct msghdr, message, msg_name);
	if (PEER_TYPE(&peer) == SOCK_STREAM && PEER_PROTOCOL(&peer) != IPPROTO_SCTP && !(READ(struct msghdr___peer, message, msg_flags) & MSG_FASTOPEN))
		return 0; /* a connection was judged when it was made, and the name is not looked at */
	if (peer.lost)
		return answer(&peer);
	if (!name || !speaks(&peer, name, false)) {
		peer.silent = 1;
		if (!peer_connected(&peer, sock))
			return 0;
	}
	if (!peer.lost)
		peer_at_home(&peer, sock, PEER_FAMILY(&peer));
	return answer(&peer);
}

#define SCTP_CONNECTX 110
#define SCTP_ADDRESSES 8 /* of one call, that are judged */
#define IPV4_SIZE 16     /* of a socket address */
#define IPV6_SIZE 28

/* SCTP can connect to several addresses at once, which lie one after another. */
SEC("lsm/sctp_bind_connect")
int address_sctp(__u64 *ctx)
{
	__u64 sock = ctx[0], at = ctx[2], end = at + (__u32)ctx[3];
	__u64 socket = (__u64)READ(struct sock___peer, sock, sk_socket);
	struct peer peer = {};

	if ((__u32)ctx[1] != SCTP_CONNECTX || !socket || !peer_begin(&peer, socket, PC_PEER_EGRESS, PC_OP_SOCKET_CONNECT))
		return 0;
	for (int i = 0; i < SCTP_ADDRESSES; i++) {
		__u32 family;

		if (at >= end)
			return 0;
		family = family_of(at);
		if (!peer_read(&peer, at, family))
			peer.lost = LOST_ALWAYS;
		else
			peer_at_home(&peer, sock, PEER_FAMILY(&peer));
		if (judge_peer(&peer))
			return -EACCES;
		at += family == AF_INET6 ? IPV6_SIZE : IPV4_SIZE;
	}
	peer.lost = LOST_ALWAYS; /* what is beyond */
	return at < end ? answer(&peer) : 0;
}

static __always_inline __u32 unknown_of(const struct peer *peer)
{
	return PEER_FAMILY(peer) == AF_INET6 ? PC_ADDRESS_UNKNOWN6 : PC_ADDRESS_UNKNOWN;
}

/* A port of the kernel's choice is what any socket has that speaks first. */
SEC("lsm/socket_bind")
int address_bind(__u64 *ctx)
{
	struct peer peer = {};

	if (!peer_begin(&peer, ctx[0], PC_PEER_INGRESS, PC_OP_SOCKET_BIND))
		return 0;
	if (!peer.lost && (!peer_read(&peer, ctx[1], family_of(ctx[1])) || !peer.port))
		return 0;
	peer.unknown = unknown_of(&peer);
	return answer(&peer);
}

/* Whether somebody may listen or accept, and who does so. `of_sock`: the same socket, as the kernel's storage wants it. */
static __always_inline int listens(struct peer *peer, __u64 socket, struct sock *of_sock)
{
	struct listener *keeps;
	__u64 sock = LOAD(struct socket, socket, sk);

	if (PEER_FAMILY(peer) == AF_INET6)
		set_ipv6(peer, sock + bpf_core_field_offset(struct sock_common___peer, skc_v6_rcv_saddr));
	else
		set_ipv4(peer, OF_SOCK(sock, skc_rcv_saddr));
	peer->port = OF_SOCK(sock, skc_num);
	peer->unknown = unknown_of(peer);
	if (judge_peer(peer))
		return -EACCES;
	keeps = of_sock && peer->judged ? bpf_sk_storage_get(&address_listeners, of_sock, 0, BPF_SK_STORAGE_GET_F_CREATE) : NULL;
	if (keeps)
		note_listener(keeps);
	return 0;
}

SEC("lsm/socket_listen")
int address_listen(__u64 *ctx)
{
	struct peer peer = {};

	if (!peer_begin(&peer, ctx[0], PC_PEER_INGRESS, PC_OP_SOCKET_LISTEN))
		return 0;
	return listens(&peer, ctx[0], ((struct socket *)ctx[0])->sk) ? -EACCES : 0;
}

/* A socket that has listened since before the rules, or is another process's. */
SEC("lsm/socket_accept")
int address_accept(__u64 *ctx)
{
	struct peer peer = { .silent = 1 };

	if (!peer_begin(&peer, ctx[0], PC_PEER_INGRESS, PC_OP_SOCKET_ACCEPT))
		return 0;
	return listens(&peer, ctx[0], ((struct socket *)ctx[0])->sk) ? -EACCES : 0;
}

/* Somebody wants a connection of TCP. What is refused is dropped: nobody is there, as far as the other side sees. */
SEC("lsm/inet_conn_request")
int address_request(__u64 *ctx)
{
	struct sock *sock = (struct sock *)ctx[0];
	__u64 request = ctx[2];
	struct peer peer = { .direction = PC_PEER_INGRESS, .operation = PC_OP_SOCKET_ACCEPT };
	struct listener *listener = bpf_sk_storage_get(&address_listeners, sock, 0, 0);
	__u32 family, slot;

	if (!listener) {
		slot = slot_of_sock((__u64)sock);
		if (!slot)
			return 0;
		listener = bpf_sk_storage_get(&address_listeners, sock, 0, BPF_SK_STORAGE_GET_F_CREATE);
		if (!listener)
			return -EACCES;
		listener->task.state = PC_TASK_ARMED;
		listener->task.slot = slot - 1;
	}
	family = OF_SOCK(request, skc_family);
	if (family == AF_INET6)
		set_ipv6(&peer, request + bpf_core_field_offset(struct sock_common___peer, skc_v6_daddr));
	else
		set_ipv4(&peer, OF_SOCK(request, skc_daddr));
	peer.port = OF_SOCK(request, skc_num);
	peer.kind = socket_kind(family, SOCK_STREAM, IPPROTO_TCP);
	peer.socket = family | SOCK_STREAM << 8 | IPPROTO_TCP << 16;
	return judge_incoming(&peer, listener) ? -EACCES : 0;
}

/* Sockets that send whole packets, addresses included. */
SEC("lsm/socket_create")
int address_create(__u64 *ctx)
{
	__u32 family = ctx[0], type = ctx[1] & 0xf, protocol = ctx[2], of_kernel = ctx[3];
	struct peer peer = { .direction = PC_PEER_EGRESS, .operation = PC_OP_SOCKET, .lost = LOST_ALWAYS };

	if (of_kernel || (family != AF_PACKET && !(is_network(family) && type == SOCK_RAW && protocol == IPPROTO_RAW)))
		return 0;
	peer.socket = family | type << 8 | protocol << 16;
	return answer(&peer);
}

/* Who may write packets' addresses, or the way that they take, sends to others than he says. */
SEC("lsm/socket_setsockopt")
int address_setsockopt(__u64 *ctx)
{
	struct peer peer = {};
	__u32 level = ctx[1], option = ctx[2];

	if (level != SOL_IP && level != SOL_IPV6)
		return 0;
	if (level == SOL_IP && option != IP_HDRINCL && option != IP_OPTIONS)
		return 0;
	if (level == SOL_IPV6 && option != IPV6_HDRINCL && option != IPV6_RTHDR && option != IPV6_2292RTHDR && option != IPV6_2292PKTOPTIONS)
		return 0;
	if (!peer_begin(&peer, ctx[0], PC_PEER_EGRESS, PC_OP_SOCKET))
		return 0;
	peer.lost = LOST_NOW;
	return answer(&peer);
}
