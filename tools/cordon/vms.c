// SPDX-License-Identifier: GPL-2.0-only
/*
 * VMs and threads as the kernel tells of them: read from messages, dumped,
 * found by what the user typed. vm, thread, policy, monitor and off use it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "attr.h"
#include "cordon.h"
#include "nl.h"
#include "out.h"
#include "vms.h"
#include "words.h"

void vm_info_parse(struct nlattr *attrs, int len, struct vm_info *vm)
{
	struct nlattr *pos;
	int rem;

	memset(vm, 0, sizeof(*vm));
	nla_for_each_attr(pos, attrs, len, rem) {
		attr_seen(&vm->has, pos);
		switch (nla_type(pos)) {
		case CORDON_A_VM_ID:
			vm->id = attr_uint(pos);
			break;
		case CORDON_A_VM_PID:
			vm->pid = attr_uint(pos);
			break;
		case CORDON_A_VM_COMM:
			free(vm->comm);
			vm->comm = attr_string(pos);
			break;
		case CORDON_A_VM_VCPUS:
			vm->vcpus = attr_uint(pos);
			break;
		case CORDON_A_VM_THREADS:
			vm->threads = attr_uint(pos);
			break;
		case CORDON_A_VM_STATE:
			vm->state = attr_uint(pos);
			break;
		case CORDON_A_VM_MODE:
			vm->mode = attr_uint(pos);
			break;
		case CORDON_A_VM_CPUS:
			attr_cpu_range(pos, &vm->cpus);
			break;
		case CORDON_A_VM_DRIFTS:
			vm->drifts = attr_uint(pos);
			break;
		case CORDON_A_VM_DRIFT_AGE_NS:
			vm->drift_age_ns = attr_uint(pos);
			break;
		case CORDON_A_VM_AGE_NS:
			vm->age_ns = attr_uint(pos);
			break;
		case CORDON_A_VM_CONFIRM_MS:
			vm->confirm_ms = attr_uint(pos);
			break;
		case CORDON_A_VM_CPU_POLICY:
			vm->cpu_policy = attr_uint(pos);
			break;
		case CORDON_A_VM_THREAD_POLICY:
			vm->thread_policy = attr_uint(pos);
			break;
		case CORDON_A_VM_OWNED:
			attr_cpu_range(pos, &vm->owned);
			break;
		case CORDON_A_VM_RECEIPT:
			receipt_parse(pos, &vm->receipt);
			break;
		case CORDON_A_VM_GUEST_CPU:
			guest_parse(pos, &vm->guest);
			break;
		case CORDON_A_VM_LOST:
			vm->lost = attr_uint(pos);
			break;
		}
	}
	if (vm->pid)
		cmdline_read(vm->pid, &vm->name, &vm->uuid);
	if (!vm->name)
		vm->name = xstrdup(vm->comm ? vm->comm : "-");
}

void vm_info_free(struct vm_info *vm)
{
	free(vm->comm);
	free(vm->name);
	free(vm->uuid);
	receipt_free(&vm->receipt);
	guest_free(&vm->guest);
}

void thread_info_parse(struct nlattr *attrs, int len, struct thread_info *thread)
{
	struct nlattr *pos;
	int rem;

	memset(thread, 0, sizeof(*thread));
	nla_for_each_attr(pos, attrs, len, rem) {
		attr_seen(&thread->has, pos);
		switch (nla_type(pos)) {
		case CORDON_A_THREAD_VM_ID:
			thread->vm_id = attr_uint(pos);
			break;
		case CORDON_A_THREAD_TID:
			thread->tid = attr_uint(pos);
			break;
		case CORDON_A_THREAD_COMM:
			free(thread->comm);
			thread->comm = attr_string(pos);
			break;
		case CORDON_A_THREAD_CLASS:
			thread->class = attr_uint(pos);
			break;
		case CORDON_A_THREAD_VCPU:
			thread->vcpu = attr_uint(pos);
			break;
		case CORDON_A_THREAD_STATE:
			thread->state = attr_uint(pos);
			break;
		case CORDON_A_THREAD_CPU:
			thread->cpu = attr_uint(pos);
			break;
		case CORDON_A_THREAD_CPUS:
			attr_cpu_range(pos, &thread->cpus);
			break;
		case CORDON_A_THREAD_WANT:
			attr_cpu_range(pos, &thread->want);
			break;
		case CORDON_A_THREAD_SCHED:
			thread->sched = attr_uint(pos);
			break;
		case CORDON_A_THREAD_PRIORITY:
			thread->priority = attr_uint(pos);
			break;
		case CORDON_A_THREAD_DRIFTS:
			thread->drifts = attr_uint(pos);
			break;
		case CORDON_A_THREAD_LOST:
			thread->lost = attr_uint(pos);
			break;
		}
	}
}

void thread_info_free(struct thread_info *thread)
{
	free(thread->comm);
}

static struct nlattr *attrs_of(struct nl_msg *msg, int *len)
{
	struct genlmsghdr *hdr = genlmsg_hdr(nlmsg_hdr(msg));

	*len = genlmsg_attrlen(hdr, 0);
	return genlmsg_attrdata(hdr, 0);
}

int vm_get(uint32_t id, struct vm_info *vm)
{
	struct nl_msg *request = cn_request(CORDON_CMD_VM_GET, 0);
	struct cn_reply reply = { 0 };
	struct cn_error error;
	struct nlattr *attrs;
	int err, len;

	nla_put_u32(request, CORDON_A_VM_ID, id);
	err = cn_query(request, &reply, &error);
	if (!err && !reply.n)
		err = ENOENT;
	if (!err) {
		attrs = attrs_of(reply.msg[0], &len);
		vm_info_parse(attrs, len, vm);
	}
	cn_error_clear(&error);
	cn_reply_free(&reply);
	nlmsg_free(request);
	return err;
}

static int vm_order(const void *a, const void *b)
{
	const struct vm_info *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

int vm_list_get(struct vm_list *list)
{
	struct nl_msg *request = cn_request(CORDON_CMD_VM_GET, NLM_F_DUMP);
	struct cn_reply reply = { 0 };
	int status, len;
	size_t i;

	memset(list, 0, sizeof(*list));
	status = cn_ask(request, &reply, NULL);
	if (!status) {
		list->vm = xcalloc(reply.n, sizeof(*list->vm));
		list->n = reply.n;
		for (i = 0; i < reply.n; i++) {
			struct nlattr *attrs = attrs_of(reply.msg[i], &len);

			vm_info_parse(attrs, len, &list->vm[i]);
		}
		qsort(list->vm, list->n, sizeof(*list->vm), vm_order);
	}
	cn_reply_free(&reply);
	return status;
}

void vm_list_free(struct vm_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		vm_info_free(&list->vm[i]);
	free(list->vm);
	memset(list, 0, sizeof(*list));
}

static int thread_order(const void *a, const void *b)
{
	const struct thread_info *x = a, *y = b;

	if (x->vm_id != y->vm_id)
		return x->vm_id < y->vm_id ? -1 : 1;
	if (x->class != y->class)
		return x->class < y->class ? -1 : 1;
	if (x->vcpu != y->vcpu)
		return x->vcpu < y->vcpu ? -1 : 1;
	return x->tid < y->tid ? -1 : x->tid > y->tid;
}

int thread_list_get(uint32_t vm_id, struct thread_list *list)
{
	struct nl_msg *request = cn_request(CORDON_CMD_THREAD_GET, NLM_F_DUMP);
	struct cn_reply reply = { 0 };
	struct cn_error error;
	int status = DONE, len, err;
	size_t i;

	memset(list, 0, sizeof(*list));
	if (vm_id)
		nla_put_u32(request, CORDON_A_THREAD_VM_ID, vm_id);
	err = cn_dump(request, &reply, &error);
	/* A VM that ended since it was listed has no threads. */
	if (err && err != ENOENT) {
		status = cn_failed(CORDON_CMD_THREAD_GET, &error, NULL);
	} else {
		list->thread = xcalloc(reply.n, sizeof(*list->thread));
		list->n = reply.n;
		for (i = 0; i < reply.n; i++) {
			struct nlattr *attrs = attrs_of(reply.msg[i], &len);

			thread_info_parse(attrs, len, &list->thread[i]);
		}
		qsort(list->thread, list->n, sizeof(*list->thread),
		      thread_order);
	}
	cn_error_clear(&error);
	cn_reply_free(&reply);
	nlmsg_free(request);
	return status;
}

