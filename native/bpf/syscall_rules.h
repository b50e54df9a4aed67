/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * A system call that some rule names, reported. It is seen where it returns, so that it has its result, and nothing is decided about it. Which call it
 * is the program's cookie says (enum pc_syscall_cookie), because one program is attached to every call that is named.
 */
#ifndef PORTCULLIS_SYSCALL_RULES_H
#define PORTCULLIS_SYSCALL_RULES_H

#include "syscall_hash.h"
#include "source.h"

#define LIST_ENTRIES (1 << 17) /* more entries than any list has */
#define ERRNO_MAX 4095
#define ERESTARTSYS 512 /* it and the four after it: the call was interrupted */
#define ERESTART_LAST 516
#define EINTR 4

/* One name of a system call, and the list that counts for it. */
struct syscall_list {
	struct scratch *scratch;
	struct operation *operation;
	const struct actor *actor;
	__u32 index;
	__u32 number; /* + 1 */
	__u32 second; /* it is the second name: rules without a path were asked about the first */
};

/*
 * Reports what rule_id of the operation says. The event has its object already. The key of its kind is on the stack, because up to 6.1 what a global
 * function is given is no key of a map.
 */
__noinline int report_syscall(struct scratch *scratch, struct operation *operation)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct pc_kind_key key;

	if (!scratch || !operation)
		return 0;
	count(PC_COUNT_AUDITED);
	put_operation(&scratch->event, operation);
	scratch->used = sizeof(scratch->event) + scratch->event.object_len;
	PUT(exe, put_file(scratch, (__u64)BPF_CORE_READ(current, mm, exe_file), at, PC_EXE_MAX));
	if (tell_named(scratch, operation, &key))
		count(PC_COUNT_RING_FULL_AUDIT);
	return 0;
}

static __noinline long list_step(__u64 step, void *context)
{
	struct syscall_list *list = context;
	const struct actor *actor = list->actor;
	__u32 index = list->index++;
	struct pc_entry *entries = table_element(actor->table, actor->header->entries_at + index / 4), *entry;

	if (!entries)
		return 1;
	entry = &entries[index & 3];
	if ((entry->number & ~PC_SYSCALL_ANY_PATH) == list->number && !(list->second && entry->number & PC_SYSCALL_ANY_PATH) &&
	    (!entry->source || has_source(actor->table, actor->header, actor->task, entry->source - 1, false))) {
		list->operation->rule_id = entry->rule_id;
		report_syscall(list->scratch, list->operation);
	}
	return entry->flags & PC_ENTRY_LAST;
}

/* The list of the state that the event's object leads to. */
static __noinline __u32 list_of_path(const struct actor *actor, struct scratch *scratch)
{
	struct pc_name_window *window = &actor->task->window;
	__u32 depth = hash_object_name(scratch, window), place;
	const struct pc_state *state;
	struct match match = {};

	descend_slow(&match, actor->table, actor->header->bucket_mask, window->hashes, depth);
	state = table_element(actor->table, actor->header->states_at + match.state);
	if (!state)
		return 0;
	place = match.left > 2 ? 2 : match.left;
	return place == 0 ? state->syscalls[0] : place == 1 ? state->syscalls[1] : state->syscalls[2];
}

#define PLACE_MASK ((1 << PC_COOKIE_PLACE_BITS) - 1)

/* `places`: of the path and the descriptor. */
static __always_inline int put_name_of(struct scratch *scratch, __u32 places)
{
	__u32 path = places & PLACE_MASK, descriptor = places >> PC_COOKIE_PLACE_BITS & PLACE_MASK;
	struct name_arguments arguments = {
		.path = argument(path),
		.descriptor = argument(descriptor),
		.has_path = path,
		.has_descriptor = descriptor,
	};

	return put_syscall_name(scratch, &arguments);
}

/* Reports one name of the system call by the rules that mean it. */
static __always_inline void judge_name(struct syscall_list *list, __u32 places, bool has_paths)
{
	if (put_name_of(list->scratch, places) && has_paths)
		list->index = list_of_path(list->actor, list->scratch);
	if (list->index)
		bpf_loop(LIST_ENTRIES, list_step, list, 0);
}

/* The errno of a result; 0: the call succeeded. */
static __always_inline __u32 errno_of(long result)
{
	__u32 error = -result;

	if (result >= 0 || result < -ERRNO_MAX)
		return 0;
	return error >= ERESTARTSYS && error <= ERESTART_LAST ? EINTR : error;
}

static __always_inline void judge_called(const struct actor *actor, __u64 cookie, long result)
{
	__u32 number = cookie & ((1 << PC_COOKIE_NUMBER_BITS) - 1), pseudo = PC_LEAF_STATE - PC_CATEGORY_SYSCALLS;
	__u32 mask = actor->header->bucket_mask, places = cookie >> PC_COOKIE_NUMBER_BITS, first;
	bool has_paths = edge_next(actor->table, mask, pseudo, number | PC_SYSCALL_HAS_PATHS);
	struct operation operation = { .category = PC_CATEGORY_SYSCALLS, .kind = PC_OP_SYSCALL };
	struct syscall_list list = { .operation = &operation, .actor = actor, .number = number + 1 };

	list.index = edge_next(actor->table, mask, pseudo, number);
	if (!list.index && !has_paths)
		return;
	list.scratch = scratch_take();
	if (!list.scratch) {
		count(PC_COUNT_NO_SCRATCH);
		count(PC_COUNT_RING_FULL_AUDIT);
		return;
	}
	sources_refresh(actor);
	operation.object.slot = actor->slot;
	operation.object.table_id = actor->header->table_id;
	operation.open_flags = number | errno_of(result) << PC_COOKIE_NUMBER_BITS;
	first = places & 0xff;
	judge_name(&list, first, has_paths);
	places >>= 2 * PC_COOKIE_PLACE_BITS;
	if (places && has_paths) {
		list.second = 1;
		operation.flags = PC_EVENT_SECOND;
		list.index = 0;
		judge_name(&list, places, true);
	}
	__sync_lock_test_and_set(&list.scratch->held, 0);
}

/* A system call has returned `result`. */
static __always_inline void judge_syscall(__u64 cookie, long result)
{
	struct actor actor;

	if (actor_find(&actor) != ACTOR_FOUND)
		return;
	judge_called(&actor, cookie, result);
	actor_end(&actor);
}

#endif
