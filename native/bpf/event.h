/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Reporting: fills a struct pc_event in a buffer of the task's own and copies it, at its true length, to a ring. The
 * verdict never depends on it; what cannot be reported is counted. Everything is taken here and now, so that alerts of
 * short-lived processes are whole.
 */
#ifndef PORTCULLIS_EVENT_H
#define PORTCULLIS_EVENT_H

#include "syscall.h"
#include "automaton.h"

#define ACCESS_WRITE 0x1 /* file_open() counts on the value */
#define ACCESS_ALIAS 0x2      /* gives the object another name or place */
#define ACCESS_PATHLESS 0x4   /* the program is unlinked: no Allow entry stands for it */
#define ACCESS_BLOCK_ONLY 0x8 /* only Block rules count: what is not an execution or opening itself */

/* What is being done, and what came of it. Small: it lies on the stack below everything else. */
struct operation {
	struct object object;
	__u64 dentry2; /* the other name, if any, in the same mount */
	__u64 argv;    /* exec: where the new program's arguments are, in the task's memory */
	__u32 open_flags;
	__u32 rule_id;
	__u32 audit_id;
	__s32 verdict;
	__u8 category;
	__u8 kind;   /* enum pc_operation */
	__u8 access; /* ACCESS_* */
	__u8 flags;  /* PC_EVENT_* */
	__u8 audits; /* REPORT_* */
	__u8 status; /* of the walk, enum walk_status */
	__u8 deep;   /* the ring was not enough to match the name */
	__u8 reserved;
};

#define REPORT_POSTURE 1 /* allowed, but by the posture alone */
#define REPORT_RULE 2    /* allowed, and audit_id is to say so */

struct name_step {
	struct scratch *scratch;
	struct place place;
	__u32 status;
	__u32 at;
	__u32 end;
	__u32 cut;
};

/* Appends one component: its length, then its bytes. */
static __always_inline long put_component(struct name_step *step, __u64 dentry)
{
	__u32 length = READ(struct dentry, dentry, d_name.len);
	__u64 name = (__u64)READ(struct dentry, dentry, d_name.name);
	__u32 at = step->at;

	barrier_var(at); /* so that the bounds are those of the registers used below */
	barrier_var(length);
	if (length > 255 || at > SCRATCH_SIZE - 258 || at + 2 + length > step->end) {
		step->cut = step->place.zero + 1;
		return 1;
	}
	step->scratch->bytes[at] = length;
	step->scratch->bytes[at + 1] = 0;
	bpf_probe_read_kernel(&step->scratch->bytes[at + 2], length, (const void *)name);
	step->at = at + 2 + length;
	return 0;
}

static __noinline long name_up(__u64 index, void *context)
{
	struct name_step *step = context;
	__u64 named = place_up(&step->place, &step->status);

	if (step->status == WALK_PATHLESS)
		named = step->place.dentry;
	if (named && put_component(step, named))
		return 1;
	return step->status != WALK_MORE;
}

/* Appends a name, leaf first, of at most `most` bytes. Returns its length. Global: verified once. */
__noinline __u32 put_name(struct scratch *scratch, __u64 dentry, __u64 mount, __u32 at, __u32 most)
{
	struct name_step step = { .scratch = scratch, .at = at, .end = at + most };

	if (!scratch || !dentry || !mount)
		return 0;
	if (!place_begin(&step.place, dentry, mount))
		return 0;
	step.status = step.place.zero;
	step.cut = step.place.zero;
	if (have_loop()) {
		bpf_loop(LOOP_STEPS, name_up, &step, 0);
	} else {
		for (int i = 0; i < SLOW_STEPS; i++)
			if (name_up(i, &step))
				break;
	}
	if (step.cut || step.status == WALK_MORE)
		scratch->event.flags |= PC_EVENT_TRUNCATED;
	return step.at - at;
}

struct args_step {
	struct scratch *scratch;
	__u64 argv;
	__u32 at;
	__u32 end;
};

static __noinline long put_arg(__u64 index, void *context)
{
	struct args_step *step = context;
	__u32 at = step->at, room = step->end - at;
	__u64 pointer = 0;
	long length;

	if (bpf_probe_read_user(&pointer, sizeof(pointer), (const void *)(step->argv + index * 8)) || !pointer)
		return 1;
	if (at >= step->end || room > PC_ARGS_MAX || at > SCRATCH_SIZE - PC_ARGS_MAX) {
		step->scratch->event.flags |= PC_EVENT_TRUNCATED;
		return 1;
	}
	length = bpf_probe_read_user_str(&step->scratch->bytes[at], room, (const void *)pointer);
	if (length <= 0)
		return 1;
	step->at = at + length;
	return 0;
}

/* Arguments of a program about to be executed. */
static __noinline __u32 put_argv(struct scratch *scratch, __u64 argv, __u32 at)
{
	struct args_step step = { .scratch = scratch, .argv = argv, .at = at, .end = at + PC_ARGS_MAX };

	if (have_loop()) {
		bpf_loop(512, put_arg, &step, 0);
	} else {
		for (int i = 0; i < 24; i++)
			if (put_arg(i, &step))
				break;
	}
	return step.at > at ? step.at - at - 1 : 0;
}

