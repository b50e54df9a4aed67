/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* The bytes of a word, looked at all at once and without a branch, which the verifier would follow for each of them. */
#ifndef PORTCULLIS_BYTES_H
#define PORTCULLIS_BYTES_H

#include "kernel.h"

#define EACH_BYTE 0x0101010101010101ULL

/* The highest bit of each byte that is this one. */
static __always_inline __u64 marks_of(__u64 word, __u8 byte)
{
	__u64 others = word ^ EACH_BYTE * byte, low = EACH_BYTE * 0x7f;

	return ~(((others & low) + low) | others | low);
}

/* How many bytes there are up to the last one that is marked, itself included; 0: none is. */
static __always_inline __u64 up_to_mark(__u64 marks)
{
	marks |= marks >> 8;
	marks |= marks >> 16;
	marks |= marks >> 32;
	return (marks >> 7) * EACH_BYTE >> 56;
}

#endif
