// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/*
 * The iterators of the search for descriptors from before a rule. They are no part of the engine's object: they are loaded when a rule table is bound
 * that can deny files, and cost nothing but while they are read.
 */
#pragma clang diagnostic ignored "-Wunused-function" /* of what judges names, a part alone is needed here */

#include "look.h"

char LICENSE[] SEC("license") = "GPL";

SEC("iter/task_file")
int look_at_descriptors(struct bpf_iter__task_file *context)
{
	return look_at_descriptor(context);
}

SEC("iter/task")
int look_at_tasks(struct bpf_iter__task *context)
{
	return look_at_task(context);
}
