/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* A build of stand-in-engine.bpf.c that no verifier takes. */
#define BUILD 3
#include "stand-in-engine.bpf.c"
