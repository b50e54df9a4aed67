/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * What the kernel engine and user space share: the layout of a compiled rule set (the image), of the maps' values and
 * of the events. Defined here once; native/src/layout.ts mirrors it and a test compares that with the object's BTF.
 * Everything is little endian and naturally aligned; reserved fields are zero.
 *
 * An image is the array map behind one slot: `struct pc_bucket` elements, 64 bytes each.
 *   element 0              header (struct pc_header)
 *   1 … buckets            edges of the component automaton, found by hash
 *   then                   states, then decision lists, then source sets, packed (offsets in the header, in elements)
 *
 * Matching: start at state 1, for every path component from the root look up edge (state, component hash). When the
 * components are used up the state's `exact` list decides; when there is no edge, `child` decides if one component was
 * left and `below` if more were. The compiler has merged into each list every rule that applies there, the most
 * specific first, so that the kernel evaluates one list and never compares specificity.
 */
#ifndef PORTCULLIS_ABI_H
#define PORTCULLIS_ABI_H

#define PC_ABI_VERSION 1
#define PC_BUCKET_SIZE 64
#define PC_EDGES_PER_BUCKET 4
#define PC_ROOT_STATE 1 /* state 0 does not exist: "no edge" */

enum pc_category { PC_CATEGORY_PROCESS = 0, PC_CATEGORY_FILE = 1, PC_CATEGORIES = 2 };

/* pc_header.flags, one per category c: shifted by c * 8 */
#define PC_HAS_RULES 0x01     /* any rule: else leave before the walk */
#define PC_HAS_WRITE_ONLY 0x02 /* every rule concerns writes only: a read leaves before the walk */
#define PC_ALLOW_LIST 0x04    /* a miss is decided by the posture */
#define PC_POSTURE_BLOCK 0x08 /* else audit */

struct pc_header {
	__u32 abi_version;
	__u32 flags;
	__u64 generation;   /* unique per image on this node: sources are resolved again when it changes */
	__u32 bucket_mask;  /* buckets - 1, a power of two; bucket b is element 1 + b */
	__u32 states_at;    /* first element of states[] */
	__u32 lists_at;     /* first element of entries[] */
	__u32 sources_at;   /* first element of source-set bits */
	__u32 source_words; /* __u64 words per source set; 0: no rule has a source */
	__u32 states;
	__u32 entries;
	__u32 source_sets;
	__u64 reserved;
};

/* key = pc_edge_key(state, component hash); 0 = free. */
struct pc_edge {
	__u64 key;
	__u32 next; /* state */
	__u32 reserved;
};
struct pc_bucket {
	struct pc_edge edges[PC_EDGES_PER_BUCKET];
};

/* Index of the first entry of a list per category; 0 = no rule: the default decides. 32 bytes, two a bucket. */
struct pc_state {
	__u32 exact[PC_CATEGORIES];
	__u32 child[PC_CATEGORIES];
	__u32 below[PC_CATEGORIES];
	__u32 source_set; /* the set of sources a program of exactly this name is; 0 = none */
	__u16 source_child; /* as above for a direct child without a state of its own (0 = none; sets > 65535 are refused) */
	__u16 source_below;
};

/* pc_entry.flags */
#define PC_ENTRY_LAST 0x01      /* end of the list */
#define PC_ENTRY_BLOCK 0x02     /* decides: denied */
#define PC_ENTRY_ALLOW 0x04     /* decides: allowed */
#define PC_ENTRY_AUDIT 0x08     /* does not decide: reported if the outcome is "allowed" */
#define PC_ENTRY_READ_ONLY 0x10
#define PC_ENTRY_OWNER_ONLY 0x20
#define PC_ENTRY_NO_TTY 0x40
#define PC_ENTRY_QUIET 0x80     /* base allowance: read only, and a write falls through to the next entry */

/* 16 bytes, four a bucket. Deciding entries first, most specific first; audit entries after them. */
struct pc_entry {
	__u32 rule_id;
	__u32 source; /* bit in the source sets + 1; 0 = any source */
	__u32 flags;
	__u32 reserved;
};

