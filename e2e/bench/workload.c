/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bench's workloads: `workload OPERATION COUNT PATH`.
 *
 *   open    opens and closes the file PATH          exec    forks, executes the program PATH and waits
 *   create  makes the file PATH and removes it      mkdir   makes the directory PATH and removes it
 *   rename  gives the file PATH the name PATH-2, and its own again the next time
 *   socket  makes a UDP socket and closes it        bind    the same, and binds it to a port of 127.0.0.1 in between
 *   connect connects a UDP socket to 127.0.0.1      send    sends a byte to an own UDP socket, and receives it
 *   capable names the host, for which the kernel asks for CAP_SYS_ADMIN
 *
 * Prints nanoseconds per operation, of the quickest of BATCHES batches, so that what else the guest had to do (memory given
 * back, a timer) does not count; under QEMU's instruction clock that is guest instructions.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BATCHES 24

static char other[PATH_MAX];

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static int open_once(const char *path)
{
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int exec_once(const char *path)
{
	int status;
	pid_t child = vfork();

	if (child == 0) {
		execl(path, path, (char *)0);
		_exit(126);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static int create_once(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0644);

	if (fd < 0)
		return errno;
	close(fd);
	return unlink(path) ? errno : 0;
}

static int mkdir_once(const char *path)
{
	return mkdir(path, 0755) || rmdir(path) ? errno : 0;
}

static int rename_once(const char *path)
{
	static int is_moved;
	int failed = is_moved ? rename(other, path) : rename(path, other);

	is_moved = !is_moved;
	return failed ? errno : 0;
}

/* Port 0: the kernel chooses one. */
static struct sockaddr_in at_loopback(int port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
}

static int udp_socket(void)
{
	return socket(AF_INET, SOCK_DGRAM, 0);
}

static int socket_once(const char *path)
{
	int fd = udp_socket();

	(void)path;
	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int bind_once(const char *path)
{
	struct sockaddr_in address = at_loopback(0);
	int fd = udp_socket();
	int failed = fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) ? errno : 0;

	(void)path;
	close(fd);
	return failed;
}

static int connect_once(const char *path)
{
	static int fd = -1;
	struct sockaddr_in address = at_loopback(9);

	(void)path;
	if (fd < 0 && (fd = udp_socket()) < 0)
		return errno;
	return connect(fd, (struct sockaddr *)&address, sizeof(address)) ? errno : 0;
}

static int send_once(const char *path)
{
	static int fd = -1;
	static struct sockaddr_in own;
	socklen_t size = sizeof(own);
	char byte = 0;

	(void)path;
	if (fd < 0) {
		own = at_loopback(0);
		fd = udp_socket();
		if (fd < 0 || bind(fd, (struct sockaddr *)&own, size) || getsockname(fd, (struct sockaddr *)&own, &size))
			return errno;
	}
	if (sendto(fd, &byte, 1, 0, (struct sockaddr *)&own, sizeof(own)) != 1)
		return errno;
	return recv(fd, &byte, 1, MSG_DONTWAIT) == 1 ? 0 : errno;
}

static int capable_once(const char *path)
{
	(void)path;
	return sethostname("bench", 5) ? errno : 0;
}

static const struct {
	const char *name;
	int (*once)(const char *path);
} operations[] = {
	{ "open", open_once },	 { "exec", exec_once },	    { "create", create_once },
	{ "mkdir", mkdir_once }, { "rename", rename_once }, { "socket", socket_once },
	{ "bind", bind_once },	 { "connect", connect_once }, { "send", send_once },
	{ "capable", capable_once },
};

int main(int argc, char **argv)
{
	int (*once)(const char *) = NULL;
	double least = 0;
	int count;

	for (size_t i = 0; argc == 4 && i < sizeof(operations) / sizeof(*operations); i++)
		if (!strcmp(argv[1], operations[i].name))
			once = operations[i].once;
	count = once ? atoi(argv[2]) : 0;
	if (count < BATCHES) {
		fprintf(stderr, "usage: %s OPERATION COUNT PATH, COUNT from %d on\n", argv[0], BATCHES);
		return 2;
	}
	snprintf(other, sizeof(other), "%s-2", argv[3]);
	for (int i = 0; i < count / 10 * 2 + 2; i++) /* warm caches; an even number, so that a renamed file has its own name */
		once(argv[3]);
	for (int batch = 0; batch < BATCHES; batch++) {
		double begin = now_ns(), taken;

		for (int i = 0; i < count / BATCHES; i++) {
			int failed = once(argv[3]);

			if (failed) {
				fprintf(stderr, "%s %s: %s\n", argv[1], argv[3], strerror(failed));
				return 1;
			}
		}
		taken = (now_ns() - begin) / (count / BATCHES);
		if (!batch || taken < least)
			least = taken;
	}
	printf("%.0f\n", least);
	return 0;
}
