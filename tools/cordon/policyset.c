// SPDX-License-Identifier: GPL-2.0-only
/*
 * The commands `policy set`, `replace`, `replan` and `plan`: a wish becomes a
 * request, and what came of it is told.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "attr.h"
#include "cordon.h"
#include "done.h"
#include "keys.h"
#include "nl.h"
#include "out.h"
#include "planinfo.h"
#include "planshow.h"
#include "policy.h"
#include "vfio.h"
#include "wish.h"
#include "words.h"

/**
 * struct near - where the VFIO devices of a VM are, if that is put into a request
 * @devices: how many it has
 * @nodes: empty if nothing was put
 */
struct near {
	unsigned int devices;
	struct cpulist nodes;
};

/* Nobody said which nodes to prefer: those of its devices. */
static void nodes_put(struct nl_msg *msg, uint32_t pid, struct near *near)
{
	uint32_t first, last, node;

	near->devices = vfio_nodes("", pid, &near->nodes);
	for (first = 0; cpulist_run(&near->nodes, &first, &last); first = last + 1)
		for (node = first; node <= last; node++)
			nla_put_u32(msg, CORDON_A_POLICY_NUMA_PREFER, node);
}

static uint32_t pid_of(const struct target *target, const struct vm_list *list)
{
	const struct vm_info *vm = vm_by_id(list, target->id);

	return target->pid ? target->pid : vm ? vm->pid : 0;
}

/* NULL if it cannot be: that was told. */
static struct nl_msg *request_build(const struct wish *wish,
				    const struct target *target,
				    const struct vm_list *list, struct near *near)
{
	struct nl_msg *msg = cn_request(CORDON_CMD_POLICY_SET, 0);
	uint32_t pid = pid_of(target, list);
	struct cn_reply now = { 0 };

	memset(near, 0, sizeof(*near));
	/* If it cannot be asked for, the set will say why. */
	if (wish_needs_policy(wish))
		policy_get(target, &now);
	target_put(msg, target);
	if (wish_put(msg, wish, now.n ? now.msg[0] : NULL)) {
		cn_reply_free(&now);
		nlmsg_free(msg);
		return NULL;
	}
	if (pid && wish_wants_nodes(wish, now.n ? now.msg[0] : NULL))
		nodes_put(msg, pid, near);
	cn_reply_free(&now);
	return msg;
}

static void near_print(const struct near *near)
{
	struct text nodes = { 0 };

	if (cpulist_empty(&near->nodes))
		return;
	cpulist_print(&near->nodes, &nodes);
	out_string("numa_prefer_filled", text_str(&nodes));
	out_text("Near its %u VFIO device%s: numa-prefer %s, as none was given.\n",
		 near->devices, near->devices == 1 ? "" : "s", text_str(&nodes));
	text_free(&nodes);
}

/* The key as it was typed, for an attribute of the request. */
static const char *typed(int attr)
{
	const struct key *key = key_by_attr(attr);

	if (key)
		return key->name;
	return attr == CORDON_A_POLICY_CONFIRM_S ? "confirm" : NULL;
}

/* A number of the reply, told in JSON too if it is there. */
static uint64_t field(const struct cn_reply *reply, int attr, const char *key)
{
	const struct nlattr *nla = reply_attr(reply, attr);

	if (!nla)
		return 0;
	out_uint(key, attr_uint(nla));
	return attr_uint(nla);
}

static void cpus_read(const struct cn_reply *reply, struct text *cpus)
{
	struct cpulist set = { 0 };
	struct nlattr *pos;
	int rem;

	if (reply->n)
		attr_for_each(pos, reply->msg[0], rem)
			if (nla_type(pos) == CORDON_A_POLICY_CPUS)
				attr_cpu_range(pos, &set);
	cpulist_print(&set, cpus);
	if (cpus->len)
		out_string("cpus", text_str(cpus));
}

