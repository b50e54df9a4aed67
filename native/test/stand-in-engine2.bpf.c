/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* The next build of stand-in-engine.bpf.c: other bodies, one hook and one map more, the same ABI. */
#define BUILD 2
#include "stand-in-engine.bpf.c"
