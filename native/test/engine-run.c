/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * A loader for work on the engine alone: loads the object, attaches the stubs, binds images to cgroups, prints events.
 *
 *   engine-run OBJECT [-s SEED0:SEED1] [-v] [CGROUP_DIRECTORY=IMAGE_FILE ...]
 *
 * Prints "ready", then one line an event, until SIGTERM; then the counters that are not 0. SIGHUP: reads the images
 * again and swaps them. Build: cc -O2 engine-run.c -lbpf -lelf -lz
 */
#include <linux/types.h>
#include "../include/abi.h"
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOG_SIZE (400 << 20)

static int verbose, inform, level;
static volatile sig_atomic_t stopped, again;

static int print(enum libbpf_print_level level, const char *format, va_list args)
{
	return level <= (verbose ? LIBBPF_DEBUG : LIBBPF_WARN) ? vfprintf(stderr, format, args) : 0;
}

static void on_signal(int number)
{
	if (number == SIGHUP)
		again = 1;
	else
		stopped = 1;
}

static void die(const char *what)
{
	fprintf(stderr, "engine-run: %s: %s\n", what, strerror(errno));
	exit(1);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static int map_fd(struct bpf_object *object, const char *name)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, name);

	if (!map)
		die(name);
	return bpf_map__fd(map);
}

static int load_image(const char *path)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_INNER_MAP);
	struct stat st;
	FILE *file = fopen(path, "r");
	char element[PC_BUCKET_SIZE];
	unsigned int elements;
	int fd;

	if (!file || fstat(fileno(file), &st))
		die(path);
	elements = st.st_size / PC_BUCKET_SIZE;
	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "image", 4, PC_BUCKET_SIZE, elements, &options);
	if (fd < 0)
		die("image map");
	for (unsigned int i = 0; i < elements; i++)
		if (fread(element, sizeof(element), 1, file) != 1 || bpf_map_update_elem(fd, &i, element, 0))
			die("image element");
	fclose(file);
	return fd;
}

static void print_name(const char *key, const unsigned char *event, unsigned int at, unsigned int length)
{
	char text[16384], *end = text + sizeof(text) - 1, *p = end;
	unsigned int i = 0;

	*p = 0;
	while (i + 2 <= length) {
		unsigned int n = event[at + i] | event[at + i + 1] << 8;

		if (p - text < (long)n + 1 || i + 2 + n > length)
			break;
		memcpy(p -= n, event + at + i + 2, n);
		*--p = '/';
		i += 2 + n;
	}
	if (at)
		printf(" %s=%s", key, *p ? p : "/");
}

static int on_event(void *context, void *data, size_t size)
{
	const struct pc_event *e = data;

	printf("%s op=%u cat=%u slot=%u rule=%u verdict=%d flags=%x pid=%u nspid=%u ppid=%u uid=%u nr=%u seq=%llu size=%u", (char *)context,
	       e->operation, e->category, e->slot, e->rule_id, e->verdict, e->flags, e->pid, e->ns_pid, e->ppid, e->uid,
	       e->syscall_nr, (unsigned long long)e->sequence, e->size);
	print_name("object", data, e->object_at, e->object_len);
	if (e->object2_len)
		print_name("object2", data, e->object2_at, e->object2_len);
	print_name("exe", data, e->exe_at, e->exe_len);
	print_name("parent", data, e->parent_at, e->parent_len);
	print_name("cwd", data, e->cwd_at, e->cwd_len);
	printf(" comm=%.16s tty=%u args=", e->comm, e->tty);
	for (unsigned int i = 0; i < e->args_len; i++) {
		char c = ((char *)data)[e->args_at + i];

		putchar(c ? c : ' ');
	}
	putchar('\n');
	fflush(stdout);
	return 0;
}

static void put(int fd, const void *key, const void *value)
{
	if (bpf_map_update_elem(fd, key, value, 0))
		die("map update");
}

static void print_counters(int fd)
{
	int cpus = libbpf_num_possible_cpus();
	__u64 values[cpus], total;

	for (__u32 i = 0; i < PC_COUNTERS; i++) {
		total = 0;
		if (bpf_map_lookup_elem(fd, &i, values))
			continue;
		for (int c = 0; c < cpus; c++)
			total += values[c];
		if (total)
			printf("counter %u = %llu\n", i, (unsigned long long)total);
	}
}

