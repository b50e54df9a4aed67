/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* A part of engine-run: the programs of the other objects, for system calls, for DNS and for addresses. */
#include <fcntl.h>

/* Has the system calls seen that a file names. Returns how many. */
static int trace(const char *list, struct bpf_object *stubs)
{
	struct bpf_object *object = bpf_object__open("portcullis-syscalls.bpf.o");
	struct bpf_program *program;
	struct bpf_map *map;
	char name[64], function[128];
	unsigned int cookie;
	int traced = 0;
	FILE *file = fopen(list, "r");

	if (!object || !file)
		die(list);
	bpf_object__for_each_program(program, object)
		bpf_program__set_autoload(program, false);
	while (fscanf(file, "%63s %127s %u", name, function, &cookie) == 3) {
		bpf_program__set_autoload(program_of(object, name), true);
		if (bpf_program__set_attach_target(program_of(object, name), 0, function))
			die(function);
	}
	bpf_object__for_each_map(map, object)
		if (bpf_map__reuse_fd(map, map_fd(stubs, bpf_map__name(map))))
			die(bpf_map__name(map));
	load(object);
	rewind(file);
	while (fscanf(file, "%63s %127s %u", name, function, &cookie) == 3) {
		LIBBPF_OPTS(bpf_trace_opts, options, .cookie = cookie);

		if (!bpf_program__attach_trace_opts(program_of(object, name), &options))
			die(function);
		traced++;
	}
	fclose(file);
	return traced;
}

/* Has queries of DNS judged, or addresses, by the programs of an object. The map that the stubs do not have is made. */
static void judge_by(const char *file, const char *root, struct bpf_object *stubs)
{
	struct bpf_object *object = bpf_object__open(file);
	int folder = open(root, O_RDONLY | O_DIRECTORY);
	struct bpf_program *program;
	struct bpf_map *map;

	if (!object || folder < 0)
		die(root);
	bpf_object__for_each_map(map, object)
		if (strcmp(bpf_map__name(map), "dns_senders") && strcmp(bpf_map__name(map), "address_listeners") &&
		    bpf_map__reuse_fd(map, map_fd(stubs, bpf_map__name(map))))
			die(bpf_map__name(map));
	load(object);
	bpf_object__for_each_program(program, object)
		if (!(bpf_program__type(program) == BPF_PROG_TYPE_LSM ? bpf_program__attach(program) :
									bpf_program__attach_cgroup(program, folder)))
			die(bpf_program__name(program));
	close(folder);
}
