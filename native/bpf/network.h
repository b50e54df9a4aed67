/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Sockets of the network: when one is made, and when one is used that was made before the rules, or by somebody else. What a socket
 * is to rules is a number (enum pc_socket_kind); it has no name. Sockets of the kernel's own are nobody's operation.
 */
#ifndef PORTCULLIS_NETWORK_H
#define PORTCULLIS_NETWORK_H

#include "operation.h"

/* May rules concern sockets of this family? What goes by AF_SMC is TCP where the other side wants it. */
static __always_inline bool is_network(__u32 family)
{
	return family == AF_INET || family == AF_INET6 || family == AF_PACKET || family == AF_SMC;
}

static __always_inline __u32 kind_of_type(__u32 type)
{
	switch (type) {
	case SOCK_STREAM:
		return PC_SOCKET_STREAM;
	case SOCK_DGRAM:
		return PC_SOCKET_DGRAM;
	case SOCK_RAW:
		return PC_SOCKET_RAW;
	case SOCK_RDM:
		return PC_SOCKET_RDM;
	case SOCK_SEQPACKET:
		return PC_SOCKET_SEQPACKET;
	case SOCK_DCCP:
		return PC_SOCKET_DCCP;
	}
	return 0;
}

/* Protocol 0 is the one that the type usually has. MPTCP and SMC are TCP to those who do not know them. A raw socket has no other protocol than ICMP. */
static __always_inline __u32 kind_of_protocol(__u32 type, __u32 protocol)
{
	if (protocol == IPPROTO_ICMP)
		return PC_SOCKET_ICMP;
	if (protocol == IPPROTO_ICMPV6)
		return PC_SOCKET_ICMPV6;
	if (type == SOCK_RAW)
		return 0;
	if (protocol == IPPROTO_SCTP || (!protocol && type == SOCK_SEQPACKET))
		return PC_SOCKET_SCTP;
	if (type == SOCK_STREAM && (!protocol || protocol == IPPROTO_TCP || protocol == IPPROTO_MPTCP || protocol == IPPROTO_SMC))
		return PC_SOCKET_TCP;
	if (type == SOCK_DGRAM && (!protocol || protocol == IPPROTO_UDP))
		return PC_SOCKET_UDP;
	return 0;
}

/* PC_SOCKET_*; 0: no rule concerns such a socket. */
static __always_inline __u32 socket_kind(__u32 family, __u32 type, __u32 protocol)
{
	if (!is_network(family))
		return 0;
	if (family == AF_PACKET)
		return PC_SOCKET_ANY | PC_SOCKET_RAW | PC_SOCKET_PACKET;
	if (family == AF_SMC)
		return PC_SOCKET_ANY | PC_SOCKET_TCP | PC_SOCKET_STREAM;
	return PC_SOCKET_ANY | kind_of_type(type) | kind_of_protocol(type, protocol);
}

static __always_inline enum way on_socket(struct operation *operation, enum pc_operation kind, __u32 family, __u32 type, __u32 protocol)
{
	operation->category = PC_CATEGORY_NETWORK;
	operation->kind = kind;
	operation->open_flags = (family & 0xff) | (type & 0xff) << 8 | protocol << 16;
	operation->object.match.state = socket_kind(family, type, protocol);
	return operation->object.match.state ? WAY_NUMBER : WAY_NONE;
}

/* A socket that was judged is there now. It is judged once more, because other rules may have come meanwhile. */
static __always_inline enum way socket_made(struct operation *operation, const __u64 *args)
{
	return on_socket(operation, PC_OP_SOCKET, args[1], args[2], args[3]) == WAY_NUMBER ? WAY_CREATED : WAY_NONE;
}

static __always_inline bool is_of_kernel(__u64 sock)
{
	const struct sock *at = (const struct sock *)sock;

	return BPF_CORE_READ_BITFIELD_PROBED(at, sk_kern_sock);
}

/* `socket`: a struct socket. */
static __always_inline enum way socket_used(struct operation *operation, enum pc_operation kind, __u64 socket)
{
	__u64 sock = LOAD(struct socket, socket, sk);

	if (!sock || is_of_kernel(sock))
		return WAY_NONE;
	return on_socket(operation, kind, LOAD(struct sock, sock, __sk_common.skc_family), (__u16)LOAD(struct socket, socket, type),
			 LOAD(struct sock, sock, sk_protocol));
}

#endif
