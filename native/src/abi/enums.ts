/**
 * The enums of include/abi.h: limits, flags, multipliers and numbers, with the header's names. Each is called as in the
 * header, so that the test can compare all of them, whole, with the BTF of an object that holds one of each.
 * Long because the headers are one agreement, and so is this.
 */

export const pc_limit = {
  PC_ABI_VERSION: 1,
  PC_BUCKET_SIZE: 64,
  PC_EDGES_PER_BUCKET: 4,
  PC_MAX_BUCKETS: 1 << 24,
  PC_SLOTS: 4096,
  PC_NAME_WINDOW: 16,
  PC_EXE_DEPTH: 16,
  PC_ARGUMENT_SETS: 64,
  PC_KINDS: 1 << 16,
  PC_KINDS_LIMITED: 49152,
  PC_KINDS_NAMED: 64,
  PC_KINDS_OF_RULE: 256,
  PC_KINDS_VISIBLE: 256,
  PC_KINDS_RECORDED: 8192,
} as const;

export const pc_earlier_limit = { PC_EARLIER_FILES: 65536 } as const;

export const pc_host = { PC_HOST_SLOT: 4095, PC_HOST_CGROUP: 1, PC_POD_SLOT: 0xffffffff } as const;

export const pc_state_number = {
  PC_ROOT_STATE: 1,
  PC_LEAF_STATE: 0xffffffff,
  PC_CLASS_STATE: 0x80000000,
  PC_ARGUMENT_STATE: 0xfffffff0,
  PC_ARGUMENT_STATE_HIGH: 0xfffffff1,
  PC_PRESET_STATE: 0xfffffff2,
  PC_ADDRESS_STATE: 0xfffffff3,
} as const;

export const pc_address_edge = {
  PC_ADDRESS_RANGES: 1,
  PC_ADDRESS_COUNT: 2,
  PC_ADDRESS_BLOCKS: 3,
  PC_ADDRESS_UNKNOWN: 4,
  PC_ADDRESS_UNKNOWN6: 5,
} as const;

export const pc_address_entry = { PC_PEER_KINDS: 16, PC_PEER_EGRESS: 0x20000000, PC_PEER_INGRESS: 0x80000000 } as const;

export const pc_category = {
  PC_CATEGORY_PROCESS: 0,
  PC_CATEGORY_FILE: 1,
  PC_NAMED_CATEGORIES: 2,
  PC_CATEGORY_NETWORK: 2,
  PC_CATEGORY_CAPABILITIES: 3,
  PC_CATEGORIES: 4,
  PC_CATEGORY_SYSCALLS: 4,
  PC_CATEGORY_DNS: 5,
} as const;

export const pc_syscall_number = { PC_SYSCALL_HAS_PATHS: 0x80000000, PC_SYSCALL_ANY_PATH: 0x80000000 } as const;

export const pc_syscall_cookie = { PC_COOKIE_NUMBER_BITS: 16, PC_COOKIE_PLACE_BITS: 4 } as const;

export const pc_preset = {
  PC_PRESET_NONE: 0,
  PC_PRESET_ANONYMOUS: 1,
  PC_PRESET_ENTERED: 2,
  PC_PRESET_IMAGE: 3,
  PC_PRESET_ENVIRON: 4,
  PC_PRESET_PROC: 5,
} as const;

export const pc_socket_kind = {
  PC_SOCKET_ANY: 0x01,
  PC_SOCKET_TCP: 0x02,
  PC_SOCKET_UDP: 0x04,
  PC_SOCKET_ICMP: 0x08,
  PC_SOCKET_ICMPV6: 0x10,
  PC_SOCKET_SCTP: 0x20,
  PC_SOCKET_RAW: 0x40,
  PC_SOCKET_STREAM: 0x80,
  PC_SOCKET_DGRAM: 0x100,
  PC_SOCKET_RDM: 0x200,
  PC_SOCKET_SEQPACKET: 0x400,
  PC_SOCKET_DCCP: 0x800,
  PC_SOCKET_PACKET: 0x1000,
} as const;

