/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* A part of engine-run: the programs of the other objects, for system calls, for DNS, for addresses, and for descriptors from before a rule. */
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

/* Opens an object whose maps are those of the others, where one has them. */
static struct bpf_object *open_beside(const char *path, struct bpf_object *const others[], int count)
{
	struct bpf_object *object = bpf_object__open(path);
	struct bpf_map *map, *same;

	if (!object)
		die(path);
	bpf_object__for_each_map(map, object)
		for (int i = 0; i < count; i++) {
			same = bpf_object__find_map_by_name(others[i], bpf_map__name(map));
			if (same && !strchr(bpf_map__name(map), '.') && bpf_map__reuse_fd(map, bpf_map__fd(same)))
				die(bpf_map__name(map));
		}
	return object;
}

static int read_iterator(struct bpf_link *link)
{
	int fd = bpf_iter_create(bpf_link__fd(link)), found = 0, length;
	char bytes[4096];

	if (fd < 0)
		die("iterator");
	while ((length = read(fd, bytes, sizeof(bytes))) > 0)
		found += length;
	close(fd);
	return found;
}

/* Looks for descriptors from before a rule until nothing new is found, and has them judged once something is. */
static void search_descriptors(struct bpf_object *stubs)
{
	static struct bpf_object *objects[2], *hooks;
	static struct bpf_link *descriptors, *tasks;
	struct { __u64 number, task, file; } look = {};
	struct bpf_program *program;
	__u32 zero = 0;
	int found = 0, quiet = 0, once;

	if (!objects[0]) {
		objects[0] = stubs;
		objects[1] = open_beside("portcullis-look.bpf.o", objects, 1);
		load(objects[1]);
		descriptors = bpf_program__attach(program_of(objects[1], "look_at_descriptors"));
		tasks = bpf_program__attach(program_of(objects[1], "look_at_tasks"));
	}
	bpf_map_lookup_elem(map_fd(objects[1], "look_now"), &zero, &look);
	look.number++;
	put(map_fd(objects[1], "look_now"), &zero, &look);
	for (__u32 slot = 0; slot < PC_SLOTS; slot++)
		if (newer[slot])
			bpf_map_delete_elem(map_fd(objects[1], "searched_slots"), &slot);
	while (quiet < 3) {
		once = read_iterator(descriptors) + read_iterator(tasks);
		quiet = once ? 0 : quiet + 1;
		found += once;
		if (!found || hooks)
			continue;
		hooks = open_beside("portcullis-earlier.bpf.o", objects, 2);
		choose(hooks);
		load(hooks);
		bpf_object__for_each_program(program, hooks)
			if (bpf_program__autoload(program) && !bpf_program__attach(program))
				die(bpf_program__name(program));
	}
	for (__u32 slot = 0; slot < PC_SLOTS; slot++)
		if (newer[slot])
			put(map_fd(objects[1], "searched_slots"), &slot, &(__u32){ 1 });
	memset(newer, 0, sizeof(newer));
	printf("descriptors %d\n", found);
}
