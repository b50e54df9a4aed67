/* SPDX-License-Identifier: Apache-2.0 */
/* BPF objects: open, choose what is loaded and which pinned maps are taken over, load, attach. */
#include "addon.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_LENGTH 128

/* objectOpen(bytes, name): parses an ELF object. Nothing reaches the kernel yet. */
static napi_value object_open(struct call *call)
{
	struct bytes elf;
	char name[NAME_MAX_LENGTH];
	struct handle *handle = NULL;

	if (!arg_bytes(call, 0, "bytes", &elf) || !arg_string(call, 1, "name", name, sizeof(name)))
		return NULL;
	void *copy = malloc(elf.length ? elf.length : 1);
	if (!copy)
		return throw_errno(call, ENOMEM, "opening object %s", name);
	memcpy(copy, elf.data, elf.length);
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = name);
	struct bpf_object *object = bpf_object__open_mem(copy, elf.length, &options);
	if (!object) {
		int error = errno;
		free(copy);
		return throw_errno(call, error, "opening object %s", name);
	}
	napi_value value = handle_new(call, HANDLE_OBJECT, -1, &handle);
	if (!value) {
		bpf_object__close(object);
		free(copy);
		return NULL;
	}
	handle->object = object;
	handle->object_bytes = copy;
	return value;
}

/* objectDescribe(object) -> { maps: [{name, type, keySize, valueSize, maxEntries}], programs: [{name, section}] } */
static napi_value object_describe(struct call *call)
{
	napi_env env = call->env;
	napi_value result = NULL, maps = NULL, programs = NULL;
	struct handle *handle = arg_handle(call, 0, HANDLE_OBJECT, "object");
	uint32_t at = 0;

	if (!handle)
		return NULL;
	napi_create_object(env, &result);
	napi_create_array(env, &maps);
	napi_create_array(env, &programs);
	struct bpf_map *map;
	bpf_object__for_each_map(map, handle->object) {
		napi_value entry = NULL;
		napi_create_object(env, &entry);
		js_set(env, entry, "name", js_string(env, bpf_map__name(map)));
		js_set(env, entry, "type", js_u32(env, bpf_map__type(map)));
		js_set(env, entry, "keySize", js_u32(env, bpf_map__key_size(map)));
		js_set(env, entry, "valueSize", js_u32(env, bpf_map__value_size(map)));
		js_set(env, entry, "maxEntries", js_u32(env, bpf_map__max_entries(map)));
		napi_set_element(env, maps, at++, entry);
	}
	at = 0;
	struct bpf_program *program;
	bpf_object__for_each_program(program, handle->object) {
		napi_value entry = NULL;
		napi_create_object(env, &entry);
		js_set(env, entry, "name", js_string(env, bpf_program__name(program)));
		js_set(env, entry, "section", js_string(env, bpf_program__section_name(program)));
		napi_set_element(env, programs, at++, entry);
	}
	js_set(env, result, "maps", maps);
	js_set(env, result, "programs", programs);
	return result;
}

struct bpf_program *find_program(struct call *call, struct handle *handle)
{
	char name[NAME_MAX_LENGTH];

	if (!arg_string(call, 1, "program", name, sizeof(name)))
		return NULL;
	struct bpf_program *program = bpf_object__find_program_by_name(handle->object, name);
	if (!program)
		throw_errno(call, ENOENT, "the object has no program %s", name);
	return program;
}

static struct bpf_map *find_map(struct call *call, struct handle *handle)
{
	char name[NAME_MAX_LENGTH];

	if (!arg_string(call, 1, "map", name, sizeof(name)))
		return NULL;
	struct bpf_map *map = bpf_object__find_map_by_name(handle->object, name);
	if (!map)
		throw_errno(call, ENOENT, "the object has no map %s", name);
	return map;
}

/* objectAutoload(object, program, load) */
static napi_value object_autoload(struct call *call)
{
	bool load = false;
	struct handle *handle = arg_handle(call, 0, HANDLE_OBJECT, "object");
	struct bpf_program *program = handle ? find_program(call, handle) : NULL;

	if (!program || !arg_bool(call, 2, "load", &load))
		return NULL;
	int error = bpf_program__set_autoload(program, load);
	return error ? throw_errno(call, error, "choosing program %s", bpf_program__name(program)) : js_undefined(call->env);
}

/* objectPinMap(object, map, path): when the object is loaded, the map pinned there is taken over, or the new one is pinned. */
static napi_value object_pin_map(struct call *call)
{
	char path[PATH_MAX];
	struct handle *handle = arg_handle(call, 0, HANDLE_OBJECT, "object");
	struct bpf_map *map = handle ? find_map(call, handle) : NULL;

	if (!map || !arg_string(call, 2, "path", path, sizeof(path)))
		return NULL;
	int error = bpf_map__set_pin_path(map, path);
	return error ? throw_errno(call, error, "pin path of map %s", bpf_map__name(map)) : js_undefined(call->env);
}

