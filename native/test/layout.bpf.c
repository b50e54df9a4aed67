/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Holds one of every struct and enum of abi.h, so that its BTF has their layouts; layout.test.ts reads it. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"

struct pc_header header;
struct pc_edge edge;
struct pc_bucket bucket;
struct pc_state state;
struct pc_entry entry;
struct pc_exe exe;
struct pc_ring ring;
struct pc_tag tag;
struct pc_settings settings;
struct pc_event event;
enum pc_category category;
enum pc_tag_state tag_state;
enum pc_counter counter;
enum pc_operation operation;

/* Macros leave no trace in BTF: the ones TypeScript repeats. */
enum pc_test_macros {
	pc_abi_version = PC_ABI_VERSION,
	pc_bucket_size = PC_BUCKET_SIZE,
	pc_event_unresolvable = PC_EVENT_UNRESOLVABLE,
	pc_event_truncated = PC_EVENT_TRUNCATED,
	pc_event_guard = PC_EVENT_GUARD,
	pc_event_pathless = PC_EVENT_PATHLESS,
	pc_event_write = PC_EVENT_WRITE,
	pc_event_second = PC_EVENT_SECOND,
} macros;

char _license[] SEC("license") = "GPL";
