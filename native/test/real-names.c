/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Names on real mounts and in real namespaces, judged by the hooks' own code (real-names.bpf.c), without a guest and without a BPF
 * LSM: what a hook would have been asked, the program is asked. Prints "ok CASE" or "FAIL CASE: …".
 *
 * Long because it is one list of places and what is asked there.
 *
 *   real-names OBJECT TABLES      TABLES: a folder with block.table, exact.table, allow.table, owner.table. As root.
 */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SLOT_BLOCK 1
#define SLOT_EXACT 2
#define SLOT_ALLOW 3
#define SLOT_OWNER 4

static struct bpf_object *object;

static void need(int done, const char *what)
{
	if (done)
		return;
	fprintf(stderr, "real-names: cannot be tried: %s: %s\n", what, strerror(errno));
	exit(90);
}

static int ask(const char *program, unsigned long long first, unsigned long long second)
{
	unsigned long long context[2] = { first, second };
	LIBBPF_OPTS(bpf_test_run_opts, run, .ctx_in = context, .ctx_size_in = sizeof(context));

	need(!bpf_prog_test_run_opts(bpf_program__fd(bpf_object__find_program_by_name(object, program)), &run), program);
	return (int)run.retval;
}

static int map_fd(const char *name)
{
	return bpf_map__fd(bpf_object__find_map_by_name(object, name));
}

static void load_table(unsigned int slot, const char *folder, const char *name)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_INNER_MAP);
	char path[512], element[64];
	struct stat st;
	FILE *file;
	int fd;

	snprintf(path, sizeof(path), "%s/%s.table", folder, name);
	file = fopen(path, "r");
	need(file && !fstat(fileno(file), &st), path);
	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "table", 4, sizeof(element), st.st_size / sizeof(element), &options);
	need(fd >= 0, "a rule table");
	for (unsigned int i = 0; fread(element, sizeof(element), 1, file) == 1; i++)
		need(!bpf_map_update_elem(fd, &i, element, 0), "an element");
	need(!bpf_map_update_elem(map_fd("slots"), &slot, &fd, 0), "the slot");
	fclose(file);
}

static void expect(const char *name, int expected, int got)
{
	if (expected == got)
		printf("ok %s\n", name);
	else
		printf("FAIL %s: expected %d, got %d\n", name, expected, got);
	fflush(stdout);
}

/* What the hook says of the file at `path`. */
static int verdict(const char *hook, const char *path, int flags)
{
	char program[64];
	int fd = open(path, flags), result;

	need(fd >= 0, path);
	snprintf(program, sizeof(program), "ask_%s", hook);
	result = ask(program, fd, 0);
	close(fd);
	return result;
}

static int opened(const char *path)
{
	return verdict("open", path, O_RDONLY);
}

/* Whether something may be mounted over `path`; then `from` is. */
static int mounted(const char *from, const char *path)
{
	int result = verdict("mount", path, O_PATH);

	if (!result)
		need(!mount(from, path, NULL, MS_BIND, NULL), "a bind mount");
	return result;
}

static void new_namespace(void)
{
	need(!unshare(CLONE_NEWNS) && !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "a mount namespace");
}

static void in_child(void (*cases)(void))
{
	int child = fork(), status;

	need(child >= 0, "fork");
	if (!child) {
		cases();
		exit(0);
	}
	need(waitpid(child, &status, 0) == child && WIFEXITED(status) && !WEXITSTATUS(status), "a child");
}

