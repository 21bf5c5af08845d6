// SPDX-License-Identifier: GPL-2.0-only
/* CPUs: read, folded into rows, counted. */
#include "nest.h"

#include "cpuinfo.h"

/* Two nodes of two cores of two threads: CPU n and n + 4 are a core. */
static void host(struct cpu_list *list)
{
	uint32_t i;

	list->n = 8;
	list->cpu = xcalloc(list->n, sizeof(*list->cpu));
	for (i = 0; i < list->n; i++) {
		list->cpu[i].id = i;
		list->cpu[i].core = i % 4;
		list->cpu[i].node = i % 4 / 2;
		list->cpu[i].pool = i % 4 ? CORDON_POOL_DEDICATED :
			CORDON_POOL_SHARED;
	}
}

static void own(struct cpu_list *list, uint32_t cpu, uint32_t owner, uint32_t use)
{
	list->cpu[cpu].owner = owner;
	list->cpu[cpu].use = use;
}

static void row_is(const struct cpu_row *row, const char *cores, const char *cpus,
		   const char *siblings)
{
	struct text t = { 0 };

	cpulist_print(&row->cores, &t);
	text_equals(&t, cores);
	cpulist_print(&row->cpus, &t);
	text_equals(&t, cpus);
	assert_string_equal(siblings_word(row->siblings), siblings);
}

static void test_rows(void **state)
{
	struct cpu_list list;
	struct cpu_row *rows;
	size_t n;

	(void)state;
	host(&list);
	rows = cpu_rows(&list, &n);
	assert_int_equal(n, 3);
	row_is(&rows[0], "0", "0,4", "-");
	row_is(&rows[1], "1", "1,5", "-");
	row_is(&rows[2], "2-3", "2-3,6-7", "-");
	free(rows);
	own(&list, 1, 3, CORDON_CPU_USE_VCPU);
	own(&list, 2, 5, CORDON_CPU_USE_VCPU);
	own(&list, 6, 5, CORDON_CPU_USE_VCPU);
	own(&list, 3, 5, CORDON_CPU_USE_VCPU);
	own(&list, 7, 5, CORDON_CPU_USE_IDLE);
	rows = cpu_rows(&list, &n);
	assert_int_equal(n, 5);
	row_is(&rows[0], "0", "0,4", "-");
	row_is(&rows[1], "1", "1", "of others");
	row_is(&rows[2], "1", "5", "-");
	row_is(&rows[3], "2", "2,6", "in use");
	row_is(&rows[4], "3", "3,7", "held idle");
	free(rows);
	cpu_list_free(&list);
}

static void test_counts(void **state)
{
	struct cpu_counts counts;
	struct cpulist set = { 0 };
	struct cpu_list list;
	struct text t = { 0 };

	(void)state;
	host(&list);
	own(&list, 1, 3, CORDON_CPU_USE_VCPU);
	list.cpu[4].pool = CORDON_POOL_HOST;
	list.cpu[7].has = 1ULL << CORDON_A_CPU_OFFLINE;
	cpu_count(&list, &counts);
	cpu_counts_print(&counts, &t);
	text_equals(&t, "7 CPUs: 1 cordoned, 4 free to cordon, 1 shared, 1 host.");
	cpus_unowned(&list, &set);
	cpulist_print(&set, &t);
	text_equals(&t, "0,2-6");
	assert_null(cpu_by_id(&list, 8));
	assert_ptr_equal(cpu_by_id(&list, 5), &list.cpu[5]);
	cpu_list_free(&list);
}

static void test_parse(void **state)
{
	struct nl_msg *msg = reply_new(CORDON_CMD_CPU_GET);
	struct genlmsghdr *hdr = genlmsg_hdr(nlmsg_hdr(msg));
	struct cpu_info cpu;

	(void)state;
	nla_put_u32(msg, CORDON_A_CPU_ID, 5);
	nla_put_u32(msg, CORDON_A_CPU_NODE, 1);
	nla_put_u32(msg, CORDON_A_CPU_CORE, 4);
	nla_put_u32(msg, CORDON_A_CPU_POOL, CORDON_POOL_DEDICATED);
	nla_put_u32(msg, CORDON_A_CPU_OWNER, 7);
	nla_put_u32(msg, CORDON_A_CPU_USE, CORDON_CPU_USE_IDLE);
	nla_put_u32(msg, CORDON_A_CPU_ISOLATION, CORDON_ISOLATION_MASKS);
	nla_put_string(msg, CORDON_A_CPU_WHY_MASKS, "no cgroup v2");
	nla_put_u32(msg, CORDON_A_CPU_RESERVE, 2);
	cpu_info_parse(genlmsg_attrdata(hdr, 0), genlmsg_attrlen(hdr, 0), &cpu);
	assert_int_equal(cpu.id, 5);
	assert_int_equal(cpu.node, 1);
	assert_int_equal(cpu.core, 4);
	assert_int_equal(cpu.pool, CORDON_POOL_DEDICATED);
	assert_int_equal(cpu.owner, 7);
	assert_int_equal(cpu.use, CORDON_CPU_USE_IDLE);
	assert_int_equal(cpu.isolation, CORDON_ISOLATION_MASKS);
	assert_int_equal(cpu.reserve, 2);
	assert_string_equal(cpu.why_masks, "no cgroup v2");
	assert_false(HAS(&cpu, CORDON_A_CPU_CACHE));
	cpu_info_free(&cpu);
	nlmsg_free(msg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_parse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