/* Whether it has a policy now is the kernel's to say, not the wish's. */
static void now_read(uint32_t id, struct set_done *done)
{
	struct vm_info vm;

	if (vm_get(id, &vm)) {
		done->ended = true;
		return;
	}
	if (HAS(&vm, CORDON_A_VM_MODE)) {
		done->mode = vm.mode;
		out_string("mode", word_of(&mode_words, vm.mode));
	}
	done->vcpus = vm.vcpus;
	vm_info_free(&vm);
}

static void placement_read(const struct cn_reply *reply, struct set_done *done)
{
	struct plan_info plan = { 0 };

	if (reply->n)
		plan_parse(reply->msg[0], &plan);
	plan_fields(&plan);
	done->placed = HAS(&plan, CORDON_A_POLICY_OWNED);
	done->evicted = field(reply, CORDON_A_POLICY_EVICTED, "evicted");
	done->left = field(reply, CORDON_A_POLICY_LEFT, "left");
	plan_free(&plan);
}

/* The VM that a reply is about, as the fields of an item; its id. */
static uint32_t vm_id_fields(const struct target *target,
			     const struct cn_reply *reply)
{
	const struct nlattr *nla = reply_attr(reply, CORDON_A_POLICY_VM_ID);
	uint32_t id = nla ? attr_uint(nla) : target->id;

	if (!target->id)
		out_uint("vm_id", id);
	target_fields(target);
	return id;
}

static void done_print(const struct target *target, const struct vm_list *list,
		       const struct cn_reply *reply, const struct near *near)
{
	struct text cpus = { 0 }, line = { 0 };
	struct set_done done = {
		.name = text_str(&target->shown),
		.word = text_str(&target->word),
	};
	const struct vm_info *before;
	uint32_t id;

	id = vm_id_fields(target, reply);
	before = vm_by_id(list, id);
	done.had_policy = before && HAS(before, CORDON_A_VM_MODE);
	now_read(id, &done);
	cpus_read(reply, &cpus);
	done.cpus = text_str(&cpus);
	done.threads = field(reply, CORDON_A_POLICY_THREADS, "threads");
	done.moved = field(reply, CORDON_A_POLICY_MOVED, "moved");
	done.uncapped = field(reply, CORDON_A_POLICY_UNCAPPED, "uncapped");
	done.confirm_ms = field(reply, CORDON_A_POLICY_CONFIRM_MS, "confirm_ms");
	placement_read(reply, &done);
	set_done_print(&done, &line);
	out_text("%s", text_str(&line));
	near_print(near);
	text_free(&cpus);
	text_free(&line);
}

/* What `policy plan` shows of what would be done. */
static void planned_print(const struct target *target, const struct vm_list *list,
			  const struct cn_reply *reply, const struct near *near)
{
	struct text cpus = { 0 };
	struct planned planned = {
		.name = text_str(&target->shown),
		.pid = pid_of(target, list),
		.msg = reply->n ? reply->msg[0] : NULL,
	};

	vm_id_fields(target, reply);
	cpus_read(reply, &cpus);
	planned.cpus = text_str(&cpus);
	planned.threads = field(reply, CORDON_A_POLICY_THREADS, "threads");
	planned.moved = field(reply, CORDON_A_POLICY_MOVED, "moved");
	field(reply, CORDON_A_POLICY_EVICTED, "evicted");
	planned.left = field(reply, CORDON_A_POLICY_LEFT, "left");
	planned_show(&planned);
	near_print(near);
	text_free(&cpus);
}

/* Told with the numbers that a refusal's own text cannot hold. */
static int refusal_tell(const struct refusal_info *refusal)
{
	struct text t = { 0 };
	struct cn_error error = { .err = refusal->err };
	int status;

	refusal_print(refusal, &t);
	error.text = t.s;
	status = cn_failed(CORDON_CMD_POLICY_SET, &error, typed(refusal->key));
	text_free(&t);
	return status;
}

/*
 * A set was refused: the same request as a plan carries the reason in full. Its
 * attributes are where they were, so what is planned is what was refused.
 */