void thread_list_free(struct thread_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		thread_info_free(&list->thread[i]);
	free(list->thread);
	memset(list, 0, sizeof(*list));
}

const struct vm_info *vm_by_id(const struct vm_list *list, uint32_t id)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (list->vm[i].id == id)
			return &list->vm[i];
	return NULL;
}

const struct vm_info *vm_by_pid(const struct vm_list *list, uint32_t pid)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (HAS(&list->vm[i], CORDON_A_VM_PID) && list->vm[i].pid == pid)
			return &list->vm[i];
	return NULL;
}

static bool is_meant(const struct vm_ref *ref, const struct vm_info *vm)
{
	bool has_pid = HAS(vm, CORDON_A_VM_PID);

	switch (ref->kind) {
	case VM_REF_ID:
		return vm->id == ref->number;
	case VM_REF_PID:
		return has_pid && vm->pid == ref->number;
	case VM_REF_NUMBER:
		return vm->id == ref->number ||
		       (has_pid && vm->pid == ref->number);
	case VM_REF_NAME:
		return !strcmp(vm->name, ref->word) ||
		       (vm->uuid && !strcasecmp(vm->uuid, ref->word));
	case VM_REF_ALL:
		return true;
	}
	return false;
}

static void candidates_print(const struct vm_ref *ref, const struct vm_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++) {
		const struct vm_info *vm = &list->vm[i];
		struct text t = { 0 };

		if (!is_meant(ref, vm))
			continue;
		text_utf8(&t, vm->name, false);
		fprintf(stderr, "  id:%u  pid:%u  %s%s%s\n", vm->id, vm->pid,
			text_str(&t), vm->uuid ? "  " : "",
			vm->uuid ? vm->uuid : "");
		text_free(&t);
	}
}

