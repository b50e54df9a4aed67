// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/*
 * The entry points. Every hook has a stub (stubs.h, number_stubs.h), which is attached and pinned once. What it passes on, the body judges: one
 * program for all hooks, which takes the place of a function in each stub, so that a new version of the engine replaces the old one
 * in all of them at once. docs/adr/0005.
 */
#include "call.h"
#include "number_stubs.h"
#include "regard.h"

char LICENSE[] SEC("license") = "GPL";

SEC("lsm/task_alloc")
int BPF_PROG(body_task_alloc, struct task_struct *child)
{
	return task_inherit(child);
}

SEC("freplace/judge_even")
int body_judge(struct pc_call *call)
{
	return call ? judge_call(call) : PC_NO_BODY;
}

SEC("iter/task")
int regard_tasks(struct bpf_iter__task *context)
{
	return regard(context);
}
