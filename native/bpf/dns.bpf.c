// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/*
 * The programs that judge queries of DNS. They are no part of the engine's object: they are attached while a bound rule is about DNS, so that otherwise
 * nobody pays for them (docs/adr/0030). What goes elsewhere than to port 53 leaves after a few loads.
 */
#pragma clang diagnostic ignored "-Wunused-function" /* of what judges names, a part alone is needed here */

#define PORTCULLIS_NO_ARGUMENTS
#include "dns_wire.h"

char LICENSE[] SEC("license") = "GPL";

#define PACKET_DROPPED 0
#define PACKET_PASSES 1

static __always_inline __u16 swapped(__u16 word)
{
	return __builtin_bswap16(word);
}

/* The port in a socket address, wherever it lies. 0: there is none. */
static __always_inline __u32 port_in(__u64 address)
{
	__u16 port = 0;

	if (address)
		bpf_probe_read_kernel(&port, sizeof(port), (const void *)(address + 2));
	return swapped(port);
}

/* `address`: where it is sent or connected to; 0: where it is connected to already. */
static __always_inline int dns_sent(struct socket *socket, __u64 message, __u64 address)
{
	struct sock *sock = socket->sk;
	struct sending sending = { .sock = (__u64)sock, .message = message };
	struct pc_task *sender;
	__u32 family;

	if (!sock)
		return 0;
	family = LOAD(struct sock, sock, __sk_common.skc_family);
	sending.type = (__u16)LOAD(struct socket, socket, type);
	if (!is_network(family) || family == AF_PACKET)
		return 0;
	if (sending.type != SOCK_RAW && port_in(address) != DNS_PORT && swapped(LOAD(struct sock, sock, __sk_common.skc_dport)) != DNS_PORT)
		return 0;
	if (is_of_kernel((__u64)sock))
		return 0;
	sending.protocol = LOAD(struct sock, sock, sk_protocol);
	sender = bpf_sk_storage_get(&dns_senders, sock, 0, BPF_SK_STORAGE_GET_F_CREATE);
	return may_send(&sending, sender) ? 0 : -EACCES;
}

SEC("lsm/socket_sendmsg")
int dns_sendmsg(__u64 *ctx)
{
	__u64 message = ctx[1];

	return dns_sent((struct socket *)ctx[0], message, (__u64)READ(struct msghdr, message, msg_name)) ? -EACCES : 0;
}

/* What is written without a message, from a file or a pipe, goes where the socket is connected to. */
SEC("lsm/socket_connect")
int dns_connect(__u64 *ctx)
{
	return dns_sent((struct socket *)ctx[0], 0, ctx[1]) ? -EACCES : 0;
}

SEC("cgroup_skb/egress")
int dns_leaves(struct __sk_buff *skb)
{
	struct bpf_sock *socket = skb->sk;
	struct pc_task *sender;

	if (!socket)
		return PACKET_PASSES;
	socket = bpf_sk_fullsock(socket);
	if (!socket)
		return PACKET_PASSES;
	sender = bpf_sk_storage_get(&dns_senders, socket, 0, 0);
	if (!sender || packet_may_leave(skb, sender, swapped(socket->dst_port), socket->type == SOCK_RAW))
		return PACKET_PASSES;
	count(PC_COUNT_DNS_DROPPED);
	return PACKET_DROPPED;
}
