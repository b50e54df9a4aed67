/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * What the kernel engine and user space share: the layout of a compiled rule set (the image), of the maps' values and
 * of the events. Defined here once; native/src/layout.ts mirrors it and a test compares that with the object's BTF.
 * Everything is little endian and naturally aligned; reserved fields are zero.
 *
 * An image is the array map behind one slot: 64-byte elements.
 *   element 0              header (struct pc_header)
 *   1 … buckets            edges of the component automaton, found by hash
 *   then                   states (one an element), entries (four an element), source sets (words, eight an element)
 *
 * Matching: start at state 1, for every path component from the root look up edge (state, component hash). When the
 * components are used up the state's `exact` list decides; when there is no edge, `child` decides if one component was
 * left and `below` if more were. The compiler has merged into each list every rule that applies there, the most
 * specific first, so that the kernel evaluates one list and never compares specificity.
 */
#ifndef PORTCULLIS_ABI_H
#define PORTCULLIS_ABI_H

/* Constants are enumerators and not macros, so that they are in BTF and the test finds them there. */
enum pc_limit {
	PC_ABI_VERSION = 1,
	PC_BUCKET_SIZE = 64, /* bytes of an element */
	PC_EDGES_PER_BUCKET = 4,
	PC_MAX_BUCKETS = 1 << 24,
	PC_SLOTS = 4096,
	PC_RING = 16,           /* components that a pc_ring keeps */
	PC_EXE_DEPTH = PC_RING, /* components that a pc_exe keeps */
};

enum pc_state_number {
	/* States are numbered from 1; state 0 does not exist: "no edge". */
	PC_ROOT_STATE = 1,
	/*
	 * Pseudo state of category c: PC_LEAF_STATE - c. Its edges are the last components of every exact name that has
	 * a list in c. Where a category has no rule for directories (PC_EXACT_ONLY) a name whose last component is not
	 * among them cannot match, and the rest of it need not be walked.
	 */
	PC_LEAF_STATE = 0xffffffffU,
};

enum pc_category {
	PC_CATEGORY_PROCESS = 0,
	PC_CATEGORY_FILE = 1,
	PC_CATEGORIES = 2,
};

/* pc_header.flags, for category c shifted left by c * 8 */
enum pc_category_flag {
	PC_HAS_RULES = 0x01, /* any rule: else leave before the walk */
	PC_WRITE_ONLY = 0x02, /* every rule concerns writes only: a read leaves before the walk */
	PC_ALLOW_LIST = 0x04, /* a miss is decided by the posture */
	PC_POSTURE_BLOCK = 0x08, /* else audit */
	PC_HAS_BLOCK = 0x10, /* some rule is Block: what cannot be named is denied */
	PC_EXACT_ONLY = 0x20, /* no list but exact ones: see PC_LEAF_STATE */
	PC_ASKS_OWNER = 0x40, /* some entry has PC_ENTRY_OWNER_ONLY */
	PC_ASKS_TTY = 0x80, /* some entry has PC_ENTRY_NO_TTY */
};

struct pc_header {
	__u32 abi_version;
	__u32 flags;
	__u64 generation;   /* unique per image on this node: sources are resolved again when it changes */
	__u32 bucket_mask;  /* buckets - 1, buckets a power of two; bucket b is element 1 + b */
	__u32 states_at;    /* element of state 0 (absent); state s is element states_at + s */
	__u32 entries_at;   /* element of entries 0 … 3; entry 0 does not exist */
	__u32 sources_at;   /* element of source-set words 0 … 7; set 0 does not exist and is all zero */
	__u32 source_words; /* __u64 words per source set; 0: no rule has a source */
	__u32 max_depth;    /* components of the deepest rule's name */
	__u64 reserved[3];
};

/*
 * key = component hash + state * PC_STATE_MULTIPLIER (mod 2^64). With m = key * PC_BUCKET_MULTIPLIER the edge is in
 * bucket (m >> 32) & mask or, if that bucket's edges[0].overflow is set, in bucket (m >> 8) & mask. A free place has
 * next = 0, so that a stray match says "no edge" as well.
 */
enum pc_multiplier {
	PC_STATE_MULTIPLIER = 0x9e3779b97f4a7c15ULL,
	PC_BUCKET_MULTIPLIER = 0xd6e8feb86659fd93ULL,
};

