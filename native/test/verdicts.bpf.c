/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The engine's hooks without the hooks: the very function that the body consists of, called by BPF_PROG_TEST_RUN on any
 * kernel, so that a test can compare their verdicts with what the rules mean. What a hook is given by the kernel is made here:
 * stand-ins for dentries, a mount, a file, a program to execute, laid out as the running kernel has them. The actor is the task
 * that runs the program. Verdicts are reported as always, by events.
 *
 * Long because it is one stage: who sets it and who is asked on it share every stand-in.
 *
 * testing.ts writes a case into `stage`, runs one of the programs, and reads the rings.
 */
#include <linux/types.h>
#include <stdbool.h>

static bool has_terminal(void);
#define PORTCULLIS_OTHER_TERMINAL

struct task_struct;
static __u64 exec_vector(struct task_struct *current, __u32 *stride);
static long read_vector(void *to, __u32 size, __u64 from);
static long read_argument(void *to, __u32 size, __u64 from);
#define PORTCULLIS_OTHER_VECTOR
#include "passed-call.h"

static long read_text(void *to, __u64 from);
static __u64 argument(__u32 place);
#define PORTCULLIS_OTHER_ARGUMENTS
#include "../bpf/syscall_rules.h"
#pragma clang diagnostic ignored "-Wunused-function" /* packets are read by the kernel's own programs alone */
#include "../bpf/dns_wire.h"
#include "../bpf/addresses.h"

char LICENSE[] SEC("license") = "GPL";

#define MOST 24

struct staged_text {
	__u32 length;
	char bytes[260];
};

/* Components from the root. `depth` 0 is the root itself; `pathless`: there is no name. */
struct staged_name {
	__u32 depth;
	__u32 pathless;
	struct staged_text components[MOST];
};

struct staged_case {
	__u32 is_owner;
	__u32 has_terminal;
	__u32 for_writing; /* of an open */
	__u32 unreadable;  /* the bytes of the object's last component lie nowhere */
	__u32 family;      /* of a socket */
	__u32 type;
	__u32 protocol;
	__u32 capability;
	__u32 descriptor;  /* of a system call: what its name is relative to */
	__s64 result;
	char text[512];    /* its name */
	char arguments[8][512]; /* of the program that is executed, its own name first */
	__u32 argument_count;
	__u64 judged;      /* what is known of the socket, and then what is to be known of it */
	__u64 inline_hash;
	__u64 long_hash;
	char message[MESSAGE_MAX]; /* what is sent to a server of DNS */
	__u32 message_length;
	__u32 is_stream;
	__u64 leaves;              /* whether it may leave, sent by the same */
	__u64 peer_high;           /* whom a socket speaks with */
	__u64 peer_low;
	__u32 peer_port;
	__u32 ingress;
	__u32 unknown;
	struct staged_name program;
	struct staged_name script;
	struct staged_name object;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct staged_case);
} stage SEC(".maps");

/* Room for each kernel object, more than any kernel takes for the fields that are read. */
struct stand_ins {
	char dentries[MOST + 1][256];
	char nameless[256];
	char inode[1024];
	char superblock[4096];
	char nowhere[4096]; /* a superblock to which no path leads */
	char mount[1024];
	char namespace[1024];
	char file[1024];
	char bprm[1024];
	char socket[512];
	char sock[4096];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct stand_ins);
} stand_ins SEC(".maps");

#define SET(area, type, field, value) \
	(*(typeof(((type *)0)->field) *)((area) + bpf_core_field_offset(type, field)) = (typeof(((type *)0)->field))(value))

static __always_inline struct staged_case *case_now(void)
{
	__u32 first = 0;

	return bpf_map_lookup_elem(&stage, &first);
}

static bool has_terminal(void)
{
	struct staged_case *given = case_now();

	return given && given->has_terminal;
}

/* A dentry of this name. Short names lie in the dentry itself, as the kernel has it. */
static __always_inline void set_dentry(struct stand_ins *all, char *dentry, const char *parent, const struct staged_text *text,
				       const char *superblock)
{
	char *name = dentry + inline_name_offset();
	__u32 length = text->length;

	SET(dentry, struct dentry, d_name.len, length);
	SET(dentry, struct dentry, d_parent, parent);
	SET(dentry, struct dentry, d_inode, all->inode);
	SET(dentry, struct dentry, d_sb, superblock);
	SET(dentry, struct dentry, d_hash.pprev, dentry); /* 0 would say that it is unlinked */
	if (length >= inline_name_size()) {
		SET(dentry, struct dentry, d_name.name, text->bytes);
		return;
	}
	SET(dentry, struct dentry, d_name.name, name);
	__builtin_memcpy(name, text->bytes, 32);
	if (inline_name_size() > 32)
		__builtin_memcpy(name + 32, text->bytes + 32, 8);
}

