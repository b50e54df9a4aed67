/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Every map of the engine. All are pinned by their names, so that rules, task states and counters outlive the loader. Names
 * of pins stay as they are when a word changes: `tags` and `empty_tag` hold task states, `bind_generation` the bind epoch.
 * Long because it is one list, and each map says what it holds.
 */
#ifndef PORTCULLIS_MAPS_H
#define PORTCULLIS_MAPS_H

#include "abi.h"
#include "kernel.h"

/*
 * Slot -> rule table. The enforcer writes it: one update replaces a whole rule set at once. It is read for every operation
 * that is judged. A table may have any number of elements, because BPF_F_INNER_MAP (5.10) lets the sizes of inner maps differ.
 */
struct rule_table {
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
	__array(values, struct rule_table);
} slots SEC(".maps");

/* Cgroup id -> slot. The enforcer writes it and then raises the bind epoch; it is read at exec, and for tasks not bound yet. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, __u32);
} cgroups SEC(".maps");

/*
 * Ids of the cgroups below which there are pods and nothing else. The enforcer writes it. It is read of tasks that are in no bound
 * container, to tell a pod's from the host's, and of the host's actors that have changed their cgroup.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, __u32);
} pods SEC(".maps");

/* Slot -> the home of its container. The enforcer clears it when it binds a container to the slot; the engine writes the rest. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, PC_SLOTS);
	__type(key, __u32);
	__type(value, struct pc_home);
} homes SEC(".maps");

/*
 * [0]: the bind epoch. The enforcer raises it after every change of `cgroups`, so that tasks which are not bound yet are asked
 * about once again.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} bind_generation SEC(".maps");

/*
 * The state of each task. The engine alone writes and reads it. The initializer puts it before the other maps of task storage
 * in the object, so that it is made first and gets the first place in a task's cache, where task_quick() looks first.
 */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct pc_task);
} tags SEC(".maps") = {};

/*
 * Thread id -> a task state for one operation, where task storage is refused: up to 6.1 its look-ups can fail under full
 * preemption. It is made, used and removed within one hook.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct pc_task);
} orphans SEC(".maps");

/* The sockets that actors have. The stubs alone write and read it, because it takes a typed socket; the body tells them what. */
struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_CLONE);
	__type(key, int);
	__type(value, struct pc_socket);
} sockets SEC(".maps");

/* [0]: a task state that is all zero, to make others from: it is too large for the stack. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct pc_task);
} empty_tag SEC(".maps");

/*
 * Buffers in which events are put together: a few for the whole node, each held only while one event is. They are not one per
 * CPU, because programs can be preempted, and not made for each event, because the kernel gives such memory back late: a loop of
 * denials would pile it up.
 */
#define SCRATCH_SIZE (15 * 1024)
#define SCRATCHES 64
struct scratch {
	union {
		struct pc_event event;
		__u8 bytes[SCRATCH_SIZE];
	};
	struct pc_kind_key kind; /* of the event */
	__u64 used;              /* bytes of the event so far */
	__u64 held;              /* 1: by somebody */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SCRATCHES);
	__type(key, __u32);
	__type(value, struct scratch);
} scratches SEC(".maps");

/* A task's buffer, made while it is needed, for a name with more components than a name window keeps. No name of PATH_MAX has more than these. */
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

/* The arguments of a program that is being executed, where a rule's condition was met by them: of each of its first two rounds. */
struct noted_arguments {
	__u64 digest;
	__u32 count;   /* of the arguments, with the name of the program before them */
	__u32 rule_id; /* of the entry whose condition they meet */
	__u32 flags;   /* … and what it is; 0: none asked */
	__u32 reserved;
};

/* A task's, made while it executes and some rule of its container has such a condition, or is on an applet. */
struct exec_arguments {
	__u64 table_id;
	__u64 applet; /* the hash by which the applet was judged, or APPLET_* */
	__u32 slot;
	__u32 second; /* the round in hand is the second */
	struct noted_arguments rounds[2];
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct exec_arguments);
} exec_arguments SEC(".maps");

/* [0]: the loader writes it before anything is attached. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct pc_settings);
} settings SEC(".maps");

/* enum pc_counter -> count, per CPU. The engine writes it and the enforcer reads it. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, PC_COUNTERS);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

/* [0]: the number of the last event. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} sequence SEC(".maps");

/* Events, about 0.5 KiB each: there is room for some 8,000 denials and 4,000 audits between two reads. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 << 20);
} denials SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 2 << 20);
} audits SEC(".maps");

/* What passed and is visible, apart from the others, so that it never displaces them. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} logs SEC(".maps");

/*
 * What is counted instead of told, in two banks. The engine writes the one that is in use. The enforcer changes which it is, sets the
 * other one's element in `kinds` to what it is already, for which the kernel waits until no program uses it any more, reads it, and
 * empties it when its counts are kept elsewhere. Memory is taken as kinds come: some 8 MiB when a bank is full.
 */
struct kinds_bank {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, PC_KINDS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct pc_kind_key);
	__type(value, struct pc_kind);
};

struct kinds_bank kinds_a SEC(".maps") = {}, kinds_b SEC(".maps") = {}; /* before `kinds` in the object, which refers to them */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, struct kinds_bank);
} kinds SEC(".maps") = { .values = { &kinds_a, &kinds_b } };

/* [0]: a kind that counts nothing yet, to make others from. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct pc_kind);
} empty_kind SEC(".maps");

/* [0]: which bank is in use. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} kinds_in_use SEC(".maps");

/* The same three for what is only visible. */
struct kinds_bank logged_a SEC(".maps") = {}, logged_b SEC(".maps") = {};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, struct kinds_bank);
} logged SEC(".maps") = { .values = { &logged_a, &logged_b } };

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} logged_in_use SEC(".maps");

/* For containers that wait to be bound. Nothing writes it yet; it is apart so that alerts can never crowd it out. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 << 10);
} control SEC(".maps");

/* [0]: how often the engine was replaced. It says which of their two bodies all stubs call. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} version SEC(".maps");

static __always_inline __u64 version_now(void)
{
	__u32 first = 0;
	__u64 *value = bpf_map_lookup_elem(&version, &first);

	return value ? *value : 0;
}

static __always_inline const struct pc_settings *settings_get(void)
{
	__u32 first = 0;

	return bpf_map_lookup_elem(&settings, &first);
}

/* The same as a call, where speed does not matter: each inlined look-up is work for the verifier in every program. */
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