export const pc_category_flag = {
  PC_HAS_RULES: 0x01,
  PC_WRITE_ONLY: 0x02,
  PC_ASKS_ARGS: 0x02,
  PC_ALLOW_LIST: 0x04,
  PC_POSTURE_BLOCK: 0x08,
  PC_HAS_BLOCK: 0x10,
  PC_EXACT_ONLY: 0x20,
  PC_ASKS_OWNER: 0x40,
  PC_ASKS_TTY: 0x80,
} as const;

export const pc_multiplier = {
  PC_STATE_MULTIPLIER: 0x9e3779b97f4a7c15n,
  PC_BUCKET_MULTIPLIER: 0xd6e8feb86659fd93n,
} as const;

export const pc_entry_flag = {
  PC_ENTRY_LAST: 0x01,
  PC_ENTRY_BLOCK: 0x02,
  PC_ENTRY_ALLOW: 0x04,
  PC_ENTRY_AUDIT: 0x08,
  PC_ENTRY_READ_ONLY: 0x10,
  PC_ENTRY_OWNER_ONLY: 0x20,
  PC_ENTRY_NO_TTY: 0x40,
  PC_ENTRY_QUIET: 0x80,
  PC_ENTRY_ARGS: 0x100,
} as const;

export const pc_task_state = { PC_TASK_NONE: 0, PC_TASK_HOST: 1, PC_TASK_UNRESOLVED: 2, PC_TASK_ARMED: 3 } as const;

export const pc_exe_depth = { PC_EXE_NAMELESS: 0xfffffffe, PC_EXE_DEEP: 0xffffffff } as const;

export const pc_program_flag = {
  PC_PROGRAM_LOADER: 0x01,
  PC_PROGRAM_LOADED: 0x02,
  PC_PROGRAM_BORROWED: 0x04,
  PC_PROGRAM_UNEARNED: 0x08,
  PC_PROGRAM_RENAMED: 0x10,
  PC_PROGRAM_ARGUED: 0x20,
  PC_PROGRAM_APPLET: 0x40,
} as const;

export const pc_mounts = { PC_MOUNTS_KEPT: 1, PC_MOUNTS_CHANGED: 2 } as const;

/** Names of counters are names of metrics, and older than some of the words in use today (docs/glossary.md). */
export const pc_counter = {
  PC_COUNT_RING_FULL_DENIAL: 0,
  PC_COUNT_RING_FULL_AUDIT: 1,
  PC_COUNT_TAG_MISSING: 2,
  PC_COUNT_TAG_ALLOC_FAILED: 3,
  PC_COUNT_UNRESOLVABLE: 4,
  PC_COUNT_SLOT_EMPTY: 5,
  PC_COUNT_IMAGE_INVALID: 6,
  PC_COUNT_SOURCE_OVERFLOW: 7,
  PC_COUNT_NO_SCRATCH: 8,
  PC_COUNT_FORK_REFUSED: 9,
  PC_COUNT_DENIED: 10,
  PC_COUNT_AUDITED: 11,
  PC_COUNT_ARMED: 12,
  PC_COUNT_LOGGED: 13,
  PC_COUNT_RING_FULL_LOG: 14,
  PC_COUNT_DNS_DROPPED: 15,
  PC_COUNTERS: 16,
} as const;

export const pc_event_limit = {
  PC_OBJECT_MAX: 6400,
  PC_OBJECT2_MAX: 4864,
  PC_EXE_MAX: 1024,
  PC_PARENT_MAX: 512,
  PC_CWD_MAX: 1024,
  PC_ARGS_MAX: 1024,
} as const;

export const pc_operation = {
  PC_OP_EXEC: 1,
  PC_OP_MMAP_EXEC: 2,
  PC_OP_OPEN: 3,
  PC_OP_UNLINK: 4,
  PC_OP_RENAME: 5,
  PC_OP_LINK: 6,
  PC_OP_SYMLINK: 7,
  PC_OP_MKDIR: 8,
  PC_OP_RMDIR: 9,
  PC_OP_MKNOD: 10,
  PC_OP_TRUNCATE: 11,
  PC_OP_CHMOD: 12,
  PC_OP_CHOWN: 13,
  PC_OP_XATTR: 14,
  PC_OP_TIMES: 15,
  PC_OP_ACL: 16,
  PC_OP_FLAGS: 17,
  PC_OP_CONNECT: 18,
  PC_OP_RECEIVE: 19,
  PC_OP_MOUNT: 20,
  PC_OP_TRACE: 21,
  PC_OP_SIGNAL: 22,
  PC_OP_CAPABLE: 23,
  PC_OP_SOCKET: 24,
  PC_OP_SOCKET_CONNECT: 25,
  PC_OP_SOCKET_BIND: 26,
  PC_OP_SOCKET_LISTEN: 27,
  PC_OP_SOCKET_ACCEPT: 28,
  PC_OP_SOCKET_SEND: 29,
  PC_OP_SYSCALL: 30,
  PC_OP_DNS: 31,
  PC_OP_USE: 32,
} as const;

