/* SPDX-License-Identifier: Apache-2.0 */
/* Registration, the one function that calls every method, and the conversion of arguments and results. */
#include "addon.h"

#include <bpf/libbpf.h>
#include <stdlib.h>

static napi_value trampoline(napi_env env, napi_callback_info info)
{
	struct call call = { .env = env, .argc = MAX_ARGS };
	const struct method *method = NULL;

	if (napi_get_cb_info(env, info, &call.argc, call.argv, NULL, (void **)&method) != napi_ok)
		return NULL;
	if (napi_get_instance_data(env, (void **)&call.addon) != napi_ok || !call.addon)
		return NULL;
	if (call.argc < method->arity)
		return throw_argument(&call, "%s wants %zu arguments, got %zu", method->name, method->arity, call.argc);
	if (call.argc > MAX_ARGS)
		call.argc = MAX_ARGS;
	log_begin(&call.addon->log);
	napi_value result = method->run(&call);
	log_end(&call.addon->log);
	return result;
}

bool arg_bytes(struct call *call, size_t at, const char *name, struct bytes *out)
{
	bool typed = false;
	napi_typedarray_type type = napi_int8_array;
	void *data = NULL;

	napi_is_typedarray(call->env, call->argv[at], &typed);
	if (!typed || napi_get_typedarray_info(call->env, call->argv[at], &type, &out->length, &data, NULL, NULL) != napi_ok ||
	    type != napi_uint8_array) {
		throw_argument(call, "%s must be a Uint8Array", name);
		return false;
	}
	out->data = data;
	return true;
}

bool arg_u32(struct call *call, size_t at, const char *name, uint32_t *out)
{
	double value = -1;

	if (napi_get_value_double(call->env, call->argv[at], &value) != napi_ok || !(value >= 0 && value <= UINT32_MAX) ||
	    value != (double)(uint32_t)value) {
		throw_argument(call, "%s must be an integer of 0 to 4294967295", name);
		return false;
	}
	*out = (uint32_t)value;
	return true;
}

bool arg_bool(struct call *call, size_t at, const char *name, bool *out)
{
	if (napi_get_value_bool(call->env, call->argv[at], out) == napi_ok)
		return true;
	throw_argument(call, "%s must be a boolean", name);
	return false;
}

bool arg_string(struct call *call, size_t at, const char *name, char *out, size_t size)
{
	size_t length = 0;

	if (napi_get_value_string_utf8(call->env, call->argv[at], NULL, 0, &length) != napi_ok) {
		throw_argument(call, "%s must be a string", name);
		return false;
	}
	if (length >= size) {
		throw_argument(call, "%s is %zu bytes long, at most %zu are allowed", name, length, size - 1);
		return false;
	}
	napi_get_value_string_utf8(call->env, call->argv[at], out, size, &length);
	return true;
}

napi_value js_undefined(napi_env env)
{
	napi_value value = NULL;
	napi_get_undefined(env, &value);
	return value;
}

napi_value js_u32(napi_env env, uint32_t number)
{
	napi_value value = NULL;
	napi_create_uint32(env, number, &value);
	return value;
}

napi_value js_bool(napi_env env, bool flag)
{
	napi_value value = NULL;
	napi_get_boolean(env, flag, &value);
	return value;
}

napi_value js_string(napi_env env, const char *text)
{
	napi_value value = NULL;
	napi_create_string_utf8(env, text ? text : "", NAPI_AUTO_LENGTH, &value);
	return value;
}

napi_value js_bytes(napi_env env, const void *data, size_t length)
{
	napi_value buffer = NULL, view = NULL;
	void *copy = NULL;

	if (napi_create_arraybuffer(env, length, &copy, &buffer) != napi_ok)
		return NULL;
	if (length)
		__builtin_memcpy(copy, data, length);
	napi_create_typedarray(env, napi_uint8_array, length, buffer, 0, &view);
	return view;
}

void js_set(napi_env env, napi_value object, const char *name, napi_value value)
{
	if (value)
		napi_set_named_property(env, object, name, value);
}

static napi_value version(struct call *call)
{
	return js_string(call->env, libbpf_version_string());
}

static const struct method own_methods[] = { { "libbpfVersion", 0, version }, { 0 } };

static void free_addon(napi_env env, void *data, void *hint)
{
	(void)env, (void)hint;
	struct addon *addon = data;
	free(addon->log.text);
	free(addon);
}

static bool export_methods(napi_env env, napi_value exports, const struct method *methods)
{
	for (const struct method *m = methods; m->name; m++) {
		napi_value function = NULL;
		if (napi_create_function(env, m->name, NAPI_AUTO_LENGTH, trampoline, (void *)m, &function) != napi_ok ||
		    napi_set_named_property(env, exports, m->name, function) != napi_ok)
			return false;
	}
	return true;
}

NAPI_MODULE_INIT()
{
	static const struct method *const groups[] = { own_methods, handle_methods, object_methods, trace_methods, cgroup_methods, link_methods, map_methods, batch_methods,
						       ring_methods, run_methods, btf_methods };
	struct addon *addon = calloc(1, sizeof(*addon));

	if (!addon || napi_set_instance_data(env, addon, free_addon, NULL) != napi_ok) {
		free(addon);
		napi_throw_error(env, "ENOMEM", "no memory for the addon's state");
		return NULL;
	}
	log_init();
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (!export_methods(env, exports, groups[i]))
			return NULL;
	return exports;
}