/* Sets the stage for one name: its dentries and mount, a file of that name, and a program to execute of that name. */
static __noinline int set_name(struct stand_ins *all, const struct staged_name *name, const struct staged_case *given)
{
	struct task_struct *current = bpf_get_current_task_btf();
	char *leaf = all->dentries[0];
	char *vfsmount = all->mount + bpf_core_field_offset(struct mount, mnt);

	SET(all->inode, struct inode, i_uid.val, BPF_CORE_READ(current, cred, fsuid.val) + !given->is_owner);
	SET(all->nowhere, struct super_block, s_flags, SB_NOUSER | SB_RDONLY);
	SET(all->superblock, struct super_block, s_flags, SB_RDONLY); /* no actor could have written a program */
	if (bpf_core_field_exists(struct mnt_namespace, seq))
		SET(all->namespace, struct mnt_namespace, seq, 1);
	else
		SET(all->namespace, struct mnt_namespace, ns.ns_id, 1);
	SET(all->mount, struct mount, mnt_ns, all->namespace);
	SET(all->mount, struct mount, mnt_parent, all->mount);
	SET(all->mount, struct mount, mnt.mnt_root, all->dentries[0]);
	SET(all->mount, struct mount, mnt.mnt_sb, all->superblock);
	set_dentry(all, all->dentries[0], all->dentries[0], &name->components[0], all->superblock);
	for (int i = 0; i < MOST; i++) {
		if (i >= name->depth)
			break;
		leaf = all->dentries[i + 1];
		set_dentry(all, leaf, all->dentries[i], &name->components[i], all->superblock);
	}
	if (name->pathless) {
		leaf = all->nameless;
		set_dentry(all, leaf, leaf, &name->components[0], all->nowhere);
		SET(leaf, struct dentry, d_hash.pprev, 0);
	}
	SET(all->file, struct file, f_path.dentry, leaf);
	SET(all->file, struct file, f_path.mnt, vfsmount);
	SET(all->file, struct file, f_mode, given->for_writing ? FMODE_WRITE : 0);
	SET(all->file, struct file, f_flags, 0);
	SET(all->bprm, struct linux_binprm, file, all->file);
	SET(all->bprm, struct linux_binprm, argc, given->argument_count);
	return 0;
}

/* Makes the current task an actor of the slot that the context names. */
SEC("raw_tp")
int become(__u64 *context)
{
	struct pc_task *task = bpf_task_storage_get(&tags, bpf_get_current_task_btf(), 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!task)
		return 1;
	task->state = PC_TASK_ARMED;
	task->slot = context[0];
	return 0;
}

/* Which of the case's names a call is about. */
enum about { ABOUT_PROGRAM = 0, ABOUT_SCRIPT = 1, ABOUT_OBJECT = 2 };

/* Lets the bytes of the object's last component lie nowhere. */
static __always_inline void hide_leaf(struct stand_ins *all, const struct staged_case *given)
{
	__u32 depth = given->object.depth;
	char *leaf;

	if (!given->unreadable || !depth || depth > MOST)
		return;
	leaf = all->dentries[depth];
	SET(leaf, struct dentry, d_name.len, 200);
	SET(leaf, struct dentry, d_name.name, 1);
}

/* A socket that exists already. */
static __always_inline __u64 set_socket(struct stand_ins *all, const struct staged_case *given)
{
	SET(all->sock, struct sock, __sk_common.skc_family, given->family);
	SET(all->sock, struct sock, sk_protocol, given->protocol);
	SET(all->socket, struct socket, type, given->type);
	SET(all->socket, struct socket, sk, all->sock);
	return (__u64)all->socket;
}

/* As pass_on(), a call about what has no name. context[1]: the stub has seen who acts. */
SEC("raw_tp")
int pass_on_number(__u64 *context)
{
	struct task_struct *current = (struct task_struct *)bpf_get_current_task();
	struct staged_case *given = case_now();
	struct pc_call *call = call_of(context[0]);
	struct stand_ins *all;
	__u32 first = 0;
	int answer;

	all = bpf_map_lookup_elem(&stand_ins, &first);
	if (!all || !given || !call)
		return 4;
	call->seen = context[1] ? seen_now() : 0;
	call->args[0] = set_socket(all, given);
	call->args[JUDGED] = given->judged;
	call->state = call->hook == PC_HOOK_socket_create || call->hook == PC_HOOK_capable ? 0 : (__u64)&given->judged;
	if (call->hook == PC_HOOK_socket_post_create) {
		call->args[1] = given->family;
		call->args[2] = given->type;
		call->args[3] = given->protocol;
	}
	if (call->hook == PC_HOOK_socket_create) {
		call->args[0] = given->family;
		call->args[1] = given->type;
		call->args[2] = given->protocol;
	}
	if (call->hook == PC_HOOK_capable) {
		call->args[0] = (__u64)BPF_CORE_READ(current, cred);
		call->args[2] = given->capability;
	}
	answer = judge_call(call);
	given->judged = call->args[ANSWER];
	return answer;
}

