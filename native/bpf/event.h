/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Reporting. An event is put together in a buffer that is held meanwhile and copied, at its true length, to a ring; repetitions
 * are counted instead (kinds.h). No verdict depends on it, and what cannot be reported is counted. Everything is taken here and
 * now, so that an alert about a process that lives shortly is whole.
 */
#ifndef PORTCULLIS_EVENT_H
#define PORTCULLIS_EVENT_H

#include "kinds.h"
#include "syscall.h"

#define SCRATCH_TRIES 8

/* The process's id in its own pid namespace. */
static __always_inline __u32 ns_tgid(struct task_struct *task)
{
	struct pid *pid = BPF_CORE_READ(task, signal, pids[1]);
	__u32 level = BPF_CORE_READ(pid, level);
	struct upid upid = {};

	BPF_CORE_READ_INTO(&upid, pid, numbers[0]);
	if (level && level < 33)
		bpf_probe_read_kernel(&upid, sizeof(upid), (const char *)pid + bpf_core_field_offset(struct pid, numbers) +
				      level * bpf_core_type_size(struct upid));
	return upid.nr;
}

/* The controlling terminal as pc_event.tty has it. */
static __always_inline __u32 terminal(struct task_struct *task)
{
	struct tty_struct *tty = BPF_CORE_READ(task, signal, tty);

	if (!tty)
		return 0;
	return ((BPF_CORE_READ(tty, driver, major) << 20) | (BPF_CORE_READ(tty, driver, minor_start) + BPF_CORE_READ(tty, index))) + 1;
}

static __noinline void put_task(struct pc_event *event, struct task_struct *current)
{
	struct task_struct *parent = BPF_CORE_READ(current, real_parent);
	__u64 id = bpf_get_current_pid_tgid(), uid = bpf_get_current_uid_gid();

	event->pid = id >> 32;
	event->tid = id;
	event->ppid = BPF_CORE_READ(parent, tgid);
	event->ns_pid = ns_tgid(current);
	event->ns_ppid = ns_tgid(parent);
	event->uid = uid;
	event->gid = uid >> 32;
	event->tty = terminal(current);
	event->cgroup_id = bpf_get_current_cgroup_id();
	bpf_get_current_comm(event->comm, sizeof(event->comm));
}

static __noinline void put_syscall(struct pc_event *event, struct task_struct *current)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(current);

	event->syscall_nr = SYSCALL_NR(regs);
	event->syscall_args[0] = SYSCALL_ARG(regs, 0);
	event->syscall_args[1] = SYSCALL_ARG(regs, 1);
	event->syscall_args[2] = SYSCALL_ARG(regs, 2);
	event->syscall_args[3] = SYSCALL_ARG(regs, 3);
	event->syscall_args[4] = SYSCALL_ARG(regs, 4);
	event->syscall_args[5] = SYSCALL_ARG(regs, 5);
}

static __noinline void put_operation(struct pc_event *event, const struct operation *operation)
{
	event->abi_version = PC_ABI_VERSION;
	event->category = operation->category;
	event->operation = operation->kind;
	event->time_ns = bpf_ktime_get_boot_ns();
	event->table_id = operation->object.table_id;
	event->slot = operation->object.slot;
	event->rule_id = operation->rule_id;
	event->verdict = operation->verdict;
	event->flags = operation->flags | (operation->access & ACCESS_WRITE ? PC_EVENT_WRITE : 0);
	event->access = operation->open_flags;
}

/* A free buffer, or NULL: all that were asked for are held. Every CPU begins with another one. */
static __always_inline struct scratch *scratch_take(void)
{
	__u32 first = bpf_get_smp_processor_id();

	for (__u32 i = 0; i < SCRATCH_TRIES; i++) {
		__u32 index = (first + i * (SCRATCHES / SCRATCH_TRIES)) & (SCRATCHES - 1);
		struct scratch *scratch = bpf_map_lookup_elem(&scratches, &index);

		if (scratch && !__sync_lock_test_and_set(&scratch->held, 1))
			return scratch;
	}
	return NULL;
}

/* The number of the next event. */
static __noinline __u64 next_sequence(void)
{
	__u32 first = 0;
	__u64 *number = bpf_map_lookup_elem(&sequence, &first);

	return number ? __sync_fetch_and_add(number, 1) + 1 : 0;
}

/* Completes the event and sends it. */
static __always_inline long send(struct scratch *scratch, const struct operation *operation)
{
	struct task_struct *current = bpf_get_current_task_btf();
	__u32 size;

	put_task(&scratch->event, current);
	put_syscall(&scratch->event, current);
	put_strings(scratch, operation, current);
	scratch->event.sequence = next_sequence();
	size = scratch->used;
	if (size > SCRATCH_SIZE)
		size = SCRATCH_SIZE;
	scratch->event.size = size;
	if (operation->verdict)
		return bpf_ringbuf_output(&denials, scratch, size, 0);
	if (operation->flags & EVENT_LOGGED)
		return bpf_ringbuf_output(&logs, scratch, size, 0);
	return bpf_ringbuf_output(&audits, scratch, size, 0);
}

/*
 * Tells what was decided, or counts it, if something of its kind was told already. True: neither could be done. The event has its
 * names, because they say which kind it is; the rest of it is put together only if it is sent. `key`: room for that of its kind.
 */
static __always_inline bool tell_named(struct scratch *scratch, struct operation *operation, struct pc_kind_key *key)
{
	enum kind_answer answer;

	kind_key(key, &scratch->event, hash_names(scratch));
	answer = kind_take(key, scratch->event.time_ns);
	if (answer == KIND_COUNTED || (answer == KIND_NONE && report_unnamed(operation)))
		return false;
	if (!send(scratch, operation)) {
		if (answer == KIND_UNTOLD)
			kind_told(key, scratch->event.sequence);
		return false;
	}
	return answer == KIND_NONE ||
	       (!kind_more(key, scratch->event.time_ns) && !report_unnamed(operation));
}

static __always_inline bool tell(struct scratch *scratch, struct operation *operation)
{
	put_operation(&scratch->event, operation);
	put_names(scratch, operation);
	return tell_named(scratch, operation, &scratch->kind);
}

/* Reports what was decided: by an event in the ring that it belongs to, or as one more of a kind. */
__noinline int report(struct operation *operation)
{
	struct scratch *scratch;
	bool lost;

	if (!operation)
		return 0;
	scratch = scratch_take();
	if (scratch) {
		lost = tell(scratch, operation);
		__sync_lock_test_and_set(&scratch->held, 0);
	} else {
		count(PC_COUNT_NO_SCRATCH);
		lost = !report_unnamed(operation);
	}
	if (lost)
		count(operation->verdict ? PC_COUNT_RING_FULL_DENIAL :
		      operation->flags & EVENT_LOGGED ? PC_COUNT_RING_FULL_LOG : PC_COUNT_RING_FULL_AUDIT);
	return 0;
}

#endif
