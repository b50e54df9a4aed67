/* SPDX-License-Identifier: Apache-2.0 */
/* Tracing programs: each is loaded for one function of the kernel, and attached with a cookie that it can ask for. */
#include "addon.h"

#include <bpf/libbpf.h>

#define FUNCTION_MAX 128

/* objectTrace(object, program, function): the program will be loaded for this function of the kernel. */
static napi_value object_trace(struct call *call)
{
	char function[FUNCTION_MAX];
	struct handle *handle = arg_handle(call, 0, HANDLE_OBJECT, "object");
	struct bpf_program *program = handle ? find_program(call, handle) : NULL;

	if (!program || !arg_string(call, 2, "function", function, sizeof(function)))
		return NULL;
	int error = bpf_program__set_attach_target(program, 0, function);
	return error ? throw_errno(call, error, "function %s of the kernel", function) : js_undefined(call->env);
}

/* objectAttachTrace(object, program, cookie) -> link: attached to its function, while the link is open or pinned. */
static napi_value object_attach_trace(struct call *call)
{
	uint32_t cookie;
	struct handle *handle = arg_handle(call, 0, HANDLE_OBJECT, "object");
	struct bpf_program *program = handle ? find_program(call, handle) : NULL;

	if (!program || !arg_u32(call, 2, "cookie", &cookie))
		return NULL;
	LIBBPF_OPTS(bpf_trace_opts, options, .cookie = cookie);
	return link_handle(call, program, bpf_program__attach_trace_opts(program, &options));
}

const struct method trace_methods[] = {
	{ "objectTrace", 3, object_trace },
	{ "objectAttachTrace", 3, object_attach_trace },
	{ 0 },
};
