/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* The stubs of hooks about what has no name: sockets and capabilities. They pass on what they have seen of the task, as that of opening does. */
#ifndef PORTCULLIS_NUMBER_STUBS_H
#define PORTCULLIS_NUMBER_STUBS_H

#include "number_quick.h"
#include "stubs.h"

/* The family of a socket; 0: it has none any more. */
static __always_inline __u32 family_of(struct socket *socket)
{
	return plain(struct sock, plain(struct socket, socket)->sk)->__sk_common.skc_family;
}

/* What is known of a socket; NULL: nothing is. */
static __always_inline struct pc_socket *known_of(struct socket *socket)
{
	struct sock *sock = socket->sk;

	return sock ? bpf_sk_storage_get(&sockets, sock, 0, 0) : NULL;
}

/* Keeps what a body has answered to be known of a socket. Where there is no memory for it the socket is judged again the next time. */
static __always_inline void keep_known(struct pc_socket *known, struct socket *socket, __u64 judged)
{
	struct sock *sock = socket->sk;

	if (!known && sock)
		known = bpf_sk_storage_get(&sockets, sock, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (known)
		known->judged = judged;
}

/*
 * A stub whose first argument is a socket. What is known of it goes to the body, which answers what is to be known from now on. Most tasks that
 * use sockets are free, and ask for no family.
 */
#define SOCKET_STUB(hook_, count, family)                                             \
	SEC("lsm/" #hook_)                                                            \
	int stub_##hook_(__u64 *ctx)                                                  \
	{                                                                             \
		struct pc_socket *known;                                              \
		struct pc_call call;                                                  \
		__u64 *volatile kept;                                                 \
		__u64 seen;                                                           \
                                                                                      \
		kept = ctx;                                                           \
		if (stub_sees_free(CURRENT_PLAIN, &seen))                             \
			return nothing();                                             \
		ctx = kept;                                                           \
		if (!is_network(family))                                              \
			return nothing();                                             \
		__builtin_memset(&call, 0, sizeof(call));                             \
		call.hook = PC_HOOK_##hook_;                                          \
		call.seen = seen_slot(seen);                                          \
		call.args[0] = ctx[0];                                                \
		if (count > 1) {                                                      \
			call.args[1] = ctx[1];                                        \
			call.args[2] = ctx[2];                                        \
			call.args[3] = ctx[3];                                        \
		}                                                                     \
		known = known_of((struct socket *)ctx[0]);                            \
		call.state = (__u64)known;                                            \
		if (count == 1 && known)                                              \
			call.args[JUDGED] = known->judged;                            \
		if (!stub_passes(&call, -EACCES))                                     \
			return -EACCES;                                               \
		if (call.args[4]) {                                                   \
			ctx = kept;                                                   \
			keep_known(known, (struct socket *)ctx[0], call.args[4]);     \
		}                                                                     \
		return nothing();                                                     \
	}

#define SOCKET_USE_STUB(hook) SOCKET_STUB(hook, 1, family_of((struct socket *)ctx[0]))

/* A stub of what has neither a name nor a state: a socket that is to be made, or a capability. */
#define NUMBER_STUB(hook_, early, refusal)                              \
	SEC("lsm/" #hook_)                                              \
	int stub_##hook_(__u64 *ctx)                                    \
	{                                                               \
		struct pc_call call;                                    \
		__u64 *volatile kept;                                   \
		__u64 seen;                                             \
                                                                        \
		if (early)                                              \
			return nothing();                               \
		kept = ctx;                                             \
		if (stub_sees_free(CURRENT_PLAIN, &seen))               \
			return nothing();                               \
		__builtin_memset(&call, 0, sizeof(call));               \
		call.hook = PC_HOOK_##hook_;                            \
		call.seen = seen_slot(seen);                            \
		ctx = kept;                                             \
		call.args[0] = ctx[0];                                  \
		call.args[1] = ctx[1];                                  \
		call.args[2] = ctx[2];                                  \
		return stub_passes(&call, refusal) ? nothing() : refusal; \
	}

NUMBER_STUB(socket_create, (__u32)ctx[3] || !is_network(ctx[0]), -EACCES)
SOCKET_STUB(socket_post_create, 4, (__u32)ctx[4] ? 0 : ctx[1])
SOCKET_USE_STUB(socket_connect)
SOCKET_USE_STUB(socket_bind)
SOCKET_USE_STUB(socket_listen)
SOCKET_USE_STUB(socket_accept)
SOCKET_USE_STUB(socket_sendmsg)
NUMBER_STUB(capable, ctx[3] & CAP_OPT_NOAUDIT, -EPERM)

#endif
