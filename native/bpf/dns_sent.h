/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* What is about to be sent, read from the task's memory, where it still is. What lies in the kernel's own memory is not read: it came from a pipe or a file. */
#ifndef PORTCULLIS_DNS_SENT_H
#define PORTCULLIS_DNS_SENT_H

#include "dns_name.h"

#define MOST_PARTS 16 /* of what is sent, that are put together */

struct parts {
	struct scratch *scratch;
	__u64 iov;
	__u64 offset; /* in the part in hand */
	__u32 to;
	__u32 left;
	__u32 failed;
};

/* Appends the next part of what is sent. */
static __noinline long parts_step(__u64 index, void *context)
{
	struct parts *parts = context;
	__u32 to = parts->to, left = parts->left;
	struct iovec part = {};
	__u64 length;

	barrier_var(to);
	if (!left || to >= MESSAGE_MAX)
		return 1;
	if (bpf_probe_read_kernel(&part, sizeof(part), (const void *)(parts->iov + index * sizeof(part))))
		goto failed;
	if (part.iov_len > parts->offset) {
		length = part.iov_len - parts->offset;
		if (length > left)
			length = left;
		if (length > MESSAGE_MAX)
			length = MESSAGE_MAX;
		bound(length, 2 * MESSAGE_MAX - 1);
		if (bpf_probe_read_user(&parts->scratch->bytes[MESSAGE_AT + to], length, part.iov_base + parts->offset))
			goto failed;
		parts->to = to + length;
		parts->left = left - length;
	}
	parts->offset = 0;
	return 0;
failed:
	parts->failed = 1;
	return 1;
}

static __always_inline __u64 first_part(__u64 iter)
{
	if (bpf_core_field_exists(struct iov_iter___named, iov))
		return (__u64)READ(struct iov_iter___named, iter, iov);
	return (__u64)READ(struct iov_iter, iter, __iov);
}

/* Puts what is sent into the buffer, as far as it is looked at. Returns its length; 0: it lies in no memory that can be read here. */
static __noinline __u32 gather(struct scratch *scratch, __u64 iter)
{
	struct parts parts = { .scratch = scratch };
	__u64 count = READ(struct iov_iter, iter, count);
	__u32 type = READ(struct iov_iter, iter, iter_type);

	parts.left = count > MESSAGE_MAX ? MESSAGE_MAX : count;
	parts.offset = READ(struct iov_iter, iter, iov_offset);
	if (bpf_core_enum_value_exists(enum iter_type, ITER_UBUF) && type == bpf_core_enum_value(enum iter_type, ITER_UBUF)) {
		__u64 from = (__u64)READ(struct iov_iter, iter, ubuf) + parts.offset, length = parts.left;

		bound(length, 2 * MESSAGE_MAX - 1);
		return bpf_probe_read_user(&scratch->bytes[MESSAGE_AT], length, (const void *)from) ? 0 : length;
	}
	if (type != bpf_core_enum_value(enum iter_type, ITER_IOVEC))
		return 0;
	parts.iov = first_part(iter);
	bpf_loop(MOST_PARTS, parts_step, &parts, 0);
	return parts.failed || parts.left ? 0 : parts.to;
}

#endif