/* What the verifier and the compiler made of each program: -i */
static void print_programs(struct bpf_object *object)
{
	struct bpf_program *program;
	unsigned long long verified = 0, jited = 0;

	bpf_object__for_each_program(program, object) {
		struct bpf_prog_info info = {};
		__u32 length = sizeof(info);

		if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &length))
			continue;
		verified += info.verified_insns;
		jited += info.jited_prog_len;
		if (!strncmp(bpf_program__name(program), "body_", 5))
			printf("program %s verified=%u xlated=%u jited=%u\n", bpf_program__name(program), info.verified_insns,
			       info.xlated_prog_len / 8, info.jited_prog_len);
	}
	printf("programs verified=%llu jited=%llu\n", verified, jited);
}

static void print_tasks(int links)
{
	printf("ready links=%d\n", links);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct pc_settings settings = { .hash_seed = { 0x0123456789abcdefULL, 0xfedcba9876543210ULL } };
	__u32 zero = 0, slot;
	__u64 generation = 1;
	double started = now(), loaded;
	struct bpf_object *object;
	struct bpf_program *program;
	struct ring_buffer *rings;
	size_t log_size;
	char *log;
	struct stat st;
	int option, links = 0;

	while ((option = getopt(argc, argv, "s:vil:")) > 0) {
		if (option == 'v')
			verbose = 1;
		else if (option == 'l')
			level = atoi(optarg);
		else if (option == 'i')
			inform = 1;
		else if (option != 's' || sscanf(optarg, "%llx:%llx", &settings.hash_seed[0], &settings.hash_seed[1]) != 2)
			return 2;
	}
	if (optind >= argc)
		return 2;
	setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){ RLIM_INFINITY, RLIM_INFINITY });
	libbpf_set_print(print);
	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	object = bpf_object__open(argv[optind]);
	if (!object)
		die("open");
	bpf_object__for_each_program(program, object) {
		bpf_program__set_log_level(program, level);
		if (level)
			bpf_program__set_log_buf(program, log = malloc(LOG_SIZE), LOG_SIZE);
	}
	if (bpf_object__load(object)) {
		bpf_object__for_each_program(program, object)
			if (level && *bpf_program__log_buf(program, &log_size))
				printf("LOG %s\n%s\n", bpf_program__name(program), bpf_program__log_buf(program, &log_size));
		die("load");
	}
	bpf_object__for_each_program(program, object)
		if (level && !strncmp(bpf_program__name(program), "body_", 5))
			printf("LOG %s\n%s\n", bpf_program__name(program), bpf_program__log_buf(program, &log_size));
	loaded = now();
	if (inform)
		print_programs(object);
	if (stat("/proc/1/ns/mnt", &st))
		die("/proc/1/ns/mnt");
	settings.host_mnt_ns = st.st_ino;
	put(map_fd(object, "settings"), &zero, &settings);
	for (int i = optind + 1; i < argc; i++) {
		char *image = strchr(argv[i], '=');
		int fd;

		*image++ = 0;
		slot = i - optind;
		fd = load_image(image);
		put(map_fd(object, "slots"), &slot, &fd);
		if (stat(argv[i], &st))
			die(argv[i]);
		put(map_fd(object, "cgroups"), &(__u64){ st.st_ino }, &slot);
	}
	put(map_fd(object, "bind_generation"), &zero, &generation);
	bpf_object__for_each_program(program, object) {
		const char *name = bpf_program__name(program);
		char jump[64];
		int fd = bpf_program__fd(program);

		if (strncmp(name, "body_", 5))
			continue;
		snprintf(jump, sizeof(jump), "jump_%s", name + 5);
		put(map_fd(object, jump), &zero, &fd);
	}
	bpf_object__for_each_program(program, object) {
		if (strncmp(bpf_program__name(program), "stub_", 5))
			continue;
		if (!bpf_program__attach(program))
			die(bpf_program__name(program));
		links++;
	}
	fprintf(stderr, "loaded in %.0f ms, attached in %.0f ms\n", loaded - started, now() - loaded);
	rings = ring_buffer__new(map_fd(object, "denials"), on_event, "DENIED", NULL);
	if (!rings || ring_buffer__add(rings, map_fd(object, "audits"), on_event, "AUDIT"))
		die("rings");
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	signal(SIGHUP, on_signal);
	print_tasks(links);
	while (!stopped) {
		ring_buffer__poll(rings, 200);
		if (!again)
			continue;
		again = 0;
		for (int i = optind + 1; i < argc; i++) {
			int fd = load_image(argv[i] + strlen(argv[i]) + 1);

			slot = i - optind;
			put(map_fd(object, "slots"), &slot, &fd);
			close(fd);
		}
		printf("swapped\n");
		fflush(stdout);
	}
	ring_buffer__consume(rings);
	print_counters(map_fd(object, "counters"));
	return 0;
}