static int refused(struct nl_msg *request, const struct cn_error *error)
{
	struct refusal_info refusal;
	struct cn_reply reply = { 0 };
	struct cn_error again = { 0 };
	int status = REFUSED;
	bool told = false;

	if (error->err != EPERM && error->err != ENOENT &&
	    !nla_put_flag(request, CORDON_A_POLICY_PLAN) &&
	    !cn_query(request, &reply, &again) && reply.n &&
	    refusal_parse(reply.msg[0], &refusal)) {
		told = (int)refusal.err == error->err;
		if (told)
			status = refusal_tell(&refusal);
		refusal_free(&refusal);
	}
	if (!told)
		status = cn_failed(CORDON_CMD_POLICY_SET, error, typed(error->attr));
	cn_error_clear(&again);
	cn_reply_free(&reply);
	return status;
}

/* It was planned, and that came of it: an exit status. */
static int planned(const struct target *target, const struct vm_list *list,
		   const struct cn_reply *reply, const struct near *near)
{
	struct refusal_info refusal;
	int status;

	/* In text an item is a row, and a row a vCPU. */
	if (out_is_json())
		out_item();
	if (!reply->n || !refusal_parse(reply->msg[0], &refusal)) {
		planned_print(target, list, reply, near);
		return DONE;
	}
	vm_id_fields(target, reply);
	out_value("refusal", refusal_json(&refusal));
	status = refusal_tell(&refusal);
	refusal_free(&refusal);
	return status;
}

static int set_one(const struct wish *wish, const struct target *target,
		   const struct vm_list *list, bool may_be_gone)
{
	struct cn_reply reply = { 0 };
	struct nl_msg *request;
	struct cn_error error;
	int status = DONE, err;
	struct near near;

	request = request_build(wish, target, list, &near);
	if (!request)
		return WRONG_USAGE;
	err = cn_query(request, &reply, &error);
	if (err && wish->plan) {
		status = cn_failed(CORDON_CMD_POLICY_SET, &error, typed(error.attr));
	} else if (err) {
		if (!(may_be_gone && err == ENOENT))
			status = refused(request, &error);
	} else if (wish->plan) {
		status = planned(target, list, &reply, &near);
	} else {
		out_item();
		done_print(target, list, &reply, &near);
	}
	nlmsg_free(request);
	cn_error_clear(&error);
	cn_reply_free(&reply);
	return status;
}

static int set_meant(const struct wish *wish, const struct vm_list *list)
{
	struct target target;
	int status = DONE;
	size_t i;

	planned_begin(wish->plan);
	if (wish->ref.kind != VM_REF_ALL) {
		status = target_find(&wish->ref, list, &target);
		if (status)
			return status;
		status = set_one(wish, &target, list, false);
		target_free(&target);
	}
	if (wish->ref.kind == VM_REF_ALL && !list->n)
		out_text("No VM.\n");
	for (i = 0; wish->ref.kind == VM_REF_ALL && i < list->n; i++) {
		target_of_vm(&list->vm[i], list, &target);
		if (set_one(wish, &target, list, true))
			status = REFUSED;
		target_free(&target);
	}
	/* Of all, some may have failed, and a plan has a refusal: JSON tells. */
	if (!status || wish->plan || wish->ref.kind == VM_REF_ALL)
		out_end();
	return status;
}

static int wish_run(struct wish *wish, int argc, char **argv)
{
	struct vm_list list;
	int status;

	status = wish_parse(wish, argc, argv);
	if (!status)
		status = cn_open();
	if (!status)
		status = vm_list_get(&list);
	if (!status) {
		status = set_meant(wish, &list);
		vm_list_free(&list);
	}
	wish_free(wish);
	return status;
}

int policy_set_run(int argc, char **argv)
{
	struct wish wish = { .command = "set" };

	return wish_run(&wish, argc, argv);
}

int policy_plan_run(int argc, char **argv)
{
	struct wish wish = { .command = "plan", .plan = true };

	return wish_run(&wish, argc, argv);
}

int policy_replace_run(int argc, char **argv)
{
	struct wish wish = { .command = "replace", .replace = true };

	return wish_run(&wish, argc, argv);
}

int policy_replan_run(int argc, char **argv)
{
	struct wish wish = { .command = "replan", .replan = true };

	return wish_run(&wish, argc, argv);
}
