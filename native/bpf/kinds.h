/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Repetitions, counted instead of told. The first operation of each kind is an event; of the others the bank in use says how many
 * there were, and since when. What a slot may ask of a bank is bounded, and never at another slot's cost; whatever does
 * not get a kind of its own is counted by a coarser one, so that the sum is exact.
 */
#ifndef PORTCULLIS_KINDS_H
#define PORTCULLIS_KINDS_H

#include "event_strings.h"

enum kind_answer {
	KIND_NONE,    /* it has no kind of its own */
	KIND_COUNTED, /* one more of its kind */
	KIND_UNTOLD,  /* no event has told of its kind yet */
};

#define HASH_STEP 32 /* bytes */

struct names_step {
	struct lanes lanes;
	struct scratch *scratch;
	__u32 at;
	__u32 end;
};

static __noinline long names_step(__u64 index, void *context)
{
	struct names_step *step = context;
	const struct pc_settings *keys = settings_get();
	__u32 at = step->at;
	const __u64 *words;

	barrier_var(at); /* as in put_component() */
	if (!keys || at >= step->end || at > SCRATCH_SIZE - HASH_STEP)
		return 1;
	words = (const __u64 *)&step->scratch->bytes[at];
	lanes_add(&step->lanes, words[0], keys);
	lanes_add(&step->lanes, words[1], keys);
	lanes_add(&step->lanes, words[2], keys);
	lanes_add(&step->lanes, words[3], keys);
	step->at = at + HASH_STEP;
	return 0;
}

/* The keyed hash of the names that lie in the buffer, and of how long each is. */
__noinline __u64 hash_names(struct scratch *scratch)
{
	struct names_step step = { .scratch = scratch, .at = sizeof(struct pc_event) };
	const struct pc_settings *keys = settings_call();
	__u64 end;

	if (!scratch || !keys)
		return 0;
	end = scratch->used;
	if (end > SCRATCH_SIZE - HASH_STEP)
		return 0;
	step.end = end;
	__builtin_memset(&scratch->bytes[end], 0, HASH_STEP); /* what an earlier event left there */
	lanes_add(&step.lanes,
		  (__u64)scratch->event.object_len << 32 | scratch->event.object2_len << 16 | scratch->event.exe_len, keys);
	if (have_loop()) {
		bpf_loop(SCRATCH_SIZE / HASH_STEP, names_step, &step, 0);
	} else { /* names of more than 3 KiB are told apart by so much of them, and by their lengths */
		for (int i = 0; i < SLOW_STEPS; i++)
			if (names_step(i, &step))
				break;
	}
	return lanes_end(&step.lanes);
}

/*
 * The bank in use. It may have changed when it is asked for again in the course of one report; what is not found there then is counted
 * there anew, so that the sum stays exact.
 */
static __noinline void *bank_in_use(const struct pc_kind_key *key)
{
	__u32 first = 0, bank = 0, *in_use;

	if (key->flags & EVENT_LOGGED) {
		in_use = bpf_map_lookup_elem(&logged_in_use, &first);
		if (in_use)
			bank = *in_use & 1;
		return bpf_map_lookup_elem(&logged, &bank);
	}
	in_use = bpf_map_lookup_elem(&kinds_in_use, &first);
	if (in_use)
		bank = *in_use & 1;
	return bpf_map_lookup_elem(&kinds, &bank);
}

/* The key of the kind that an event is of. */
static __always_inline void kind_key(struct pc_kind_key *key, const struct pc_event *event, __u64 name)
{
	key->table_id = event->table_id;
	key->name = event->category < PC_NAMED_CATEGORIES ? name : name + event->access;
	key->slot = event->slot;
	key->rule_id = event->rule_id;
	key->category = event->category;
	key->operation = event->operation;
	key->passed = !event->verdict;
	key->flags = event->flags;
	key->level = PC_KIND_NAMED;
}

static __always_inline void kind_count(struct pc_kind *kind, __u64 now)
{
	if (!__sync_fetch_and_add(&kind->count, 1))
		kind->first_ns = now;
	kind->last_ns = now;
}

/* Counts one more in the bank in use, if there is such a kind. */
static __noinline bool kind_more(const struct pc_kind_key *key, __u64 now)
{
	void *bank = bank_in_use(key);
	struct pc_kind *kind = bank ? bpf_map_lookup_elem(bank, key) : NULL;

	if (kind)
		kind_count(kind, now);
	return kind;
}

/* Notes that this kind has been told of: what comes is counted. */
static __noinline void kind_told(const struct pc_kind_key *key, __u64 sequence)
{
	void *bank = bank_in_use(key);
	struct pc_kind *kind = bank ? bpf_map_lookup_elem(bank, key) : NULL;

	if (kind)
		kind->sequence = sequence;
}

