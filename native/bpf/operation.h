/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* One thing that an actor does to an object: what a hook is told about it, and what comes of it. */
#ifndef PORTCULLIS_OPERATION_H
#define PORTCULLIS_OPERATION_H

#include "automaton.h"

#define ACCESS_WRITE 0x1      /* file_open() computes it, and counts on the value */
#define ACCESS_ALIAS 0x2      /* the operation gives the object another name or place */
#define ACCESS_PATHLESS 0x4   /* the program is unlinked: no Allow entry is meant for it */
#define ACCESS_BLOCK_ONLY 0x8 /* only Block rules count, because this is no execution or opening itself */
#define ACCESS_CHANGED 0x20   /* what is mapped is, or can be, another code than that of its file */
#define ACCESS_COMMITTED 0x10 /* the execution has happened: what it is reported with lies in the new program's memory */

/* It is small, because it lies on the stack below everything else. */
struct operation {
	struct object object;
	union {
		__u64 dentry2; /* the other name, if there is one, in the same mount */
		__u64 bprm;    /* of an exec, until it is judged: the address of its struct linux_binprm */
		__u64 arguments; /* … and then the sets of arguments that have all of the program's, a bit each */
	};
	__u32 open_flags; /* of an object without a name: pc_event.access, and match.state is its number */
	__u32 rule_id;
	__u32 audit_id;
	__s32 verdict;
	__u8 category;
	__u8 kind;   /* enum pc_operation */
	__u8 access; /* ACCESS_* */
	__u8 flags;  /* enum pc_event_flag */
	__u8 audits; /* REPORT_* */
	__u8 status; /* of the walk, enum walk_status */
	__u8 deep;   /* the name window was not enough to match the name */
	__u8 dotted; /* DOTTED_*: of components that begin with two dots, is_dotted() */
};

/* How an operation is judged. */
enum way {
	WAY_NONE, /* not at all */
	WAY_WRITE,
	WAY_MOVE,  /* as a write that gives the object another name */
	WAY_NAMES, /* by all names of the object: it has no mount, or not the actor's */
	WAY_EXEC,
	WAY_MAP,
	WAY_ANONYMOUS, /* code is mapped that is of no file */
	WAY_MOUNT_OVER, /* the object is mounted over */
	WAY_MOUNT_MOVE, /* … or moved, or taken away */
	WAY_MOUNT_TREE, /* the whole tree of mounts changes, or it is not known what does */
	WAY_LAYERS,     /* the layers of an overlay */
	WAY_TRACE,
	WAY_TRACED, /* the actor is to be traced */
	WAY_SIGNAL,
	WAY_NUMBER,  /* the object has no name */
	WAY_CREATED, /* the same of a socket that was just made, and judged */
};

#define DOTTED_KEPT 1     /* the walk has kept one */
#define DOTTED_LEFT_OUT 2 /* none is to be kept, and only Block rules are asked */

#define REPORT_POSTURE 1 /* allowed, but only by the posture */
#define REPORT_RULE 2    /* allowed, and the rule audit_id reports it */
#define REPORT_MORE 4    /* … and others after it */
#define REPORT_FILELESS 8 /* allowed, and rules of programs without a name report it */
#define REPORT_ALL 16     /* the first of the list is still to be reported as well */
#define REPORT_VISIBLE 32 /* it is told if nothing else reports it: note_visible() */
#define REPORT_RECORDED 64 /* it is recorded, whatever else reports it */
#define REPORT_PRESET 128 /* allowed, and rules of a preset report it: first_preset() */
#define REPORT_OTHER 16   /* … and of another one: other_preset(); as long as it is judged, when REPORT_ALL is not meant */

#define PRESET_LEFT 0xffffffffU /* in match.left, where match.state is a preset and not a state */

#define EVENT_LOGGED (PC_EVENT_VISIBLE | PC_EVENT_RECORDED) /* with either it is none of the alerts */

#endif
