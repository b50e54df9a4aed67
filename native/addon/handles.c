/* SPDX-License-Identifier: Apache-2.0 */
/* Handles: what JavaScript holds of a kernel object. Also pinning, and the lock on a pin directory. */
#include "addon.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* By this the externals of this addon are told from those of others. */
static const napi_type_tag handle_tag = { 0x5043756c6c697331ULL, 0x68616e646c657331ULL };

static const char *const kind_names[] = { "an object", "a map", "a program", "a link", "a ring", "a lock" };

void handle_close(struct handle *handle)
{
	if (!handle->open)
		return;
	handle->open = false;
	if (handle->ring)
		ring_close(handle->ring);
	if (handle->object)
		bpf_object__close(handle->object);
	free(handle->object_bytes);
	if (handle->fd >= 0)
		close(handle->fd);
	handle->fd = -1;
	handle->ring = NULL;
	handle->object = NULL;
	handle->object_bytes = NULL;
}

static void finalize(napi_env env, void *data, void *hint)
{
	(void)env, (void)hint;
	handle_close(data);
	free(data);
}

napi_value handle_new(struct call *call, enum handle_kind kind, int fd, struct handle **out)
{
	struct handle *handle = calloc(1, sizeof(*handle));
	napi_value value = NULL;

	if (!handle) {
		if (fd >= 0)
			close(fd);
		return throw_errno(call, ENOMEM, "handle");
	}
	handle->kind = kind;
	handle->open = true;
	handle->fd = fd;
	if (napi_create_external(call->env, handle, finalize, NULL, &value) != napi_ok) {
		finalize(call->env, handle, NULL);
		return throw_errno(call, ENOMEM, "handle");
	}
	napi_type_tag_object(call->env, value, &handle_tag);
	if (out)
		*out = handle;
	return value;
}

napi_value handle_new_map(struct call *call, int fd)
{
	struct bpf_map_info info = { 0 };
	__u32 size = sizeof(info);
	struct handle *handle = NULL;

	if (bpf_obj_get_info_by_fd(fd, &info, &size)) {
		int error = errno;
		close(fd);
		return throw_errno(call, error, "reading the map's shape");
	}
	napi_value value = handle_new(call, HANDLE_MAP, fd, &handle);
	if (!value)
		return NULL;
	handle->map_type = info.type;
	handle->key_size = info.key_size;
	handle->value_size = info.value_size;
	handle->max_entries = info.max_entries;
	handle->map_flags = info.map_flags;
	memcpy(handle->name, info.name, sizeof(handle->name) - 1);
	if (info.type == BPF_MAP_TYPE_PERCPU_ARRAY || info.type == BPF_MAP_TYPE_PERCPU_HASH ||
	    info.type == BPF_MAP_TYPE_LRU_PERCPU_HASH)
		handle->value_size = ((info.value_size + 7) & ~7u) * (uint32_t)libbpf_num_possible_cpus();
	return value;
}

static struct handle *any_handle(struct call *call, size_t at, const char *name)
{
	struct handle *handle = NULL;
	napi_valuetype type = napi_undefined;
	bool ours = false;

	napi_typeof(call->env, call->argv[at], &type);
	if (type == napi_external)
		napi_check_object_type_tag(call->env, call->argv[at], &handle_tag, &ours);
	if (!ours || napi_get_value_external(call->env, call->argv[at], (void **)&handle) != napi_ok) {
		throw_argument(call, "%s must be a handle of this addon", name);
		return NULL;
	}
	return handle;
}

struct handle *arg_handle(struct call *call, size_t at, enum handle_kind kind, const char *name)
{
	struct handle *handle = any_handle(call, at, name);

	if (!handle)
		return NULL;
	if (handle->kind != kind) {
		throw_argument(call, "%s must be %s, not %s", name, kind_names[kind], kind_names[handle->kind]);
		return NULL;
	}
	if (!handle->open) {
		throw_errno(call, EBADF, "%s is closed", name);
		return NULL;
	}
	return handle;
}

struct handle *arg_pinnable(struct call *call, size_t at, const char *name)
{
	struct handle *handle = any_handle(call, at, name);

	if (!handle)
		return NULL;
	if (handle->kind != HANDLE_MAP && handle->kind != HANDLE_PROGRAM && handle->kind != HANDLE_LINK) {
		throw_argument(call, "%s must be a map, a program or a link, not %s", name, kind_names[handle->kind]);
		return NULL;
	}
	if (!handle->open) {
		throw_errno(call, EBADF, "%s is closed", name);
		return NULL;
	}
	return handle;
}

static napi_value close_handle(struct call *call)
{
	struct handle *handle = any_handle(call, 0, "handle");

	if (!handle)
		return NULL;
	handle_close(handle);
	return js_undefined(call->env);
}

static napi_value pin(struct call *call)
{
	char path[PATH_MAX];
	struct handle *handle = arg_pinnable(call, 0, "handle");

	if (!handle || !arg_string(call, 1, "path", path, sizeof(path)))
		return NULL;
	if (bpf_obj_pin(handle->fd, path))
		return throw_errno(call, errno, "pinning %s", path);
	return js_undefined(call->env);
}

/* What is pinned in a file. The kernel names the descriptor after that. */
static bool fd_is(int fd, const char *what)
{
	char self[64], target[64];

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	ssize_t length = readlink(self, target, sizeof(target) - 1);
	if (length < 0)
		return false;
	target[length] = '\0';
	return strstr(target, what) != NULL;
}

/* `alias`: another name that the kernel may give. */
static int open_pinned(struct call *call, const char *what, const char *alias)
{
	char path[PATH_MAX];

	if (!arg_string(call, 0, "path", path, sizeof(path)))
		return -1;
	int fd = bpf_obj_get(path);
	if (fd < 0) {
		throw_errno(call, errno, "opening pinned %s", path);
		return -1;
	}
	if (!fd_is(fd, what) && !fd_is(fd, alias)) {
		close(fd);
		throw_errno(call, EINVAL, "%s is not a %s", path, what);
		return -1;
	}
	return fd;
}

static napi_value open_map(struct call *call)
{
	int fd = open_pinned(call, "bpf-map", "bpf-map");
	return fd < 0 ? NULL : handle_new_map(call, fd);
}

static napi_value open_program(struct call *call)
{
	int fd = open_pinned(call, "bpf-prog", "bpf-prog");
	return fd < 0 ? NULL : handle_new(call, HANDLE_PROGRAM, fd, NULL);
}

static napi_value open_link(struct call *call)
{
	int fd = open_pinned(call, "bpf_link", "bpf-link");
	return fd < 0 ? NULL : handle_new(call, HANDLE_LINK, fd, NULL);
}

/* lockDirectory(path): an exclusive lock, which ends with its holder, however that ends. Throws EAGAIN if it is taken. */
static napi_value lock_directory(struct call *call)
{
	char path[PATH_MAX];

	if (!arg_string(call, 0, "path", path, sizeof(path)))
		return NULL;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return throw_errno(call, errno, "opening %s", path);
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		int error = errno;
		close(fd);
		return throw_errno(call, error, "locking %s", path);
	}
	return handle_new(call, HANDLE_LOCK, fd, NULL);
}

const struct method handle_methods[] = {
	{ "close", 1, close_handle },	    { "pin", 2, pin },
	{ "openMap", 1, open_map },	    { "openProgram", 1, open_program },
	{ "openLink", 1, open_link },	    { "lockDirectory", 1, lock_directory },
	{ 0 },
};
