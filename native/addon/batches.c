/* SPDX-License-Identifier: Apache-2.0 */
/* Many elements of a map at once: write, read, delete. */
#include "addon.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* mapFill(map, first, values): writes elements of an array from `first` on, all by one system call. */
static napi_value map_fill(struct call *call)
{
	struct bytes values;
	uint32_t first;
	struct handle *map = arg_handle(call, 0, HANDLE_MAP, "map");

	if (!map || !arg_u32(call, 1, "first", &first) || !arg_bytes(call, 2, "values", &values))
		return NULL;
	if (map->key_size != sizeof(uint32_t) || values.length % map->value_size)
		return throw_argument(call, "values is %zu bytes long, not a multiple of %u", values.length, map->value_size);
	size_t wanted = values.length / map->value_size;
	if (first > map->max_entries || wanted > map->max_entries - first)
		return throw_argument(call, "%zu elements from %u do not fit into %u", wanted, first, map->max_entries);
	if (!wanted)
		return js_undefined(call->env);
	uint32_t *keys = malloc(wanted * sizeof(*keys));
	if (!keys)
		return throw_errno(call, ENOMEM, "filling map %s", map->name);
	for (size_t i = 0; i < wanted; i++)
		keys[i] = first + (uint32_t)i;
	uint32_t count = (uint32_t)wanted;
	LIBBPF_OPTS(bpf_map_batch_opts, options);
	int error = bpf_map_update_batch(map->fd, keys, values.data, &count, &options);
	free(keys);
	if (error)
		return throw_errno(call, error, "filling map %s, %u of %zu elements written", map->name, count, wanted);
	return js_undefined(call->env);
}

/* mapUpdateBatch(map, keys, values): writes many keys, all by one system call. Keys and values are each given in a row. */
static napi_value map_update_batch(struct call *call)
{
	struct bytes keys, values;
	struct handle *map = arg_handle(call, 0, HANDLE_MAP, "map");

	if (!map || !arg_bytes(call, 1, "keys", &keys) || !arg_bytes(call, 2, "values", &values))
		return NULL;
	size_t wanted = map->key_size ? keys.length / map->key_size : 0;
	if (!map->key_size || keys.length % map->key_size || values.length != wanted * map->value_size)
		return throw_argument(call, "%zu bytes of keys and %zu of values are not pairs of %u and %u", keys.length,
				      values.length, map->key_size, map->value_size);
	if (!wanted)
		return js_undefined(call->env);
	uint32_t count = (uint32_t)wanted;
	LIBBPF_OPTS(bpf_map_batch_opts, options);
	int error = bpf_map_update_batch(map->fd, keys.data, values.data, &count, &options);
	if (error)
		return throw_errno(call, error, "updating map %s, %u of %zu pairs written", map->name, count, wanted);
	return js_undefined(call->env);
}

/* What has been read of a map so far: pairs (key, value) in a row. */
struct pairs {
	uint8_t *bytes;
	size_t used, room;
};

/* Room for so many bytes more; NULL: there is no memory. */
static uint8_t *pairs_room(struct pairs *pairs, size_t more)
{
	if (pairs->used + more > pairs->room) {
		size_t room = pairs->room * 2 > pairs->used + more ? pairs->room * 2 : pairs->used + more;
		uint8_t *grown = realloc(pairs->bytes, room);
		if (!grown)
			return NULL;
		pairs->bytes = grown;
		pairs->room = room;
	}
	return pairs->bytes + pairs->used;
}

/* Reads key by key. At most twice max_entries elements are visited. Returns 0 or -errno. */
static int read_singly(struct handle *map, struct pairs *pairs)
{
	uint8_t key[map->key_size], next[map->key_size];

	for (size_t visits = 0; visits < (size_t)map->max_entries * 2; visits++) {
		int error = bpf_map_get_next_key(map->fd, visits ? key : NULL, next);
		if (error)
			return error == -ENOENT ? 0 : error;
		memcpy(key, next, map->key_size);
		uint8_t *pair = pairs_room(pairs, map->key_size + map->value_size);
		if (!pair)
			return -ENOMEM;
		memcpy(pair, key, map->key_size);
		error = bpf_map_lookup_elem(map->fd, key, pair + map->key_size);
		if (!error)
			pairs->used += map->key_size + map->value_size;
		else if (error != -ENOENT)
			return error;
	}
	return 0;
}

