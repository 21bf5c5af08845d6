// SPDX-License-Identifier: GPL-2.0-only
/*
 * A placement as the kernel tells of it, why one is refused, and what the host
 * would feel of it. Pure: the unit tests build this file too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/genl/genl.h>

#include <linux/cordon.h>

#include "attr.h"
#include "keys.h"
#include "out.h"
#include "planinfo.h"

/* So many of the tasks that would be moved are named. */
#define NAMED_MAX	3

static void place_parse(const struct nlattr *nest, struct place_info *place)
{
	struct nlattr *pos;
	int rem;

	memset(place, 0, sizeof(*place));
	attr_for_each_nested(pos, nest, rem) {
		attr_seen(&place->has, pos);
		switch (nla_type(pos)) {
		case CORDON_A_PLACE_VCPU:
			place->vcpu = attr_uint(pos);
			break;
		case CORDON_A_PLACE_CPU:
			place->cpu = attr_uint(pos);
			break;
		case CORDON_A_PLACE_NODE:
			place->node = attr_uint(pos);
			break;
		case CORDON_A_PLACE_GUEST_CORE:
			place->guest_core = attr_uint(pos);
			break;
		}
	}
}

void plan_parse(struct nl_msg *msg, struct plan_info *plan)
{
	struct nlattr *pos;
	int rem;

	memset(plan, 0, sizeof(*plan));
	attr_for_each(pos, msg, rem) {
		attr_seen(&plan->has, pos);
		switch (nla_type(pos)) {
		case CORDON_A_POLICY_PLACE:
			plan->place = xgrow(plan->place, plan->n + 1,
					    sizeof(*plan->place));
			place_parse(pos, &plan->place[plan->n++]);
			break;
		case CORDON_A_POLICY_EMULATOR_ON:
			attr_cpu_range(pos, &plan->emulator);
			break;
		case CORDON_A_POLICY_OWNED:
			attr_cpu_range(pos, &plan->owned);
			break;
		case CORDON_A_POLICY_IDLE:
			attr_cpu_range(pos, &plan->idle);
			break;
		}
	}
}

void plan_free(struct plan_info *plan)
{
	free(plan->place);
	memset(plan, 0, sizeof(*plan));
}

static json_t *place_json(const struct place_info *place)
{
	json_t *json = json_object();

	json_object_set_new(json, "vcpu", json_integer(place->vcpu));
	json_object_set_new(json, "cpu", json_integer(place->cpu));
	if (HAS(place, CORDON_A_PLACE_NODE))
		json_object_set_new(json, "node", json_integer(place->node));
	if (HAS(place, CORDON_A_PLACE_GUEST_CORE))
		json_object_set_new(json, "guest_core",
				    json_integer(place->guest_core));
	return json;
}

void plan_fields(const struct plan_info *plan)
{
	json_t *places = json_array();
	size_t i;

	for (i = 0; i < plan->n; i++)
		json_array_append_new(places, place_json(&plan->place[i]));
	if (plan->n)
		out_value("places", json_incref(places));
	json_decref(places);
	if (HAS(plan, CORDON_A_POLICY_EMULATOR_ON))
		out_cpus("emulator_on", &plan->emulator);
	if (HAS(plan, CORDON_A_POLICY_OWNED))
		out_cpus("owned", &plan->owned);
	if (HAS(plan, CORDON_A_POLICY_IDLE))
		out_cpus("idle", &plan->idle);
}

static void refusal_field(const struct nlattr *nla, struct refusal_info *refusal)
{
	switch (nla_type(nla)) {
	case CORDON_A_REFUSAL_ERRNO:
		refusal->err = attr_uint(nla);
		break;
	case CORDON_A_REFUSAL_TEXT:
		free(refusal->text);
		refusal->text = attr_string(nla);
		break;
	case CORDON_A_REFUSAL_KEY:
		refusal->key = attr_uint(nla);
		break;
	case CORDON_A_REFUSAL_CPU:
		refusal->cpu = attr_uint(nla);
		break;
	case CORDON_A_REFUSAL_OWNER:
		refusal->owner = attr_uint(nla);
		break;
	case CORDON_A_REFUSAL_TID:
		refusal->tid = attr_uint(nla);
		break;
	case CORDON_A_REFUSAL_WANTED:
		refusal->wanted = attr_uint(nla);
		break;
	case CORDON_A_REFUSAL_FREE:
		refusal->free = attr_uint(nla);
		break;
	}
}

bool refusal_parse(struct nl_msg *msg, struct refusal_info *refusal)
{
	struct nlattr *pos, *field;
	int rem, rest;

	memset(refusal, 0, sizeof(*refusal));
	attr_for_each(pos, msg, rem) {
		if (nla_type(pos) != CORDON_A_POLICY_REFUSAL)
			continue;
		attr_for_each_nested(field, pos, rest) {
			attr_seen(&refusal->has, field);
			refusal_field(field, refusal);
		}
		return true;
	}
	return false;
}

