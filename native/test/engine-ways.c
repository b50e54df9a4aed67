/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Ways round a name, for the cases of engine-guest.sh. Each ends with 0 (it got through) or with the errno that stopped it, which
 * it also says in words; 90 and more: it could not be tried.
 *   handle FILE       opens FILE by its handle
 *   queue             opens a message queue
 *   times FILE | set-times FILE   sets FILE's times to now, or to a moment given
 *   attribute FILE | no-attribute FILE | acl FILE | flags FILE   changes what FILE has beside its content
 *   protect FILE | protect-key FILE   maps FILE readable, then makes the mapping executable
 *   connect PATH | send PATH      reaches the socket at PATH: connects to it, or sends it a datagram
 *   listen STREAM DATAGRAM        has sockets at these paths until it is ended
 *   give NAME FILE                opens FILE and sends it to everyone who connects to the abstract socket NAME
 *   take NAME                     receives such a file
 *   steal PID FD                  takes a descriptor of another process
 *   mapped PROGRAM FILE           maps PROGRAM executable, then opens FILE
 *   traced PROGRAM …              executes PROGRAM as a process that it traces, and ends as that does
 *   seize PID | memory PID        begins to trace a process | opens its memory for writing
 *   signal PID                    sends a signal that does nothing
 *   claims                        calls of prctl, one of which changes where the arguments are said to be
 * Long because it is one list of ways, and each is a few lines.
 */
#include "engine-ways.h"
#include <mqueue.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>

static int by_handle(char **args)
{
	struct file_handle *handle = calloc(1, sizeof(*handle) + MAX_HANDLE_SZ);
	int mount_id, root = open("/lab", O_RDONLY | O_DIRECTORY);

	step(root, "open /lab");
	handle->handle_bytes = MAX_HANDLE_SZ;
	step(name_to_handle_at(AT_FDCWD, args[0], handle, &mount_id, 0), "name_to_handle_at");
	return result(open_by_handle_at(root, handle, O_RDONLY));
}

static int by_queue(char **args)
{
	(void)args;
	return result(mq_open("/engine-ways", O_RDWR | O_CREAT, 0600, NULL));
}

static int change_times(char **args)
{
	return result(utimensat(AT_FDCWD, args[0], NULL, 0));
}

static int set_times(char **args)
{
	return result(utimensat(AT_FDCWD, args[0], (struct timespec[]){ { 1, 0 }, { 2, 0 } }, 0));
}

static int set_attribute(char **args)
{
	return result(setxattr(args[0], "trusted.way", "y", 1, 0));
}

static int remove_attribute(char **args)
{
	return result(removexattr(args[0], "trusted.way"));
}

/* Owner, group and others may read, and the owner may write: what a new file has as well. */
static int set_acl(char **args)
{
	struct {
		unsigned int version;
		struct {
			unsigned short tag, permissions;
			unsigned int id;
		} entries[3];
	} acl = { 2, { { 1, 6, -1 }, { 4, 4, -1 }, { 32, 4, -1 } } };

	return result(setxattr(args[0], "system.posix_acl_access", &acl, sizeof(acl), 0));
}

static int set_flags(char **args)
{
	int fd = open(args[0], O_RDONLY), flags = 0x40; /* FS_NODUMP_FL */

	step(fd, "open");
	return result(ioctl(fd, 0x40086602 /* FS_IOC_SETFLAGS */, &flags));
}

static char *mapped(const char *path)
{
	int fd = open(path, O_RDONLY);
	char *map;

	step(fd, "open");
	map = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	step(map == MAP_FAILED ? -1 : 0, "mmap");
	return map;
}

static int protect(char **args)
{
	return result(mprotect(mapped(args[0]), 4096, PROT_READ | PROT_EXEC));
}

static int protect_key(char **args)
{
	return result(syscall(SYS_pkey_mprotect, mapped(args[0]), 4096, PROT_READ | PROT_EXEC, -1));
}

static struct sockaddr_un path_address(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
	return address;
}

static int socket_at(const char *path, int type)
{
	struct sockaddr_un address = path_address(path);
	int fd = socket(AF_UNIX, type, 0);

	step(fd, "socket");
	step(bind(fd, (struct sockaddr *)&address, sizeof(address)), path);
	return fd;
}

static int listen_at(char **args)
{
	step(listen(socket_at(args[0], SOCK_STREAM), 8), "listen");
	socket_at(args[1], SOCK_DGRAM);
	pause();
	return 0;
}