export const pc_event_flag = {
  PC_EVENT_UNRESOLVABLE: 0x01,
  PC_EVENT_TRUNCATED: 0x02,
  PC_EVENT_GUARD: 0x04,
  PC_EVENT_PATHLESS: 0x08,
  PC_EVENT_WRITE: 0x10,
  PC_EVENT_SECOND: 0x20,
  PC_EVENT_VISIBLE: 0x40,
  PC_EVENT_RECORDED: 0x80,
} as const;

export const pc_kind_level = { PC_KIND_NAMED: 0, PC_KIND_OF_RULE: 1, PC_KIND_OF_SLOT: 2, PC_KIND_QUOTA: 3 } as const;

export const pc_kind_slot = { PC_ALL_SLOTS: 0xffffffff } as const;

/** The names of an enum's values by their number, without the prefix and in lower case. */
export function namesByNumber(values: Readonly<Record<string, number>>, prefix: string): ReadonlyMap<number, string> {
  const named = Object.entries(values).filter(([name]) => name.startsWith(prefix));
  return new Map(named.map(([name, value]) => [value, name.slice(prefix.length).toLowerCase()]));
}

export const pc_hook = {
  PC_HOOK_file_open: 1,
  PC_HOOK_bprm_creds_for_exec: 2,
  PC_HOOK_bprm_check_security: 3,
  PC_HOOK_bprm_committed_creds: 4,
  PC_HOOK_mmap_file: 5,
  PC_HOOK_file_mprotect: 6,
  PC_HOOK_path_unlink: 7,
  PC_HOOK_path_rmdir: 8,
  PC_HOOK_path_mkdir: 9,
  PC_HOOK_path_mknod: 10,
  PC_HOOK_path_symlink: 11,
  PC_HOOK_path_rename: 12,
  PC_HOOK_path_link: 13,
  PC_HOOK_path_truncate: 14,
  PC_HOOK_path_chmod: 15,
  PC_HOOK_path_chown: 16,
  PC_HOOK_inode_setxattr: 17,
  PC_HOOK_inode_removexattr: 18,
  PC_HOOK_inode_set_acl: 19,
  PC_HOOK_inode_remove_acl: 20,
  PC_HOOK_inode_setattr: 21,
  PC_HOOK_file_ioctl: 22,
  PC_HOOK_file_ioctl_compat: 23,
  PC_HOOK_unix_stream_connect: 24,
  PC_HOOK_unix_may_send: 25,
  PC_HOOK_file_receive: 26,
  PC_HOOK_sb_mount: 27,
  PC_HOOK_move_mount: 28,
  PC_HOOK_sb_pivotroot: 29,
  PC_HOOK_sb_umount: 30,
  PC_HOOK_sb_kern_mount: 31,
  PC_HOOK_ptrace_access_check: 32,
  PC_HOOK_ptrace_traceme: 33,
  PC_HOOK_task_prctl: 34,
  PC_HOOK_task_kill: 35,
  PC_HOOK_socket_create: 36,
  PC_HOOK_socket_post_create: 37,
  PC_HOOK_socket_connect: 38,
  PC_HOOK_socket_bind: 39,
  PC_HOOK_socket_listen: 40,
  PC_HOOK_socket_accept: 41,
  PC_HOOK_socket_sendmsg: 42,
  PC_HOOK_capable: 43,
} as const;

export const pc_version = { PC_VERSION_REMOVED: 1n << 63n } as const;

export const pc_answer = { PC_NO_BODY: 1 } as const;
