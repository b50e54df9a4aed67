/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * What the kernel engine and user space share: the layout of a rule table, of the maps' values and of the events. It is
 * defined here once. native/src/abi describes it again for TypeScript, and test/abi.test.ts compares the two, whole.
 * Everything is little endian and naturally aligned, and reserved fields are zero. Constants are enumerators and not macros, because macros leave no trace
 * in BTF, from which the test reads this file. Long because it is the whole agreement between the two sides: who changes a part looks at all of it.
 *
 * A rule table is a packed rule set: the array map behind one slot, with elements of 64 bytes.
 *   element 0              header (struct pc_header), then buckets: edges of the automaton, found by hash (struct pc_bucket)
 *   then                   states (struct pc_state, one an element), entries (struct pc_entry, four an element),
 *                          source sets (words of 64 bits, eight an element), and where rules have patterns
 *                          columns (of each of the 256 bytes one byte, 64 an element) and rows (16 bits each, 32 an element)
 *
 * Matching starts at state 1. For every path component from the root on, the edge (state, component hash) is looked up.
 * When the components are used up, the state's `exact` list decides. When there is no edge, `child` decides if one
 * component was left, and `below` if more were. The compiler has merged into each list every rule that applies there, the
 * most specific first, so that the kernel evaluates one list and never compares how specific two rules are.
 *
 * With patterns, a component without an edge may lead on as well: to the state `any`, or by a row, `glob`. A row is a state of an automaton over
 * bytes. It has row_words words: the class of a component that ends there (0: it leads nowhere), then for each column, from 1 on, the
 * number of the row that a byte of this column leads to. Row 0 leads nowhere. The class leads on by an edge of its own (PC_CLASS_STATE).
 *
 * An object without a name, a socket or a capability, is known by its number. The edge (PC_LEAF_STATE - category, number) leads to no state: it has the
 * index of the list's first entry. So has that of a domain, whose number is made of its labels, from the last one on: (number of the domain above, or 0,
 * + component hash) * PC_STATE_MULTIPLIER. The longest domain of a name that has such an edge decides.
 */
#ifndef PORTCULLIS_ABI_H
#define PORTCULLIS_ABI_H

#include "abi_address.h"
#include "abi_call.h"
#include "abi_kinds.h"
#include "abi_syscall.h"

enum pc_limit {
	PC_ABI_VERSION = 1,
	PC_BUCKET_SIZE = 64, /* bytes of an element */
	PC_EDGES_PER_BUCKET = 4,
	PC_MAX_BUCKETS = 1 << 24,
	PC_SLOTS = 4096,
	PC_NAME_WINDOW = 16,           /* components that a pc_name_window keeps */
	PC_EXE_DEPTH = PC_NAME_WINDOW, /* components that a pc_exe keeps */
	PC_ARGUMENT_SETS = 64,         /* different sets of arguments of a rule table */
	PC_KINDS = 1 << 16,            /* elements of a bank, of which 16,384 are for PC_KIND_OF_SLOT and PC_KIND_QUOTA alone */
	PC_KINDS_LIMITED = 49152,      /* … and so many for the others */
	PC_KINDS_NAMED = 64,           /* PC_KIND_NAMED a slot and bank */
	PC_KINDS_OF_RULE = 256,        /* PC_KIND_OF_RULE a slot and bank */
	PC_KINDS_VISIBLE = 256,        /* PC_KIND_NAMED a slot and bank, of what is only visible: those banks are others */
	PC_KINDS_RECORDED = 8192,      /* … of what is recorded: that is the host's alone, and no name is to be missing */
};

