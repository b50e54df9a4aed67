/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * A loader for work on the engine alone: loads the object, attaches the stubs, binds rule tables to cgroups, prints events.
 *
 *   engine-run OBJECT [-s SEED0:SEED1] [-v] [-i] [-l LEVEL] [-n TABLE_FILE] [-p CGROUP_DIRECTORY] [-t TRACES] [-d CGROUP_ROOT] [-e] [CGROUP_DIRECTORY=TABLE_FILE ...]
 *
 * Long because it is a whole loader in one file, which a guest without Node can run.
 *
 *   -v  libbpf's own messages      -i  what verifier and compiler made of each program      -l  the verifier's log
 *   -n  the rule table of the node itself, as long as there is such a file      -p  below it there are pods alone
 *   -t  the system calls to be seen, by portcullis-syscalls.bpf.o: in each line program, function of the kernel, cookie
 *
 *   -e  on every SIGHUP descriptors from before a rule are looked for, by portcullis-look.bpf.o, and judged, by portcullis-earlier.bpf.o
 *   -d  queries of DNS and addresses are judged, by portcullis-dns.bpf.o and portcullis-addresses.bpf.o, with this root of all control groups
 *
 * Prints "ready", then one line for each event, until SIGTERM; then the counters that are not 0. On SIGHUP it reads the rule
 * tables again, swaps them, binds or unbinds the host, binds CGROUP-later too where there is one, and raises the bind epoch. Build: cc -O2 engine-run.c -lbpf -lelf -lz
 */
#include "engine-print.h"
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
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

static void put(int fd, const void *key, const void *value)
{
	if (bpf_map_update_elem(fd, key, value, 0))
		die("map update");
}

/* A rule table from a file. */
static int load_table(const char *path)
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
	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "pc_rule_table", 4, PC_BUCKET_SIZE, elements, &options);
	if (fd < 0)
		die("map of a rule table");
	for (unsigned int i = 0; i < elements; i++)
		if (fread(element, sizeof(element), 1, file) != 1 || bpf_map_update_elem(fd, &i, element, 0))
			die("element of a rule table");
	fclose(file);
	return fd;
}

static unsigned char newer[PC_SLOTS]; /* slots with a table or a control group from since the last search */

/* Puts the table into the slot. It is newer than the last search, if the file was written since it was put there. */
static void set_table(struct bpf_object *object, __u32 slot, const char *path)
{
	static struct timespec written[PC_SLOTS];
	int fd = load_table(path);
	struct stat st;

	if (stat(path, &st))
		die(path);
	newer[slot] |= memcmp(&written[slot], &st.st_mtim, sizeof(st.st_mtim)) != 0;
	written[slot] = st.st_mtim;
	put(map_fd(object, "slots"), &slot, &fd);
	close(fd);
}

/* Logs of the programs, of all or of the bodies alone. */
static void print_logs(struct bpf_object *object, int all)
{
	struct bpf_program *program;
	size_t size;

	bpf_object__for_each_program(program, object) {
		const char *log = bpf_program__log_buf(program, &size);

		if (level && *log && (all || !strncmp(bpf_program__name(program), "body_", 5)))
			printf("LOG %s\n%s\n", bpf_program__name(program), log);
	}
}

/* Leaves out the programs of hooks that this kernel does not have, and the body of all hooks, which is loaded apart. */
static void choose(struct bpf_object *object)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, object) {
		const char *hook = strchr(bpf_program__section_name(program), '/');

		if (!strcmp(bpf_program__name(program), "regard_tasks"))
			continue;
		if (!strcmp(bpf_program__name(program), "body_judge") || (hook && libbpf_find_vmlinux_btf_id(hook + 1, BPF_LSM_MAC) < 0))
			bpf_program__set_autoload(program, false);
	}
}

static void load(struct bpf_object *object)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, object) {
		bpf_program__set_log_level(program, level);
		if (level)
			bpf_program__set_log_buf(program, malloc(LOG_SIZE), LOG_SIZE);
	}
	if (bpf_object__load(object)) {
		print_logs(object, 1);
		die("load");
	}
	print_logs(object, 0);
	if (inform)
		print_programs(object);
}

static struct bpf_program *program_of(struct bpf_object *object, const char *name)
{
	struct bpf_program *program = bpf_object__find_program_by_name(object, name);

	if (!program)
		die(name);
	return program;
}

/* Loads the body of all hooks over the maps of the stubs, so that it may take a place in them. */
static struct bpf_program *load_body(const char *path, struct bpf_object *stubs)
{
	struct bpf_object *object = bpf_object__open(path);
	struct bpf_program *program, *body;
	struct bpf_map *map;

	if (!object)
		die("open");
	bpf_object__for_each_program(program, object)
		bpf_program__set_autoload(program, false);
	body = program_of(object, "body_judge");
	bpf_program__set_autoload(body, true);
	if (bpf_program__set_attach_target(body, bpf_program__fd(program_of(stubs, "stub_file_open")), "judge_even"))
		die("target of the body");
	bpf_object__for_each_map(map, object)
		if (bpf_map__reuse_fd(map, map_fd(stubs, bpf_map__name(map))))
			die(bpf_map__name(map));
	load(object);
	return body;
}

/* Puts the bodies in place, then attaches the stubs. Returns how many. */
static int attach(struct bpf_object *object, struct bpf_program *body)
{
	struct bpf_program *program;
	__u32 zero = 0;
	int links = 0, fd = bpf_program__fd(program_of(object, "body_task_alloc"));

	put(map_fd(object, "jump_task_alloc"), &zero, &fd);
	for (int attached = 0; attached < 2; attached++)
		bpf_object__for_each_program(program, object) {
			const char *name = bpf_program__name(program);

			if (strncmp(name, "stub_", 5) || !bpf_program__autoload(program))
				continue;
			if (attached) {
				if (!bpf_program__attach(program))
					die(name);
				links++;
			} else if (strcmp(name, "stub_task_alloc") &&
				   !bpf_program__attach_freplace(body, bpf_program__fd(program), "judge_even")) {
				die(name);
			}
		}
	return links;
}

