/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Operations that a shell cannot do, for engine-guest.sh. Each prints nothing and ends with 0 (done), 13 (EACCES) or another errno.
 *   memfd FILE        copies FILE to a memfd and executes that
 *   loaded FILE LOADER  copies FILE to a memfd and has LOADER load that
 *   unlinked FILE     copies FILE beside itself, unlinks the copy and executes it by its descriptor
 *   deep TOP N NAME   makes N directories called NAME below TOP, one in the other, with a file `end`, and opens that
 *   walk TOP N NAME   the same without making anything
 *   reopen FILE       opens FILE with O_PATH, then again through /proc/self/fd
 *   threads FILE N    N threads that each open FILE once; 13 if all were refused, 1 if only some
 *   truncate FILE | chmod FILE | chown FILE | xattr FILE | mkfifo FILE
 *   exchange A B      gives each of the two the name of the other
 *   hold FILE         prints "held", waits for a line on stdin, then opens FILE
 *   fork FILE         opens FILE in a grandchild whose parent is gone
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

extern char **environ;
static const char *thread_file;

static int result(long value)
{
	return value < 0 ? errno : 0;
}

static int open_once(const char *path, int flags)
{
	int fd = open(path, flags);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static void copy(int to, const char *from)
{
	char buffer[65536];
	int fd = open(from, O_RDONLY);
	long n;

	while ((n = read(fd, buffer, sizeof(buffer))) > 0)
		if (write(to, buffer, n) != n)
			exit(99);
	close(fd);
}

static int execute(int fd)
{
	char path[64];
	int readable;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	readable = open(path, O_RDONLY | O_CLOEXEC); /* a descriptor open for writing cannot be executed */
	if (readable < 0)
		return errno;
	close(fd);
	fexecve(readable, (char *[]){ "true", NULL }, environ);
	return errno;
}

static int deep(const char *top, int count, const char *name, int make)
{
	if (chdir(top))
		return errno;
	for (int i = 0; i < count; i++)
		if ((make && mkdir(name, 0755) && errno != EEXIST) || chdir(name))
			return errno;
	return open_once("end", make ? O_RDWR | O_CREAT : O_RDONLY);
}

static void *open_thread(void *unused)
{
	return (void *)(long)open_once(thread_file, O_RDONLY);
}

static int threads(const char *file, int count)
{
	pthread_t ids[count];
	int refused = 0;
	void *value;

	thread_file = file;
	for (int i = 0; i < count; i++)
		pthread_create(&ids[i], NULL, open_thread, NULL);
	for (int i = 0; i < count; i++) {
		pthread_join(ids[i], &value);
		refused += (long)value == EACCES;
	}
	return refused == count ? EACCES : refused ? 1 : 0;
}

static int reopen(const char *file)
{
	int fd = open(file, O_PATH);
	char path[64];

	if (fd < 0)
		return errno;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open_once(path, O_RDONLY);
}

static int grandchild(const char *file)
{
	int pipes[2], value = 99;

	if (pipe(pipes))
		return errno;
	if (!fork()) {
		if (fork())
			_exit(0);
		setsid();
		usleep(100000);
		value = open_once(file, O_RDONLY);
		_exit(write(pipes[1], &value, sizeof(value)) < 0);
	}
	wait(NULL);
	return read(pipes[0], &value, sizeof(value)) == sizeof(value) ? value : 98;
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "", *file = argc > 2 ? argv[2] : "";
	char path[4096];
	int fd;

	if (!strcmp(what, "memfd")) {
		copy(fd = memfd_create("m", 0), file);
		return execute(fd);
	}
	if (!strcmp(what, "loaded")) {
		copy(fd = memfd_create("m", 0), file);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		execl(argv[3], argv[3], path, (char *)0);
		return errno;
	}
	if (!strcmp(what, "unlinked")) {
		snprintf(path, sizeof(path), "%s.copy", file);
		fd = open(path, O_RDWR | O_CREAT, 0755);
		if (fd < 0)
			return errno;
		copy(fd, file);
		unlink(path);
		return execute(fd);
	}
	if (!strcmp(what, "deep") || !strcmp(what, "walk"))
		return deep(file, atoi(argv[3]), argv[4], what[0] == 'd');
	if (!strcmp(what, "threads"))
		return threads(file, atoi(argv[3]));
	if (!strcmp(what, "reopen"))
		return reopen(file);
	if (!strcmp(what, "fork"))
		return grandchild(file);
	if (!strcmp(what, "truncate"))
		return result(truncate(file, 0));
	if (!strcmp(what, "chmod"))
		return result(chmod(file, 0644));
	if (!strcmp(what, "chown"))
		return result(chown(file, 0, 0));
	if (!strcmp(what, "xattr"))
		return result(setxattr(file, "user.x", "y", 1, 0));
	if (!strcmp(what, "exchange"))
		return result(renameat2(AT_FDCWD, file, AT_FDCWD, argv[3], RENAME_EXCHANGE));
	if (!strcmp(what, "mkfifo"))
		return result(mkfifo(file, 0644));
	if (!strcmp(what, "hold")) {
		puts("held");
		fflush(stdout);
		if (!fgets(path, sizeof(path), stdin))
			return 97;
		return open_once(file, O_RDONLY);
	}
	return 2;
}