enum pc_state_number {
	/* States are numbered from 1. State 0 does not exist: it means "no edge". Its exact list of processes is that of programs without a name. */
	PC_ROOT_STATE = 1,
	/*
	 * The pseudo state of category c is PC_LEAF_STATE - c. Its edges are the last components of every exact name that
	 * has a list in c. Where a category has no rule for directories (PC_EXACT_ONLY), a name whose last component is
	 * not among them cannot match, and the rest of it need not be walked.
	 */
	PC_LEAF_STATE = 0xffffffffU,
	/* The edge of class c from state s is (PC_CLASS_STATE + s, c), with c in place of the component hash. No state has such a number. */
	PC_CLASS_STATE = 0x80000000U,
	/*
	 * The edges of arguments leave these two pseudo states by the hash of an argument, and lead to bits in place of a state: of the sets of
	 * arguments 1 … 32, and of 33 … 64, those that have it.
	 */
	PC_ARGUMENT_STATE = 0xfffffff0U,
	PC_ARGUMENT_STATE_HIGH = 0xfffffff1U,
	PC_PRESET_STATE = 0xfffffff2U, /* see enum pc_preset */
	PC_ADDRESS_STATE = 0xfffffff3U, /* see enum pc_address_edge */
};

enum pc_category {
	PC_CATEGORY_PROCESS = 0,
	PC_CATEGORY_FILE = 1,
	PC_NAMED_CATEGORIES = 2, /* objects of those above have names, objects of those below have numbers */
	PC_CATEGORY_NETWORK = 2,
	PC_CATEGORY_CAPABILITIES = 3,
	PC_CATEGORIES = 4, /* those that can deny, and have flags in the header */
	PC_CATEGORY_SYSCALLS = 4, /* rules of system calls only report */
	PC_CATEGORY_DNS = 5,      /* names that are asked for; its flags are pc_header.dns */
};

/*
 * What a socket is to rules: all that holds of it, which is the object's number. A socket of AF_INET or AF_INET6 has its type, and its protocol
 * if it is one of these; one of AF_PACKET is raw as well. A capability's number is the kernel's.
 */
enum pc_socket_kind {
	PC_SOCKET_ANY = 0x01, /* every socket that rules concern */
	PC_SOCKET_TCP = 0x02,
	PC_SOCKET_UDP = 0x04,
	PC_SOCKET_ICMP = 0x08,
	PC_SOCKET_ICMPV6 = 0x10,
	PC_SOCKET_SCTP = 0x20,
	PC_SOCKET_RAW = 0x40,
	PC_SOCKET_STREAM = 0x80,
	PC_SOCKET_DGRAM = 0x100,
	PC_SOCKET_RDM = 0x200,
	PC_SOCKET_SEQPACKET = 0x400,
	PC_SOCKET_DCCP = 0x800,
	PC_SOCKET_PACKET = 0x1000,
};

/* What a rule of a preset means. The list of each is found like that of an object without a name, by the edge (PC_PRESET_STATE, preset). */
enum pc_preset {
	PC_PRESET_NONE = 0,      /* in the header: a rule is on an applet of a multi-call program */
	PC_PRESET_ANONYMOUS = 1, /* code that is of no file: anonymousMapExec */
	PC_PRESET_ENTERED = 2,   /* who enters the container with a terminal: exec */
	PC_PRESET_IMAGE = 3,     /* a program that is not of the image: imageOnly */
	PC_PRESET_ENVIRON = 4,   /* another process's environment: protectEnv */
	PC_PRESET_PROC = 5,      /* another process's folder in /proc: protectProc */
};

/* Of pc_header.flags; those of category c are shifted left by c * 8. */
enum pc_category_flag {
	PC_HAS_RULES = 0x01,     /* there is a rule; without one an operation leaves before its name is walked */
	PC_WRITE_ONLY = 0x02,    /* every rule concerns writes only: a read leaves before its name is walked */
	PC_ASKS_ARGS = 0x02,     /* of processes, whose rules never concern writes only: some entry has PC_ENTRY_ARGS */
	PC_ALLOW_LIST = 0x04,    /* what no entry decides is decided by the posture */
	PC_POSTURE_BLOCK = 0x08, /* the posture is block; without the flag it is audit */
	PC_HAS_BLOCK = 0x10,     /* some rule is Block: an object whose name cannot be had is denied */
	PC_EXACT_ONLY = 0x20,    /* there are no lists but exact ones: see PC_LEAF_STATE */
	PC_ASKS_OWNER = 0x40,    /* some entry has PC_ENTRY_OWNER_ONLY */
	PC_ASKS_TTY = 0x80,      /* some entry has PC_ENTRY_NO_TTY */
};

