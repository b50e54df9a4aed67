/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Many operations at once, reported by the engine's own code: what a container does that is denied the same again and again, or by
 * ever other names. Run by BPF_PROG_TEST_RUN; kinds.test.ts says what is asked. Each thread has stand-ins of its own.
 */
#include "verdicts.bpf.c"

#define LANES 4

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, LANES);
	__type(key, __u32);
	__type(value, struct stand_ins);
} lanes SEC(".maps");

/* The program's context. */
struct storm {
	__u64 operations;
	__u64 first; /* of the names */
	__u64 names; /* so many different ones in turn */
	__u64 slot;
	__u64 rule_id;
	__u64 rules; /* so many different ones in turn, from rule_id on */
	__u64 passed;
	__u64 lane;
	__u64 flags; /* enum pc_event_flag */
};

struct storm_step {
	struct storm storm;
	char *leaf;
	struct operation operation;
};

static __noinline long storm_step(__u64 index, void *context)
{
	struct storm_step *step = context;
	char *name = step->leaf + inline_name_offset();
	__u64 number = step->storm.first + (step->storm.names ? index % step->storm.names : 0);

	for (int i = 0; i < 8; i++)
		name[i] = 'a' + ((number >> (28 - 4 * i)) & 15);
	step->operation.rule_id = step->storm.rule_id + (step->storm.rules ? index % step->storm.rules : 0);
	count(step->storm.flags ? PC_COUNT_LOGGED : step->storm.passed ? PC_COUNT_AUDITED : PC_COUNT_DENIED);
	report(&step->operation);
	return 0;
}

SEC("raw_tp")
int ask_storm(__u64 *context)
{
	struct storm_step step = {};
	__u32 lane = context[7];
	struct stand_ins *all = bpf_map_lookup_elem(&lanes, &lane);
	char *vfsmount;

	if (!all)
		return 4;
	step.storm.operations = context[0];
	step.storm.first = context[1];
	step.storm.names = context[2];
	step.storm.rule_id = context[4];
	step.storm.rules = context[5];
	step.storm.passed = context[6];
	step.storm.flags = context[8];
	vfsmount = all->mount + bpf_core_field_offset(struct mount, mnt);
	SET(all->mount, struct mount, mnt_ns, all->namespace);
	if (bpf_core_field_exists(struct mnt_namespace, seq))
		SET(all->namespace, struct mnt_namespace, seq, 1);
	else
		SET(all->namespace, struct mnt_namespace, ns.ns_id, 1);
	SET(all->mount, struct mount, mnt_parent, all->mount);
	SET(all->mount, struct mount, mnt.mnt_root, all->dentries[0]);
	SET(all->mount, struct mount, mnt.mnt_sb, all->superblock);
	SET(all->dentries[0], struct dentry, d_parent, all->dentries[0]);
	step.leaf = all->dentries[1];
	SET(step.leaf, struct dentry, d_name.len, 8);
	SET(step.leaf, struct dentry, d_name.name, step.leaf + inline_name_offset());
	SET(step.leaf, struct dentry, d_parent, all->dentries[0]);
	step.operation.category = PC_CATEGORY_FILE;
	step.operation.kind = PC_OP_OPEN;
	step.operation.verdict = step.storm.passed ? 0 : -EACCES;
	step.operation.flags = context[8];
	step.operation.object.dentry = (__u64)step.leaf;
	step.operation.object.mount = (__u64)vfsmount;
	step.operation.object.slot = context[3];
	step.operation.object.table_id = 1000 + context[3];
	bpf_loop(step.storm.operations, storm_step, &step, 0);
	return 0;
}
