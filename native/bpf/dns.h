/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Queries of DNS, judged where they are sent: what goes to port 53, connected or not, by UDP or TCP. Who may not ask is refused and told. What is
 * sent can still be changed by another thread, and some of it cannot be read here, so that the socket keeps who has sent, and dns_wire.h judges
 * by the same rules what really leaves.
 */
#ifndef PORTCULLIS_DNS_H
#define PORTCULLIS_DNS_H

#include "dns_sent.h"
#include "match.h"
#include "network.h"
#include "report_said.h"

#define MOST_QUESTIONS 8 /* that are judged of what is sent at once by TCP */
#define LIST_ENTRIES (1 << 17)

/* Who has sent last by a socket to which rules of DNS apply. */
struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct pc_task);
} dns_senders SEC(".maps");

static __always_inline __u32 dns_flags(const struct actor *actor)
{
	return actor->header->dns;
}

/* Evaluates the list of a name. Rules of DNS have no conditions. */
static __noinline void judge_domain(const struct actor *actor, struct operation *operation, __u32 list)
{
	const struct pc_settings *keys = settings_call();
	struct eval eval = {};

	if (!keys) {
		deny(operation, 0);
		return;
	}
	if (!list) {
		judge_miss(operation, dns_flags(actor));
		return;
	}
	eval.index = list;
	eval.table = actor->table;
	eval.zero = keys->zero;
	eval.decider = eval.audit = eval.zero;
	eval.rule_id = eval.audit_id = eval.zero;
	eval.header = actor->header;
	eval.task = actor->task;
	eval_list(&eval);
	eval_end(&eval, operation, dns_flags(actor));
}

struct audits_step {
	struct scratch *scratch;
	const struct actor *actor;
	__u32 index;
};

static __noinline long audits_step(__u64 number, void *context)
{
	struct audits_step *step = context;
	const struct actor *actor = step->actor;
	__u32 index = step->index++;
	struct pc_entry *entries = table_element(actor->table, actor->header->entries_at + index / 4), *entry;

	if (!entries)
		return 1;
	entry = &entries[index & 3];
	if (entry->flags & PC_ENTRY_AUDIT &&
	    (!entry->source || has_source(actor->table, actor->header, actor->task, entry->source - 1, false))) {
		work_of(step->scratch)->operation.rule_id = entry->rule_id;
		report_said(step->scratch, &work_of(step->scratch)->operation);
	}
	return entry->flags & PC_ENTRY_LAST;
}

/*
 * Judges and reports a message: that part of what lies in the buffer. Returns whether it is refused. `kind`: of the socket, as pc_event.access has it. It
 * is global, so that it is verified once, and therefore finds the actor anew.
 */
__noinline int judge_question(struct scratch *scratch, __u32 from, __u32 end, __u32 kind)
{
	const struct pc_settings *keys = settings_call();
	struct audits_step audits = { .scratch = scratch };
	struct operation *operation;
	struct actor actor;
	__u32 list = 0;

	if (!scratch || !keys || actor_find(&actor) != ACTOR_FOUND)
		return 1;
	sources_refresh(&actor);
	operation = work_begin(scratch, kind);
	asked_of(&actor, operation);
	if (put_domain(scratch, from, end)) {
		list = list_of_domain(actor.table, actor.header, scratch);
		judge_domain(&actor, operation, list);
	} else {
		judge_lost(operation, dns_flags(&actor));
	}
	if (operation->verdict) {
		report_said(scratch, operation);
	} else {
		operation->rule_id = 0;
		if (operation->audits & REPORT_POSTURE)
			report_said(scratch, operation);
		audits.actor = &actor;
		audits.index = keys->zero + list; /* not known to the verifier, as in struct place */
		if (operation->audits & REPORT_RULE)
			bpf_loop(LIST_ENTRIES, audits_step, &audits, 0);
	}
	actor_end(&actor);
	return operation->verdict != 0;
}

/*
 * Judges the messages of a stream, as far as they are whole: what is not, dns_wire.h decides about. True: one is refused. A loop and no call of a
 * function for each, because the stack of calls is as deep as it may be.
 */
static __always_inline bool judge_stream(struct scratch *scratch, __u32 end, __u32 kind)
{
	const struct pc_settings *keys = settings_call();
	__u32 at = keys ? keys->zero : 0;

	for (int i = 0; i < MOST_QUESTIONS; i++) {
		__u32 from = at + TCP_LENGTH;

		at = from + message_length(scratch, at);
		if (from > end || at > end)
			return false;
		if (judge_question(scratch, from, at, kind))
			return true;
	}
	return false;
}

/* What a socket and a message to be sent by it are to rules of DNS. */
struct sending {
	__u64 sock;
	__u64 message; /* the address of a struct msghdr; 0: the socket is being connected */
	__u32 type;
	__u32 protocol;
};

static __always_inline bool is_stream(const struct sending *sending)
{
	return sending->type == SOCK_STREAM;
}

/* Does what is sent leave by other sockets, which keep nothing? */
static __always_inline bool is_hidden(const struct sending *sending)
{
	return is_stream(sending) && sending->protocol != IPPROTO_TCP;
}

/* Judges what is sent. True: it is refused. */
static __always_inline bool judge_sending(const struct sending *sending)
{
	__u32 kind = LOAD(struct sock, sending->sock, __sk_common.skc_family) | sending->type << 8 | sending->protocol << 16, length;
	struct scratch *scratch = scratch_take();
	bool refused = false;

	if (!scratch) {
		count(PC_COUNT_NO_SCRATCH);
		return true;
	}
	length = is_hidden(sending) ? 0 : gather(scratch, sending->message + bpf_core_field_offset(struct msghdr, msg_iter));
	if (length && is_stream(sending))
		refused = judge_stream(scratch, length, kind);
	else if (length || is_hidden(sending))
		refused = judge_question(scratch, 0, length, kind);
	__sync_lock_test_and_set(&scratch->held, 0);
	return refused;
}

/*
 * Has the socket keep who sends, if rules of DNS apply to that. `keeps`: NULL if there is no memory for it. Returns whether what is sent is to be judged, or
 * refused at once. It is global, so that what it holds is off the stack when that is done.
 */
enum sender_answer { SENDER_FREE = 0, SENDER_JUDGED = 1, SENDER_REFUSED = 2 };

__noinline int note_sender(struct pc_task *keeps)
{
	enum actor_answer answer;
	struct actor actor;
	int result = SENDER_FREE;

	answer = actor_find(&actor);
	if (answer != ACTOR_FOUND)
		return answer == ACTOR_BROKEN ? SENDER_REFUSED : SENDER_FREE;
	if (dns_flags(&actor) & PC_HAS_RULES) {
		sources_refresh(&actor);
		result = keeps ? SENDER_JUDGED : SENDER_REFUSED;
		if (keeps)
			bpf_probe_read_kernel(keeps, sizeof(*keeps), actor.task);
	}
	actor_end(&actor);
	return result;
}

/*
 * May the actor send? What goes by MPTCP or SMC cannot be followed, so that it counts as a query for a name that is not known,
 * and that where it is connected already: a socket of SMC does not know any more where to, when it sends.
 */
static __always_inline bool may_send(const struct sending *sending, struct pc_task *keeps)
{
	int answer = note_sender(keeps);

	if (answer != SENDER_JUDGED || sending->type == SOCK_RAW)
		return answer != SENDER_REFUSED;
	if (!sending->message && !is_hidden(sending)) /* it is being connected: what is sent will be judged */
		return true;
	return !judge_sending(sending);
}

#endif