int vm_find(const struct vm_ref *ref, const struct vm_list *list,
	    const struct vm_info **found)
{
	size_t i, n = 0;

	for (i = 0; i < list->n; i++) {
		if (is_meant(ref, &list->vm[i])) {
			*found = &list->vm[i];
			n++;
		}
	}
	if (ref->kind == VM_REF_NUMBER) {
		usage_error("\"%s\" is a bare number: write id:%s or pid:%s%s",
			    ref->word, ref->word, ref->word,
			    n ? "; it could be" : "");
		candidates_print(ref, list);
		return WRONG_USAGE;
	}
	if (n == 1)
		return DONE;
	if (n) {
		error_print("%zu VMs are meant by \"%s\"; say which one:", n,
			    ref->word);
		candidates_print(ref, list);
	} else if (ref->kind == VM_REF_NAME) {
		error_print("no VM with the name or UUID \"%s\" (cordon vm list)",
			    ref->word);
	} else {
		error_print("no VM with %s (cordon vm list)", ref->word);
	}
	return REFUSED;
}

int vm_run(const char *word, int (*run)(const struct vm_ref *ref,
					const struct vm_list *list))
{
	struct text err = { 0 };
	struct vm_list list;
	struct vm_ref ref;
	int status;

	if (!vm_ref_parse(word, &ref, &err)) {
		usage_error("%s", text_str(&err));
		text_free(&err);
		return WRONG_USAGE;
	}
	status = cn_open();
	if (!status)
		status = vm_list_get(&list);
	if (status)
		return status;
	status = run(&ref, &list);
	vm_list_free(&list);
	return status;
}

void vm_word(const struct vm_info *vm, const struct vm_list *list,
	     struct text *t)
{
	struct text err = { 0 }, clean = { 0 };
	struct vm_ref ref;
	size_t i, n = 0;
	bool plain;

	/* A name with bytes that a terminal would act on cannot be shown. */
	text_utf8(&clean, vm->name, false);
	plain = !strcmp(text_str(&clean), vm->name) &&
		vm_ref_parse(vm->name, &ref, &err) && ref.kind == VM_REF_NAME;
	for (i = 0; plain && i < list->n; i++)
		n += is_meant(&ref, &list->vm[i]);
	if (plain && n == 1)
		text_shell_word(t, vm->name);
	else
		text_add(t, "id:%u", vm->id);
	text_free(&clean);
	text_free(&err);
}

