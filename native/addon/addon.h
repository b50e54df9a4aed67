/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The addon: libbpf behind Node-API. Nothing here knows what the engine decides; src/ gives it meaning.
 *
 * Every exported function is called by one function of addon.c, which fetches its arguments and captures libbpf's log
 * meanwhile. JavaScript holds kernel objects as handles: externals that own one descriptor and give it back when they are
 * closed or collected, or when the environment ends. No state is kept outside of an environment, because a process may load
 * the addon in several (worker threads, test runners).
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
	size_t arity; /* the number of arguments that must be given */
	method_fn run;
};

/* The methods of each file; a NULL name ends the list. */
extern const struct method object_methods[], trace_methods[], cgroup_methods[], link_methods[], map_methods[], batch_methods[], ring_methods[], run_methods[], btf_methods[], handle_methods[];

/* --- errors.c --- */

void log_init(void);
void log_begin(struct log *log);
void log_end(struct log *log);
/* Throws Error{code: "EPERM", errno: 1, log}; `error` is an errno of either sign. Always returns NULL. */
napi_value throw_errno(struct call *call, long error, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Throws TypeError{code: "ERR_INVALID_ARG_TYPE"}. Always returns NULL. */
napi_value throw_argument(struct call *call, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* --- addon.c: arguments; false: an exception is pending --- */

struct bytes {
	uint8_t *data;
	size_t length;
};
bool arg_bytes(struct call *call, size_t at, const char *name, struct bytes *out);
bool arg_u32(struct call *call, size_t at, const char *name, uint32_t *out);
bool arg_bool(struct call *call, size_t at, const char *name, bool *out);
/* A string of at most `size` - 1 bytes. A longer one is refused, never cut. */
bool arg_string(struct call *call, size_t at, const char *name, char *out, size_t size);

napi_value js_undefined(napi_env env);
napi_value js_u32(napi_env env, uint32_t value);
napi_value js_bool(napi_env env, bool value);
napi_value js_string(napi_env env, const char *text);
/* A Uint8Array with a copy. NULL: there is no memory, and an exception is pending. */
napi_value js_bytes(napi_env env, const void *data, size_t length);
void js_set(napi_env env, napi_value object, const char *name, napi_value value);

/* --- handles.c --- */

enum handle_kind { HANDLE_OBJECT, HANDLE_MAP, HANDLE_PROGRAM, HANDLE_LINK, HANDLE_RING, HANDLE_LOCK };

struct bpf_link;
struct bpf_object;
struct bpf_program;
struct ring;

struct handle {
	enum handle_kind kind;
	bool open;
	int fd; /* of maps, programs, links and locks */
	struct bpf_object *object;
	void *object_bytes; /* libbpf keeps pointing into them */
	struct ring *ring;
	uint32_t map_type, key_size, value_size, max_entries, map_flags; /* value_size: as user space sees it, of all CPUs together */
	char name[16];
};

/* The handle that is argument `at`, open and of that kind. NULL: it is something else, and an exception is pending. */
struct handle *arg_handle(struct call *call, size_t at, enum handle_kind kind, const char *name);
/* The same, for a handle of any kind that the kernel can pin. */
struct handle *arg_pinnable(struct call *call, size_t at, const char *name);
/* A new handle, which takes over `fd`. On failure `fd` is closed and an exception is pending. */
napi_value handle_new(struct call *call, enum handle_kind kind, int fd, struct handle **out);
/* handle_new() for a map, whose shape is read as well. */
napi_value handle_new_map(struct call *call, int fd);
void handle_close(struct handle *handle);

/* --- object.c --- */

/* The program of the object that argument 1 names. NULL: there is none, and an exception is pending. */
struct bpf_program *find_program(struct call *call, struct handle *handle);
/* A handle of a link that was just made, or an exception. */
napi_value link_handle(struct call *call, struct bpf_program *program, struct bpf_link *link);

/* --- ring.c --- */

void ring_close(struct ring *ring);

#endif
