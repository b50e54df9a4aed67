/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Who leaves a hook at once, by a look at the task's state alone. */
#ifndef PORTCULLIS_FREE_H
#define PORTCULLIS_FREE_H

#include "actor.h"

/*
 * Does nothing concern the task, as far as is known at hand? It is one of the host's, by far the most frequent case, or it was asked
 * about since the last binding and is not bound.
 */
static __always_inline bool is_free(const struct bpf_local_storage_data *task, __u32 state)
{
	if (state == PC_TASK_HOST)
		return true;
	return state == PC_TASK_UNRESOLVED && is_bind_epoch(QUICK(task, bind_epoch));
}

/* Is the task free? Else `seen` is what was seen of it, QUICK_SLOT(), and 0 if it is not at hand. */
static __always_inline bool stub_sees_free(const struct task_struct *current, __u64 *seen)
{
	const struct bpf_local_storage_data *task = task_quick(current);

	*seen = 0;
	if (!task)
		return false;
	*seen = QUICK_SLOT(task);
	return is_free(task, *seen);
}

static __always_inline bool stub_free(const struct task_struct *current)
{
	const struct bpf_local_storage_data *task = task_quick(current);

	return task && is_free(task, QUICK(task, state));
}

/* The current task, as a pointer that is not trusted where there are such: that is cheaper to verify. */
#define CURRENT_PLAIN plain(struct task_struct, bpf_get_current_task_btf())

#endif
