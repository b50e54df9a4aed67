/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The engine's decisions without a hook: matching given component hashes and evaluating lists, run by BPF_PROG_TEST_RUN
 * on any kernel, so that a test can compare them with a naive matcher. Reports nothing and denies nothing.
 */
#include <stdbool.h>
static _Bool is_owner(unsigned long long dentry);
static _Bool has_terminal(void);
#define PORTCULLIS_DECIDE_TEST
#include "../bpf/verdict.h"

char LICENSE[] SEC("license") = "GPL";

#define MOST 24

/* engine-decide.test.ts writes and reads this. */
struct decide {
	__u32 slot, category, access, depth;
	__u32 exe_depth, script_depth, owner, terminal;
	__s32 verdict;
	__u32 rule_id, audits, audit_id;
	__u64 hashes[MOST]; /* leaf first */
	__u64 exe[PC_EXE_DEPTH];
	__u64 script[PC_EXE_DEPTH];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct decide);
} current SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct pc_task);
} case_task SEC(".maps");

struct name {
	__u64 hash;
	__u32 length;
	char text[260];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct name);
} names SEC(".maps");

static __always_inline struct decide *case_now(void)
{
	__u32 first = 0;

	return bpf_map_lookup_elem(&current, &first);
}

static _Bool is_owner(unsigned long long dentry)
{
	struct decide *decide = case_now();

	return decide && decide->owner;
}

static _Bool has_terminal(void)
{
	struct decide *decide = case_now();

	return decide && decide->terminal;
}

static __always_inline void fill_task(struct pc_task *task, const struct decide *decide)
{
	for (int i = 0; i < MOST; i++)
		if (i < decide->depth)
			task->window.hashes[i & (PC_NAME_WINDOW - 1)] = decide->hashes[i];
	__builtin_memcpy(task->exe.hashes, decide->exe, sizeof(task->exe.hashes));
	__builtin_memcpy(task->script.hashes, decide->script, sizeof(task->script.hashes));
	task->exe.depth = decide->exe_depth;
	task->script.depth = decide->script_depth;
	task->table_id = 0;
	task->state = PC_TASK_ARMED;
	task->slot = decide->slot;
}

/* 0: decided, by both ways of matching alike. */
SEC("syscall")
int decide(void *context)
{
	struct decide *decide = case_now();
	struct operation operation = {};
	struct actor actor = {};
	struct match slow = {};
	__u32 first = 0;

	actor.task = bpf_map_lookup_elem(&case_task, &first);
	if (!actor.task || !decide)
		return 1;
	fill_task(actor.task, decide);
	actor.slot = decide->slot;
	if (!actor_table(&actor))
		return 2;
	sources_refresh(&actor);
	operation.category = decide->category;
	operation.access = decide->access;
	operation.status = WALK_DONE;
	operation.deep = descend(&operation.object.match, actor.table, actor.header->bucket_mask, actor.task->window.hashes,
				 decide->depth);
	if (descend_slow(&slow, actor.table, actor.header->bucket_mask, actor.task->window.hashes, decide->depth) !=
		    operation.deep ||
	    slow.state != operation.object.match.state || slow.left != operation.object.match.left)
		return 3;
	judge(&actor, &operation);
	decide->verdict = operation.verdict;
	decide->rule_id = operation.rule_id;
	decide->audits = operation.audits;
	decide->audit_id = operation.audit_id;
	return 0;
}

/* The hash of a name, read from memory as the engine reads long names. */
SEC("syscall")
int hash(void *context)
{
	__u32 first = 0;
	struct name *name = bpf_map_lookup_elem(&names, &first);
	struct name_at at;

	if (!name)
		return 1;
	at.name = (__u64)name->text;
	at.length = name->length;
	name->hash = hash_long_name(&at);
	return 0;
}
