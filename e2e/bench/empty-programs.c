/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The limit of what any BPF-LSM engine can reach: `empty-programs HOOK...` attaches to each hook a program of two instructions,
 * which returns 0, prints "attached" and stays until its standard input ends. If one cannot be attached, it ends with status 1.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int attach_empty(const struct btf *kernel, const char *hook)
{
	const struct bpf_insn nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_LSM_MAC);
	char name[128];
	int id, program;

	snprintf(name, sizeof(name), "bpf_lsm_%s", hook);
	id = btf__find_by_name_kind(kernel, name, BTF_KIND_FUNC);
	if (id < 0)
		return id;
	options.attach_btf_id = id;
	program = bpf_prog_load(BPF_PROG_TYPE_LSM, "nothing", "GPL", nothing, 2, &options);
	return program < 0 ? program : bpf_raw_tracepoint_open(NULL, program);
}

int main(int argc, char **argv)
{
	struct btf *kernel = btf__load_vmlinux_btf();
	char end;

	if (!kernel) {
		perror("the kernel's BTF");
		return 1;
	}
	for (int i = 1; i < argc; i++) {
		int link = attach_empty(kernel, argv[i]);

		if (link < 0) {
			fprintf(stderr, "%s: %s\n", argv[i], strerror(-link));
			return 1;
		}
	}
	printf("attached\n");
	fflush(stdout);
	return read(STDIN_FILENO, &end, 1) != 0;
}
