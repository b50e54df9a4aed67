/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The part of abi.h that is about rules by address: ranges of addresses and the lists that apply to them. Ranges (two an element) are the last part of a
 * rule table, ascending by where they begin, the first of them at 0. The last one that begins at or before an address has the list for it.
 * Addresses are of IPv6; those of IPv4 lie where IPv6 maps them.
 */
#ifndef PORTCULLIS_ABI_ADDRESS_H
#define PORTCULLIS_ABI_ADDRESS_H

/* The edges from PC_ADDRESS_STATE. Each has a number in place of a state; where there is no edge, it is 0. */
enum pc_address_edge {
	PC_ADDRESS_RANGES = 1,   /* how many elements behind entries_at ranges begin; 0: no rule is by address */
	PC_ADDRESS_COUNT = 2,    /* how many there are */
	PC_ADDRESS_BLOCKS = 3,   /* 1: some rule by address blocks */
	PC_ADDRESS_UNKNOWN = 4,  /* the list where the peer is still to come, of IPv4 */
	PC_ADDRESS_UNKNOWN6 = 5, /* … of IPv6 */
};

/* Of pc_entry.flags in lists of addresses. There `number` is the first port that is meant and, 16 bits up, the last. */
enum pc_address_entry {
	PC_PEER_KINDS = 16,            /* from this bit on: of enum pc_socket_kind, one of which the socket has to be */
	PC_PEER_EGRESS = 0x20000000,   /* it is meant where the actor speaks first */
	PC_PEER_INGRESS = 0x80000000U, /* it is meant where the peer does */
};

/* A range of addresses, which ends where the next one begins. 32 bytes. */
struct pc_range {
	__u64 high; /* of the address where it begins, as a number */
	__u64 low;
	__u32 list; /* the index of its first entry; 0: no rule is meant there */
	__u32 reserved[3];
};

#endif
