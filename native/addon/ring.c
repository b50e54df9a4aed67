/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ring buffers, drained on the event loop's thread. One uv_poll watches the ring's epoll descriptor. Each wake-up takes at
 * most a bounded number of records and makes one call into JavaScript, with all of them in one ArrayBuffer. The watch is
 * level triggered: what is left wakes it again, after timers and other descriptors had their turn.
 *
 * A record in the buffer: __u32 length, __u32 zero, the bytes, padding to a multiple of 8.
 */
#include "addon.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define RECORD_HEADER 8

struct ring {
	napi_env env;
	struct ring_buffer *buffer;
	uv_poll_t *poll;
	napi_ref callback;
	napi_async_context context;
	napi_async_cleanup_hook_handle cleanup;
	struct handle *handle; /* the handle that owns this ring, which is told if the environment ends first */
	uint32_t max_records, max_bytes;
	/* The batch being drained. */
	uint8_t *batch;
	size_t used, room;
	uint32_t count;
	bool out_of_memory;
};

/* Takes one record from libbpf. A negative result stops after this record, which counts as consumed all the same. */
static int take(void *context, void *data, size_t length)
{
	struct ring *ring = context;
	size_t need = RECORD_HEADER + ((length + 7) & ~(size_t)7);

	if (ring->used + need > ring->room) {
		size_t room = ring->room * 2 > ring->used + need ? ring->room * 2 : ring->used + need;
		uint8_t *grown = realloc(ring->batch, room);
		if (!grown) {
			ring->out_of_memory = true;
			return -ENOMEM;
		}
		ring->batch = grown;
		ring->room = room;
	}
	uint8_t *at = ring->batch + ring->used;
	memset(at, 0, RECORD_HEADER);
	memset(at + need - 8, 0, 8);
	uint32_t length32 = (uint32_t)length;
	memcpy(at, &length32, sizeof(length32));
	memcpy(at + RECORD_HEADER, data, length);
	ring->used += need;
	ring->count++;
	return ring->count >= ring->max_records || ring->used >= ring->max_bytes ? -ECANCELED : 0;
}

/* Calls callback(buffer, count, more). `more`: the bound was reached, so that records are probably left. */
static void deliver(struct ring *ring, bool more)
{
	napi_env env = ring->env;
	napi_handle_scope scope;
	napi_value arguments[3], function = NULL, receiver = NULL;
	void *data = NULL;

	if (napi_open_handle_scope(env, &scope) != napi_ok)
		return;
	if (napi_create_arraybuffer(env, ring->used, &data, &arguments[0]) == napi_ok &&
	    napi_get_reference_value(env, ring->callback, &function) == napi_ok && function) {
		memcpy(data, ring->batch, ring->used);
		arguments[1] = js_u32(env, ring->count);
		arguments[2] = js_bool(env, more);
		napi_get_global(env, &receiver);
		napi_status status = napi_make_callback(env, ring->context, receiver, function, 3, arguments, NULL);
		napi_value thrown = NULL;
		/* From here on `ring` may be gone, because the callback may have closed it. */
		if (status == napi_pending_exception && napi_get_and_clear_last_exception(env, &thrown) == napi_ok)
			napi_fatal_exception(env, thrown);
	}
	napi_close_handle_scope(env, scope);
}

static void drain(struct ring *ring)
{
	ring->used = 0;
	ring->count = 0;
	ring->out_of_memory = false;
	int result = ring_buffer__consume(ring->buffer);
	if (ring->count)
		deliver(ring, result == -ECANCELED);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	(void)events;
	if (status == 0)
		drain(poll->data);
}

/* The watch is closed, and nothing of libuv points here any more. */
static void on_closed(uv_handle_t *watch)
{
	struct ring *ring = watch->data;

	ring_buffer__free(ring->buffer);
	if (ring->cleanup)
		napi_remove_async_cleanup_hook(ring->cleanup);
	free(ring->batch);
	free(ring->poll);
	free(ring);
}

