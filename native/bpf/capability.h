/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Capabilities that a task uses. The kernel's own LSM is asked before, so that what is judged here the task holds. Probing, which the kernel
 * does not want to have audited, has left in the stub.
 */
#ifndef PORTCULLIS_CAPABILITY_H
#define PORTCULLIS_CAPABILITY_H

#include "file_attribute.h"

/*
 * `cred`: whose capability is asked for. What is not the task's own is not its use of it: of a file's opener, or of whoever mounted an
 * overlay, which acts for the task.
 */
static __always_inline enum way capability_used(struct operation *operation, __u64 cred, __u32 capability)
{
	struct task_struct *current = (struct task_struct *)bpf_get_current_task();

	if (cred != (__u64)BPF_CORE_READ(current, cred) || is_layers_own())
		return WAY_NONE;
	operation->category = PC_CATEGORY_CAPABILITIES;
	operation->kind = PC_OP_CAPABLE;
	operation->open_flags = capability;
	operation->object.match.state = capability;
	return WAY_NUMBER;
}

#endif