/* Adds a kind that counts nothing yet; it may be there already. */
static __noinline void kind_add(void *bank, const struct pc_kind_key *key)
{
	__u32 first = 0;
	struct pc_kind *empty = bpf_map_lookup_elem(&empty_kind, &first);

	if (empty)
		bpf_map_update_elem(bank, key, empty, BPF_NOEXIST);
}

/* One more of what a number limits. False: it is used up, or cannot be kept. */
static __noinline bool quota_take(void *bank, __u32 slot, __u32 level, __u64 most)
{
	struct pc_kind_key key = { .slot = slot, .operation = level, .level = PC_KIND_QUOTA };
	struct pc_kind *used = bpf_map_lookup_elem(bank, &key);

	if (!used) {
		kind_add(bank, &key);
		used = bpf_map_lookup_elem(bank, &key);
	}
	return used && __sync_fetch_and_add(&used->count, 1) < most;
}

/* So many kinds of this level may a slot have in a bank. */
static __always_inline __u64 kinds_of_slot(const struct pc_kind_key *key)
{
	if (key->level != PC_KIND_NAMED)
		return PC_KINDS_OF_RULE;
	if (key->flags & PC_EVENT_RECORDED)
		return PC_KINDS_RECORDED;
	return key->flags & PC_EVENT_VISIBLE ? PC_KINDS_VISIBLE : PC_KINDS_NAMED;
}

/* May this kind be added to the bank? For PC_KIND_OF_SLOT there is always room. */
static __always_inline bool kind_may_add(void *bank, const struct pc_kind_key *key)
{
	return key->level == PC_KIND_OF_SLOT ||
	       (quota_take(bank, key->slot, key->level, kinds_of_slot(key)) && quota_take(bank, PC_ALL_SLOTS, 0, PC_KINDS_LIMITED));
}

/*
 * Where the slot's kinds are used up, may the operation have one all the same? The first by its rule may, or a storm of made-up names would
 * hide what another rule denies. That there was one shows in the coarser kind, which is made here.
 */
static __always_inline bool kind_first_of_rule(void *bank, const struct pc_kind_key *key)
{
	struct pc_kind_key rule = *key;

	rule.name = 0;
	rule.flags = key->flags & EVENT_LOGGED;
	rule.level = PC_KIND_OF_RULE;
	if (bpf_map_lookup_elem(bank, &rule) || !kind_may_add(bank, &rule))
		return false;
	kind_add(bank, &rule);
	return quota_take(bank, PC_ALL_SLOTS, 0, PC_KINDS_LIMITED);
}

/* Counts an operation to its kind, or makes the kind. */
static __noinline enum kind_answer kind_take(const struct pc_kind_key *key, __u64 now)
{
	void *bank = bank_in_use(key);
	struct pc_kind *kind = bank ? bpf_map_lookup_elem(bank, key) : NULL;

	if (kind && kind->sequence) {
		kind_count(kind, now);
		return KIND_COUNTED;
	}
	if (kind)
		return KIND_UNTOLD;
	if (!bank || !(kind_may_add(bank, key) || kind_first_of_rule(bank, key)))
		return KIND_NONE;
	kind_add(bank, key);
	return KIND_UNTOLD;
}

/* Counts an operation to a coarser kind. False: there is no memory for one. */
static __always_inline bool kind_take_unnamed(const struct pc_kind_key *key, __u64 now)
{
	void *bank = bank_in_use(key);

	if (kind_more(key, now))
		return true;
	if (!bank || !kind_may_add(bank, key))
		return false;
	kind_add(bank, key);
	return kind_more(key, now);
}

/* Counts an operation that gets no kind of its own: by its rule, or by its slot alone. Returns whether it is counted. */
__noinline int report_unnamed(struct operation *operation)
{
	struct pc_kind_key key = { .level = PC_KIND_OF_RULE };
	__u64 now = bpf_ktime_get_boot_ns();

	if (!operation)
		return 0;
	key.table_id = operation->object.table_id;
	key.slot = operation->object.slot;
	key.passed = !operation->verdict;
	key.rule_id = operation->rule_id;
	key.category = operation->category;
	key.operation = operation->kind;
	key.flags = operation->flags & EVENT_LOGGED;
	if (kind_take_unnamed(&key, now))
		return 1;
	key.level = PC_KIND_OF_SLOT;
	key.rule_id = key.category = key.operation = 0;
	return kind_take_unnamed(&key, now);
}

#endif