struct pc_header {
	__u32 abi_version;
	__u32 flags;
	__u64 table_id;     /* unique for each table on this node: sources are resolved again when it changes */
	__u32 bucket_mask;  /* buckets - 1; buckets are a power of two, and bucket b is element 1 + b */
	__u32 states_at;    /* element of state 0, which does not exist; state s is element states_at + s */
	__u32 entries_at;   /* element of entries 0 … 3; entry 0 does not exist */
	__u32 sources_at;   /* element of the words 0 … 7 of source sets; set 0 means "none" and is all zero */
	__u32 source_words; /* __u64 words of a source set; 0: no rule has a source */
	__u32 max_depth;    /* components of the deepest rule's name */
	__u64 mounts;       /* the engine's own note, enum pc_mounts; 0: it has not asked yet */
	__u32 columns_at;   /* element of the columns of bytes 0 … 63; 0: no rule has a pattern */
	__u32 rows_at;      /* element where row 0 begins */
	__u32 row_words;    /* words of a row */
	__u8 visible;       /* categories of the slot in which what passes is told, a bit each: 1 << enum pc_category */
	__u8 recorded;      /* … in which what passes is recorded, whatever else reports it */
	__u8 presets;       /* presets that rules are of: 1 << enum pc_preset */
	__u8 dns;           /* enum pc_category_flag of PC_CATEGORY_DNS */
};

/* Of pc_header.mounts: whether an actor of the slot has changed a mount since its container was bound. */
enum pc_mounts {
	PC_MOUNTS_KEPT = 1,
	PC_MOUNTS_CHANGED = 2,
};

/* Of each slot, in the map `homes`: all zero when a container is bound to it. The engine writes the rest. */
struct pc_home {
	__u64 ns;      /* the mount namespace in which the container was started: an address, 0: not known yet */
	__u64 number;  /* of that namespace; no other ever has it */
	__u32 changed; /* an actor has changed a mount */
	__u32 root;    /* the device of its root file system, as the kernel has it; 0: not known */
};

/*
 * An edge's key is its component hash + state * PC_STATE_MULTIPLIER (mod 2^64). With m = key * PC_BUCKET_MULTIPLIER the
 * edge is in bucket (m >> 32) & mask or, if `overflow` is set in that bucket's first edge, in bucket (m >> 8) & mask. A
 * free place has next = 0, so that a key which is found there by chance says "no edge" as well.
 */
enum pc_multiplier {
	PC_STATE_MULTIPLIER = 0x9e3779b97f4a7c15ULL,
	PC_BUCKET_MULTIPLIER = 0xd6e8feb86659fd93ULL,
};

struct pc_edge {
	__u64 key;
	__u32 next;     /* state; 0: the place is free */
	__u32 overflow; /* in a bucket's first edge only: some key of this bucket lies in its other bucket */
};
struct pc_bucket {
	struct pc_edge edges[PC_EDGES_PER_BUCKET];
};

/* Lists are given by the index of their first entry, one for each category of names. 0: there is no rule, the default decides. */
struct pc_state {
	__u32 exact[PC_NAMED_CATEGORIES];
	__u32 child[PC_NAMED_CATEGORIES];
	__u32 below[PC_NAMED_CATEGORIES];
	__u32 guard[PC_NAMED_CATEGORIES]; /* id of a Block rule for a name below this one, or from this program, which must not be renamed or linked; 0: none */
	__u32 source_exact;         /* the set of sources that a program of exactly this name is; 0: none */
	__u32 source_child;         /* the set of a direct child that has no state of its own */
	__u32 source_below;         /* the set of what lies deeper */
	__u32 any;                  /* the state that every component without an edge leads to; 0: none */
	__u32 glob;                 /* … or the row where it begins; 0: none */
	__u32 syscalls[3];          /* lists of PC_CATEGORY_SYSCALLS: exact, child, below */
};