void ring_close(struct ring *ring)
{
	ring->handle->ring = NULL;
	uv_poll_stop(ring->poll);
	if (ring->callback)
		napi_delete_reference(ring->env, ring->callback);
	if (ring->context)
		napi_async_destroy(ring->env, ring->context);
	ring->callback = NULL;
	ring->context = NULL;
	uv_close((uv_handle_t *)ring->poll, on_closed);
}

static void on_environment_end(napi_async_cleanup_hook_handle hook, void *data)
{
	(void)hook;
	struct ring *ring = data;
	if (!uv_is_closing((uv_handle_t *)ring->poll))
		ring_close(ring);
}

static bool watch(struct ring *ring)
{
	uv_loop_t *loop = NULL;

	/* libuv is asked how large its handle is, because the headers may be older than the library in Node. */
	ring->poll = calloc(1, uv_handle_size(UV_POLL));
	if (!ring->poll || napi_get_uv_event_loop(ring->env, &loop) != napi_ok)
		return false;
	if (uv_poll_init(loop, ring->poll, ring_buffer__epoll_fd(ring->buffer)))
		return false;
	ring->poll->data = ring;
	return true;
}

/* ringOpen(map, maxRecords, maxBytes, callback): a batch exceeds maxBytes by one record at most. */
static napi_value ring_open(struct call *call)
{
	napi_env env = call->env;
	uint32_t max_records, max_bytes;
	napi_valuetype type = napi_undefined;
	napi_value name = js_string(env, "portcullis.ring"), value = NULL;
	struct handle *map = arg_handle(call, 0, HANDLE_MAP, "map"), *handle = NULL;

	if (!map || !arg_u32(call, 1, "maxRecords", &max_records) || !arg_u32(call, 2, "maxBytes", &max_bytes))
		return NULL;
	napi_typeof(env, call->argv[3], &type);
	if (type != napi_function || !max_records || !max_bytes)
		return throw_argument(call, "ringOpen wants bounds above 0 and a function");
	struct ring *ring = calloc(1, sizeof(*ring));
	if (!ring)
		return throw_errno(call, ENOMEM, "ring of map %s", map->name);
	ring->env = env;
	ring->max_records = max_records;
	ring->max_bytes = max_bytes;
	ring->buffer = ring_buffer__new(map->fd, take, ring, NULL);
	int error = ring->buffer ? 0 : errno;
	if (!error && !watch(ring))
		error = ENOMEM;
	value = error ? NULL : handle_new(call, HANDLE_RING, -1, &handle);
	if (!value) {
		if (ring->poll && ring->poll->data) { /* it is initialised, so that libuv must let go of it first */
			uv_close((uv_handle_t *)ring->poll, on_closed);
			return NULL;
		}
		ring_buffer__free(ring->buffer);
		free(ring->poll);
		free(ring);
		return throw_errno(call, error, "ring of map %s", map->name);
	}
	handle->ring = ring;
	ring->handle = handle;
	napi_create_reference(env, call->argv[3], 1, &ring->callback);
	napi_async_init(env, NULL, name, &ring->context);
	napi_add_async_cleanup_hook(env, on_environment_end, ring, &ring->cleanup);
	error = uv_poll_start(ring->poll, UV_READABLE, on_readable);
	if (error) {
		handle_close(handle);
		return throw_errno(call, error, "watching the ring of map %s", map->name);
	}
	return value;
}

/* ringDrain(ring): delivers one bounded batch now, without waiting for the loop. The callback runs before it returns. */
static napi_value ring_drain(struct call *call)
{
	struct handle *handle = arg_handle(call, 0, HANDLE_RING, "ring");

	if (!handle)
		return NULL;
	drain(handle->ring);
	return js_undefined(call->env);
}

const struct method ring_methods[] = { { "ringOpen", 4, ring_open }, { "ringDrain", 1, ring_drain }, { 0 } };
