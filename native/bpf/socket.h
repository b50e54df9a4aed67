/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * What is reached by a socket: another process that listens at a path, and files that somebody else sends. To connect or to
 * send to a socket's path is a write to that name, as the kernel's own permissions have it. What is received is judged as if the
 * receiver opened it. Both come from another process, so that they are judged by the names that the own namespace has for them.
 */
#ifndef PORTCULLIS_SOCKET_H
#define PORTCULLIS_SOCKET_H

#include "names.h"

/* `peer`: the socket (struct sock) that is connected or sent to. One without a path, or with an abstract name, is no file. */
static __always_inline int socket_reach(__u64 peer)
{
	struct operation operation = { .access = ACCESS_WRITE, .kind = PC_OP_CONNECT };

	if (!bpf_core_field_exists(struct unix_sock, path) || !peer)
		return 0;
	operation.object.dentry = (__u64)READ(struct unix_sock, peer, path.dentry);
	if (!operation.object.dentry)
		return 0;
	operation.object.mount = (__u64)READ(struct unix_sock, peer, path.mnt);
	if (!judge_names(&operation))
		judge_opened(&operation);
	return finish(&operation);
}

/*
 * A file by SCM_RIGHTS or pidfd_getfd. One that is opened for its path alone can do nothing yet. What the own namespace does not
 * show goes by its name in the namespace that it comes from.
 */
static __always_inline int file_receive(struct file *given)
{
	const struct file *file = plain(struct file, given);
	struct operation operation = { .kind = PC_OP_RECEIVE };

	if (file->f_mode & FMODE_PATH)
		return 0;
	operation.open_flags = file->f_flags;
	operation.access = (file->f_mode & FMODE_WRITE) >> 1;
	operation.object.dentry = (__u64)file->f_path.dentry;
	operation.object.mount = (__u64)file->f_path.mnt;
	if (!judge_names(&operation))
		judge_opened(&operation);
	return finish(&operation);
}

#endif