struct pc_edge {
	__u64 key;
	__u32 next;     /* state; 0 = free */
	__u32 overflow; /* in a bucket's first edge only: some key of this bucket lies in its other bucket */
};
struct pc_bucket {
	struct pc_edge edges[PC_EDGES_PER_BUCKET];
};

/* Index of the first entry of a list per category; 0 = no rule: the default decides. */
struct pc_state {
	__u32 exact[PC_CATEGORIES];
	__u32 child[PC_CATEGORIES];
	__u32 below[PC_CATEGORIES];
	__u32 guard[PC_CATEGORIES]; /* id of a Block rule for a name strictly below: this one must not be renamed; 0 = none */
	__u32 source_exact;         /* the set of sources a program of exactly this name is; 0 = none */
	__u32 source_child;         /* of a direct child without a state of its own */
	__u32 source_below;
	__u32 reserved[5];
};

/* pc_entry.flags */
enum pc_entry_flag {
	PC_ENTRY_LAST = 0x01, /* end of the list */
	PC_ENTRY_BLOCK = 0x02, /* decides: denied */
	PC_ENTRY_ALLOW = 0x04, /* decides: allowed */
	PC_ENTRY_AUDIT = 0x08, /* does not decide: reported if the outcome is "allowed" */
	PC_ENTRY_READ_ONLY = 0x10,
	PC_ENTRY_OWNER_ONLY = 0x20,
	PC_ENTRY_NO_TTY = 0x40,
	PC_ENTRY_QUIET = 0x80, /* base allowance: allows reads; a write falls through to the next entry */
};

/* 16 bytes. Deciding entries first, most specific first; audit entries after them. */
struct pc_entry {
	__u32 rule_id;
	__u32 source; /* bit in the source sets + 1; 0 = any source */
	__u32 flags;
	__u32 reserved;
};

/* The tag of a task, in task-local storage. Inherited whole by children. */
enum pc_tag_state {
	PC_TAG_NONE = 0,
	PC_TAG_HOST = 1,       /* executed in the host's mount namespace: not a subject until it enters a container and executes */
	PC_TAG_UNRESOLVED = 2, /* executed in another mount namespace whose cgroup is not bound (yet) */
	PC_TAG_ARMED = 3,      /* subject of `slot`; never lowered */
};

/* pc_exe.depth above PC_EXE_DEPTH. */
enum pc_exe_depth {
	PC_EXE_DEEP = 0xffffffffU, /* more components than fit, or not known: ask mm->exe_file */
};

/* A program's name as component hashes, leaf first, so that a new image can be asked again. */
struct pc_exe {
	__u32 depth; /* 0 = none */
	__u32 source_set; /* what `generation` of the tag's image made of it; 0 = none */
	__u64 hashes[PC_EXE_DEPTH];
};

/* The component hashes nearest the root of a walked name: component n from the leaf is at n mod PC_RING. */
struct pc_ring {
	__u64 hashes[PC_RING];
};

struct pc_tag {
	__u32 state;
	__u32 slot;
	__u64 bind_generation; /* UNRESOLVED: the bind generation that was asked */
	__u64 generation;      /* of the image the source sets were resolved for; 0 = none yet */
	__u32 pending_state;   /* what an exec in progress will make of the task */
	__u32 pending_slot;
	__u32 rounds;          /* programs the exec in progress has named so far: script, interpreter … */
	__u32 loader;          /* 1: the program is a dynamic loader, which executes what it maps; 2: and has done so */
	struct pc_exe exe;     /* the program */
	struct pc_exe script;  /* the script, or what a dynamic loader loaded, that it was started for; if any */
	struct pc_exe pending; /* the first program named by the exec in progress */
	struct pc_ring ring;   /* the name in hand, while an operation is judged */
};

/* Counters (per-CPU array, one __u64 each): what went wrong or was lost, never a verdict. */
enum pc_counter {
	PC_COUNT_RING_FULL_DENIAL = 0, /* a denial that could not be reported */
	PC_COUNT_RING_FULL_AUDIT = 1,
	PC_COUNT_TAG_MISSING = 2,      /* a task whose tag could not be had: judged by its cgroup */
	PC_COUNT_TAG_ALLOC_FAILED = 3,
	PC_COUNT_UNRESOLVABLE = 4,     /* a name that could not be had whole */
	PC_COUNT_SLOT_EMPTY = 5,       /* an armed task whose slot has no image: denied */
	PC_COUNT_IMAGE_INVALID = 6,    /* offsets out of range, another ABI: denied */
	PC_COUNT_SOURCE_OVERFLOW = 7,  /* executable's name too deep to keep: asked at every resolution */
	PC_COUNT_NO_SCRATCH = 8,       /* no memory for a report or for a very deep name */
	PC_COUNT_FORK_REFUSED = 9,     /* an armed task's child whose tag could not be made */
	PC_COUNT_DENIED = 10,
	PC_COUNT_AUDITED = 11,
	PC_COUNT_ARMED = 12,           /* tasks that became subjects, children not counted */
	PC_COUNTERS = 16,
};

