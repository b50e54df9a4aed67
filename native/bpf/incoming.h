/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Who comes to a socket that listens, judged when the request arrives, by the rules of whoever has listened or accepted last. That happens in whatever
 * task, so that nothing of the current one is asked; the socket keeps what is needed. Where it keeps nothing yet, because it has listened since before the
 * rules, its control group says whose rules hold, and no program is a source.
 */
#ifndef PORTCULLIS_INCOMING_H
#define PORTCULLIS_INCOMING_H

#include "addresses.h"

#define NO_CALL 0xfffffffeU /* in place of a system call: a packet has arrived */
#define CGROUP_LEVELS 12    /* from a socket's control group up to that of its container */

struct listener {
	struct pc_task task;
	struct pc_event event; /* the fields that say whose it is */
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct listener);
} address_listeners SEC(".maps");

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct kernfs_node {
	__u64 id;
};

struct cgroup_subsys_state {
	struct cgroup *cgroup;
	struct cgroup_subsys_state *parent;
};

struct cgroup {
	struct cgroup_subsys_state self;
	struct kernfs_node *kn;
};

struct sock_cgroup_data {
	struct cgroup *cgroup;
};

struct sock___cgroup {
	struct sock_cgroup_data sk_cgrp_data;
};

#pragma clang attribute pop

/* Has the socket keep who listens. It is global, so that what it holds is off the stack when that is done. */
__noinline int note_listener(struct listener *keeps)
{
	struct actor actor;

	if (!keeps || actor_find(&actor) != ACTOR_FOUND)
		return 0;
	sources_refresh(&actor);
	bpf_probe_read_kernel(&keeps->task, sizeof(keeps->task), actor.task);
	put_task(&keeps->event, bpf_get_current_task_btf());
	actor_end(&actor);
	return 1;
}

struct cgroup_step {
	__u64 cgroup;
	__u32 found;
};

static __noinline long cgroup_step(__u64 index, void *context)
{
	struct cgroup_step *step = context;
	__u64 parent, id;
	__u32 *slot;

	if (!step->cgroup)
		return 1;
	id = READ(struct cgroup, step->cgroup, kn, id);
	slot = bpf_map_lookup_elem(&cgroups, &id);
	if (slot && *slot != PC_HOST_SLOT) {
		step->found = *slot + 1;
		return 1;
	}
	parent = (__u64)READ(struct cgroup, step->cgroup, self.parent);
	step->cgroup = parent ? (__u64)READ(struct cgroup_subsys_state, parent, cgroup) : 0;
	return 0;
}

/* The slot of the container in whose control group the socket was made, + 1. 0: none. */
static __noinline __u32 slot_of_sock(__u64 sock)
{
	const struct pc_settings *keys = settings_call();
	struct cgroup_step step = {};

	if (!keys)
		return 0;
	step.cgroup = (__u64)READ(struct sock___cgroup, sock, sk_cgrp_data.cgroup);
	step.found = keys->zero;
	bpf_loop(CGROUP_LEVELS, cgroup_step, &step, 0);
	return step.found;
}

/* Tells of a request: as tell_named(), but of the task that listens. */
__noinline int report_incoming(struct scratch *scratch, struct operation *operation, struct listener *listener)
{
	enum kind_answer answer;
	struct pc_kind_key key;

	if (!scratch || !operation || !listener)
		return 0;
	count(operation->verdict ? PC_COUNT_DENIED : PC_COUNT_AUDITED);
	put_operation(&scratch->event, operation);
	scratch->event.exe_at = scratch->event.exe_len = 0;
	scratch->used = sizeof(scratch->event) + scratch->event.object_len;
	kind_key(&key, &scratch->event, hash_names(scratch));
	answer = kind_take(&key, scratch->event.time_ns);
	if (answer == KIND_COUNTED || (answer == KIND_NONE && report_unnamed(operation)))
		return 0;
	scratch->event.pid = listener->event.pid;
	scratch->event.tid = listener->event.tid;
	scratch->event.ppid = listener->event.ppid;
	scratch->event.ns_pid = listener->event.ns_pid;
	scratch->event.ns_ppid = listener->event.ns_ppid;
	scratch->event.uid = listener->event.uid;
	scratch->event.gid = listener->event.gid;
	scratch->event.tty = listener->event.tty;
	scratch->event.cgroup_id = listener->event.cgroup_id;
	__builtin_memcpy(scratch->event.comm, listener->event.comm, sizeof(scratch->event.comm));
	scratch->event.syscall_nr = NO_CALL;
	scratch->event.parent_at = scratch->event.parent_len = 0;
	scratch->event.cwd_at = scratch->event.cwd_len = 0;
	scratch->event.args_at = scratch->event.args_len = 0;
	scratch->event.sequence = next_sequence();
	scratch->event.size = sizeof(scratch->event) + PEER_OBJECT;
	if (!(operation->verdict ? bpf_ringbuf_output(&denials, scratch, sizeof(scratch->event) + PEER_OBJECT, 0) :
				   bpf_ringbuf_output(&audits, scratch, sizeof(scratch->event) + PEER_OBJECT, 0))) {
		if (answer == KIND_UNTOLD)
			kind_told(&key, scratch->event.sequence);
		return 0;
	}
	count(operation->verdict ? PC_COUNT_RING_FULL_DENIAL : PC_COUNT_RING_FULL_AUDIT);
	return 0;
}

struct incoming_audits {
	struct peer_audits audits;
	struct listener *listener;
};

static __noinline long incoming_audits_step(__u64 number, void *context)
{
	struct incoming_audits *step = context;
	struct pc_entry *entry = next_audit(&step->audits);

	if (!entry)
		return 1;
	if (is_reported(&step->audits, entry)) {
		peer_operation(step->audits.scratch)->rule_id = entry->rule_id;
		report_incoming(step->audits.scratch, peer_operation(step->audits.scratch), step->listener);
	}
	return entry->flags & PC_ENTRY_LAST;
}

/* Judges and reports a request. Returns whether it is refused. A condition on the terminal counts as not met: it cannot be asked. */
__noinline int judge_incoming(struct peer *peer, struct listener *listener)
{
	const struct pc_settings *keys = settings_call();
	struct incoming_audits step = {};
	struct actor actor = {};
	struct scratch *scratch;
	__u32 behind, list;
	int refused;

	if (!peer || !listener || !keys)
		return 1;
	actor.task = &listener->task;
	actor.slot = listener->task.slot;
	if (!actor_table(&actor))
		return actor.slot != PC_HOST_SLOT; /* the last host policy has gone */
	behind = address_edge(&actor, PC_ADDRESS_RANGES);
	if (!behind)
		return 0;
	if (actor.header->source_words && listener->task.table_id != actor.header->table_id && listener->task.table_id)
		sources_resolve(&actor); /* other rules have come since */
	scratch = scratch_take();
	if (!scratch) {
		count(PC_COUNT_NO_SCRATCH);
		return 1;
	}
	list = peer_judged(&actor, scratch, peer, behind, PC_ENTRY_NO_TTY);
	refused = peer_operation(scratch)->verdict != 0;
	if (refused || peer_operation(scratch)->audits & REPORT_POSTURE)
		report_incoming(scratch, peer_operation(scratch), listener);
	if (!refused && peer_operation(scratch)->audits & REPORT_RULE) {
		audits_begin(&step.audits, scratch, &actor, peer, keys->zero + list, PC_ENTRY_NO_TTY);
		step.listener = listener;
		bpf_loop(LIST_STEPS, incoming_audits_step, &step, 0);
	}
	__sync_lock_test_and_set(&scratch->held, 0);
	return refused;
}

#endif
