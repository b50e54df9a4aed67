/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* What engine-run prints: events, counters that are not 0, and what verifier and compiler made of the programs. */
#include <linux/types.h>
#include "../include/abi.h"
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <string.h>

/* A name of an event, turned round. */
static void print_name(const char *key, const unsigned char *event, unsigned int at, unsigned int length)
{
	char text[16384], *end = text + sizeof(text) - 1, *p = end;
	unsigned int i = 0;

	*p = 0;
	while (i + 2 <= length) {
		unsigned int n = event[at + i] | event[at + i + 1] << 8;

		if (p - text < (long)n + 1 || i + 2 + n > length)
			break;
		memcpy(p -= n, event + at + i + 2, n);
		*--p = '/';
		i += 2 + n;
	}
	if (at)
		printf(" %s=%s", key, *p ? p : "/");
}

/* Called by libbpf for each record of a ring. `context`: what the lines of this ring begin with. */
static int print_event(void *context, void *data, size_t size)
{
	const struct pc_event *e = data;

	(void)size;
	printf("%s op=%u cat=%u slot=%u rule=%u verdict=%d flags=%x pid=%u nspid=%u ppid=%u uid=%u nr=%u seq=%llu size=%u access=%x",
	       (char *)context, e->operation, e->category, e->slot, e->rule_id, e->verdict, e->flags, e->pid, e->ns_pid, e->ppid,
	       e->uid, e->syscall_nr, (unsigned long long)e->sequence, e->size, e->access);
	print_name("object", data, e->object_at, e->object_len);
	if (e->object2_len)
		print_name("object2", data, e->object2_at, e->object2_len);
	print_name("exe", data, e->exe_at, e->exe_len);
	print_name("parent", data, e->parent_at, e->parent_len);
	print_name("cwd", data, e->cwd_at, e->cwd_len);
	printf(" comm=%.16s tty=%u args=", e->comm, e->tty);
	for (unsigned int i = 0; i < e->args_len; i++) {
		char c = ((char *)data)[e->args_at + i];

		putchar(c ? c : ' ');
	}
	putchar('\n');
	fflush(stdout);
	return 0;
}

static void print_counters(int fd)
{
	int cpus = libbpf_num_possible_cpus();
	__u64 values[cpus], total;

	for (__u32 i = 0; i < PC_COUNTERS; i++) {
		total = 0;
		if (bpf_map_lookup_elem(fd, &i, values))
			continue;
		for (int c = 0; c < cpus; c++)
			total += values[c];
		if (total)
			printf("counter %u = %llu\n", i, (unsigned long long)total);
	}
}

/* How many instructions the verifier followed, and how long each body became. */
static void print_programs(struct bpf_object *object)
{
	struct bpf_program *program;
	unsigned long long verified = 0, jited = 0;

	bpf_object__for_each_program(program, object) {
		struct bpf_prog_info info = {};
		__u32 length = sizeof(info);

		if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &length))
			continue;
		verified += info.verified_insns;
		jited += info.jited_prog_len;
		if (!strncmp(bpf_program__name(program), "body_", 5))
			printf("program %s verified=%u xlated=%u jited=%u\n", bpf_program__name(program), info.verified_insns,
			       info.xlated_prog_len / 8, info.jited_prog_len);
	}
	printf("programs verified=%llu jited=%llu\n", verified, jited);
}
