/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* The report of what is no file: whom a socket speaks with, and what DNS is asked for. */
#ifndef PORTCULLIS_REPORT_SAID_H
#define PORTCULLIS_REPORT_SAID_H

#include "event.h"

/* Reports what the operation says. The event has its object already. As in report_syscall(), the key is on the stack. */
__noinline int report_said(struct scratch *scratch, struct operation *operation)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct pc_kind_key key;

	if (!scratch || !operation)
		return 0;
	count(operation->verdict ? PC_COUNT_DENIED : PC_COUNT_AUDITED);
	put_operation(&scratch->event, operation);
	scratch->used = sizeof(scratch->event) + scratch->event.object_len;
	PUT(exe, put_file(scratch, (__u64)BPF_CORE_READ(current, mm, exe_file), at, PC_EXE_MAX));
	if (tell_named(scratch, operation, &key))
		count(operation->verdict ? PC_COUNT_RING_FULL_DENIAL : PC_COUNT_RING_FULL_AUDIT);
	return 0;
}

#endif