/* Of pc_entry.flags. */
enum pc_entry_flag {
	PC_ENTRY_LAST = 0x01,       /* the list ends here */
	PC_ENTRY_BLOCK = 0x02,      /* decides: denied */
	PC_ENTRY_ALLOW = 0x04,      /* decides: allowed */
	PC_ENTRY_AUDIT = 0x08,      /* does not decide; it is reported if the operation is allowed */
	PC_ENTRY_READ_ONLY = 0x10,  /* condition: the operation is no write */
	PC_ENTRY_OWNER_ONLY = 0x20, /* condition: the object belongs to the task's user */
	PC_ENTRY_NO_TTY = 0x40,     /* condition: the task has no controlling terminal */
	PC_ENTRY_QUIET = 0x80,      /* base allowance: it allows reads, and for a write the next entry is asked */
	PC_ENTRY_ARGS = 0x100,      /* condition: the program has arguments, and each is in the set of arguments `number` */
};

/* 16 bytes. Deciding entries come first, the most specific at the front, and audit entries after them. */
struct pc_entry {
	__u32 rule_id;
	__u32 source; /* the source's bit in the source sets + 1; 0: any source */
	__u32 flags;
	__u32 number; /* of rules of system calls: the one that is meant + 1, and PC_SYSCALL_ANY_PATH; of PC_ENTRY_ARGS the set, from 1 on; of others 0 */
};

enum pc_task_state {
	PC_TASK_NONE = 0,
	PC_TASK_HOST = 1,       /* it executed in the host's mount namespace, where no host policy was in force: no actor until it executes again */
	PC_TASK_UNRESOLVED = 2, /* it executed in another mount namespace, whose cgroup is not bound, or not yet */
	PC_TASK_ARMED = 3,      /* an actor of `slot`; this state is never left, but for PC_HOST_SLOT by who executes in a container */
};

/* Values of pc_exe.depth above PC_EXE_DEPTH. */
enum pc_exe_depth {
	PC_EXE_NAMELESS = 0xfffffffeU, /* its container has no name for it, so that it is no source */
	PC_EXE_DEEP = 0xffffffffU, /* more components than fit, or the name is not known: mm->exe_file is asked */
};

/* A program's name as component hashes, the last component first, so that a new rule table can be asked about it. */
struct pc_exe {
	__u32 depth;      /* 0: there is no program */
	__u32 source_set; /* what the table `table_id` of the task made of it; 0: no source */
	__u64 hashes[PC_EXE_DEPTH];
};

/*
 * The component hashes nearest the root of a walked name: component n from the end is at n mod PC_NAME_WINDOW. For a rule table with
 * patterns, the addresses of their dentries instead.
 */
struct pc_name_window {
	__u64 hashes[PC_NAME_WINDOW];
};

/* What the engine knows of a task's program beside its name. */
enum pc_program_flag {
	PC_PROGRAM_LOADER = 0x01,   /* it is a dynamic loader, which executes what it maps */
	PC_PROGRAM_LOADED = 0x02,   /* … and has done so */
	PC_PROGRAM_BORROWED = 0x04, /* `script` is what it loaded: a source for Block rules alone */
	PC_PROGRAM_UNEARNED = 0x08, /* it may do what others want, so that it is a source for Block rules alone */
	PC_PROGRAM_RENAMED = 0x10,  /* mm->exe_file says what the task wanted it to say */
	PC_PROGRAM_ARGUED = 0x20,   /* of the exec in progress: its arguments are looked at once more when it has happened; then: a rule holds them */
	PC_PROGRAM_APPLET = 0x40,   /* of the exec in progress: which applet it is, is looked at once more when it has happened */
};