void refusal_free(struct refusal_info *refusal)
{
	free(refusal->text);
	memset(refusal, 0, sizeof(*refusal));
}

json_t *refusal_json(const struct refusal_info *r)
{
	const struct key *key = key_by_attr(r->key);
	json_t *json = json_object();

	out_json_uint(json, "errno", true, r->err);
	if (r->text)
		json_object_set_new(json, "text", out_json_string(r->text));
	if (key)
		json_object_set_new(json, "key", json_string(key->name));
	out_json_uint(json, "cpu", HAS(r, CORDON_A_REFUSAL_CPU), r->cpu);
	out_json_uint(json, "owner", HAS(r, CORDON_A_REFUSAL_OWNER), r->owner);
	out_json_uint(json, "tid", HAS(r, CORDON_A_REFUSAL_TID), r->tid);
	out_json_uint(json, "wanted", HAS(r, CORDON_A_REFUSAL_WANTED), r->wanted);
	out_json_uint(json, "free", HAS(r, CORDON_A_REFUSAL_FREE), r->free);
	return json;
}

static bool says(const char *text, uint32_t number)
{
	char digits[16];

	snprintf(digits, sizeof(digits), "%u", number);
	return strstr(text, digits);
}

void refusal_print(const struct refusal_info *r, struct text *t)
{
	const char *text = r->text ? r->text : strerror(r->err);

	text_add(t, "%s", text);
	if (HAS(r, CORDON_A_REFUSAL_WANTED) && HAS(r, CORDON_A_REFUSAL_FREE) &&
	    !(says(text, r->wanted) && says(text, r->free)))
		text_add(t, " (wanted %u, free %u)", r->wanted, r->free);
}

/* ---- what is printed of a plan ---- */

static uint32_t core_of(const struct cpu_list *cpus, uint32_t id)
{
	const struct cpu_info *cpu = cpu_by_id(cpus, id);

	return cpu && HAS(cpu, CORDON_A_CPU_CORE) ? cpu->core : id;
}

void plan_siblings(const struct plan_info *plan, const struct cpu_list *cpus,
		   const struct place_info *place, struct cpulist *vcpus)
{
	uint32_t core = core_of(cpus, place->cpu);
	size_t i;

	memset(vcpus, 0, sizeof(*vcpus));
	for (i = 0; i < plan->n; i++)
		if (&plan->place[i] != place &&
		    core_of(cpus, plan->place[i].cpu) == core)
			cpulist_set(vcpus, plan->place[i].vcpu,
				    plan->place[i].vcpu);
}

void plan_guest_siblings(const struct plan_info *plan,
			 const struct place_info *place, struct cpulist *vcpus)
{
	size_t i;

	memset(vcpus, 0, sizeof(*vcpus));
	if (!HAS(place, CORDON_A_PLACE_GUEST_CORE))
		return;
	for (i = 0; i < plan->n; i++)
		if (&plan->place[i] != place &&
		    HAS(&plan->place[i], CORDON_A_PLACE_GUEST_CORE) &&
		    plan->place[i].guest_core == place->guest_core)
			cpulist_set(vcpus, plan->place[i].vcpu,
				    plan->place[i].vcpu);
}

static void task_print(const struct host_task *task, unsigned int percent,
		       struct text *t)
{
	text_utf8(t, task->comm, false);
	text_add(t, " (pid %d", (int)task->tid);
	if (!task_is_kthread(task))
		text_add(t, ", uid %u", (unsigned int)task->uid);
	text_add(t, ") %u%%", percent);
}

void plan_tasks_print(const struct host_tasks *tasks, unsigned int ms,
		      long ticks_per_s, struct text *t)
{
	size_t i;

	text_add(t, "%zu task%s of others may run there now", tasks->n,
		 tasks->n == 1 ? "" : "s");
	for (i = 0; i < tasks->n && i < NAMED_MAX && tasks->task[i].recent; i++) {
		text_add(t, i ? ", " : "; busiest: ");
		task_print(&tasks->task[i],
			   tasks->task[i].recent * 100000 / ticks_per_s / ms, t);
	}
}

/* Per cent of each of @n CPUs. */
static unsigned int percent(uint64_t busy, unsigned int n)
{
	return n ? (busy / n + 5) / 10 : 0;
}

void plan_load_print(const struct plan_load *load, struct text *t)
{
	unsigned int after;

	text_add(t, "%u CPU%s to own: %u%% busy; the other %u: %u%%",
		 load->owned, load->owned == 1 ? "" : "s",
		 percent(load->owned_busy, load->owned), load->others,
		 percent(load->others_busy, load->others));
	if (!load->others)
		return;
	after = percent(load->owned_busy + load->others_busy, load->others);
	if (after > 100)
		text_add(t, "; these would bear more than they have: %u%%", after);
	else
		text_add(t, ", then at most %u%%", after);
}
