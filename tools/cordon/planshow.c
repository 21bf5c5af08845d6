// SPDX-License-Identifier: GPL-2.0-only
/*
 * What `policy plan` shows: where each dedicated vCPU would be, whose the CPUs
 * would be, who would have to leave them, and what the others would bear.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "attr.h"
#include "cordon.h"
#include "cpus.h"
#include "hosttask.h"
#include "load.h"
#include "out.h"
#include "planinfo.h"
#include "planshow.h"

/* For so long it looks who is busy. */
#define SAMPLE_MS	200

static const struct out_column columns[] = {
	{ "VCPU", "vcpu", true, 0 },
	{ "CPU", "cpu", true, 0 },
	{ "NODE", "node", true, 0 },
	{ "CORE", "core", true, 0 },
	{ "SIBLINGS", "siblings", false, 8 },
	{ "GUEST'S SIBLINGS", "guest_siblings", false, 16 },
};

void planned_begin(bool plan)
{
	out_begin("policy", plan && !out_is_json() ? columns : NULL,
		  plan && !out_is_json() ? ARRAY_SIZE(columns) : 0);
}

static void place_show(const struct plan_info *plan, const struct cpu_list *cpus,
		       const struct place_info *place)
{
	const struct cpu_info *cpu = cpu_by_id(cpus, place->cpu);
	struct cpulist siblings, guest;

	out_item();
	out_uint("vcpu", place->vcpu);
	out_uint("cpu", place->cpu);
	if (HAS(place, CORDON_A_PLACE_NODE))
		out_uint("node", place->node);
	if (cpu)
		out_uint("core", cpu->core);
	plan_siblings(plan, cpus, place, &siblings);
	plan_guest_siblings(plan, place, &guest);
	out_cpus("siblings", &siblings);
	out_cpus("guest_siblings", &guest);
}

static void table_show(const struct plan_info *plan, const struct cpu_list *cpus)
{
	size_t i;

	for (i = 0; i < plan->n; i++)
		place_show(plan, cpus, &plan->place[i]);
	if (plan->n)
		out_table_end();
}

static void owned_show(const struct plan_info *plan)
{
	struct text t = { 0 };

	if (!cpulist_empty(&plan->owned)) {
		cpulist_print(&plan->owned, &t);
		if (!cpulist_empty(&plan->idle)) {
			text_add(&t, "; held idle: ");
			cpulist_print(&plan->idle, &t);
		}
		out_labelled("Owns", text_str(&t));
	}
	text_clear(&t);
	if (!cpulist_empty(&plan->emulator)) {
		text_add(&t, "on ");
		cpulist_print(&plan->emulator, &t);
		out_labelled("Emulator", text_str(&t));
	}
	text_free(&t);
}

/* Of the CPUs that it would own, those that it does not own yet. */
static void to_take(const struct plan_info *plan, const struct cpu_list *cpus,
		    struct cpulist *set, struct cpulist *others)
{
	struct cpulist unowned = { 0 };
	size_t i;

	memset(set, 0, sizeof(*set));
	memset(others, 0, sizeof(*others));
	cpus_unowned(cpus, &unowned);
	for (i = 0; i < ARRAY_SIZE(set->bits); i++) {
		set->bits[i] = plan->owned.bits[i] & unowned.bits[i];
		others->bits[i] = unowned.bits[i] & ~plan->owned.bits[i];
	}
}

/* Read it all, wait, read it again: at @ms the time that really passed. */
static bool sample(const struct cpulist *take, uint32_t pid,
		   struct host_tasks *tasks, struct load *load, unsigned int *ms)
{
	struct timespec from, to;

	tasks_to_move("/proc", take, pid, tasks);
	/* Finding them took its time: from here on each is read in its turn. */
	clock_gettime(CLOCK_MONOTONIC, &from);
	tasks_begin("/proc", tasks);
	if (!load_read("/proc", &load[0]))
		return false;
	usleep(SAMPLE_MS * 1000);
	clock_gettime(CLOCK_MONOTONIC, &to);
	tasks_recent("/proc", tasks);
	*ms = (to.tv_sec - from.tv_sec) * 1000 +
	      (to.tv_nsec - from.tv_nsec) / 1000000;
	return *ms && load_read("/proc", &load[1]);
}

static void load_tell(const struct plan_load *load, const struct host_tasks *tasks,
		      unsigned int ms)
{
	struct text t = { 0 };

	plan_tasks_print(tasks, ms, sysconf(_SC_CLK_TCK), &t);
	out_labelled("Moves off", text_str(&t));
	text_clear(&t);
	plan_load_print(load, &t);
	out_labelled("Load", text_str(&t));
	text_free(&t);
	out_uint("tasks_there", tasks->n);
	out_uint("owned_busy_permille", load->owned_busy);
	out_uint("others_busy_permille", load->others_busy);
}

static void effects_show(const struct plan_info *plan, const struct cpu_list *cpus,
			 uint32_t pid)
{
	struct load *load = xcalloc(2, sizeof(*load));
	struct host_tasks tasks = { 0 };
	struct plan_load busy = { 0 };
	struct cpulist take, others;
	unsigned int ms;

	to_take(plan, cpus, &take, &others);
	busy.owned = cpulist_count(&take);
	busy.others = cpulist_count(&others);
	if (busy.owned && sample(&take, pid, &tasks, load, &ms)) {
		busy.owned_busy = load_busy(&load[0], &load[1], &take);
		busy.others_busy = load_busy(&load[0], &load[1], &others);
		load_tell(&busy, &tasks, ms);
	}
	tasks_free(&tasks);
	free(load);
}

void planned_show(const struct planned *planned)
{
	struct plan_info plan = { 0 };
	struct cpu_list cpus = { 0 };

	if (planned->msg)
		plan_parse(planned->msg, &plan);
	out_text("%s: this would be done; nothing was changed\n", planned->name);
	if (plan.n || !cpulist_empty(&plan.owned))
		cpu_list_get(&cpus);
	if (out_is_json())
		plan_fields(&plan);
	else
		table_show(&plan, &cpus);
	if (!plan.n && *planned->cpus)
		out_labelled("vCPUs", planned->cpus);
	owned_show(&plan);
	out_text("Threads   %llu of the VM held, %llu moved\n",
		 (unsigned long long)planned->threads,
		 (unsigned long long)planned->moved);
	if (cpus.n)
		effects_show(&plan, &cpus, planned->pid);
	if (planned->left)
		out_text("Leaves    %llu task%s there, by force\n",
			 (unsigned long long)planned->left,
			 planned->left == 1 ? "" : "s");
	cpu_list_free(&cpus);
	plan_free(&plan);
}