/* More than any bucket of a hash map has, which the kernel reads as a whole. */
#define READ_AT_ONCE 1024

/* Reads a hash map, many elements by one system call. Returns 0 or -errno. */
static int read_batches(struct handle *map, struct pairs *pairs)
{
	size_t pair = (size_t)map->key_size + map->value_size;
	uint8_t *keys = malloc(READ_AT_ONCE * map->key_size), *values = malloc(READ_AT_ONCE * map->value_size);
	uint32_t place = 0;
	bool first = true;
	int error = keys && values ? 0 : -ENOMEM;

	while (!error) {
		LIBBPF_OPTS(bpf_map_batch_opts, options);
		uint32_t count = READ_AT_ONCE;
		error = bpf_map_lookup_batch(map->fd, first ? NULL : &place, &place, keys, values, &count, &options);
		first = false;
		if (error && error != -ENOENT)
			break;
		uint8_t *at = pairs_room(pairs, count * pair);
		if (!at && count) {
			error = -ENOMEM;
			break;
		}
		for (uint32_t i = 0; i < count; i++, at += pair) {
			memcpy(at, keys + i * map->key_size, map->key_size);
			memcpy(at + map->key_size, values + i * map->value_size, map->value_size);
		}
		pairs->used += count * pair;
	}
	free(keys);
	free(values);
	return error == -ENOENT ? 0 : error;
}

/*
 * mapEntries(map) -> Uint8Array of pairs (key, value) in a row. An element that comes or goes meanwhile may be missed, or met
 * twice if a deletion makes the kernel start over.
 */
static napi_value map_entries(struct call *call)
{
	struct handle *map = arg_handle(call, 0, HANDLE_MAP, "map");
	struct pairs pairs = { 0 };

	if (!map)
		return NULL;
	int error = map->map_type == BPF_MAP_TYPE_HASH ? read_batches(map, &pairs) : read_singly(map, &pairs);
	napi_value result = error ? throw_errno(call, error, "reading map %s", map->name)
				  : js_bytes(call->env, pairs.bytes, pairs.used);
	free(pairs.bytes);
	return result;
}

/* mapIsEmpty(map) */
static napi_value map_is_empty(struct call *call)
{
	struct handle *map = arg_handle(call, 0, HANDLE_MAP, "map");

	if (!map)
		return NULL;
	uint8_t key[map->key_size];
	int error = bpf_map_get_next_key(map->fd, NULL, key);
	return error && error != -ENOENT ? throw_errno(call, error, "reading map %s", map->name)
					 : js_bool(call->env, error == -ENOENT);
}

/* mapDeleteBatch(map, keys): deletes keys, given in a row, by one system call. One that is not there any more is passed over. */
static napi_value map_delete_batch(struct call *call)
{
	struct bytes keys;
	struct handle *map = arg_handle(call, 0, HANDLE_MAP, "map");

	if (!map || !arg_bytes(call, 1, "keys", &keys))
		return NULL;
	if (!map->key_size || keys.length % map->key_size)
		return throw_argument(call, "%zu bytes are not keys of %u", keys.length, map->key_size);
	for (size_t done = 0; done < keys.length / map->key_size;) {
		uint32_t count = (uint32_t)(keys.length / map->key_size - done);
		LIBBPF_OPTS(bpf_map_batch_opts, options);
		int error = bpf_map_delete_batch(map->fd, (uint8_t *)keys.data + done * map->key_size, &count, &options);
		if (error && error != -ENOENT)
			return throw_errno(call, error, "deleting from map %s", map->name);
		done += count + (error ? 1 : 0);
	}
	return js_undefined(call->env);
}

const struct method batch_methods[] = {
	{ "mapFill", 3, map_fill },
	{ "mapUpdateBatch", 3, map_update_batch },
	{ "mapDeleteBatch", 2, map_delete_batch },
	{ "mapEntries", 1, map_entries },
	{ "mapIsEmpty", 1, map_is_empty },
	{ 0 },
};
