/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Ways round a name that change mounts, for the cases of engine-guest.sh. Each ends with 0 (it got through) or with the errno that
 * stopped it, which it also says in words; 90 and more: it could not be tried.
 *   tree DIR NAME     copies the tree DIR (open_tree) without attaching it, and opens NAME in the copy
 *   bind FROM TO | move FROM TO | tmpfs TO | overlay LOWER TO | proc TO   mounts, by mount(2)
 *   attach FROM TO | shift FROM TO   mounts a copy of FROM, or moves what is mounted at FROM, by the calls that came later
 *   pivot DIR | umount DIR
 *   own-bind FROM TO FILE         in a mount namespace of its own, mounts FROM at TO and opens FILE
 *   own-tmpfs TO FILE             the same with a tmpfs, in which it makes FILE
 *   own-run FROM TO PROGRAM …     the same, and executes PROGRAM
 */
#include "engine-ways.h"
#include <sched.h>
#include <sys/mount.h>

#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#endif

static int by_tree(char **args)
{
	int tree = syscall(SYS_open_tree, AT_FDCWD, args[0], OPEN_TREE_CLONE | O_CLOEXEC);

	if (tree < 0)
		return errno;
	return result(openat(tree, args[1], O_RDONLY));
}

static int bind_mount(char **args)
{
	return result(mount(args[0], args[1], NULL, MS_BIND | MS_REC, NULL));
}

static int move_mount_old(char **args)
{
	return result(mount(args[0], args[1], NULL, MS_MOVE, NULL));
}

static int mount_tmpfs(char **args)
{
	return result(mount("none", args[0], "tmpfs", 0, NULL));
}

static int mount_proc(char **args)
{
	return result(mount("none", args[0], "proc", 0, NULL));
}

static int mount_overlay(char **args)
{
	char options[512];

	snprintf(options, sizeof(options), "lowerdir=%s", args[0]);
	return result(mount("none", args[1], "overlay", 0, options));
}

/* move_mount(2) of a file descriptor of a mount. */
static int put_mount(int from, const char *to)
{
	step(from, "open_tree");
	return result(syscall(SYS_move_mount, from, "", AT_FDCWD, to, 4 /* MOVE_MOUNT_F_EMPTY_PATH */));
}

static int attach(char **args)
{
	return put_mount(syscall(SYS_open_tree, AT_FDCWD, args[0], OPEN_TREE_CLONE), args[1]);
}

static int shift(char **args)
{
	return put_mount(syscall(SYS_open_tree, AT_FDCWD, args[0], 0), args[1]);
}

static int pivot(char **args)
{
	step(chdir(args[0]), "chdir");
	return result(syscall(SYS_pivot_root, ".", "."));
}

static int unmount(char **args)
{
	return result(umount2(args[0], MNT_DETACH));
}

static void own_namespace(void)
{
	step(unshare(CLONE_NEWNS), "unshare");
	step(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "private mounts");
}

static int own_bind(char **args)
{
	own_namespace();
	step(-bind_mount(args), "bind mount");
	return result(open(args[2], O_RDONLY));
}

static int own_tmpfs(char **args)
{
	own_namespace();
	step(-mount_tmpfs(args), "tmpfs");
	return result(open(args[1], O_RDWR | O_CREAT, 0600));
}

static int own_run(char **args)
{
	own_namespace();
	step(-bind_mount(args), "bind mount");
	return result(execv(args[2], args + 2));
}

static const struct way ways[] = {
	{ "bind", bind_mount, 2 },
	{ "move", move_mount_old, 2 },
	{ "tmpfs", mount_tmpfs, 1 },
	{ "proc", mount_proc, 1 },
	{ "overlay", mount_overlay, 2 },
	{ "attach", attach, 2 },
	{ "shift", shift, 2 },
	{ "pivot", pivot, 1 },
	{ "umount", unmount, 1 },
	{ "own-bind", own_bind, 3 },
	{ "own-tmpfs", own_tmpfs, 2 },
	{ "own-run", own_run, 3 },
	{ "tree", by_tree, 2 },
};

int main(int argc, char **argv)
{
	return WAYS(ways, argc, argv);
}
