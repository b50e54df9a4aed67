/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * A message of DNS: its first question's name as the object of an event, and the list that applies to it. The message lies in the event's own
 * buffer, behind everything that an event may hold. A message that is no query of one question, whose name ends within it, has no name.
 */
#ifndef PORTCULLIS_DNS_NAME_H
#define PORTCULLIS_DNS_NAME_H

#include "syscall_hash.h"

#define DNS_PORT 53
#define DNS_HEADER 12
#define DNS_QUESTIONS 4 /* where the header says how many there are */
#define DNS_NAME_MAX 255
#define DNS_KIND 4      /* bytes of type and class behind the name */
#define DNS_LABEL_MAX 63
#define TCP_LENGTH 2    /* bytes before a message that goes by TCP */

#define MESSAGE_MAX 1024 /* so much of what is sent is looked at */
#define MESSAGE_AT (SCRATCH_SIZE - 2 * MESSAGE_MAX) /* once more so much behind it, for the verifier */

/* What judging a message needs beside it: in the buffer, so that the stack has room for the report. */
struct dns_work {
	struct operation operation;
	struct pc_name_window window;
};

#define WORK_AT (MESSAGE_AT - sizeof(struct dns_work))

static __always_inline struct dns_work *work_of(struct scratch *scratch)
{
	return (struct dns_work *)&scratch->bytes[WORK_AT];
}

/* An operation on the name of a message that is to be judged now. */
static __always_inline struct operation *work_begin(struct scratch *scratch, __u32 kind)
{
	struct dns_work *work = work_of(scratch);

	__builtin_memset(&work->operation, 0, sizeof(work->operation));
	work->operation.category = PC_CATEGORY_DNS;
	work->operation.kind = PC_OP_DNS;
	work->operation.open_flags = kind;
	return &work->operation;
}

struct name_copy {
	struct scratch *scratch;
	__u32 from; /* in the message */
	__u32 end;
	__u32 to;
	__u32 rest; /* bytes of the label in hand */
	__u32 whole;
};

/* Takes the length of a label, or its next byte. */
static __noinline long name_copy_step(__u64 index, void *context)
{
	struct name_copy *copy = context;
	__u32 from = copy->from, byte;
	__u64 to = copy->to; /* up to 6.1 the verifier forgets the bounds of a copy that is made with 32 bits */

	barrier_var(from); /* the bounds are checked of the very registers that are used */
	barrier_var(to);
	if (from >= copy->end || from >= MESSAGE_MAX || to >= WORK_AT - 2)
		return 1;
	byte = copy->scratch->bytes[MESSAGE_AT + from];
	copy->from = from + 1;
	if (copy->rest) {
		copy->scratch->bytes[to] = byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte;
		copy->to = to + 1;
		copy->rest--;
		return 0;
	}
	if (!byte || byte > DNS_LABEL_MAX) {
		copy->whole = !byte;
		return 1;
	}
	copy->scratch->bytes[to] = byte;
	copy->scratch->bytes[to + 1] = 0;
	copy->to = to + 2;
	copy->rest = byte;
	return 0;
}

/*
 * Puts the name that a message asks for into the event as its object. The message is that part of what lies in the buffer. False: it has none. It
 * is global, so that it is verified once.
 */
__noinline int put_domain(struct scratch *scratch, __u32 from, __u32 end)
{
	const struct pc_settings *keys = settings_call();
	struct name_copy copy = { .scratch = scratch };

	if (!scratch || !keys)
		return 0;
	scratch->event.object_at = scratch->event.object_len = 0;
	scratch->event.object2_at = scratch->event.object2_len = 0;
	scratch->used = sizeof(scratch->event);
	barrier_var(from);
	if (from > MESSAGE_MAX - DNS_HEADER || end > MESSAGE_MAX || from + DNS_HEADER > end)
		return 0;
	if (scratch->bytes[MESSAGE_AT + from + DNS_QUESTIONS] || scratch->bytes[MESSAGE_AT + from + DNS_QUESTIONS + 1] != 1)
		return 0;
	copy.from = from + DNS_HEADER;
	copy.end = end;
	copy.to = sizeof(scratch->event);
	copy.rest = copy.whole = keys->zero;
	bpf_loop(DNS_NAME_MAX, name_copy_step, &copy, 0);
	if (!copy.whole || copy.from + DNS_KIND > end)
		return 0;
	scratch->event.object_at = sizeof(scratch->event);
	scratch->event.object_len = copy.to - sizeof(scratch->event);
	scratch->used = copy.to;
	return 1;
}

/* The length of the message that begins behind these two bytes, which go before it by TCP. */
static __always_inline __u32 message_length(const struct scratch *scratch, __u32 at)
{
	barrier_var(at);
	if (at > MESSAGE_MAX - TCP_LENGTH)
		return 0;
	return scratch->bytes[MESSAGE_AT + at] << 8 | scratch->bytes[MESSAGE_AT + at + 1];
}

struct domain_step {
	void *table;
	const __u64 *hashes;
	__u64 number;
	__u32 bucket_mask;
	__u32 left;
	__u32 list;
};

/* Takes the next label, and the list of the domain that ends with it. */
static __noinline long domain_step(__u64 index, void *context)
{
	struct domain_step *step = context;
	__u32 list;

	if (!step->left)
		return 1;
	step->left--;
	step->number = (step->number + step->hashes[step->left & (PC_NAME_WINDOW - 1)]) * PC_STATE_MULTIPLIER;
	list = edge_next(step->table, step->bucket_mask, PC_LEAF_STATE - PC_CATEGORY_DNS, step->number);
	if (list)
		step->list = list;
	return 0;
}

/* The list that applies to the name in the event, by the index of its first entry. 0: there is none. */
static __noinline __u32 list_of_domain(void *table, const struct pc_header *header, struct scratch *scratch)
{
	const struct pc_settings *keys = settings_call();
	struct pc_name_window *window = &work_of(scratch)->window;
	struct domain_step step = { .table = table, .hashes = window->hashes };

	if (!keys)
		return BROKEN_STATE;
	step.bucket_mask = header->bucket_mask;
	step.left = hash_object_name(scratch, window);
	step.number = keys->zero;
	step.list = keys->zero;
	bpf_loop(PC_NAME_WINDOW, domain_step, &step, 0);
	return step.list;
}

#endif
