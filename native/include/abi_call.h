/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The part of the agreement in abi.h that stubs and bodies have: what a stub passes on, and what it is answered. Stubs outlive bodies, so that nothing of
 * it ever changes, and things are only added.
 */
#ifndef PORTCULLIS_ABI_CALL_H
#define PORTCULLIS_ABI_CALL_H

/* The hooks that the body judges, by the number that a stub passes on. Numbers are never used for anything else again. */
enum pc_hook {
	PC_HOOK_file_open = 1, PC_HOOK_bprm_creds_for_exec = 2, PC_HOOK_bprm_check_security = 3,
	PC_HOOK_bprm_committed_creds = 4, PC_HOOK_mmap_file = 5, PC_HOOK_file_mprotect = 6, PC_HOOK_path_unlink = 7,
	PC_HOOK_path_rmdir = 8, PC_HOOK_path_mkdir = 9, PC_HOOK_path_mknod = 10, PC_HOOK_path_symlink = 11,
	PC_HOOK_path_rename = 12, PC_HOOK_path_link = 13, PC_HOOK_path_truncate = 14, PC_HOOK_path_chmod = 15,
	PC_HOOK_path_chown = 16, PC_HOOK_inode_setxattr = 17, PC_HOOK_inode_removexattr = 18,
	PC_HOOK_inode_set_acl = 19, PC_HOOK_inode_remove_acl = 20, PC_HOOK_inode_setattr = 21, PC_HOOK_file_ioctl = 22,
	PC_HOOK_file_ioctl_compat = 23, PC_HOOK_unix_stream_connect = 24, PC_HOOK_unix_may_send = 25,
	PC_HOOK_file_receive = 26, PC_HOOK_sb_mount = 27, PC_HOOK_move_mount = 28, PC_HOOK_sb_pivotroot = 29,
	PC_HOOK_sb_umount = 30, PC_HOOK_sb_kern_mount = 31, PC_HOOK_ptrace_access_check = 32,
	PC_HOOK_ptrace_traceme = 33, PC_HOOK_task_prctl = 34, PC_HOOK_task_kill = 35, PC_HOOK_socket_create = 36,
	PC_HOOK_socket_post_create = 37, PC_HOOK_socket_connect = 38, PC_HOOK_socket_bind = 39, PC_HOOK_socket_listen = 40,
	PC_HOOK_socket_accept = 41, PC_HOOK_socket_sendmsg = 42, PC_HOOK_capable = 43,
};

/*
 * A call of a hook, as a stub passes it on to the body. Stubs stay attached when the engine is replaced, so that this never changes.
 * The arguments are those of the hook, as they are; those that it does not have are 0, but for file_open: f_mode with f_flags above it. Of a socket
 * that is used there are the hook's first argument and pc_socket.judged. Of one that is used, or was just made, the body answers in the last one what
 * that is to be from now on; 0: what it was.
 */
struct pc_call {
	__u64 args[5];
	__u64 state; /* of the task that is traced, or traces: the address of its struct pc_task; of a socket, that of its struct pc_socket. 0:
	              * there is none, or it is not asked for */
	__u32 hook;  /* enum pc_hook */
	__u32 seen;  /* of files that are opened, sockets and capabilities: 1 and the current task's slot, if it is known to be an actor in a
	              * container. 0: it is not, or it is not known */
};

/* What the engine knows of a socket, in socket-local storage. A socket that is accepted has what the listening one has. */
struct pc_socket {
	__u64 judged; /* with which rule table, and for which sources, it was last judged and found allowed; 0: never */
};

/* The node's own slot, and the cgroup that is bound to it when there are host policies: the root of the hierarchy, whose id is always the same. */
enum pc_host {
	PC_HOST_SLOT = 4095, /* the last one */
	PC_HOST_CGROUP = 1,
	PC_POD_SLOT = 0xffffffffU, /* of an unresolved task, in place of its slot: it executed in a pod, so that it is never the host's */
};

/* Of the map `version`, beside the number of replacements: the engine is being removed, and who finds no body is free. */
enum pc_version {
	PC_VERSION_REMOVED = 1ULL << 63,
};

/* What a body answers: 0, it may be, or -errno; or what a stub finds in its place. */
enum pc_answer {
	PC_NO_BODY = 1,
};

#endif