#include "engine-others.h"

/* Binds the cgroup that is called like this one and `-later`, if there is one, to the same slot. */
static void bind_later(struct bpf_object *object, const char *cgroup, __u32 slot)
{
	char later[512];
	struct stat st;
	__u32 bound;

	snprintf(later, sizeof(later), "%s-later", cgroup);
	if (stat(later, &st))
		return;
	newer[slot] |= bpf_map_lookup_elem(map_fd(object, "cgroups"), &(__u64){ st.st_ino }, &bound) != 0;
	put(map_fd(object, "cgroups"), &(__u64){ st.st_ino }, &slot);
}

/* Has every task asked about again, until none is found that has to be. */
static void regard_tasks(struct bpf_object *object)
{
	static struct bpf_link *link;
	char changed[4096];
	int fd, found;

	if (!link)
		link = bpf_program__attach(program_of(object, "regard_tasks"));
	if (!link)
		die("regard_tasks");
	do {
		fd = bpf_iter_create(bpf_link__fd(link));
		if (fd < 0)
			die("iterator");
		found = 0;
		for (int length; (length = read(fd, changed, sizeof(changed))) > 0;)
			found += length;
		close(fd);
	} while (found);
}

/* Binds the host to its slot with the table of this file, or takes it away where there is none. */
static void bind_host(struct bpf_object *object, const char *table)
{
	__u64 root = PC_HOST_CGROUP;
	__u32 slot = PC_HOST_SLOT;
	struct stat st;

	if (stat(table, &st)) {
		bpf_map_delete_elem(map_fd(object, "cgroups"), &root);
		return;
	}
	set_table(object, slot, table);
	put(map_fd(object, "cgroups"), &root, &slot);
}

int main(int argc, char **argv)
{
	const char *host = NULL, *pods = NULL;
	struct pc_settings settings = { .hash_seed = { 0x0123456789abcdefULL, 0xfedcba9876543210ULL } };
	double started = now(), loaded;
	struct bpf_program *body;
	struct bpf_object *object;
	struct ring_buffer *rings;
	__u64 bind_epoch = 1;
	__u32 zero = 0, slot;
	struct stat st;
	const char *traces = NULL, *root = NULL;
	int option, links, searches = 0;

	while ((option = getopt(argc, argv, "s:vil:n:p:t:d:e")) > 0) {
		if (option == 'n')
			host = optarg;
		else if (option == 'p')
			pods = optarg;
		else if (option == 'v')
			verbose = 1;
		else if (option == 'l')
			level = atoi(optarg);
		else if (option == 'i')
			inform = 1;
		else if (option == 't')
			traces = optarg;
		else if (option == 'd')
			root = optarg;
		else if (option == 'e')
			searches = 1;
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
	choose(object);
	load(object);
	body = load_body(argv[optind], object);
	loaded = now();
	if (stat("/proc/1/ns/mnt", &st))
		die("/proc/1/ns/mnt");
	settings.host_mnt_ns = st.st_ino;
	settings.enforcer_pid = getpid();
	put(map_fd(object, "settings"), &zero, &settings);
	for (int i = optind + 1; i < argc; i++) {
		char *table = strchr(argv[i], '=');

		if (!table)
			return 2;
		*table++ = 0;
		slot = i - optind;
		set_table(object, slot, table);
		if (stat(argv[i], &st))
			die(argv[i]);
		put(map_fd(object, "cgroups"), &(__u64){ st.st_ino }, &slot);
	}
	if (pods && stat(pods, &st))
		die(pods);
	if (pods)
		put(map_fd(object, "pods"), &(__u64){ st.st_ino }, &(__u32){ 1 });
	put(map_fd(object, "bind_generation"), &zero, &bind_epoch);
	links = attach(object, body);
	if (traces)
		fprintf(stderr, "%d system calls are seen\n", trace(traces, object));
	if (root) {
		judge_by("portcullis-dns.bpf.o", root, object);
		judge_by("portcullis-addresses.bpf.o", root, object);
	}
	fprintf(stderr, "loaded in %.0f ms, attached in %.0f ms\n", loaded - started, now() - loaded);
	rings = ring_buffer__new(map_fd(object, "denials"), print_event, "DENIED", NULL);
	if (!rings || ring_buffer__add(rings, map_fd(object, "audits"), print_event, "AUDIT"))
		die("rings");
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	signal(SIGHUP, on_signal);
	printf("ready links=%d\n", links);
	fflush(stdout);
	while (!stopped) {
		ring_buffer__poll(rings, 200);
		for (struct pc_kind_key kind; !bpf_map_get_next_key(map_fd(object, "kinds_a"), NULL, &kind);)
			bpf_map_delete_elem(map_fd(object, "kinds_a"), &kind); /* what happens again is an event again */
		if (!again)
			continue;
		again = 0;
		for (int i = optind + 1; i < argc; i++) {
			set_table(object, i - optind, argv[i] + strlen(argv[i]) + 1);
			bind_later(object, argv[i], i - optind);
		}
		if (host)
			bind_host(object, host);
		bind_epoch++;
		put(map_fd(object, "bind_generation"), &zero, &bind_epoch);
		if (host)
			regard_tasks(object);
		if (searches)
			search_descriptors(object);
		printf("swapped\n");
		fflush(stdout);
	}
	ring_buffer__consume(rings);
	print_counters(map_fd(object, "counters"));
	return 0;
}