void vm_fields(const struct vm_info *vm)
{
	out_uint("id", vm->id);
	if (HAS(vm, CORDON_A_VM_PID))
		out_uint("pid", vm->pid);
	out_string("name", vm->name);
	if (vm->uuid)
		out_string("uuid", vm->uuid);
	if (vm->comm)
		out_string("comm", vm->comm);
	if (HAS(vm, CORDON_A_VM_VCPUS))
		out_uint("vcpus", vm->vcpus);
	if (HAS(vm, CORDON_A_VM_THREADS))
		out_uint("threads", vm->threads);
	if (HAS(vm, CORDON_A_VM_MODE))
		out_string("mode", word_of(&mode_words, vm->mode));
	if (HAS(vm, CORDON_A_VM_CPUS))
		out_cpus("cpus", &vm->cpus);
	if (HAS(vm, CORDON_A_VM_CPU_POLICY))
		out_string("cpu_policy", word_of(&cpu_policy_words, vm->cpu_policy));
	if (HAS(vm, CORDON_A_VM_THREAD_POLICY))
		out_string("thread_policy",
			   word_of(&thread_policy_words, vm->thread_policy));
	if (HAS(vm, CORDON_A_VM_OWNED))
		out_cpus("owned", &vm->owned);
	if (HAS(vm, CORDON_A_VM_RECEIPT))
		out_value("receipt", receipt_json(&vm->receipt));
	if (HAS(vm, CORDON_A_VM_GUEST_CPU))
		out_value("guest_cpu", guest_json(&vm->guest));
	if (HAS(vm, CORDON_A_VM_DRIFTS))
		out_uint("drifts", vm->drifts);
	if (HAS(vm, CORDON_A_VM_DRIFT_AGE_NS))
		out_uint("drift_age_ns", vm->drift_age_ns);
	if (HAS(vm, CORDON_A_VM_AGE_NS))
		out_uint("age_ns", vm->age_ns);
	if (HAS(vm, CORDON_A_VM_CONFIRM_MS))
		out_uint("confirm_ms", vm->confirm_ms);
	if (HAS(vm, CORDON_A_VM_STATE))
		out_string("state", word_of(&vm_state_words, vm->state));
}

void sched_print(uint32_t sched, bool has_priority, uint32_t priority,
		 struct text *t)
{
	text_add(t, "%s", word_of(&sched_words, sched));
	if (has_priority)
		text_add(t, ":%u", priority);
}

void thread_fields(const struct thread_info *thread, const struct vm_info *vm)
{
	struct text sched = { 0 };

	out_uint("vm_id", thread->vm_id);
	if (vm)
		out_string("vm", vm->name);
	if (HAS(thread, CORDON_A_THREAD_TID))
		out_uint("tid", thread->tid);
	if (HAS(thread, CORDON_A_THREAD_CLASS))
		out_string("class", word_of(&class_words, thread->class));
	if (HAS(thread, CORDON_A_THREAD_VCPU))
		out_uint("vcpu", thread->vcpu);
	if (HAS(thread, CORDON_A_THREAD_CPU))
		out_uint("cpu", thread->cpu);
	if (HAS(thread, CORDON_A_THREAD_CPUS))
		out_cpus("cpus", &thread->cpus);
	if (HAS(thread, CORDON_A_THREAD_WANT))
		out_cpus("want", &thread->want);
	if (HAS(thread, CORDON_A_THREAD_SCHED)) {
		sched_print(thread->sched,
			    HAS(thread, CORDON_A_THREAD_PRIORITY),
			    thread->priority, &sched);
		out_string("sched", text_str(&sched));
		text_free(&sched);
	}
	if (HAS(thread, CORDON_A_THREAD_STATE))
		out_string("state", word_of(&thread_state_words, thread->state));
	if (HAS(thread, CORDON_A_THREAD_DRIFTS))
		out_uint("drifts", thread->drifts);
	if (thread->comm)
		out_string("comm", thread->comm);
}

bool thread_is_wrong(const struct thread_info *thread)
{
	if (thread->state == CORDON_THREAD_STATE_EXEMPT)
		return false;
	if (thread->state == CORDON_THREAD_STATE_DEGRADED)
		return true;
	return HAS(thread, CORDON_A_THREAD_WANT) &&
	       HAS(thread, CORDON_A_THREAD_CPUS) &&
	       !cpulist_subset(&thread->cpus, &thread->want);
}
