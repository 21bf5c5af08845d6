// SPDX-License-Identifier: GPL-2.0-only
/*
 * The object cpu: what each CPU is for, who owns it, and what isolation held in
 * the last second; and the pools.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attr.h"
#include "cordon.h"
#include "cpus.h"
#include "hosttask.h"
#include "load.h"
#include "nl.h"
#include "out.h"
#include "vms.h"
#include "words.h"

/* So many of the processes that are bound are named. */
#define NAMED_MAX	5
/* For so long it looks who is busy. */
#define SAMPLE_S	1

static const struct out_column columns[] = {
	{ "NODE", "node", true, 0 },
	{ "CORES", "cores", false, 6 },
	{ "CPUS", "cpus", false, 8 },
	{ "POOL", "pool", false, 0 },
	{ "OWNER", "owner", false, 8 },
	{ "SIBLINGS", "siblings", false, 0 },
	{ "BUSY", "busy", true, 0 },
	{ "FOREIGN, 1 s", "foreign", false, 12 },
};

/**
 * struct sample - the host at two times, a second apart
 * @before: CPUs at the first
 * @now: at the second
 * @load: how busy they were until then
 * @vms: VMs, for their names
 */
struct sample {
	struct cpu_list before;
	struct cpu_list now;
	struct load load[2];
	struct vm_list vms;
};

static int sample_take(struct sample *s)
{
	int status;

	status = vm_list_get(&s->vms);
	if (!status)
		status = cpu_list_get(&s->before);
	if (status)
		return status;
	load_read("/proc", &s->load[0]);
	sleep(SAMPLE_S);
	load_read("/proc", &s->load[1]);
	return cpu_list_get(&s->now);
}

static void sample_free(struct sample *s)
{
	cpu_list_free(&s->before);
	cpu_list_free(&s->now);
	vm_list_free(&s->vms);
	free(s);
}

static void owner_show(const struct sample *s, const struct cpu_row *row)
{
	const struct vm_info *vm = vm_by_id(&s->vms, row->like->owner);

	if (vm)
		out_show("owner", "%s", vm->name);
	else if (row->like->owner)
		out_show("owner", "id:%u", row->like->owner);
	else if (HAS(row->like, CORDON_A_CPU_OFFLINE))
		out_show("owner", "offline");
	else if (row->like->pool == CORDON_POOL_DEDICATED)
		out_show("owner", "free");
}

/* Foreign time on CPUs of a row within the second, and who had most of it. */
static void foreign_show(const struct sample *s, const struct cpu_row *row)
{
	const struct culprit_info *worst = NULL, *who;
	const struct cpu_info *before;
	uint64_t sum = 0, most = 0, ns;
	struct text t = { 0 };
	size_t i;

	for (i = 0; i < s->now.n; i++) {
		const struct cpu_info *cpu = &s->now.cpu[i];

		before = cpu_by_id(&s->before, cpu->id);
		if (!cpulist_has(&row->cpus, cpu->id) || !before ||
		    before->owner != cpu->owner ||
		    cpu->receipt.foreign_ns <= before->receipt.foreign_ns)
			continue;
		ns = cpu->receipt.foreign_ns - before->receipt.foreign_ns;
		sum += ns;
		who = receipt_worst_since(&before->receipt, &cpu->receipt);
		if (who && ns > most) {
			most = ns;
			worst = who;
		}
	}
	if (!sum)
		return;
	text_duration(&t, sum);
	if (worst && worst->comm) {
		text_char(&t, ' ');
		text_utf8(&t, worst->comm, false);
	}
	out_show("foreign", "%s", text_str(&t));
	text_free(&t);
}

static void row_show(const struct sample *s, const struct cpu_row *row)
{
	uint32_t n = cpulist_count(&row->cpus);

	out_item();
	out_uint("node", row->like->node);
	out_cpus("cores", &row->cores);
	out_cpus("cpus", &row->cpus);
	out_string("pool", word_of(&pool_words, row->like->pool));
	owner_show(s, row);
	out_show("siblings", "%s", siblings_word(row->siblings));
	if (!HAS(row->like, CORDON_A_CPU_OFFLINE))
		out_show("busy", "%u%%",
			 (unsigned int)(load_busy(&s->load[0], &s->load[1],
						  &row->cpus) / n + 5) / 10);
	foreign_show(s, row);
}

