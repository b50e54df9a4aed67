/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* A part of verdicts.bpf.c: whom a socket speaks with. */
/* Judges whom a socket speaks with. Returns 0 or -errno. */
SEC("raw_tp")
int speak(void *context)
{
	struct staged_case *given = case_now();
	struct peer peer = {};

	if (!given)
		return 4;
	peer.high = given->peer_high;
	peer.low = given->peer_low;
	peer.port = given->peer_port;
	peer.direction = given->ingress ? PC_PEER_INGRESS : PC_PEER_EGRESS;
	peer.unknown = given->unknown ? (given->family == AF_INET6 ? PC_ADDRESS_UNKNOWN6 : PC_ADDRESS_UNKNOWN) : 0;
	peer.kind = socket_kind(given->family, given->type, given->protocol);
	peer.socket = given->family | given->type << 8 | given->protocol << 16;
	peer.operation = PC_OP_SOCKET_CONNECT;
	return judge_peer(&peer) ? -EACCES : 0;
}