static void at_home(void)
{
	int tree = syscall(SYS_open_tree, AT_FDCWD, "/mnt/lab", 1 /* OPEN_TREE_CLONE */);

	ask("be_actor", SLOT_ALLOW, 1); /* which is at home here as well */
	ask("be_actor", SLOT_BLOCK, 1);
	expect("a blocked file is not opened", -EACCES, opened("/mnt/lab/secret"));
	expect("another is", 0, opened("/mnt/lab/outside"));
	expect("a file of a volume has the name that is seen, whatever folder kubelet keeps it in", -EACCES, opened("/mnt/lab/volume/..v1/token"));
	expect("also below a folder", -EACCES, opened("/mnt/lab/volume/..v1/..long-name-of-a-folder-that-lies-elsewhere-than-in-its-dentry/token"));
	expect("that folder itself keeps its own name", 0, opened("/mnt/lab/volume/..v1"));
	expect("other files of the volume are free", 0, opened("/mnt/lab/volume/..v1/other"));
	expect("a Block rule holds there also where the container could have made that folder", -EACCES, opened("/mnt/lab/written/..v1/token"));
	expect("but only for what it names", 0, opened("/mnt/lab/written/..v1/other"));
	expect("a namespace is no file that a rule could mean", 0, opened("/proc/self/ns/mnt"));
	expect("a blocked file's attributes are not changed", -EACCES, verdict("attribute", "/mnt/lab/secret", O_RDONLY));
	expect("nor where only writing is blocked", -EACCES, verdict("attribute", "/mnt/lab/read-only", O_RDONLY));
	expect("another's are", 0, verdict("attribute", "/mnt/lab/outside", O_RDONLY));
	expect("a blocked file is not received", -EACCES, verdict("receive", "/mnt/lab/secret", O_RDONLY));
	expect("nor for writing what may be read", -EACCES, verdict("receive", "/mnt/lab/read-only", O_RDWR));
	expect("for reading it is", 0, verdict("receive", "/mnt/lab/read-only", O_RDONLY));
	need(tree >= 0, "open_tree");
	expect("a blocked file is not opened in a tree that is attached nowhere", -EACCES,
	       ask("ask_open", openat(tree, "secret", O_RDONLY), 0));
	expect("another is, by its name at home", 0, ask("ask_open", openat(tree, "outside", O_RDONLY), 0));
	expect("nothing is mounted over a blocked file", -EPERM, mounted("/mnt/lab/outside", "/mnt/lab/secret"));
	expect("nor over a blocked folder", -EPERM, mounted("/mnt/lab/room", "/mnt/lab/dir"));
	expect("nor below it", -EPERM, mounted("/mnt/lab/room", "/mnt/lab/tree/a"));
	expect("nor on the way to it", -EPERM, mounted("/mnt/lab/room", "/mnt/lab"));
}

static void elsewhere(void)
{
	new_namespace();
	ask("be_actor", SLOT_BLOCK, 0);
	expect("elsewhere a mount is free", 0, mounted("/mnt/lab", "/mnt/lab/room"));
	expect("it does not free a blocked file", -EACCES, opened("/mnt/lab/room/secret"));
	expect("nor hold another", 0, opened("/mnt/lab/room/outside"));
	expect("also over a blocked name", 0, mounted("/mnt/lab/outside", "/mnt/lab/secret"));
	expect("which is blocked for what is there as well", -EACCES, opened("/mnt/lab/secret"));
	need(!mount("none", "/mnt/lab/room2", "tmpfs", 0, NULL), "tmpfs");
	close(open("/mnt/lab/room2/new", O_CREAT | O_RDWR, 0600));
	expect("a file system of one's own is free", 0, opened("/mnt/lab/room2/new"));
}

static void widening(void)
{
	new_namespace();
	ask("be_actor", SLOT_ALLOW, 0);
	expect("an allowed file of a volume is allowed in kubelet's folder", 0, opened("/mnt/lab/volume/..v1/token"));
	expect("but not in one that the container could have made", -EACCES, opened("/mnt/lab/written/..v1/token"));
	expect("an allowed folder may be mounted over elsewhere", 0, mounted("/mnt/lab/dir", "/mnt/lab/tree"));
	expect("but that widens no allow-list", -EACCES, opened("/mnt/lab/tree/f"));
}

static void without_home(void)
{
	new_namespace();
	ask("be_actor", SLOT_EXACT, 1);
	new_namespace(); /* nobody is in the one before any more */
	expect("where the first namespace has ended the next is home", -EPERM, mounted("/mnt/lab/outside", "/mnt/lab/secret"));
	expect("off the way of rules mounts are free there", 0, mounted("/mnt/lab", "/mnt/lab/room"));
	expect("and free no blocked file", -EACCES, opened("/mnt/lab/room/secret"));
	expect("and hold no other", 0, opened("/mnt/lab/room/outside"));
	new_namespace();
	expect("when that has ended too a blocked file stays blocked", -EACCES, opened("/mnt/lab/room/secret"));
}

static void overlays(void)
{
	new_namespace();
	ask("be_actor", SLOT_BLOCK, 0);
	need(!mount("none", "/mnt/lab/room", "overlay", 0, "lowerdir=/mnt/lab/room2:/mnt/lab/room3"), "an overlay");
	expect("an overlay of free folders is mounted", 0, verdict("overlay", "/mnt/lab/room", O_RDONLY));
	need(!umount("/mnt/lab/room"), "umount");
	need(!mount("none", "/mnt/lab/room", "overlay", 0, "lowerdir=/mnt/lab/room2:/mnt/lab/tree"), "an overlay");
	expect("one of a blocked folder is not, in whatever namespace", -EPERM, verdict("overlay", "/mnt/lab/room", O_RDONLY));
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	need(fd >= 0 && write(fd, text, strlen(text)) == (long)strlen(text), path);
	close(fd);
}

