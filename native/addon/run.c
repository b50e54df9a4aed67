/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a program for a test, and asks the kernel whether it accepts an LSM program at all. */
#include "addon.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <unistd.h>

/* programRun(program, context, repeat) -> the program's return value (BPF_PROG_TEST_RUN). An empty context is none. */
static napi_value program_run(struct call *call)
{
	struct bytes context;
	uint32_t repeat;
	struct handle *program = arg_handle(call, 0, HANDLE_PROGRAM, "program");

	if (!program || !arg_bytes(call, 1, "context", &context) || !arg_u32(call, 2, "repeat", &repeat))
		return NULL;
	LIBBPF_OPTS(bpf_test_run_opts, options);
	if (context.length) {
		options.ctx_in = context.data;
		options.ctx_size_in = (__u32)context.length;
	}
	uint32_t result = 0;
	for (uint32_t i = 0; i < repeat; i++) {
		int error = bpf_prog_test_run_opts(program->fd, &options);
		if (error)
			return throw_errno(call, error, "running the program");
		result = options.retval;
	}
	return js_u32(call->env, result);
}

/* lsmTry(hook): loads an LSM program that allows everything, and closes it. Throws the kernel's reason if it refuses. */
static napi_value lsm_try(struct call *call)
{
	char hook[64];
	/* r0 = 0; exit */
	static const struct bpf_insn program[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	if (!arg_string(call, 0, "hook", hook, sizeof(hook)))
		return NULL;
	int target = libbpf_find_vmlinux_btf_id(hook, BPF_LSM_MAC);
	if (target < 0)
		return throw_errno(call, target, "hook %s in the kernel's BTF", hook);
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_LSM_MAC, .attach_btf_id = (__u32)target);
	int fd = bpf_prog_load(BPF_PROG_TYPE_LSM, "portcullis_try", "GPL", program, 2, &options);
	if (fd < 0)
		return throw_errno(call, fd, "loading a program for hook %s", hook);
	close(fd);
	return js_undefined(call->env);
}

const struct method run_methods[] = { { "programRun", 3, program_run }, { "lsmTry", 1, lsm_try }, { 0 } };
