/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The engine's code where something fails that cannot be made to fail from outside: a task's state is refused, as it is when
 * memory is out or the storage is busy. Run by BPF_PROG_TEST_RUN; failures.test.ts says what is asked.
 */
#include "../bpf/kernel.h"
#include "../bpf/maps.h"

char LICENSE[] SEC("license") = "GPL";

struct staged_fault {
	__u32 refuse_state; /* whether the state can be had */
	__u32 state;        /* the state it is given, enum pc_task_state */
	__u32 killed;       /* whether the engine wanted to end the process */
	__u32 pending;      /* what the exec in progress is going to make of the task */
	__u32 enforcer;     /* whether the task is the enforcer as well */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct staged_fault);
} fault SEC(".maps");

static __always_inline struct staged_fault *fault_now(void)
{
	__u32 first = 0;

	return bpf_map_lookup_elem(&fault, &first);
}

#define PORTCULLIS_OTHER_STORAGE
static __always_inline struct pc_task *task_of(struct task_struct *task)
{
	struct staged_fault *given = fault_now();

	return !given || given->refuse_state ? 0 : bpf_task_storage_get(&tags, task, 0, 0);
}

static __always_inline struct pc_task *task_made(struct task_struct *task, struct pc_task *like)
{
	struct staged_fault *given = fault_now();

	return !given || given->refuse_state ? 0 : bpf_task_storage_get(&tags, task, like, BPF_LOCAL_STORAGE_GET_F_CREATE);
}

static __always_inline void actor_kill(void)
{
	struct staged_fault *given = fault_now();

	if (given)
		given->killed = 1;
}

#pragma clang diagnostic ignored "-Wunused-function" /* of the headers below not everything is asked */
#include "passed-call.h"
#include "../bpf/empty.h"

/* Gives the task the state of the case. */
static __always_inline void set_state(void)
{
	struct staged_fault *given = fault_now();
	struct pc_task *task = bpf_task_storage_get(&tags, bpf_get_current_task_btf(), 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!given || !task)
		return;
	task->state = given->state;
	task->bind_epoch = bind_epoch_now();
}

static __always_inline int pass_on(__u32 hook, __u64 first, __u64 second, __u64 state)
{
	struct pc_call *call = call_of(hook);

	if (!call)
		return 1;
	call->args[0] = first;
	call->args[1] = second;
	call->state = state;
	return judge_call(call);
}

/* Each returns what the hook would. */
SEC("raw_tp")
int ask_fork(void *context)
{
	set_state();
	return task_inherit(bpf_get_current_task_btf());
}

SEC("raw_tp")
int ask_exec_begin(void *context)
{
	struct staged_fault *given = fault_now();
	struct pc_task *task;
	int result;

	set_state();
	result = pass_on(PC_HOOK_bprm_creds_for_exec, 0, 0, 0);
	task = task_of(bpf_get_current_task_btf());
	if (given && task)
		given->pending = task->pending_state;
	return result;
}

SEC("raw_tp")
int ask_commit(void *context)
{
	struct staged_fault *given = fault_now();

	set_state();
	if (given) /* there is no program: without a state it is not looked at */
		pass_on(PC_HOOK_bprm_committed_creds, (__u64)given, 0, 0);
	return 0;
}

SEC("raw_tp")
int ask_empty_stub(void *context)
{
	set_state();
	return stub_empty(-EACCES);
}

/* Makes the task the enforcer, or nobody. */
static __always_inline void set_enforcer(void)
{
	struct task_struct *current = (struct task_struct *)bpf_get_current_task();
	struct staged_fault *given = fault_now();
	__u32 first = 0;
	struct pc_settings *keys = bpf_map_lookup_elem(&settings, &first);

	if (given && keys)
		keys->enforcer_pid = given->enforcer ? BPF_CORE_READ(current, tgid) : 0;
}

/* What an actor does to the enforcer, which here is the task itself. */
SEC("raw_tp")
int ask_signal(void *context)
{
	set_state();
	set_enforcer();
	return pass_on(PC_HOOK_task_kill, bpf_get_current_task(), 0, 0);
}

/* A socket of TCP is made. */
SEC("raw_tp")
int ask_socket(void *context)
{
	set_state();
	return pass_on(PC_HOOK_socket_create, AF_INET, SOCK_STREAM, 0);
}

/* A capability of the task is used. */
SEC("raw_tp")
int ask_capable(void *context)
{
	struct task_struct *current = (struct task_struct *)bpf_get_current_task();

	set_state();
	return pass_on(PC_HOOK_capable, (__u64)BPF_CORE_READ(current, cred), 0, 0);
}

SEC("raw_tp")
int ask_trace(void *context)
{
	set_state();
	set_enforcer();
	return pass_on(PC_HOOK_ptrace_access_check, bpf_get_current_task(), PTRACE_MODE_ATTACH, (__u64)task_of(bpf_get_current_task_btf()));
}
