/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* The part of the agreement in abi.h that is about descriptors from before a rule: what the search leaves, and the hooks go by. */
#ifndef PORTCULLIS_ABI_EARLIER_H
#define PORTCULLIS_ABI_EARLIER_H

enum pc_earlier_limit {
	PC_EARLIER_FILES = 65536, /* open files that can be kept; where there are more, every file of the slot is judged */
};

/* Of a slot in which something was found: the number of the last search that found it; 0: none did. */
struct pc_earlier {
	__u64 some; /* an open file that the rules forbid */
	__u64 all;  /* what can hold open files that nobody sees (io_uring), or more files than can be kept: every file is judged where it is used */
};

#endif
