/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The name that a system call was given, as it lies in the task's memory: made absolute by the working directory or the descriptor that it
 * is relative to, with "." and ".." taken out. Nothing is looked up, because when the call has returned the object may be gone; so symbolic links
 * that the name leads through are not followed, as those in rules are when they are bound.
 */
#ifndef PORTCULLIS_SYSCALL_NAME_H
#define PORTCULLIS_SYSCALL_NAME_H

#include "descriptors.h"
#include "event.h"

#define AT_FDCWD (-100)
#define TEXT_MAX 4096 /* PATH_MAX */
/* The text is read to the end of the buffer, where no string of the event comes before it is used up. */
#define TEXT_AT (SCRATCH_SIZE - TEXT_MAX - 8)

#ifndef PORTCULLIS_OTHER_ARGUMENTS /* a test defines its own functions, because it makes no system calls */
/* Reads a name from the task's memory. Returns its length with the NUL, or -errno. */
static __always_inline long read_text(void *to, __u64 from)
{
	return bpf_probe_read_user_str(to, TEXT_MAX, (const void *)from);
}

/* An argument of the system call: its index + 1; of 0 it is 0. */
static __always_inline __u64 argument(__u32 place)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());

	switch (place) {
	case 1:
		return SYSCALL_ARG(regs, 0);
	case 2:
		return SYSCALL_ARG(regs, 1);
	case 3:
		return SYSCALL_ARG(regs, 2);
	case 4:
		return SYSCALL_ARG(regs, 3);
	case 5:
		return SYSCALL_ARG(regs, 4);
	case 6:
		return SYSCALL_ARG(regs, 5);
	}
	return 0;
}
#endif

/* The text from its end to its beginning, and then the directories above it. */
struct text_step {
	struct name_step name;
	__u32 from; /* bytes that were not looked at yet */
	__u32 end;  /* where the component in hand ends */
	__u32 skip; /* components that ".." takes away */
};

/* Appends the component in hand. True: it cannot be. */
static __always_inline bool put_text(struct text_step *step)
{
	struct scratch *scratch = step->name.scratch;
	__u32 from = step->from, length = step->end - from, at = step->name.at;

	barrier_var(from);
	barrier_var(length);
	barrier_var(at);
	if (!length)
		return false;
	if (length > 255 || from > TEXT_MAX || at > TEXT_AT - 258 || at + 2 + length > step->name.end)
		return true;
	if (length == 1 && scratch->bytes[TEXT_AT + from] == '.')
		return false;
	if (length == 2 && scratch->bytes[TEXT_AT + from] == '.' && scratch->bytes[TEXT_AT + from + 1] == '.') {
		step->skip++;
		return false;
	}
	if (step->skip) {
		step->skip--;
		return false;
	}
	scratch->bytes[at] = length;
	scratch->bytes[at + 1] = 0;
	bpf_probe_read_kernel(&scratch->bytes[at + 2], length, &scratch->bytes[TEXT_AT + from]);
	step->name.at = at + 2 + length;
	return false;
}

/* Goes one byte to the left. */
static __noinline long text_step(__u64 index, void *context)
{
	struct text_step *step = context;
	__u32 from = step->from, before = from - 1;

	barrier_var(before); /* the bounds are checked of the very register that is used */
	if (before < TEXT_MAX && step->name.scratch->bytes[TEXT_AT + before] != '/') {
		step->from = before;
		return 0;
	}
	if (put_text(step)) {
		step->name.cut = step->name.place.zero + 1;
		return 1;
	}
	if (!from)
		return 1;
	step->from = step->end = from - 1;
	return 0;
}

/* Goes one directory up. */
static __noinline long base_step(__u64 index, void *context)
{
	struct text_step *step = context;
	__u64 named = place_up(&step->name.place, &step->name.status);

	if (named && step->skip)
		step->skip--;
	else if (named && put_component(&step->name, named))
		return 1;
	return step->name.status != WALK_MORE;
}

/* The file of a descriptor. 0: there is none. */
static __always_inline __u64 file_of_descriptor(struct task_struct *current, __s32 descriptor)
{
	struct task_struct___files *task = (void *)current;
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	__u64 files = (__u64)BPF_CORE_READ(table, fd), file = 0;

	if (descriptor < 0 || (__u32)descriptor >= BPF_CORE_READ(table, max_fds))
		return 0;
	bpf_probe_read_kernel(&file, sizeof(file), (const void *)(files + descriptor * sizeof(file)));
	return file;
}

/* Where a name begins: at the root of the task if it is absolute, else at a descriptor or the working directory. False: nowhere. */
static __always_inline bool base_of(struct place *place, bool absolute, bool has_descriptor, __s32 descriptor)
{
	struct task_struct *current = (struct task_struct *)bpf_get_current_task();
	__u64 dentry, mount, file;

	if (absolute) {
		dentry = (__u64)BPF_CORE_READ(current, fs, root.dentry);
		mount = (__u64)BPF_CORE_READ(current, fs, root.mnt);
	} else if (!has_descriptor || descriptor == AT_FDCWD) {
		dentry = (__u64)BPF_CORE_READ(current, fs, pwd.dentry);
		mount = (__u64)BPF_CORE_READ(current, fs, pwd.mnt);
	} else {
		file = file_of_descriptor(current, descriptor);
		if (!file)
			return false;
		dentry = (__u64)READ(struct file, file, f_path.dentry);
		mount = (__u64)READ(struct file, file, f_path.mnt);
	}
	return dentry && mount && place_begin(place, dentry, mount);
}

/* Where the parts of a name are among the arguments of a system call: index + 1; 0: there is none. */
struct name_arguments {
	__u64 path; /* the argument itself */
	__s32 descriptor;
	__u16 has_path;
	__u16 has_descriptor;
};

/*
 * Puts the name into the event as its object. False: it has none that can be had whole, and none that rules could mean. A call, which is global so
 * that it is verified once.
 */
__noinline int put_syscall_name(struct scratch *scratch, const struct name_arguments *arguments)
{
	struct text_step step = { .name.scratch = scratch };
	const struct pc_settings *keys = settings_call();
	long length = 1;

	if (!scratch || !arguments || !keys)
		return 0;
	scratch->used = sizeof(scratch->event);
	scratch->event.object_at = scratch->event.object_len = 0;
	scratch->event.object2_at = scratch->event.object2_len = 0;
	scratch->bytes[TEXT_AT] = 0;
	if (arguments->has_path)
		length = read_text(&scratch->bytes[TEXT_AT], arguments->path);
	if (length < 1 || (!arguments->has_path && !arguments->has_descriptor))
		return 0;
	if (!base_of(&step.name.place, scratch->bytes[TEXT_AT] == '/', arguments->has_descriptor, arguments->descriptor))
		return 0;
	step.name.status = step.name.cut = step.skip = keys->zero;
	step.name.at = scratch->used;
	step.name.end = step.name.at + PC_OBJECT_MAX;
	step.from = step.end = length - 1;
	bpf_loop(TEXT_MAX + 1, text_step, &step, 0);
	if (!step.name.cut)
		bpf_loop(LOOP_STEPS, base_step, &step, 0);
	if (step.name.cut || step.name.status != WALK_DONE)
		return 0;
	scratch->event.object_at = sizeof(scratch->event);
	scratch->event.object_len = step.name.at - sizeof(scratch->event);
	scratch->used = step.name.at;
	return 1;
}

#endif
