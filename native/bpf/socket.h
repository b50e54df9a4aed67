/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * What is reached by a socket: another process that listens at a path, and files that somebody else sends. To connect or to
 * send to a socket's path is a write to that name, as the kernel's own permissions have it. What is received is judged as if the
 * receiver opened it. Both come from another process, so that they are judged by the names that the own namespace has for them.
 */
#ifndef PORTCULLIS_SOCKET_H
#define PORTCULLIS_SOCKET_H

#include "names.h"

/* `peer`: the socket (struct sock) that is connected or sent to. False: it has no path, or an abstract name, and is no file. */
static __always_inline bool socket_reached(struct operation *operation, __u64 peer)
{
	if (!bpf_core_field_exists(struct unix_sock, path) || !peer)
		return false;
	operation->access = ACCESS_WRITE;
	operation->kind = PC_OP_CONNECT;
	operation->object.dentry = (__u64)READ(struct unix_sock, peer, path.dentry);
	operation->object.mount = (__u64)READ(struct unix_sock, peer, path.mnt);
	return operation->object.dentry;
}

/*
 * A file by SCM_RIGHTS or pidfd_getfd. One that is opened for its path alone can do nothing yet. What the own namespace does not
 * show goes by its name in the namespace that it comes from.
 */
static __always_inline bool file_received(struct operation *operation, __u64 file)
{
	__u32 mode = LOAD(struct file, file, f_mode);

	operation->kind = PC_OP_RECEIVE;
	operation->open_flags = LOAD(struct file, file, f_flags);
	operation->access = (mode & FMODE_WRITE) >> 1;
	operation->object.dentry = LOAD(struct file, file, f_path.dentry);
	operation->object.mount = LOAD(struct file, file, f_path.mnt);
	return !(mode & FMODE_PATH);
}

#endif