/* Has one before it the same name and CPUs? */
static bool is_told(const struct host_tasks *tasks, size_t i)
{
	size_t j;

	for (j = 0; j < i; j++)
		if (!strcmp(tasks->task[j].comm, tasks->task[i].comm) &&
		    !memcmp(&tasks->task[j].cpus, &tasks->task[i].cpus,
			    sizeof(tasks->task[i].cpus)))
			return true;
	return false;
}

/* "ovs-vswitchd 0-1, irqbalance 3 and 2 more": those that are alike once. */
static void bound_print(const struct sample *s)
{
	struct host_tasks tasks;
	struct cpulist unowned = { 0 };
	struct text t = { 0 };
	size_t n = 0, i;

	cpus_unowned(&s->now, &unowned);
	tasks_bound("/proc", &unowned, &tasks);
	for (i = 0; i < tasks.n; i++) {
		if (vm_by_pid(&s->vms, tasks.task[i].tgid) || is_told(&tasks, i) ||
		    n++ >= NAMED_MAX)
			continue;
		text_add(&t, n > 1 ? ", " : "");
		text_utf8(&t, tasks.task[i].comm, false);
		text_char(&t, ' ');
		cpulist_print(&tasks.task[i].cpus, &t);
	}
	if (n > NAMED_MAX)
		text_add(&t, " and %zu more", n - NAMED_MAX);
	if (n)
		out_text("Bound by others: %s.\n", text_str(&t));
	text_free(&t);
	tasks_free(&tasks);
}

static void reserve_print(const struct cpu_list *list)
{
	if (list->n && HAS(&list->cpu[0], CORDON_A_CPU_RESERVE))
		out_text("Reserve kept: %u CPU%s.\n", list->cpu[0].reserve,
			 list->cpu[0].reserve == 1 ? "" : "s");
}

/* How others are kept off, of the first CPU that is owned: all are alike. */
static void isolation_print(const struct cpu_list *list)
{
	struct text why = { 0 };
	size_t i;

	for (i = 0; i < list->n; i++)
		if (HAS(&list->cpu[i], CORDON_A_CPU_ISOLATION))
			break;
	if (i == list->n)
		return;
	if (list->cpu[i].why_masks)
		text_utf8(&why, list->cpu[i].why_masks, false);
	if (list->cpu[i].isolation == CORDON_ISOLATION_PARTITION)
		out_text("Others are kept off by a cpuset partition.\n");
	else
		out_text("Others are kept off by their masks, not a cpuset partition%s%s.\n",
			 why.len ? ": " : "", text_str(&why));
	text_free(&why);
}

static void text_show(const struct sample *s)
{
	struct cpu_row *rows;
	size_t n, i;

	rows = cpu_rows(&s->now, &n);
	out_begin("cpu", columns, ARRAY_SIZE(columns));
	for (i = 0; i < n; i++)
		row_show(s, &rows[i]);
	out_table_end();
	free(rows);
	bound_print(s);
	reserve_print(&s->now);
	isolation_print(&s->now);
}

/* Each CPU by itself, raw. */
static int json_show(void)
{
	struct cpu_list list;
	struct vm_list vms;
	int status;
	size_t i;

	status = vm_list_get(&vms);
	if (status)
		return status;
	status = cpu_list_get(&list);
	if (!status) {
		out_begin("cpu", NULL, 0);
		for (i = 0; i < list.n; i++) {
			const struct vm_info *vm = vm_by_id(&vms, list.cpu[i].owner);

			out_item();
			cpu_fields(&list.cpu[i]);
			if (vm)
				out_string("owner_name", vm->name);
		}
		out_end();
	}
	cpu_list_free(&list);
	vm_list_free(&vms);
	return status;
}

static int cpu_show_run(int argc, char **argv)
{
	struct sample *s;
	int status;

	if (argc)
		return usage_error("cpu show: nothing may follow, not \"%s\"", argv[0]);
	status = cn_open();
	if (status)
		return status;
	if (out_is_json())
		return json_show();
	s = xcalloc(1, sizeof(*s));
	status = sample_take(s);
	if (!status)
		text_show(s);
	sample_free(s);
	return status;
}

static const struct {
	const char *word;
	int attr;
} pools[] = {
	{ "dedicated", CORDON_A_CPU_DEDICATED },
	{ "shared", CORDON_A_CPU_SHARED },
	{ "reserve", CORDON_A_CPU_RESERVE },
};