/* Arguments of the acting program, as they lie in its memory. */
static __noinline __u32 put_args(struct scratch *scratch, struct task_struct *task, __u32 at)
{
	__u64 start = BPF_CORE_READ(task, mm, arg_start), end = BPF_CORE_READ(task, mm, arg_end);
	__u64 length = end - start;

	if (!start || end <= start || at > SCRATCH_SIZE - PC_ARGS_MAX - 1)
		return 0;
	if (length > PC_ARGS_MAX) {
		length = PC_ARGS_MAX;
		scratch->event.flags |= PC_EVENT_TRUNCATED;
	}
	if (bpf_probe_read_user(&scratch->bytes[at], length, (const void *)start))
		return 0;
	return length;
}

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

static __always_inline __u32 terminal(struct task_struct *task)
{
	struct tty_struct *tty = BPF_CORE_READ(task, signal, tty);

	if (!tty)
		return 0;
	return ((BPF_CORE_READ(tty, driver, major) << 20) | (BPF_CORE_READ(tty, driver, minor_start) + BPF_CORE_READ(tty, index))) + 1;
}

static __noinline void put_task(struct pc_event *event, struct task_struct *task)
{
	struct task_struct *parent = BPF_CORE_READ(task, real_parent);
	__u64 id = bpf_get_current_pid_tgid(), uid = bpf_get_current_uid_gid();

	event->pid = id >> 32;
	event->tid = id;
	event->ppid = BPF_CORE_READ(parent, tgid);
	event->ns_pid = ns_tgid(task);
	event->ns_ppid = ns_tgid(parent);
	event->uid = uid;
	event->gid = uid >> 32;
	event->tty = terminal(task);
	event->cgroup_id = bpf_get_current_cgroup_id();
	bpf_get_current_comm(event->comm, sizeof(event->comm));
}

static __noinline void put_syscall(struct pc_event *event, struct task_struct *task)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);

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
	__u32 first = 0;
	__u64 *number = bpf_map_lookup_elem(&sequence, &first);

	event->abi_version = PC_ABI_VERSION;
	event->category = operation->category;
	event->operation = operation->kind;
	event->time_ns = bpf_ktime_get_boot_ns();
	event->sequence = number ? __sync_fetch_and_add(number, 1) + 1 : 0;
	event->generation = operation->object.generation;
	event->slot = operation->object.slot;
	event->rule_id = operation->rule_id;
	event->verdict = operation->verdict;
	event->flags = operation->flags | (operation->access & ACCESS_WRITE ? PC_EVENT_WRITE : 0);
	event->access = operation->open_flags;
}

/* A file's name. */
static __noinline __u32 put_file(struct scratch *scratch, __u64 file, __u32 at, __u32 most)
{
	if (!file)
		return 0;
	return put_name(scratch, (__u64)READ(struct file, file, f_path.dentry), (__u64)READ(struct file, file, f_path.mnt), at,
			most);
}

#define PUT(field, expression)                         \
	do {                                           \
		event->field##_at = at;                \
		event->field##_len = (expression);     \
		at += event->field##_len;              \
	} while (0)

static __always_inline __u32 put_strings(struct scratch *scratch, const struct operation *operation, struct task_struct *task)
{
	struct pc_event *event = &scratch->event;
	__u32 at = sizeof(*event);

	PUT(object, put_name(scratch, operation->object.dentry, operation->object.mount, at, PC_OBJECT_MAX));
	PUT(object2, put_name(scratch, operation->dentry2, operation->object.mount, at, PC_OBJECT2_MAX));
	PUT(exe, put_file(scratch, (__u64)BPF_CORE_READ(task, mm, exe_file), at, PC_EXE_MAX));
	PUT(parent, put_file(scratch, (__u64)BPF_CORE_READ(task, real_parent, mm, exe_file), at, PC_PARENT_MAX));
	PUT(cwd, put_name(scratch, (__u64)BPF_CORE_READ(task, fs, pwd.dentry), (__u64)BPF_CORE_READ(task, fs, pwd.mnt), at,
			  PC_CWD_MAX));
	PUT(args, operation->argv ? put_argv(scratch, operation->argv, at) : put_args(scratch, task, at));
	return at;
}

/* Sends what was decided to the ring it belongs to. */
__noinline int report(struct operation *operation)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 lost, size;
	struct scratch *scratch;
	long failed;

	if (!operation)
		return 0;
	lost = operation->verdict ? PC_COUNT_RING_FULL_DENIAL : PC_COUNT_RING_FULL_AUDIT;
	scratch = bpf_task_storage_get(&scratches, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!scratch) {
		count(PC_COUNT_NO_SCRATCH);
		count(lost);
		return 0;
	}
	put_operation(&scratch->event, operation);
	put_task(&scratch->event, task);
	put_syscall(&scratch->event, task);
	size = put_strings(scratch, operation, task);
	if (size > SCRATCH_SIZE)
		size = SCRATCH_SIZE;
	scratch->event.size = size;
	failed = operation->verdict ? bpf_ringbuf_output(&denials, scratch, size, 0) : bpf_ringbuf_output(&audits, scratch, size, 0);
	if (failed)
		count(lost);
	bpf_task_storage_delete(&scratches, task);
	return 0;
}

/* Reports what was decided, once it is; returns what the hook is to return. */
static __always_inline int finish(struct operation *operation)
{
	if (operation->verdict) {
		count(PC_COUNT_DENIED);
		report(operation);
		return -EACCES; /* the one denial there is; a constant, as the verifier wants it */
	}
	if (operation->audits & REPORT_POSTURE) {
		count(PC_COUNT_AUDITED);
		operation->rule_id = 0;
		report(operation);
	}
	if (operation->audits & REPORT_RULE) {
		count(PC_COUNT_AUDITED);
		operation->rule_id = operation->audit_id;
		report(operation);
	}
	return 0;
}

#endif
