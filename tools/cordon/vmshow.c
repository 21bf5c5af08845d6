// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command `vm show`: one VM in full, and the verdict whether each of its
 * threads is held where its policy wants it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/genl/genl.h>

#include "cordon.h"
#include "cpus.h"
#include "keys.h"
#include "nl.h"
#include "out.h"
#include "vms.h"
#include "vmshow.h"
#include "words.h"

/* So many threads are named in a verdict; all of them: cordon thread list. */
#define NAMED_MAX	3

/**
 * struct picture - all that `vm show` looks at
 * @vm: the VM
 * @threads: its threads
 * @policy: the message with its policy, or NULL
 */
struct picture {
	const struct vm_info *vm;
	struct thread_list threads;
	struct nl_msg *policy;
};

static void head_print(const struct vm_info *vm)
{
	struct text t = { 0 };

	text_utf8(&t, vm->name, false);
	text_add(&t, "  id:%u", vm->id);
	if (HAS(vm, CORDON_A_VM_PID))
		text_add(&t, "  pid:%u", vm->pid);
	if (vm->comm && strcmp(vm->comm, vm->name)) {
		text_char(&t, ' ');
		text_utf8(&t, vm->comm, false);
	}
	if (vm->uuid) {
		text_add(&t, "  uuid ");
		text_utf8(&t, vm->uuid, false);
	}
	if (HAS(vm, CORDON_A_VM_AGE_NS)) {
		text_add(&t, "  up ");
		text_duration(&t, vm->age_ns);
	}
	out_text("%s\n", text_str(&t));
	text_free(&t);
}

/* Of the two that say the most the value is told, of others that they are set. */
static void key_add(const struct key *key, const char *value, struct text *t)
{
	if (key->attr == CORDON_A_POLICY_CPU_POLICY ||
	    key->attr == CORDON_A_POLICY_THREAD_POLICY)
		text_add(t, ", %s", value);
	else
		text_add(t, ", %s", key->name);
}

static void policy_print(const struct picture *p)
{
	const struct vm_info *vm = p->vm;
	struct text t = { 0 };
	size_t i;

	if (!HAS(vm, CORDON_A_VM_MODE))
		text_add(&t, "none");
	else
		text_add(&t, "%s", word_of(&mode_words, vm->mode));
	for (i = 0; p->policy && i < nr_keys; i++) {
		struct text value = { 0 };

		if (keys[i].attr != CORDON_A_POLICY_MODE &&
		    key_print(&keys[i], p->policy, &value))
			key_add(&keys[i], text_str(&value), &t);
		text_free(&value);
	}
	if (HAS(vm, CORDON_A_VM_CONFIRM_MS))
		text_add(&t, "; goes back in %llu s unless confirmed",
			 (unsigned long long)(vm->confirm_ms + 999) / 1000);
	out_labelled("Policy", text_str(&t));
	text_free(&t);
}

static bool is_one_to_one(const struct thread_info *thread)
{
	return cpulist_count(&thread->cpus) == 1;
}

/* May the next vCPU be told in one breath with this one? */
static bool joins(const struct thread_info *a, const struct thread_info *b)
{
	if (b->vcpu != a->vcpu + 1)
		return false;
	if (is_one_to_one(a) && is_one_to_one(b))
		return true;
	return !memcmp(&a->cpus, &b->cpus, sizeof(a->cpus));
}

static void guest_line_print(const struct vm_info *vm)
{
	struct text t = { 0 };

	text_add(&t, "%u vCPU%s", vm->vcpus, vm->vcpus == 1 ? "" : "s");
	if (HAS(vm, CORDON_A_VM_GUEST_CPU))
		guest_print(&vm->guest, &t);
	out_labelled("Guest", text_str(&t));
	text_free(&t);
}

/* What it owns, by whose means, and what that was worth: lines of a receipt. */
static void isolation_print(const struct picture *p)
{
	const struct vm_info *vm = p->vm;
	struct text t = { 0 };

	if (!HAS(vm, CORDON_A_VM_RECEIPT) && cpulist_empty(&vm->owned))
		return;
	text_add(&t, cpulist_empty(&vm->owned) ? "owns no CPU now" : "owns ");
	cpulist_print(&vm->owned, &t);
	text_add(&t, "; ");
	receipt_print_intrusions(&vm->receipt, &t);
	out_labelled("Isolation", text_str(&t));
	text_clear(&t);
	receipt_print_foreign(&vm->receipt, &t);
	out_labelled("", text_str(&t));
	text_clear(&t);
	receipt_print_rest(&vm->receipt, &t);
	if (t.len)
		out_labelled("", text_str(&t));
	text_free(&t);
}