/* objectLoad(object): relocates, makes the maps, and has the verifier judge every program. */
static napi_value object_load(struct call *call)
{
	struct handle *handle = arg_handle(call, 0, HANDLE_OBJECT, "object");

	if (!handle)
		return NULL;
	int error = bpf_object__load(handle->object);
	if (error)
		return throw_errno(call, error, "loading object %s", bpf_object__name(handle->object));
	return js_undefined(call->env);
}

/* A function of another program, in whose place a program is to be. */
struct place {
	struct bpf_program *program;
	struct handle *target;
	char function[NAME_MAX_LENGTH];
};

/* The arguments (object, program, target, function). */
static bool arg_place(struct call *call, struct place *place)
{
	struct handle *handle = arg_handle(call, 0, HANDLE_OBJECT, "object");

	place->program = handle ? find_program(call, handle) : NULL;
	place->target = place->program ? arg_handle(call, 2, HANDLE_PROGRAM, "target") : NULL;
	return place->target && arg_string(call, 3, "function", place->function, sizeof(place->function));
}

/* objectTarget(object, program, target, function): the program will be loaded to take the function's place in the other program. */
static napi_value object_target(struct call *call)
{
	struct place place;

	if (!arg_place(call, &place))
		return NULL;
	int error = bpf_program__set_attach_target(place.program, place.target->fd, place.function);
	return error ? throw_errno(call, error, "target %s of program %s", place.function, bpf_program__name(place.program)) :
		       js_undefined(call->env);
}

static int duplicate(struct call *call, int fd, const char *what, const char *name)
{
	if (fd < 0) {
		throw_errno(call, ENOENT, "%s %s is not loaded", what, name);
		return -1;
	}
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (copy < 0)
		throw_errno(call, errno, "descriptor of %s %s", what, name);
	return copy;
}

/* objectMap(object, name), objectProgram(object, name): handles of their own, which outlive the object's. */
static napi_value object_map(struct call *call)
{
	struct handle *handle = arg_handle(call, 0, HANDLE_OBJECT, "object");
	struct bpf_map *map = handle ? find_map(call, handle) : NULL;

	if (!map)
		return NULL;
	int fd = duplicate(call, bpf_map__fd(map), "map", bpf_map__name(map));
	return fd < 0 ? NULL : handle_new_map(call, fd);
}

static napi_value object_program(struct call *call)
{
	struct handle *handle = arg_handle(call, 0, HANDLE_OBJECT, "object");
	struct bpf_program *program = handle ? find_program(call, handle) : NULL;

	if (!program)
		return NULL;
	int fd = duplicate(call, bpf_program__fd(program), "program", bpf_program__name(program));
	return fd < 0 ? NULL : handle_new(call, HANDLE_PROGRAM, fd, NULL);
}

/* A handle of a link that was just made, or an exception. */
napi_value link_handle(struct call *call, struct bpf_program *program, struct bpf_link *link)
{
	if (!link)
		return throw_errno(call, errno, "attaching program %s", bpf_program__name(program));
	int fd = bpf_link__fd(link);
	bpf_link__disconnect(link); /* libbpf frees its struct and leaves the descriptor open */
	bpf_link__destroy(link);
	return handle_new(call, HANDLE_LINK, fd, NULL);
}

/* objectAttach(object, program) -> link: attached where the program's section says, while the link is open or pinned. */
static napi_value object_attach(struct call *call)
{
	struct handle *handle = arg_handle(call, 0, HANDLE_OBJECT, "object");
	struct bpf_program *program = handle ? find_program(call, handle) : NULL;

	return program ? link_handle(call, program, bpf_program__attach(program)) : NULL;
}

/* objectReplace(object, program, target, function) -> link: in the function's place, while the link is open or pinned. */
static napi_value object_replace(struct call *call)
{
	struct place place;

	if (!arg_place(call, &place))
		return NULL;
	return link_handle(call, place.program, bpf_program__attach_freplace(place.program, place.target->fd, place.function));
}

const struct method object_methods[] = {
	{ "objectOpen", 2, object_open },     { "objectDescribe", 1, object_describe }, { "objectAutoload", 3, object_autoload },
	{ "objectPinMap", 3, object_pin_map }, { "objectLoad", 1, object_load },	{ "objectMap", 2, object_map },
	{ "objectProgram", 2, object_program }, { "objectAttach", 2, object_attach },	{ "objectTarget", 4, object_target },
	{ "objectReplace", 4, object_replace }, { 0 },
};
