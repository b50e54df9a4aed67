/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* What the addon's tests run in the kernel: a program that floods a ring, one that reads through a map-in-map. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_INNER_MAP);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 4);
	__type(key, __u32);
	__array(values, struct inner);
} outer SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} records SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

struct request {
	__u64 count; /* records */
	__u64 first; /* value of the first one */
};

struct flood {
	__u64 first;
	int refused;
};

static long emit_one(__u32 i, struct flood *flood)
{
	__u8 record[24] = {};

	*(__u64 *)record = flood->first + i;
	record[19] = 0xee;
	if (bpf_ringbuf_output(&records, record, i & 1 ? 20 : 8, 0))
		flood->refused++;
	return 0;
}

/* Emits `count` records: first, first + 1, …; alternately 8 and 20 bytes long. Returns how many the ring refused. */
SEC("syscall")
int emit(struct request *request)
{
	struct flood flood = { .first = request->first };
	__u32 key = 1;
	__u64 *count = bpf_map_lookup_elem(&counts, &key);

	bpf_loop(request->count, emit_one, &flood, 0);
	if (count)
		*count += request->count;
	return flood.refused;
}

/* The value at `first` of the inner map in slot `count`; -1 when there is none. */
SEC("syscall")
int read_through(struct request *request)
{
	__u32 slot = request->count, at = request->first;
	void *map = bpf_map_lookup_elem(&outer, &slot);
	__u64 *value = map ? bpf_map_lookup_elem(map, &at) : 0;

	return value ? (int)*value : -1;
}

char _license[] SEC("license") = "GPL";
