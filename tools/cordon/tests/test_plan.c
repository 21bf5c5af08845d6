// SPDX-License-Identifier: GPL-2.0-only
/* Placements and refusals: read, and what is said of them. */
#include "nest.h"

#include "planinfo.h"

static void put_place(struct nl_msg *msg, uint32_t vcpu, uint32_t cpu,
		      uint32_t guest_core)
{
	struct nlattr *nest = nla_nest_start(msg, CORDON_A_POLICY_PLACE);

	nla_put_u32(msg, CORDON_A_PLACE_VCPU, vcpu);
	nla_put_u32(msg, CORDON_A_PLACE_CPU, cpu);
	nla_put_u32(msg, CORDON_A_PLACE_NODE, 0);
	if (guest_core != UINT32_MAX)
		nla_put_u32(msg, CORDON_A_PLACE_GUEST_CORE, guest_core);
	nla_nest_end(msg, nest);
}

static void list_is(const struct cpulist *set, const char *want)
{
	struct text t = { 0 };

	cpulist_print(set, &t);
	text_equals(&t, want);
}

static void test_plan(void **state)
{
	struct cpu_info cpu[8] = { 0 };
	struct cpu_list cpus = { .cpu = cpu, .n = 8 };
	struct nl_msg *msg = reply_new(CORDON_CMD_POLICY_SET);
	struct plan_info plan;
	struct cpulist set;
	uint32_t i;

	(void)state;
	for (i = 0; i < 8; i++) {
		cpu[i].id = i;
		cpu[i].core = i % 4;
		cpu[i].has = 1ULL << CORDON_A_CPU_CORE;
	}
	put_place(msg, 0, 2, 0);
	put_place(msg, 1, 6, 0);
	put_place(msg, 2, 3, UINT32_MAX);
	put_place(msg, 3, 1, 0);
	put_cpus(msg, CORDON_A_POLICY_EMULATOR_ON, "0,4");
	put_cpus(msg, CORDON_A_POLICY_OWNED, "1-3,6-7");
	put_cpus(msg, CORDON_A_POLICY_IDLE, "7");
	plan_parse(msg, &plan);
	assert_int_equal(plan.n, 4);
	list_is(&plan.emulator, "0,4");
	list_is(&plan.owned, "1-3,6-7");
	list_is(&plan.idle, "7");
	plan_siblings(&plan, &cpus, &plan.place[0], &set);
	list_is(&set, "1");
	plan_siblings(&plan, &cpus, &plan.place[2], &set);
	list_is(&set, "");
	plan_guest_siblings(&plan, &plan.place[0], &set);
	list_is(&set, "1,3");
	plan_guest_siblings(&plan, &plan.place[2], &set);
	list_is(&set, "");
	plan_free(&plan);
	nlmsg_free(msg);
}

static void refusal_is(uint32_t wanted, uint32_t free_, const char *text,
		       const char *want, const char *json)
{
	struct nl_msg *msg = reply_new(CORDON_CMD_POLICY_SET);
	struct refusal_info refusal;
	struct text t = { 0 };
	struct nlattr *nest;

	assert_false(refusal_parse(msg, &refusal));
	nest = nla_nest_start(msg, CORDON_A_POLICY_REFUSAL);
	nla_put_u32(msg, CORDON_A_REFUSAL_ERRNO, 28);
	nla_put_string(msg, CORDON_A_REFUSAL_TEXT, text);
	nla_put_u32(msg, CORDON_A_REFUSAL_KEY, CORDON_A_POLICY_THREAD_POLICY);
	if (wanted) {
		nla_put_u32(msg, CORDON_A_REFUSAL_WANTED, wanted);
		nla_put_u32(msg, CORDON_A_REFUSAL_FREE, free_);
	}
	nla_nest_end(msg, nest);
	assert_true(refusal_parse(msg, &refusal));
	assert_int_equal(refusal.err, 28);
	refusal_print(&refusal, &t);
	text_equals(&t, want);
	json_prints(refusal_json(&refusal), json);
	refusal_free(&refusal);
	nlmsg_free(msg);
}

static void test_refusal(void **state)
{
	(void)state;
	refusal_is(8, 6, "too few free cores", "too few free cores (wanted 8, free 6)",
		   "{\"errno\":28,\"text\":\"too few free cores\",\"key\":\"thread-policy\",\"wanted\":8,\"free\":6}");
	refusal_is(8, 6, "8 CPUs are wanted, 6 are free", "8 CPUs are wanted, 6 are free",
		   "{\"errno\":28,\"text\":\"8 CPUs are wanted, 6 are free\",\"key\":\"thread-policy\",\"wanted\":8,\"free\":6}");
	refusal_is(0, 0, "no", "no",
		   "{\"errno\":28,\"text\":\"no\",\"key\":\"thread-policy\"}");
}

static void test_tasks(void **state)
{
	struct host_task task[5] = {
		{ .tid = 9, .uid = 1000, .comm = "ma\033ke", .recent = 7 },
		{ .tid = 3, .comm = "kswapd0", .flags = 0x200040, .recent = 1 },
	};
	struct host_tasks tasks = { .task = task, .n = 5 };
	struct text t = { 0 };

	(void)state;
	plan_tasks_print(&tasks, 200, 100, &t);
	text_equals(&t, "5 tasks of others may run there now; busiest: ma?ke (pid 9, uid 1000) 35%, kswapd0 (pid 3) 5%");
	tasks.n = 1;
	task[0].recent = 0;
	plan_tasks_print(&tasks, 200, 100, &t);
	text_equals(&t, "1 task of others may run there now");
}

static void test_load(void **state)
{
	struct plan_load load = {
		.owned = 4, .owned_busy = 2000, .others = 8, .others_busy = 2400,
	};
	struct text t = { 0 };

	(void)state;
	plan_load_print(&load, &t);
	text_equals(&t, "4 CPUs to own: 50% busy; the other 8: 30%, then at most 55%");
	load.others_busy = 7600;
	plan_load_print(&load, &t);
	text_equals(&t, "4 CPUs to own: 50% busy; the other 8: 95%; these would bear more than they have: 120%");
	load.others = 0;
	load.owned = 1;
	load.owned_busy = 0;
	plan_load_print(&load, &t);
	text_equals(&t, "1 CPU to own: 0% busy; the other 0: 0%");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plan),
		cmocka_unit_test(test_refusal),
		cmocka_unit_test(test_tasks),
		cmocka_unit_test(test_load),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