static int connect_to(char **args)
{
	struct sockaddr_un address = path_address(args[0]);

	return result(connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&address, sizeof(address)));
}

static int send_to(char **args)
{
	struct sockaddr_un address = path_address(args[0]);

	return result(sendto(socket(AF_UNIX, SOCK_DGRAM, 0), "x", 1, 0, (struct sockaddr *)&address, sizeof(address)));
}

/* Binds or connects a socket to an abstract name. */
static int abstract(const char *name, int (*use)(int, const struct sockaddr *, socklen_t))
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strncpy(address.sun_path + 1, name, sizeof(address.sun_path) - 2);
	step(use(fd, (struct sockaddr *)&address, offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name)), name);
	return fd;
}

union control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int))];
};

static int give(char **args)
{
	int listener = abstract(args[0], bind), file = open(args[1], O_RDWR), taker;
	union control control = { .header = { CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS } };
	struct iovec byte = { "x", 1 };
	struct msghdr message = { .msg_iov = &byte, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control) };

	step(file, "open");
	step(listen(listener, 8), "listen");
	memcpy(CMSG_DATA(&control.header), &file, sizeof(file));
	while ((taker = accept(listener, NULL, NULL)) >= 0) {
		step(sendmsg(taker, &message, 0), "sendmsg");
		close(taker);
	}
	return errno;
}

static int take(char **args)
{
	union control control = { 0 };
	char byte;
	struct iovec place = { &byte, 1 };
	struct msghdr message = { .msg_iov = &place, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control) };

	step(recvmsg(abstract(args[0], connect), &message, 0), "recvmsg");
	return message.msg_controllen < CMSG_LEN(sizeof(int)) || message.msg_flags & MSG_CTRUNC ? EACCES : 0;
}

static int steal(char **args)
{
	int process = syscall(SYS_pidfd_open, atoi(args[0]), 0);

	step(process, "pidfd_open");
	return result(syscall(SYS_pidfd_getfd, process, atoi(args[1]), 0));
}

static int open_mapped(char **args)
{
	int fd = open(args[0], O_RDONLY);

	step(fd, "open");
	if (mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) == MAP_FAILED)
		return errno;
	return result(open(args[1], O_RDONLY));
}

static int run_traced(char **args)
{
	int child = fork(), status = 0;

	if (!child) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
			_exit(errno);
		execv(args[0], args);
		_exit(errno);
	}
	while (waitpid(child, &status, 0) == child && !WIFEXITED(status) && !WIFSIGNALED(status))
		ptrace(PTRACE_CONT, child, NULL, NULL);
	return WIFEXITED(status) ? WEXITSTATUS(status) : UNTRIED;
}

static int seize(char **args)
{
	return result(ptrace(PTRACE_SEIZE, atoi(args[0]), NULL, NULL));
}

static int open_memory(char **args)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%s/mem", args[0]);
	return result(open(path, O_RDWR));
}

static int send_signal(char **args)
{
	return result(kill(atoi(args[0]), SIGCONT));
}

static int claim(char **args)
{
	step(prctl(PR_SET_NAME, "another"), "PR_SET_NAME");
	return result(prctl(PR_SET_MM, PR_SET_MM_ARG_START, (unsigned long)args[-2], 0, 0));
}

static const struct way ways[] = {
	{ "handle", by_handle, 1 },
	{ "queue", by_queue, 0 },
	{ "times", change_times, 1 },
	{ "set-times", set_times, 1 },
	{ "attribute", set_attribute, 1 },
	{ "no-attribute", remove_attribute, 1 },
	{ "acl", set_acl, 1 },
	{ "flags", set_flags, 1 },
	{ "protect", protect, 1 },
	{ "protect-key", protect_key, 1 },
	{ "connect", connect_to, 1 },
	{ "send", send_to, 1 },
	{ "listen", listen_at, 2 },
	{ "give", give, 2 },
	{ "take", take, 1 },
	{ "steal", steal, 2 },
	{ "mapped", open_mapped, 2 },
	{ "traced", run_traced, 1 },
	{ "seize", seize, 1 },
	{ "memory", open_memory, 1 },
	{ "signal", send_signal, 1 },
	{ "claims", claim, 0 },
};

int main(int argc, char **argv)
{
	return WAYS(ways, argc, argv);
}