static int value_put(struct nl_msg *msg, size_t which, const char *value)
{
	struct text err = { 0 };
	struct cpulist set;
	uint32_t n;
	bool put;

	if (pools[which].attr == CORDON_A_CPU_RESERVE) {
		if (!number_parse(value, strlen(value), CPULIST_MAX, &n))
			return usage_error("reserve: \"%s\" is no number of CPUs; 0: as many as cordon thinks right",
					   value);
		return nla_put_u32(msg, CORDON_A_CPU_RESERVE, n) ? WRONG_USAGE : DONE;
	}
	put = cpulist_parse(value, strlen(value), "CPU", &set, &err) &&
	      attr_put_cpus(msg, pools[which].attr, &set);
	if (!put)
		usage_error("%s: %s", pools[which].word, text_str(&err));
	text_free(&err);
	return put ? DONE : WRONG_USAGE;
}

/* { dedicated LIST | shared LIST | reserve N } ... */
static int words_put(struct nl_msg *msg, int argc, char **argv)
{
	unsigned int had = 0;
	int i, status;
	size_t which;

	if (!argc)
		return usage_error("cpu set: what? dedicated LIST, shared LIST, reserve N");
	for (i = 0; i < argc; i += 2) {
		for (which = 0; which < ARRAY_SIZE(pools); which++)
			if (!strcmp(argv[i], pools[which].word))
				break;
		if (which == ARRAY_SIZE(pools))
			return usage_error("cpu set: unknown word \"%s\"; it knows: dedicated, shared, reserve",
					   argv[i]);
		if (had >> which & 1)
			return usage_error("%s is named twice", argv[i]);
		had |= 1U << which;
		if (i + 1 == argc)
			return usage_error("%s: which value?", argv[i]);
		status = value_put(msg, which, argv[i + 1]);
		if (status)
			return status;
	}
	return DONE;
}

/* What the pools are now. */
static void pools_print(void)
{
	struct cpulist pool[CORDON_POOL_MAX + 1] = { 0 };
	struct cpu_list list;
	struct text t = { 0 };
	uint32_t i;
	size_t c;

	if (cpu_list_get(&list))
		return;
	for (c = 0; c < list.n; c++)
		if (list.cpu[c].pool <= CORDON_POOL_MAX)
			cpulist_set(&pool[list.cpu[c].pool], list.cpu[c].id,
				    list.cpu[c].id);
	out_begin("cpu", NULL, 0);
	out_item();
	for (i = CORDON_POOL_MAX; i >= CORDON_POOL_HOST; i--) {
		out_cpus(word_of(&pool_words, i), &pool[i]);
		text_add(&t, "%s%s: ", t.len ? "; " : "", word_of(&pool_words, i));
		cpulist_print(&pool[i], &t);
		if (cpulist_empty(&pool[i]))
			text_char(&t, '-');
	}
	if (list.n && HAS(&list.cpu[0], CORDON_A_CPU_RESERVE)) {
		out_uint("reserve", list.cpu[0].reserve);
		text_add(&t, "; reserve: %u", list.cpu[0].reserve);
	}
	out_text("%s\n", text_str(&t));
	out_end();
	text_free(&t);
	cpu_list_free(&list);
}

static int cpu_set_run(int argc, char **argv)
{
	struct nl_msg *request = cn_request(CORDON_CMD_CPU_SET, 0);
	int status;

	status = words_put(request, argc, argv);
	if (!status)
		status = cn_open();
	if (status) {
		nlmsg_free(request);
		return status;
	}
	status = cn_ask(request, NULL, NULL);
	if (!status)
		pools_print();
	return status;
}

static void cpu_help(void)
{
	puts("Usage: cordon cpu show\n"
	     "       cordon cpu set { dedicated LIST | shared LIST | reserve N } ...\n"
	     "\n"
	     "show  what each CPU is for, who owns it, how busy it is, and what ran there\n"
	     "      in the last second that is not its owner's\n"
	     "set   the CPUs that VMs may own (dedicated), those that VMs share (shared),\n"
	     "      and how many of all no policy may own (reserve; 0: as many as cordon\n"
	     "      thinks right). CPUs that neither list names are the host's: no policy\n"
	     "      gives them to a VM. A CPU that is owned cannot leave its pool.\n"
	     "LIST := 0-3,^2,8");
}

static const struct command commands[] = {
	{ "show", cpu_show_run },
	{ "set", cpu_set_run },
	{ }
};

const struct object cpu_object = {
	.name = "cpu",
	.commands = commands,
	.help = cpu_help,
};