/* Settings the loader writes before anything is attached (array map, one element). */
struct pc_settings {
	__u64 hash_seed[2];
	__u32 host_mnt_ns; /* inode number of the host's mount namespace */
	__u32 enforcer_pid; /* 0 = unknown */
	__u64 zero;         /* always 0: where a program counts from when the verifier must not follow the count */
};

/* Longest part of each string in an event, in bytes of the event. */
enum pc_event_limit {
	PC_OBJECT_MAX = 6400, /* every PATH_MAX name: 4096 bytes and 2 a component of one letter */
	PC_OBJECT2_MAX = 4864,
	PC_EXE_MAX = 1024,
	PC_PARENT_MAX = 512,
	PC_CWD_MAX = 1024,
	PC_ARGS_MAX = 1024,
};

enum pc_operation {
	PC_OP_EXEC = 1,
	PC_OP_MMAP_EXEC = 2,
	PC_OP_OPEN = 3,
	PC_OP_UNLINK = 4,
	PC_OP_RENAME = 5,
	PC_OP_LINK = 6,
	PC_OP_SYMLINK = 7,
	PC_OP_MKDIR = 8,
	PC_OP_RMDIR = 9,
	PC_OP_MKNOD = 10,
	PC_OP_TRUNCATE = 11,
	PC_OP_CHMOD = 12,
	PC_OP_CHOWN = 13,
	PC_OP_XATTR = 14,
};

/*
 * An event. Fixed part, then the strings, each at `*_at` bytes from the start of the event, `*_len` bytes, no NUL at
 * the end; a string that is not known has length 0. Names (object, object2, exe, parent, cwd) are components leaf first,
 * each preceded by its length as one __u16 (unaligned): user space turns them round; "/" itself is length 0 at a place
 * other than 0. Arguments are NUL-separated as in memory. `size` is the length of the whole record.
 */
struct pc_event {
	__u32 size;
	__u16 abi_version;
	__u8 category;  /* enum pc_category */
	__u8 operation; /* enum pc_operation */
	__u64 time_ns;  /* CLOCK_BOOTTIME */
	__u64 sequence; /* 1 … since the maps were made; a gap is a lost event */
	__u64 generation; /* of the image that decided */
	__u32 slot;
	__u32 rule_id;  /* 0: posture */
	__s32 verdict;  /* 0 passed, else -errno */
	__u32 flags;    /* PC_EVENT_* */
	__u32 pid;      /* thread group id in the initial pid namespace */
	__u32 tid;
	__u32 ppid;
	__u32 ns_pid;   /* thread group ids in the task's own pid namespace */
	__u32 ns_ppid;
	__u32 uid;
	__u32 gid;
	__u32 tty;      /* 0: none; else ((major << 20) | minor) + 1 */
	__u64 cgroup_id;
	__u64 syscall_args[6];
	__u32 syscall_nr;
	__u32 access;   /* open: f_flags */
	char comm[16];
	__u16 object_at, object_len;
	__u16 object2_at, object2_len; /* the other name of rename and link */
	__u16 exe_at, exe_len;         /* of the acting process: for exec the program that calls execve */
	__u16 parent_at, parent_len;   /* executable of its parent */
	__u16 cwd_at, cwd_len;
	__u16 args_at, args_len;       /* of the acting process; for exec: of the new program */
};
enum pc_event_flag {
	PC_EVENT_UNRESOLVABLE = 0x01, /* the object's name could not be had whole */
	PC_EVENT_TRUNCATED = 0x02, /* a string was cut for the report (never for the verdict) */
	PC_EVENT_GUARD = 0x04, /* a directory above, or another name of, what rule_id protects */
	PC_EVENT_PATHLESS = 0x08, /* the program has no name (memfd, unlinked) */
	PC_EVENT_WRITE = 0x10, /* judged as a write */
	PC_EVENT_SECOND = 0x20, /* rename, link: `object` is the new name, object2 the old one */
};

#endif