/* What the engine knows of a task, in task-local storage. Children inherit the whole of it. */
struct pc_task {
	__u32 state; /* enum pc_task_state */
	__u32 slot;
	__u64 bind_epoch;     /* of an unresolved task: the bind epoch in which it was last asked about */
	__u64 cgroup;         /* … and the id of the cgroup in which it first executed outside of the host's mount namespace; of the
	                       * host's actor, the one in which it was last found to be the host's */
	__u64 table_id;       /* the table that the source sets were resolved with; 0: none yet */
	__u32 pending_state;  /* what the exec in progress will make of the task */
	__u32 pending_slot;
	__u32 rounds;         /* programs that the exec in progress has named so far: the script, its interpreter … */
	__u32 program;        /* enum pc_program_flag */
	struct pc_exe exe;     /* the program */
	struct pc_exe script;  /* the script that it runs, or the program that a dynamic loader loaded, if any */
	struct pc_exe pending; /* the first program that the exec in progress named */
	struct pc_name_window window; /* of the object's name, while an operation is judged */
};

/*
 * Counters, in an array per CPU with one __u64 each: what went wrong or was lost, never a verdict. Their names are those of
 * metrics. They stay, though "tag" (for task state) and "image" (for rule table) are words that nothing else here uses.
 */
enum pc_counter {
	PC_COUNT_RING_FULL_DENIAL = 0,  /* a denial that could not be reported */
	PC_COUNT_RING_FULL_AUDIT = 1,   /* an audit that could not be reported */
	PC_COUNT_TAG_MISSING = 2,       /* a task whose state could not be had: it was judged by its cgroup */
	PC_COUNT_TAG_ALLOC_FAILED = 3,  /* no memory for a task's state */
	PC_COUNT_UNRESOLVABLE = 4,      /* a name that could not be had whole */
	PC_COUNT_SLOT_EMPTY = 5,        /* an armed task whose slot has no rule table: denied */
	PC_COUNT_IMAGE_INVALID = 6,     /* a rule table of another ABI, or with a place outside of it: denied */
	PC_COUNT_SOURCE_OVERFLOW = 7,   /* a program whose name is too deep to keep: it is asked for each time */
	PC_COUNT_NO_SCRATCH = 8,        /* no memory for a report or for a very deep name */
	PC_COUNT_FORK_REFUSED = 9,      /* an armed task's child, whose state could not be made */
	PC_COUNT_DENIED = 10,
	PC_COUNT_AUDITED = 11,
	PC_COUNT_ARMED = 12,            /* tasks that became actors; children are not counted */
	PC_COUNT_LOGGED = 13,           /* operations that passed and are visible */
	PC_COUNT_RING_FULL_LOG = 14,    /* … of which could not be told */
	PC_COUNT_DNS_DROPPED = 15,      /* packets to port 53 that were not what their sender was judged by */
	PC_COUNTERS = 16,
};

/* Settings, which the loader writes before anything is attached. */
struct pc_settings {
	__u64 hash_seed[2];
	__u32 host_mnt_ns;  /* inode number of the host's mount namespace */
	__u32 enforcer_pid; /* the process that no actor may trace or signal, in the initial pid namespace; 0: not known */
	__u64 zero;         /* always 0: programs count from it where the verifier must not know where counting begins */
};