/* Passes on, as a stub would, a call of the hook context[0] about the name context[1]. Returns 0 or -errno; above 0: it could not be. */
SEC("raw_tp")
int pass_on(__u64 *context)
{
	struct staged_case *given = case_now();
	struct pc_call *call = call_of(context[0]);
	__u64 about = context[1];
	struct stand_ins *all;
	__u32 first = 0;

	all = bpf_map_lookup_elem(&stand_ins, &first);
	if (!all || !given || !call)
		return 4;
	set_name(all, about == ABOUT_OBJECT ? &given->object : about == ABOUT_SCRIPT ? &given->script : &given->program, given);
	if (about == ABOUT_OBJECT)
		hide_leaf(all, given);
	switch (call->hook) {
	case PC_HOOK_file_open:
		pass_file(call, (__u64)all->file);
		break;
	case PC_HOOK_mmap_file:
		call->args[0] = (__u64)all->file;
		call->args[2] = PROT_EXEC;
		break;
	case PC_HOOK_path_chmod:
		call->args[0] = (__u64)all->file + bpf_core_field_offset(struct file, f_path);
		break;
	default:
		call->args[0] = (__u64)all->bprm;
	}
	return judge_call(call);
}

/* The vector lies nowhere. Its places are told by their distance from an address, and the argument of each is the case's. */
#define VECTOR 0x1000

static __u64 exec_vector(struct task_struct *current, __u32 *stride)
{
	*stride = 8;
	return VECTOR;
}

static long read_vector(void *to, __u32 size, __u64 from)
{
	struct staged_case *given = case_now();
	__u64 place = (from - VECTOR) / 8, address;

	if (!given || size != 8)
		return -1;
	address = place < given->argument_count && place < 8 ? (__u64)given->arguments[place & 7] : 0;
	return bpf_probe_read_kernel(to, sizeof(address), &address); /* an address that the verifier knows nothing of, as elsewhere */
}

static long read_argument(void *to, __u32 size, __u64 from)
{
	return bpf_probe_read_kernel_str(to, size, (const void *)from);
}

static long read_text(void *to, __u64 from)
{
	struct staged_case *given = case_now();

	return given ? bpf_probe_read_kernel_str(to, sizeof(given->text), given->text) : -1;
}

/* The first argument is the name, which read_text() finds by itself, and the second the descriptor. */
static __u64 argument(__u32 place)
{
	struct staged_case *given = case_now();

	return given && place == 2 ? given->descriptor : 0;
}

/* Sees a system call with the cookie context[0]. */
SEC("raw_tp")
int see_syscall(__u64 *context)
{
	struct staged_case *given = case_now();

	if (!given)
		return 4;
	judge_syscall(context[0], given->result);
	return 0;
}

/* Judges the message as it is sent, and as it leaves. Returns 0 or -errno. */
SEC("raw_tp")
int send_message(void *context)
{
	struct staged_case *given = case_now();
	const struct pc_settings *keys = settings_get();
	struct leaving leaving = {};
	struct actor actor;
	__u32 length;
	bool refused;

	if (!given || !keys || actor_find(&actor) != ACTOR_FOUND)
		return 4;
	sources_refresh(&actor);
	leaving.sender = actor.task;
	leaving.scratch = scratch_take();
	if (!leaving.scratch)
		return 4;
	leaving.at = leaving.refused = keys->zero;
	leaving.end = length = given->message_length;
	bpf_probe_read_kernel(&leaving.scratch->bytes[MESSAGE_AT], sizeof(given->message), given->message);
	if (given->is_stream) {
		given->leaves = segment_may_leave(&leaving);
		refused = judge_stream(leaving.scratch, length, 0);
	} else {
		given->leaves = may_leave(leaving.scratch, actor.task, 0, length);
		refused = judge_question(leaving.scratch, 0, length, 0);
	}
	__sync_lock_test_and_set(&leaving.scratch->held, 0);
	return refused ? -EACCES : 0;
}

#include "staged-peer.h"

/* The hash of the object's last component, once as it is read from the dentry and once as long names are. */
SEC("raw_tp")
int ask_hash(void *context)
{
	const struct pc_settings *keys = settings_get();
	struct staged_case *given = case_now();
	struct stand_ins *all;
	__u32 first = 0, dotted;
	__u64 dentry;

	all = bpf_map_lookup_elem(&stand_ins, &first);
	if (!all || !given || !keys)
		return 4;
	set_name(all, &given->object, given);
	dentry = (__u64)cast(struct file, all->file)->f_path.dentry;
	given->inline_hash = hash_name(cast(struct dentry, dentry), keys);
	given->long_hash = hash_name_at(dentry, &dotted);
	return 0;
}
