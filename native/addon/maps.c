/* SPDX-License-Identifier: Apache-2.0 */
/* Maps: create, read and write an element, and point an element of an outer map at an inner one. */
#include "addon.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* mapCreate(name, type, keySize, valueSize, maxEntries, flags) */
static napi_value map_create(struct call *call)
{
	char name[16];
	uint32_t type, key_size, value_size, max_entries, flags;

	if (!arg_string(call, 0, "name", name, sizeof(name)) || !arg_u32(call, 1, "type", &type) ||
	    !arg_u32(call, 2, "keySize", &key_size) || !arg_u32(call, 3, "valueSize", &value_size) ||
	    !arg_u32(call, 4, "maxEntries", &max_entries) || !arg_u32(call, 5, "flags", &flags))
		return NULL;
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = flags);
	int fd = bpf_map_create(type, name, key_size, value_size, max_entries, &options);
	if (fd < 0)
		return throw_errno(call, fd, "creating map %s of %u elements of %u bytes", name, max_entries, value_size);
	return handle_new_map(call, fd);
}

static napi_value map_info(struct call *call)
{
	napi_value info = NULL;
	struct handle *map = arg_handle(call, 0, HANDLE_MAP, "map");

	if (!map)
		return NULL;
	napi_create_object(call->env, &info);
	js_set(call->env, info, "name", js_string(call->env, map->name));
	js_set(call->env, info, "type", js_u32(call->env, map->map_type));
	js_set(call->env, info, "keySize", js_u32(call->env, map->key_size));
	js_set(call->env, info, "valueSize", js_u32(call->env, map->value_size));
	js_set(call->env, info, "maxEntries", js_u32(call->env, map->max_entries));
	js_set(call->env, info, "flags", js_u32(call->env, map->map_flags));
	return info;
}

static bool sized(struct call *call, const char *name, const struct bytes *bytes, uint32_t size)
{
	if (bytes->length == size)
		return true;
	throw_argument(call, "%s is %zu bytes long, this map's are %u", name, bytes->length, size);
	return false;
}

/* mapLookup(map, key) -> Uint8Array, or undefined if there is none. A map per CPU gives the values of all CPUs in a row. */
static napi_value map_lookup(struct call *call)
{
	struct bytes key;
	struct handle *map = arg_handle(call, 0, HANDLE_MAP, "map");

	if (!map || !arg_bytes(call, 1, "key", &key) || !sized(call, "key", &key, map->key_size))
		return NULL;
	void *value = calloc(1, map->value_size);
	if (!value)
		return throw_errno(call, ENOMEM, "looking up in map %s", map->name);
	napi_value result;
	int error = bpf_map_lookup_elem(map->fd, key.data, value);
	if (!error)
		result = js_bytes(call->env, value, map->value_size);
	else if (error == -ENOENT)
		result = js_undefined(call->env);
	else
		result = throw_errno(call, error, "looking up in map %s", map->name);
	free(value);
	return result;
}

/* mapUpdate(map, key, value, flags): flags as in bpf(2): 0 any key, 1 only a new one, 2 only one that is there. */
static napi_value map_update(struct call *call)
{
	struct bytes key, value;
	uint32_t flags;
	struct handle *map = arg_handle(call, 0, HANDLE_MAP, "map");

	if (!map || !arg_bytes(call, 1, "key", &key) || !arg_bytes(call, 2, "value", &value) ||
	    !arg_u32(call, 3, "flags", &flags) || !sized(call, "key", &key, map->key_size) ||
	    !sized(call, "value", &value, map->value_size))
		return NULL;
	int error = bpf_map_update_elem(map->fd, key.data, value.data, flags);
	return error ? throw_errno(call, error, "updating map %s", map->name) : js_undefined(call->env);
}

/* mapDelete(map, key) -> whether the key was there */
static napi_value map_delete(struct call *call)
{
	struct bytes key;
	struct handle *map = arg_handle(call, 0, HANDLE_MAP, "map");

	if (!map || !arg_bytes(call, 1, "key", &key) || !sized(call, "key", &key, map->key_size))
		return NULL;
	int error = bpf_map_delete_elem(map->fd, key.data);
	if (error && error != -ENOENT)
		return throw_errno(call, error, "deleting from map %s", map->name);
	return js_bool(call->env, !error);
}

/* mapSetHandle(map, key, handle): sets an element that refers to another map (map-in-map) or to a program (PROG_ARRAY). */
static napi_value map_set_handle(struct call *call)
{
	struct bytes key;
	struct handle *map = arg_handle(call, 0, HANDLE_MAP, "map");

	if (!map || !arg_bytes(call, 1, "key", &key) || !sized(call, "key", &key, map->key_size))
		return NULL;
	struct handle *target = arg_pinnable(call, 2, "handle");
	if (!target)
		return NULL;
	if (map->value_size != sizeof(uint32_t))
		return throw_argument(call, "map %s does not hold references", map->name);
	uint32_t fd = (uint32_t)target->fd;
	int error = bpf_map_update_elem(map->fd, key.data, &fd, BPF_ANY);
	return error ? throw_errno(call, error, "updating map %s", map->name) : js_undefined(call->env);
}

/* mapFreeze(map): user space can never write to the map again. */
static napi_value map_freeze(struct call *call)
{
	struct handle *map = arg_handle(call, 0, HANDLE_MAP, "map");

	if (!map)
		return NULL;
	int error = bpf_map_freeze(map->fd);
	return error ? throw_errno(call, error, "freezing map %s", map->name) : js_undefined(call->env);
}

const struct method map_methods[] = {
	{ "mapCreate", 6, map_create },
	{ "mapInfo", 1, map_info },
	{ "mapLookup", 2, map_lookup },
	{ "mapUpdate", 4, map_update },
	{ "mapDelete", 2, map_delete },
	{ "mapSetHandle", 3, map_set_handle },
	{ "mapFreeze", 1, map_freeze },
	{ 0 },
};