/* The nodes of the CPUs where its vCPUs may run. */
static void nodes_add(const struct picture *p, struct text *t)
{
	struct cpulist nodes = { 0 };
	struct cpu_list cpus;
	size_t i;

	if (out_is_json() || cpulist_empty(&p->vm->owned) || cpu_list_get(&cpus))
		return;
	for (i = 0; i < cpus.n; i++)
		if (cpulist_has(&p->vm->cpus, cpus.cpu[i].id))
			cpulist_set(&nodes, cpus.cpu[i].node, cpus.cpu[i].node);
	text_add(t, "  (node ");
	cpulist_print(&nodes, t);
	text_char(t, ')');
	cpu_list_free(&cpus);
}

/* "0-3 = 4,36,5,37; 4-7 on 8-11": where the vCPUs may run now. */
static void vcpus_print(const struct picture *p)
{
	const struct thread_info *thread = p->threads.thread;
	size_t n = 0, from, to, i;
	struct text t = { 0 };

	while (n < p->threads.n && thread[n].class == CORDON_CLASS_VCPU)
		n++;
	for (from = 0; from < n; from = to) {
		for (to = from + 1; to < n && joins(&thread[to - 1], &thread[to]); to++)
			;
		text_add(&t, "%s%u", from ? "; " : "", thread[from].vcpu);
		if (to - from > 1)
			text_add(&t, "-%u", thread[to - 1].vcpu);
		text_add(&t, is_one_to_one(&thread[from]) ? " = " : " on ");
		cpulist_print(&thread[from].cpus, &t);
		for (i = from + 1; i < to && is_one_to_one(&thread[i]); i++) {
			text_char(&t, ',');
			cpulist_print(&thread[i].cpus, &t);
		}
	}
	if (n)
		nodes_add(p, &t);
	out_labelled("vCPUs", n ? text_str(&t) : "none has run yet");
	text_free(&t);
}

static size_t class_count(const struct picture *p, uint32_t class,
			  struct cpulist *cpus)
{
	size_t n = 0, i;

	memset(cpus, 0, sizeof(*cpus));
	for (i = 0; i < p->threads.n; i++) {
		if (p->threads.thread[i].class != class)
			continue;
		cpulist_union(cpus, &p->threads.thread[i].cpus);
		n++;
	}
	return n;
}

static const struct {
	uint32_t class;
	const char *one;
	const char *many;
	const char *key;
} others[] = {
	{ CORDON_CLASS_EMULATOR, "thread", "threads", "emulators" },
	{ CORDON_CLASS_IOTHREAD, "iothread", "iothreads", "iothreads" },
	{ CORDON_CLASS_MIGRATION, "migration thread", "migration threads", "migrations" },
	{ CORDON_CLASS_HELPER, "helper", "helpers", "helpers" },
};

/* "11 threads, 1 iothread, 2 helpers on 0-3": one set of CPUs is told once. */
static void emulator_print(const struct picture *p)
{
	struct cpulist cpus, before;
	struct text t = { 0 };
	bool any = false;
	size_t i, n;

	for (i = 0; i < ARRAY_SIZE(others); i++) {
		n = class_count(p, others[i].class, &cpus);
		if (!n)
			continue;
		if (any && memcmp(&before, &cpus, sizeof(cpus))) {
			text_add(&t, " on ");
			cpulist_print(&before, &t);
		}
		text_add(&t, "%s%zu %s", any ? ", " : "", n,
			 n > 1 ? others[i].many : others[i].one);
		before = cpus;
		any = true;
	}
	if (any) {
		text_add(&t, " on ");
		cpulist_print(&before, &t);
	}
	out_labelled("Emulator", any ? text_str(&t) : "no other thread is known");
	text_free(&t);
}

static size_t count_if(const struct picture *p,
		       bool (*is)(const struct thread_info *))
{
	size_t n = 0, i;

	for (i = 0; i < p->threads.n; i++)
		n += is(&p->threads.thread[i]);
	return n;
}

/* What is still wrong, or only watched, was not repaired. */
static void drift_print(const struct picture *p)
{
	const struct vm_info *vm = p->vm;
	bool audit = HAS(vm, CORDON_A_VM_MODE) && vm->mode == CORDON_MODE_AUDIT;
	bool repaired = !audit && !count_if(p, thread_is_wrong);
	struct text t = { 0 };

	if (!vm->drifts) {
		text_add(&t, "none");
	} else {
		text_add(&t, "%llu %s", (unsigned long long)vm->drifts,
			 repaired ? "repaired" : "seen");
		if (HAS(vm, CORDON_A_VM_DRIFT_AGE_NS)) {
			text_add(&t, ", last ");
			text_duration(&t, vm->drift_age_ns);
			text_add(&t, " ago");
		}
	}
	out_labelled("Drift", text_str(&t));
	text_free(&t);
}

