/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* What a stub returns that found no body: see stubs.h. */
#ifndef PORTCULLIS_EMPTY_H
#define PORTCULLIS_EMPTY_H

#include "actor.h"

/* A 0 that the compiler does not know. A known one it would keep in a register, which would have to be saved first. */
static __always_inline int nothing(void)
{
	int value;

	asm volatile("%0 = 0" : "=r"(value));
	return value;
}

/*
 * The refusal, to everyone who is an actor or may be one. Nobody else is concerned: the host, and who was asked about since the
 * last binding and is not bound. Nor is anybody while the engine is removed, because stubs may go later than bodies.
 */
static __always_inline int stub_empty(int refusal)
{
	struct pc_task *task = task_of(bpf_get_current_task_btf());

	if (version_now() & PC_VERSION_REMOVED)
		return nothing();
	if (!task) {
		if (in_host_namespace(settings_get()))
			return nothing();
	} else if (task->state == PC_TASK_HOST || is_host_actor(task) || (task->state == PC_TASK_UNRESOLVED && task->bind_epoch == bind_epoch_now())) {
		return nothing();
	}
	return refusal;
}

#endif
