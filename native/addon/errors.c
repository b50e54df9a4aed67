/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors with the words of whoever refused: errno by its name, and the end of libbpf's log, in which the verifier's own log
 * is after a failed load.
 */
#include "addon.h"

#include <bpf/libbpf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A verifier's log can have megabytes. The reason of a refusal is at its end. */
#define LOG_TAIL ((size_t)64 * 1024)

/* The log of the call that this thread is in. libbpf's print callback is given no context, and calls never nest. */
static _Thread_local struct log *capturing;

static int capture(enum libbpf_print_level level, const char *format, va_list args)
{
	struct log *log = capturing;
	va_list again;

	if (level == LIBBPF_DEBUG || !log)
		return 0;
	va_copy(again, args);
	int length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (length <= 0)
		return 0;
	char *line = malloc((size_t)length + 1);
	if (!line)
		return 0;
	vsnprintf(line, (size_t)length + 1, format, args);
	if (!log->text)
		log->text = malloc(LOG_TAIL + 1);
	if (log->text) {
		size_t add = (size_t)length < LOG_TAIL ? (size_t)length : LOG_TAIL;
		size_t keep = log->length + add > LOG_TAIL ? LOG_TAIL - add : log->length;
		memmove(log->text, log->text + log->length - keep, keep);
		memcpy(log->text + keep, line + length - add, add);
		log->length = keep + add;
		log->text[log->length] = '\0';
	}
	free(line);
	return length;
}

void log_init(void)
{
	libbpf_set_print(capture);
}

void log_begin(struct log *log)
{
	log->length = 0;
	capturing = log;
}

void log_end(struct log *log)
{
	(void)log;
	capturing = NULL;
}

napi_value throw_errno(struct call *call, long error, const char *format, ...)
{
	napi_env env = call->env;
	char what[512], message[1024];
	napi_value text = NULL, value = NULL, code = NULL;
	int number = (int)(error < 0 ? -error : error);
	const char *name = strerrorname_np(number);
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	snprintf(message, sizeof(message), "%s: %s", what, strerrordesc_np(number) ?: "unknown error");
	code = js_string(env, name ?: "UNKNOWN");
	text = js_string(env, message);
	if (napi_create_error(env, code, text, &value) != napi_ok)
		return NULL;
	js_set(env, value, "errno", js_u32(env, (uint32_t)number));
	struct log *log = &call->addon->log;
	/* It is not enumerable, so that printing the error does not print tens of kilobytes. */
	napi_property_descriptor property = { .utf8name = "log", .value = js_string(env, log->length ? log->text : "") };
	napi_define_properties(env, value, 1, &property);
	napi_throw(env, value);
	return NULL;
}

napi_value throw_argument(struct call *call, const char *format, ...)
{
	char message[512];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	napi_throw_type_error(call->env, "ERR_INVALID_ARG_TYPE", message);
	return NULL;
}