static void deviation_print(const struct thread_info *thread, bool audit,
			    struct text *t)
{
	if (thread->class == CORDON_CLASS_VCPU)
		text_add(t, "vCPU %u", thread->vcpu);
	else
		text_utf8(t, thread->comm ? thread->comm : "?", false);
	text_add(t, " (tid %u) ", thread->tid);
	text_add(t, audit ? "from " : "may run on ");
	cpulist_print(&thread->cpus, t);
	text_add(t, audit ? " to " : ", wanted on ");
	cpulist_print(&thread->want, t);
	if (thread->state == CORDON_THREAD_STATE_DEGRADED)
		text_add(t, ", where no CPU is active");
}

static bool is_exempt(const struct thread_info *thread)
{
	return thread->state == CORDON_THREAD_STATE_EXEMPT;
}

/* The threads that are not as wanted, the first few by name. */
static void deviations_print(const struct picture *p, size_t wrong, bool audit,
			     struct text *t)
{
	size_t named = 0, i;

	for (i = 0; i < p->threads.n && named < NAMED_MAX; i++) {
		if (!thread_is_wrong(&p->threads.thread[i]))
			continue;
		text_add(t, named++ ? "; " : ": ");
		deviation_print(&p->threads.thread[i], audit, t);
	}
	if (wrong > named)
		text_add(t, "; %zu more (cordon thread list id:%u)",
			 wrong - named, p->vm->id);
}

static void verdict_print(const struct picture *p)
{
	bool managed = HAS(p->vm, CORDON_A_VM_MODE);
	bool audit = managed && p->vm->mode == CORDON_MODE_AUDIT;
	size_t wrong = count_if(p, thread_is_wrong);
	size_t exempt = count_if(p, is_exempt);
	struct text t = { 0 };

	if (!managed) {
		text_add(&t, "no policy: cordon knows this VM and changes nothing");
	} else if (audit) {
		text_add(&t, wrong ? "AUDIT: would move %zu thread%s" :
			 "AUDIT: would move %zu thread%s, all are as wanted",
			 wrong, wrong == 1 ? "" : "s");
	} else if (wrong) {
		text_add(&t, "NOT COMPLIANT: %zu thread%s", wrong,
			 wrong > 1 ? "s" : "");
	} else {
		text_add(&t, "COMPLIANT");
	}
	if (managed) {
		deviations_print(p, wrong, audit, &t);
		if (exempt)
			text_add(&t, "; %zu that the kernel forbids to move",
				 exempt);
		out_string("verdict", audit ? "audit" :
			   wrong ? "not_compliant" : "compliant");
		out_uint("deviating", wrong);
	}
	out_labelled("Verdict", text_str(&t));
	text_free(&t);
}

static void counts_json(const struct picture *p)
{
	struct cpulist cpus;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(others); i++)
		out_uint(others[i].key, class_count(p, others[i].class, &cpus));
}

/* The policy of a managed VM; without one the line has its mode only. */
static void policy_get(const struct vm_info *vm, struct cn_reply *reply)
{
	struct nl_msg *request = cn_request(CORDON_CMD_POLICY_GET, 0);
	struct cn_error error;

	nla_put_u32(request, CORDON_A_POLICY_VM_ID, vm->id);
	cn_query(request, reply, &error);
	cn_error_clear(&error);
	nlmsg_free(request);
}

static int show(const struct vm_info *vm)
{
	struct picture p = { .vm = vm };
	struct cn_reply reply = { 0 };
	int status;

	status = thread_list_get(vm->id, &p.threads);
	if (status)
		return status;
	if (HAS(vm, CORDON_A_VM_MODE))
		policy_get(vm, &reply);
	p.policy = reply.n ? reply.msg[0] : NULL;
	out_item();
	vm_fields(vm);
	if (out_is_json())
		counts_json(&p);
	else
		head_print(vm);
	guest_line_print(vm);
	policy_print(&p);
	vcpus_print(&p);
	emulator_print(&p);
	isolation_print(&p);
	drift_print(&p);
	verdict_print(&p);
	cn_reply_free(&reply);
	thread_list_free(&p.threads);
	return DONE;
}

/* Shows one VM, or with `all` each. */
static int show_meant(const struct vm_ref *ref, const struct vm_list *list)
{
	const struct vm_info *vm;
	int status = DONE;
	size_t i;

	out_begin("vm", NULL, 0);
	if (ref->kind == VM_REF_ALL) {
		if (!list->n)
			out_text("No VM.\n");
		for (i = 0; i < list->n && !status; i++) {
			out_text(i ? "\n" : "");
			status = show(&list->vm[i]);
		}
	} else {
		status = vm_find(ref, list, &vm);
		if (!status)
			status = show(vm);
	}
	if (!status)
		out_end();
	return status;
}

int vm_show_run(int argc, char **argv)
{
	if (argc != 1)
		return usage_error(argc ? "vm show: one VM, and nothing after it" :
				   "vm show: which VM? NAME, UUID, id:N, pid:N or all");
	return vm_run(argv[0], show_meant);
}
