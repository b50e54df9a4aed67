// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/*
 * The programs that see system calls. They are no part of the engine's object: they are attached to the kernel's functions of those system
 * calls alone that some bound rule names, so that all others cost nothing (docs/adr/0019). A tracing program is loaded for one function,
 * so there are eight of them, to be loaded together.
 */
#pragma clang diagnostic ignored "-Wunused-function" /* of what judges names, a part alone is needed here */

#include "syscall_rules.h"

char LICENSE[] SEC("license") = "GPL";

/* Where a system call returns: `result` comes after the one argument that it has. */
#define LEAVE(n)                                                        \
	SEC("fexit")                                                    \
	int leave_##n(__u64 *ctx)                                       \
	{                                                               \
		judge_syscall(bpf_get_attach_cookie(ctx), ctx[1]);      \
		return 0;                                               \
	}

/* Where one begins that does not return, or returns as another program. */
#define ENTER(n)                                                  \
	SEC("fentry")                                             \
	int enter_##n(__u64 *ctx)                                 \
	{                                                         \
		judge_syscall(bpf_get_attach_cookie(ctx), 0);     \
		return 0;                                         \
	}

LEAVE(0)
LEAVE(1)
LEAVE(2)
LEAVE(3)
LEAVE(4)
LEAVE(5)
LEAVE(6)
LEAVE(7)
ENTER(0)
ENTER(1)