/* A user namespace in which 0 is the machine's 1000. */
static int user_namespace(void)
{
	int ready[2], child, fd;
	char path[64], byte;

	need(!pipe(ready), "pipe");
	child = fork();
	if (!child) {
		need(!unshare(CLONE_NEWUSER) && write(ready[1], "x", 1) == 1, "a user namespace");
		pause();
	}
	need(read(ready[0], &byte, 1) == 1, "the child");
	snprintf(path, sizeof(path), "/proc/%d/uid_map", child);
	write_file(path, "0 1000 10");
	snprintf(path, sizeof(path), "/proc/%d/gid_map", child);
	write_file(path, "0 1000 10");
	snprintf(path, sizeof(path), "/proc/%d/ns/user", child);
	fd = open(path, O_RDONLY);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return fd;
}

static void owners(void)
{
	struct {
		unsigned long long set, clear, propagation, users;
	} idmap = { .set = 0x100000 /* MOUNT_ATTR_IDMAP */, .users = user_namespace() };
	int tree = syscall(SYS_open_tree, AT_FDCWD, "/mnt/lab", 1 /* OPEN_TREE_CLONE */);

	need(!syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &idmap, sizeof(idmap)), "mount_setattr");
	need(!syscall(SYS_move_mount, tree, "", AT_FDCWD, "/mnt/shown", 4 /* MOVE_MOUNT_F_EMPTY_PATH */), "move_mount");
	ask("be_actor", SLOT_OWNER, 1);
	expect("a file's owner is whom its mount shows, and not the number in its file system", -EACCES, opened("/mnt/shown/owned"));
	setfsuid(1000);
	expect("who may open what is for the owner only", 0, opened("/mnt/shown/owned"));
	setfsuid(0);
	expect("without a map it is the number in the file system", 0, opened("/mnt/lab/owned"));
}

static void make(void)
{
	static const char *const folders[] = { "", "/room", "/room2", "/room3", "/dir", "/tree", "/tree/a", "/../shown",
						"/volume", "/volume/..v1", "/volume/..v1/..long-name-of-a-folder-that-lies-elsewhere-than-in-its-dentry",
						"/written", "/written/..v1" };
	static const char *const files[] = { "secret", "outside", "read-only", "owned", "dir/f", "tree/f", "volume/..v1/token",
					      "volume/..v1/..long-name-of-a-folder-that-lies-elsewhere-than-in-its-dentry/token",
					      "volume/..v1/other", "written/..v1/token", "written/..v1/other" };
	char path[256];

	new_namespace();
	need(!mount("none", "/mnt", "tmpfs", 0, NULL), "tmpfs");
	for (unsigned int i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(path, sizeof(path), "/mnt/lab%s", folders[i]);
		need(!mkdir(path, 0755), path);
	}
	for (unsigned int i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "/mnt/lab/%s", files[i]);
		close(open(path, O_CREAT | O_RDWR, 0644));
	}
	need(!mount("/mnt/lab/volume", "/mnt/lab/volume", NULL, MS_BIND, NULL), "a volume");
	need(!mount(NULL, "/mnt/lab/volume", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), "a volume for reading");
}

int main(int argc, char **argv)
{
	struct {
		unsigned long long seed[2];
		unsigned int host_namespace, enforcer;
		unsigned long long zero;
	} settings = { { 0x0123456789abcdefULL, 0xfedcba9876543210ULL }, 1, 0, 0 };
	unsigned int first = 0;

	need(argc == 3, "OBJECT TABLES");
	object = bpf_object__open(argv[1]);
	need(object && !bpf_object__load(object), argv[1]);
	need(!bpf_map_update_elem(map_fd("settings"), &first, &settings, 0), "settings");
	load_table(SLOT_BLOCK, argv[2], "block");
	load_table(SLOT_EXACT, argv[2], "exact");
	load_table(SLOT_ALLOW, argv[2], "allow");
	load_table(SLOT_OWNER, argv[2], "owner");
	make();
	at_home();
	in_child(elsewhere);
	in_child(widening);
	in_child(without_home);
	in_child(overlays);
	in_child(owners);
	return 0;
}
