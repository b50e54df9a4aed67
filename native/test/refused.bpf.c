/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* A program no verifier takes: the result of a look-up is used without asking whether there is one. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} numbers SEC(".maps");

SEC("syscall")
int careless(__u32 *key)
{
	__u32 copy = *key;
	__u64 *value = bpf_map_lookup_elem(&numbers, &copy);

	return *value;
}

char _license[] SEC("license") = "GPL";
