/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * A look at the current task's state without a helper call. For a task that is no actor, bpf_task_storage_get() would cost
 * about as much as everything else together; the same memory is two loads away, in the storage's cache. What is read here is
 * what the helper would return: the same element of the same map, under the same RCU lock. Anything unexpected counts as
 * "not at hand", and then the helper is asked. docs/adr/0006 says what this costs and what it risks.
 */
#ifndef PORTCULLIS_QUICK_H
#define PORTCULLIS_QUICK_H

#include "core_fixes.h"
#include "maps.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct bpf_local_storage_map {
	__u16 cache_idx;
};

struct bpf_local_storage_data {
	struct bpf_local_storage_map *smap;
	__u8 data[];
};

struct bpf_local_storage {
	struct bpf_local_storage_data *cache[16];
};

struct task_struct___storage {
	struct bpf_local_storage *bpf_storage;
};

/* For bpf_core_type_exists() alone: it came in 6.7, when the verifier let `data` be read (2569c7b8726f). */
struct bpf_iter_task {
	int dummy;
};

#pragma clang attribute pop

/* The place is one in `data` for CO-RE, so that the load holds the whole offset and nothing need be added before it. */
#define QUICK_AT(element, field, type) (*(const type *)&(element)->data[__builtin_offsetof(struct pc_task, field)])
#define QUICK(element, field) QUICK_AT(element, field, typeof(((struct pc_task *)0)->field))

/* Can a task's state be had like this at all? That is decided when the program is loaded: the other case is dead code. */
static __always_inline bool have_quick(void)
{
	return bpf_core_type_exists(struct bpf_iter_task) && bpf_core_field_exists(struct bpf_local_storage, cache);
}

/*
 * The element in the cache's place `index`, which the kernel chose for the map. Only a constant offset can be verified, hence
 * the cases.
 */
static __always_inline const struct bpf_local_storage_data *cached(const struct bpf_local_storage *storage, __u16 index)
{
	switch (index) {
	case 1:
		return storage->cache[1];
	case 2:
		return storage->cache[2];
	case 3:
		return storage->cache[3];
	default: /* does not happen: the kernel takes the first of the places that are used least */
		return NULL;
	}
}

/*
 * The state of `current`, the current task, for QUICK(); NULL: it is not at hand. The first place is looked at without asking
 * which one the map has: where nobody else keeps anything for tasks, it is that one. What it holds need not be compared with NULL,
 * because what is read through a null pointer is 0, which is no map.
 */
static __always_inline const struct bpf_local_storage_data *task_quick(const void *current)
{
	const struct task_struct___storage *task = current;
	const struct bpf_local_storage_map *map = (void *)&tags;
	const struct bpf_local_storage_data *element;
	const struct bpf_local_storage *storage;

	if (!have_quick()) {
		asm volatile("r0 = 0" ::: "r0"); /* gives the jump a target of its own, so that both are dead code together */
		return NULL;
	}
	storage = task->bpf_storage;
	element = storage->cache[0];
	if (element->smap != map) {
		element = cached(storage, map->cache_idx);
		if (!element || element->smap != map)
			return NULL;
	}
	__builtin_assume(element != NULL);
	return element;
}

/* The state and the slot, which are side by side, by one load. */
#define QUICK_SLOT(element) QUICK_AT(element, state, __u64)
_Static_assert(__builtin_offsetof(struct pc_task, slot) == __builtin_offsetof(struct pc_task, state) + 4, "QUICK_SLOT() reads both");

/* What a stub passes on of QUICK_SLOT(): 1 and the slot of an actor in a container; 0: it is none. */
static __always_inline __u32 seen_slot(__u64 seen)
{
	__u32 slot = seen >> 32;

	return (__u32)seen != PC_TASK_ARMED || slot == PC_HOST_SLOT ? 0 : slot + 1;
}

#endif
