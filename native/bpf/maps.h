/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Every map of the engine. All are pinned by name, so that rules, tags and counters outlive the loader. */
#ifndef PORTCULLIS_MAPS_H
#define PORTCULLIS_MAPS_H

#include "abi.h"
#include "kernel.h"

/*
 * slot -> image of its rule set. Written by the enforcer: one update replaces a whole rule set at once. Read at every
 * judged operation. An image may have any number of elements: BPF_F_INNER_MAP (5.10) lets the sizes differ.
 */
struct image {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_INNER_MAP);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, PC_BUCKET_SIZE);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, PC_SLOTS); /* containers on a node; kubelet's own limit is 110 pods */
	__type(key, __u32);
	__array(values, struct image);
} slots SEC(".maps");

/* cgroup id -> slot. Written by the enforcer, which then raises bind_generation; read at exec and by unbound tasks. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, __u32);
} cgroups SEC(".maps");

/* [0]: raised by the enforcer after every change of `cgroups`, so that tasks not bound yet look again, once a change. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} bind_generation SEC(".maps");

/*
 * Who each task is. Written and read by the engine alone. The initializer puts it before the other maps of task storage
 * in the object, so that it is made first and has the first place in a task's cache, where tag_quick() looks first.
 */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct pc_tag);
} tags SEC(".maps") = {};

/*
 * Thread id -> a tag for one operation, where task storage is refused: up to 6.1 its look-ups can fail under full
 * preemption. Made, used and removed within one hook.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct pc_tag);
} orphans SEC(".maps");

/* [0]: a tag that is all zero, to make others from. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct pc_tag);
} empty_tag SEC(".maps");

/* A task's buffer while an event is put together; made on demand and given back. Never per CPU: we can be preempted. */
#define SCRATCH_SIZE (15 * 1024)
struct scratch {
	union {
		struct pc_event event;
		__u8 bytes[SCRATCH_SIZE];
	};
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct scratch);
} scratches SEC(".maps");

/* The same for a name that is matched deeper than the stack's room; PATH_MAX has no more components. */
#define DEEP_NAME 2048
struct deep_name {
	__u64 hashes[DEEP_NAME];
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct deep_name);
} deep_names SEC(".maps");

/* [0]: written by the loader before anything is attached. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct pc_settings);
} settings SEC(".maps");

/* enum pc_counter -> count, per CPU. Written by the engine, read by the enforcer. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, PC_COUNTERS);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

/* [0]: number of the last event. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} sequence SEC(".maps");

/* struct pc_event, about 0.5 KiB each: room for some 8,000 denials and 4,000 audits between two reads. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 << 20);
} denials SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 2 << 20);
} audits SEC(".maps");

/* Kept free of alerts, so that they cannot starve it: containers waiting to be bound. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 << 10);
} control SEC(".maps");

static __always_inline const struct pc_settings *settings_get(void)
{
	__u32 first = 0;

	return bpf_map_lookup_elem(&settings, &first);
}

/* The same as a call, where speed does not matter: every inlined look-up is work for the verifier in every program. */
static __noinline const struct pc_settings *settings_call(void)
{
	return settings_get();
}

static __noinline void count(__u32 counter)
{
	__u64 *value = bpf_map_lookup_elem(&counters, &counter);

	if (value)
		++*value;
}

#endif
