/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* The part of the agreement in abi.h that is about repetitions: by what they are told apart, and how they are counted. */
#ifndef PORTCULLIS_ABI_KINDS_H
#define PORTCULLIS_ABI_KINDS_H

/*
 * Repetitions are counted, and only the first of each kind is an event. A kind is what is alike in all that its key has. Names
 * are an actor's choice, so a slot has a bounded number of kinds with a name, and one more for each rule and operation; the
 * others are counted by their rule alone, and where there are too many of these too, by the slot alone. Kinds are kept in one
 * of two banks, which the enforcer changes when it takes over the counts. What is only visible has two banks of its own, so that
 * it never takes the place of what rules report.
 */
enum pc_kind_level {
	PC_KIND_NAMED = 0,   /* all of the key */
	PC_KIND_OF_RULE = 1, /* without `name` and `flags` */
	PC_KIND_OF_SLOT = 2, /* without rule, category and operation as well */
	PC_KIND_QUOTA = 3,   /* no kind: how many of the level `operation` were asked for in `slot` (PC_ALL_SLOTS: in all) */
};

enum pc_kind_slot {
	PC_ALL_SLOTS = 0xffffffffU,
};

struct pc_kind_key {
	__u64 table_id;
	__u64 name; /* keyed hash of the names object, object2 and exe; of an object without a name, and pc_event.access */
	__u32 slot;
	__u32 rule_id;
	__u8 category;
	__u8 operation;
	__u8 passed; /* 1: audited, 0: denied */
	__u8 flags;  /* enum pc_event_flag, as far as it is about the names */
	__u32 level; /* enum pc_kind_level */
};

struct pc_kind {
	__u64 count;    /* operations that no event tells of */
	__u64 first_ns; /* CLOCK_BOOTTIME of the first and the last of them */
	__u64 last_ns;
	__u64 sequence; /* of the event that told of the kind; 0: there was none yet */
};

#endif
