/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The engine's hooks without the hooks: the very functions that the bodies consist of, called by BPF_PROG_TEST_RUN on any
 * kernel, so that a test can compare their verdicts with what the rules mean. What a hook is given by the kernel is made here:
 * stand-ins for dentries, a mount, a file, a program to execute, laid out as the running kernel has them. The actor is the task
 * that runs the program. Verdicts are reported as always, by events.
 *
 * Long because it is one stage: who sets it and who is asked on it share every stand-in.
 *
 * testing.ts writes a case into `stage`, runs one of the programs, and reads the rings.
 */
#include <stdbool.h>

static bool has_terminal(void);
#define PORTCULLIS_OTHER_TERMINAL
#include "../bpf/exec_map.h"
#include "../bpf/file_open.h"
#include "../bpf/file_write.h"

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
	__u32 slot;
	__u32 empty_slot; /* of a rule table without rules: with it the actor executes what it is to be */
	__u32 has_script;
	__u32 is_owner;
	__u32 has_terminal;
	__u32 for_writing; /* of an open */
	__u32 unreadable;  /* the bytes of the object's last component lie nowhere */
	__u64 inline_hash;
	__u64 long_hash;
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
	return 0;
}

/*
 * Makes the current task the actor that the case names, as a container runtime would: it executes the script, if there is one,
 * and its program. Nothing forbids that, because the rule table is an empty one meanwhile.
 */
static __noinline int set_actor(struct stand_ins *all, const struct staged_case *given)
{
	struct pc_task *task = bpf_task_storage_get(&tags, bpf_get_current_task_btf(), 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!task)
		return 1;
	task->state = PC_TASK_ARMED;
	task->slot = given->empty_slot;
	exec_begin();
	if (given->has_script) {
		set_name(all, &given->script, given);
		if (exec_check((struct linux_binprm *)all->bprm))
			return 2;
	}
	set_name(all, &given->program, given);
	if (exec_check((struct linux_binprm *)all->bprm))
		return 3;
	exec_commit((struct linux_binprm *)all->bprm);
	task->slot = given->slot;
	return 0;
}

/* Sets the whole stage. Returns what went wrong, and in `all` the stand-ins. */
static __always_inline int set_stage(struct stand_ins **all)
{
	struct staged_case *given = case_now();
	__u32 first = 0;
	int failed;

	*all = bpf_map_lookup_elem(&stand_ins, &first);
	if (!*all || !given)
		return 4;
	failed = set_actor(*all, given);
	if (failed)
		return failed;
	failed = set_name(*all, &given->object, given);
	if (!failed && given->unreadable && given->object.depth && given->object.depth <= MOST) {
		char *leaf = (*all)->dentries[given->object.depth];

		SET(leaf, struct dentry, d_name.len, 200);
		SET(leaf, struct dentry, d_name.name, 1);
	}
	return failed;
}

/* Each returns what the hook would: 0 or -errno; or what went wrong before, above 0. */
SEC("raw_tp")
int ask_exec(void *context)
{
	struct stand_ins *all;
	int failed = set_stage(&all);

	if (failed)
		return failed;
	exec_begin();
	return exec_check((struct linux_binprm *)all->bprm);
}

SEC("raw_tp")
int ask_map(void *context)
{
	struct stand_ins *all;
	int failed = set_stage(&all);

	return failed ? failed : exec_map((struct file *)all->file, PROT_EXEC);
}

SEC("raw_tp")
int ask_open(void *context)
{
	struct stand_ins *all;
	int failed = set_stage(&all);

	return failed ? failed : file_open(cast(struct file, all->file));
}

SEC("raw_tp")
int ask_write(void *context)
{
	struct stand_ins *all;
	int failed = set_stage(&all);
	char *path;

	if (failed)
		return failed;
	path = all->file + bpf_core_field_offset(struct file, f_path);
	return file_write((const struct path *)path, cast(struct file, all->file)->f_path.dentry, PC_OP_CHMOD);
}

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
