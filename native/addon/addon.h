/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The addon: libbpf behind Node-API. Nothing here knows what the engine decides; src/ gives it meaning.
 *
 * Every exported function runs through one trampoline (addon.c) that fetches its arguments and captures libbpf's log
 * while it runs. Kernel objects are handles: externals that own one descriptor and give it back when they are closed,
 * collected, or the environment ends. There is no state outside an environment, because one process may load the addon
 * in several (worker threads, test runners).
 */
#ifndef PORTCULLIS_ADDON_H
#define PORTCULLIS_ADDON_H

#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAX_ARGS 6

/* The tail of what libbpf printed during the current call (errors.c). */
struct log {
	char *text;
	size_t length;
};

struct addon {
	struct log log;
};

struct call {
	napi_env env;
	struct addon *addon;
	size_t argc;
	napi_value argv[MAX_ARGS];
};

typedef napi_value (*method_fn)(struct call *call);

struct method {
	const char *name;
	size_t arity; /* arguments that must be there */
	method_fn run;
};

/* Methods of each file, ended by a NULL name. */
extern const struct method object_methods[], map_methods[], ring_methods[], run_methods[], btf_methods[], handle_methods[];

/* --- errors.c --- */

void log_init(void);
void log_begin(struct log *log);
void log_end(struct log *log);
/* Throws Error{code: "EPERM", errno: 1, log}; `error` is an errno of either sign. Always returns NULL. */
napi_value throw_errno(struct call *call, long error, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Throws TypeError{code: "ERR_INVALID_ARG_TYPE"}. Always returns NULL. */
napi_value throw_argument(struct call *call, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* --- addon.c: arguments; false means an exception is pending --- */

struct bytes {
	uint8_t *data;
	size_t length;
};
bool arg_bytes(struct call *call, size_t at, const char *name, struct bytes *out);
bool arg_u32(struct call *call, size_t at, const char *name, uint32_t *out);
bool arg_bool(struct call *call, size_t at, const char *name, bool *out);
/* At most `size` - 1 bytes; longer ones are refused, never cut. */
bool arg_string(struct call *call, size_t at, const char *name, char *out, size_t size);

napi_value js_undefined(napi_env env);
napi_value js_u32(napi_env env, uint32_t value);
napi_value js_bool(napi_env env, bool value);
napi_value js_string(napi_env env, const char *text);
/* A Uint8Array that holds a copy; NULL (exception pending) when out of memory. */
napi_value js_bytes(napi_env env, const void *data, size_t length);
void js_set(napi_env env, napi_value object, const char *name, napi_value value);

/* --- handles.c --- */

enum handle_kind { HANDLE_OBJECT, HANDLE_MAP, HANDLE_PROGRAM, HANDLE_LINK, HANDLE_RING, HANDLE_LOCK };

struct bpf_object;
struct ring;

struct handle {
	enum handle_kind kind;
	bool open;
	int fd; /* of maps, programs, links and locks */
	struct bpf_object *object;
	void *object_bytes; /* libbpf keeps pointing into them */
	struct ring *ring;
	uint32_t map_type, key_size, value_size, max_entries, map_flags; /* value_size: as user space sees it, all CPUs */
	char name[16];
};

/* The handle given as argument `at`, open and of that kind, or NULL with an exception pending. */
struct handle *arg_handle(struct call *call, size_t at, enum handle_kind kind, const char *name);
/* As above, for whatever has a descriptor the kernel can pin. */
struct handle *arg_pinnable(struct call *call, size_t at, const char *name);
/* A new handle that takes over `fd`; on failure `fd` is closed and an exception is pending. */
napi_value handle_new(struct call *call, enum handle_kind kind, int fd, struct handle **out);
/* handle_new for a map: reads the map's shape. */
napi_value handle_new_map(struct call *call, int fd);
void handle_close(struct handle *handle);

/* --- ring.c --- */

void ring_close(struct ring *ring);

#endif
