/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Tasks looked at again when host policies come or go. A task of the host leaves every hook early, by what its state says, and pays nothing
 * for the question whether that still holds. So it is its state that is changed, once, for every task there is: afterwards each is asked about
 * at its next hook. Reading the pinned iterator does it; what is read has a byte for each task that was changed.
 */
#ifndef PORTCULLIS_REGARD_H
#define PORTCULLIS_REGARD_H

#include "actor.h"

/* What the kernel gives to an iterator over tasks; one round more than there are tasks has none. */
struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

/* Does the task's state say what is not so any more? A kernel thread is nobody's, whatever is in force. */
static __always_inline bool is_outdated(const struct pc_task *task, const struct task_struct *of)
{
	if (is_host_bound())
		return task->state == PC_TASK_HOST && !(of->flags & PF_KTHREAD);
	return is_host_actor(task);
}

static __always_inline int regard(struct bpf_iter__task *context)
{
	struct task_struct *of = context->task;
	struct pc_task *task = of ? task_of(of) : NULL;
	char changed = '.';

	if (!task || !is_outdated(task, of))
		return 0;
	task->state = PC_TASK_NONE;
	bpf_seq_write(context->meta->seq, &changed, sizeof(changed));
	return 0;
}

#endif