/* The longest that each string of an event can be, in bytes. */
enum pc_event_limit {
	PC_OBJECT_MAX = 6400, /* any name of PATH_MAX: 4096 bytes, and 2 for each component of one letter */
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
	PC_OP_TIMES = 15,
	PC_OP_ACL = 16,
	PC_OP_FLAGS = 17,   /* those of the file system, as chattr sets them */
	PC_OP_CONNECT = 18, /* to the path of a socket, or sending there */
	PC_OP_RECEIVE = 19, /* a file from another process */
	PC_OP_MOUNT = 20, /* anything that changes the tree of mounts; from here on a denial is EPERM */
	PC_OP_TRACE = 21, /* ptrace and what comes to the same */
	PC_OP_SIGNAL = 22,
	PC_OP_CAPABLE = 23, /* a capability is used */
	/* From here on it is EACCES again. Of sockets that rules of the network category concern. */
	PC_OP_SOCKET = 24, /* one is made */
	PC_OP_SOCKET_CONNECT = 25,
	PC_OP_SOCKET_BIND = 26,
	PC_OP_SOCKET_LISTEN = 27,
	PC_OP_SOCKET_ACCEPT = 28,
	PC_OP_SOCKET_SEND = 29,
	PC_OP_SYSCALL = 30, /* a system call has returned, or one that does not return was entered */
	PC_OP_DNS = 31,     /* a query for a name is sent */
	PC_OP_USE = 32,     /* what was opened before the rule is read, written, mapped or cut */
};

/*
 * An event: the fixed part, then its strings. Each string begins `*_at` bytes from the start of the event and has `*_len`
 * bytes, with no NUL at its end; one that is not known has length 0. Names (object, object2, exe, parent, cwd) are components,
 * the last one first, each after its own length as an unaligned __u16; user space turns them round. The root "/" is a name of
 * length 0 at a place other than 0. A name of DNS is its labels, as it is in the query. Arguments are separated by NUL as in memory. `size` is the length of the whole record.
 */
struct pc_event {
	__u32 size;
	__u16 abi_version;
	__u8 category;  /* enum pc_category */
	__u8 operation; /* enum pc_operation */
	__u64 time_ns;  /* CLOCK_BOOTTIME */
	__u64 sequence; /* from 1 on, since the maps were made; a gap is an event that did not fit into its ring */
	__u64 table_id; /* of the rule table that decided */
	__u32 slot;
	__u32 rule_id;  /* 0: the posture decided */
	__s32 verdict;  /* 0: passed; else -errno */
	__u32 flags;    /* enum pc_event_flag */
	__u32 pid;      /* thread group id in the initial pid namespace */
	__u32 tid;
	__u32 ppid;
	__u32 ns_pid;   /* thread group ids in the task's own pid namespace */
	__u32 ns_ppid;
	__u32 uid;
	__u32 gid;
	__u32 tty;      /* 0: no terminal; else ((major << 20) | minor) + 1 */
	__u64 cgroup_id;
	__u64 syscall_args[6];
	__u32 syscall_nr;
	__u32 access;   /* of an open: f_flags; of a socket: family | type << 8 | protocol << 16; of a capability: its number; of a system call: number | errno << 16 */
	char comm[16];
	__u16 object_at, object_len;
	__u16 object2_at, object2_len; /* the other name of rename and link */
	__u16 exe_at, exe_len;         /* of the acting process; of an exec, the program that calls execve */
	__u16 parent_at, parent_len;   /* the executable of its parent */
	__u16 cwd_at, cwd_len;
	__u16 args_at, args_len;       /* of the acting process; of an exec, those of the new program */
};

enum pc_event_flag {
	PC_EVENT_UNRESOLVABLE = 0x01, /* the object's name could not be had whole */
	PC_EVENT_TRUNCATED = 0x02,    /* a string was cut for the report, never for the verdict */
	PC_EVENT_GUARD = 0x04,        /* the object is a directory above, or another name of, what rule_id protects */
	PC_EVENT_PATHLESS = 0x08,     /* the program has no name: a memfd, or it was unlinked */
	PC_EVENT_WRITE = 0x10,        /* judged as a write */
	PC_EVENT_SECOND = 0x20,       /* rename and link: `object` is the new name, object2 the old one */
	PC_EVENT_VISIBLE = 0x40,      /* nothing reports it but the slot's visibility; it is in the ring `logs` */
	PC_EVENT_RECORDED = 0x80,     /* it is recorded, and in the ring `logs` as well */
};

#endif
