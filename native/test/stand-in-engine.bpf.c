/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * An object with the engine's maps and its stubs and bodies, that judges nothing: its "hooks" hang on a tracepoint, so
 * that loading, pinning, adopting and replacing can be tried on a kernel that refuses LSM programs. Every exec on the
 * machine counts into counters[10] (by how much tells the build) and emits one event.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"

#ifndef BUILD
#define BUILD 1
#endif

struct rule_table {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_INNER_MAP);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct pc_bucket));
};
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 64);
	__type(key, __u32);
	__array(values, struct rule_table);
} slots SEC(".maps");

#define MAP(name, kind, entries, k, v)                  \
	struct {                                        \
		__uint(type, BPF_MAP_TYPE_##kind);      \
		__uint(max_entries, entries);           \
		__uint(key_size, sizeof(k));            \
		__uint(value_size, sizeof(v));          \
	} name SEC(".maps")

MAP(cgroups, HASH, 1024, __u64, __u32);
MAP(pods, HASH, 64, __u64, __u32);
MAP(homes, ARRAY, 64, __u32, struct pc_home);
MAP(bind_generation, ARRAY, 1, __u32, __u64);
MAP(settings, ARRAY, 1, __u32, struct pc_settings);
MAP(counters, PERCPU_ARRAY, PC_COUNTERS, __u32, __u64);
struct kinds_bank {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct pc_kind_key);
	__type(value, struct pc_kind);
};
struct kinds_bank kinds_a SEC(".maps") = {}, kinds_b SEC(".maps") = {};
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, struct kinds_bank);
} kinds SEC(".maps") = { .values = { &kinds_a, &kinds_b } };
MAP(kinds_in_use, ARRAY, 1, __u32, __u32);
struct kinds_bank logged_a SEC(".maps") = {}, logged_b SEC(".maps") = {};
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, struct kinds_bank);
} logged SEC(".maps") = { .values = { &logged_a, &logged_b } };
MAP(logged_in_use, ARRAY, 1, __u32, __u32);
#if BUILD == 2
MAP(newcomer, ARRAY, 1, __u32, __u64);
#endif

#define RING(name)                                      \
	struct {                                        \
		__uint(type, BPF_MAP_TYPE_RINGBUF);     \
		__uint(max_entries, 1 << 16);           \
	} name SEC(".maps")

RING(denials);
RING(audits);
RING(logs);

MAP(version, ARRAY, 1, __u32, __u64);
static __always_inline __u64 version_now(void)
{
	__u32 first = 0;
	__u64 *value = bpf_map_lookup_elem(&version, &first);

	return value ? *value : 0;
}

#define HOOK(hook, point)                                                  \
	struct {                                                           \
		__uint(type, BPF_MAP_TYPE_PROG_ARRAY);                     \
		__uint(max_entries, 2);                                    \
		__uint(key_size, 4);                                       \
		__uint(value_size, 4);                                     \
	} jump_##hook SEC(".maps");                                    \
	SEC("raw_tp/" point) int stub_##hook(void *ctx)                    \
	{                                                                  \
		bpf_tail_call(ctx, &jump_##hook, version_now() & 1);       \
		return 0;                                                  \
	}

static __always_inline void report(__u32 by)
{
	__u32 key = PC_COUNT_DENIED;
	__u64 *count = bpf_map_lookup_elem(&counters, &key);
	struct pc_event event = { .size = sizeof(event), .abi_version = PC_ABI_VERSION, .operation = PC_OP_EXEC };

#if BUILD == 3
	*count += by; /* without asking whether there is one */
#else
	if (count)
		*count += by;
#endif
	event.pid = bpf_get_current_pid_tgid() >> 32;
	event.sequence = BUILD;
	bpf_get_current_comm(event.comm, sizeof(event.comm));
	bpf_ringbuf_output(&denials, &event, sizeof(event), 0);
}

HOOK(task_alloc, "sched_process_fork")
HOOK(file_open, "sched_process_exec")

SEC("raw_tp") int body_task_alloc(void *ctx)
{
	return 0;
}
SEC("raw_tp") int body_file_open(void *ctx)
{
	report(BUILD == 2 ? 1000 : 1);
	return 0;
}
#if BUILD == 2
HOOK(mmap_file, "sched_process_exit")
SEC("raw_tp") int body_mmap_file(void *ctx)
{
	return 0;
}
#endif

char _license[] SEC("license") = "GPL";