/* The tag of a task, in task-local storage. */
enum pc_tag_state {
	PC_TAG_NONE = 0,
	PC_TAG_HOST = 1,       /* executed in the host's mount namespace: not a subject until it enters a container and executes */
	PC_TAG_UNRESOLVED = 2, /* executed in another mount namespace whose cgroup is not bound (yet) */
	PC_TAG_ARMED = 3,      /* subject of `slot`; never lowered */
};

/* Counters (per-CPU array, one __u64 each): what went wrong or was lost, never a verdict. */
enum pc_counter {
	PC_COUNT_RING_FULL_DENIAL = 0,
	PC_COUNT_RING_FULL_AUDIT = 1,
	PC_COUNT_TAG_MISSING = 2,
	PC_COUNT_TAG_ALLOC_FAILED = 3,
	PC_COUNT_UNRESOLVABLE = 4,     /* a name that could not be had whole */
	PC_COUNT_SLOT_EMPTY = 5,       /* an armed task whose slot has no image */
	PC_COUNT_IMAGE_INVALID = 6,    /* offsets out of range */
	PC_COUNT_SOURCE_OVERFLOW = 7,  /* executable's name too deep to keep */
	PC_COUNTERS = 16,
};

/* Settings the loader writes before anything is attached (array map, one element). */
struct pc_settings {
	__u64 hash_seed[2];
	__u32 host_mnt_ns; /* inode number */
	__u32 enforcer_pid; /* 0 = unknown */
	__u64 boot_id_lo;
};

#define PC_NAME_MAX 256
#define PC_OBJECT_MAX 4096
#define PC_ARGS_MAX 1024

enum pc_operation {
	PC_OP_EXEC = 1, PC_OP_MMAP_EXEC = 2, PC_OP_OPEN = 3, PC_OP_UNLINK = 4, PC_OP_RENAME = 5, PC_OP_LINK = 6,
	PC_OP_SYMLINK = 7, PC_OP_MKDIR = 8, PC_OP_RMDIR = 9, PC_OP_MKNOD = 10, PC_OP_TRUNCATE = 11, PC_OP_CHMOD = 12,
	PC_OP_CHOWN = 13, PC_OP_XATTR = 14,
};

/*
 * An event. Fixed part, then the strings, each at `*_at` bytes from the start of the event, `*_len` bytes, no NUL.
 * Names (object, exe, parent_exe, cwd) are components leaf first, each preceded by its length as one __u16: user space turns them
 * round. Arguments are NUL-separated as in memory. The engine may emit shorter records: `size` is the whole length.
 */
struct pc_event {
	__u32 size;
	__u16 abi_version;
	__u8 category;
	__u8 operation;
	__u64 time_ns;  /* CLOCK_BOOTTIME */
	__u64 sequence;
	__u32 slot;
	__u32 rule_id;  /* 0: posture */
	__u64 generation; /* of the image that decided */
	__s32 verdict;  /* 0 passed, else -errno */
	__u32 flags;    /* PC_EVENT_* */
	__u32 pid;      /* thread group id in the initial pid namespace */
	__u32 ppid;
	__u32 ns_pid;   /* in the task's own pid namespace */
	__u32 ns_ppid;
	__u32 uid;
	__u32 gid;
	__u64 cgroup_id;
	__u32 syscall_nr;
	__u32 tty;      /* 0: none; else (major << 20 | index) + 1 */
	__u64 syscall_args[6];
	char comm[16];
	__u16 object_at, object_len;
	__u16 object2_at, object2_len; /* the other name of rename and link */
	__u16 exe_at, exe_len;
	__u16 parent_at, parent_len;
	__u16 cwd_at, cwd_len;
	__u16 args_at, args_len;       /* of the acting process; for exec: of the new program */
	__u32 reserved;
};
#define PC_EVENT_UNRESOLVABLE 0x01 /* the object's name could not be had whole */
#define PC_EVENT_TRUNCATED 0x02    /* a string was cut for the report (never for the verdict) */

#endif
