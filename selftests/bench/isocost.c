// SPDX-License-Identifier: GPL-2.0-only
/*
 * What owned CPUs cost each context switch of the host, in instructions: on the
 * CPUs of others, on the sibling of an owned one, and on an owned one, for its
 * owner and for who is left there. Run by the script `bench` in a host under
 * -icount with three cores of two siblings, the last one of which can be owned;
 * prints a table in reStructuredText, each line after "| ".
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>

#include "cli.h"
#include "figures.h"
#include "host.h"
#include "ksft.h"
#include "sampler.h"
#include "tvmm.h"

#define ROUNDS 5
#define SWITCHES 2

/* Of the default pools: what is not in the reserve. */
#define OTHERS	0
#define OWNED	4
#define SIBLING	5

static struct row {
	const char *name;
	int cpu;
	int owner;		/* the switches are the owner's threads' */
	double below;		/* the target; 0: none is named */
	double run[2][ROUNDS];	/* nothing owned, CPU OWNED owned */
} rows[] = {
	{ "on a CPU of others", OTHERS, 0, 30, { { 0 } } },
	{ "on the owned CPU's sibling", SIBLING, 0, 0, { { 0 } } },
	{ "on it, of its owner", OWNED, 1, 0, { { 0 } } },
	{ "on it, left there by force", OWNED, 0, 0, { { 0 } } },
};

#define ROWS ((int)(sizeof(rows) / sizeof(rows[0])))

/*
 * Whoever is started from here on is there. The partition of a VM that has ended
 * may be there for a moment.
 */
static void stay_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (!ksft_until(20, !sched_setaffinity(0, sizeof(set), &set)))
		ksft_die("cannot run on CPU %d", cpu);
}

static double middle_of(struct sampler *s)
{
	double values[SAMPLER_SAMPLES];

	sampler_measure(s);
	for (int i = 0; i < SAMPLER_SAMPLES; i++)
		values[i] = s->sample[i];
	return figures_middle(values, SAMPLER_SAMPLES) / SWITCHES;
}

/* A VM with one vCPU, and two threads that switch on that one's CPU. */
static double run_of_owner(int owned)
{
	struct sampler *s;
	double value;

	stay_on(OWNED);
	s = sampler_start(SAMPLER_THREADS);
	stay_on(OTHERS);
	if (owned)
		cli_must("policy set pid:%d cpu-policy dedicated placement solve emulator-policy own",
			 s->pid);
	value = middle_of(s);
	sampler_end(s);
	return value;
}

static double run_of_tasks(const struct row *row, int owned)
{
	struct vmm *v = NULL;
	struct sampler *s;
	double value;

	stay_on(row->cpu);
	s = sampler_start(SAMPLER_TASKS);
	stay_on(OTHERS);
	if (owned) {
		v = vmm_start();
		vmm_vcpu_new(v, vmm_vm_new(v, 0), GUEST_SLEEP);
		cli_must("policy set pid:%d cpu-policy dedicated placement solve vcpu-pin 0:%d force on",
			 v->pid, OWNED);
	}
	value = middle_of(s);
	if (v) {
		cli_must("policy del pid:%d", v->pid);
		vmm_kill(v);
	}
	sampler_end(s);
	return value;
}

static double cell(const struct row *row, int owned)
{
	return figures_median(row->run[owned], ROUNDS);
}

static double added(const struct row *row)
{
	return cell(row, 1) - cell(row, 0);
}

static void print_rule(void)
{
	printf("| ============================== ======= ======= ========\n");
}

static void print_row(const struct row *row)
{
	char target[16] = "-";

	if (row->below)
		snprintf(target, sizeof(target), "under %.0f", row->below);
	printf("| %-30s %-7.1f %-+7.1f %s\n", row->name, cell(row, 0),
	       added(row), target);
	if (row->below && added(row) >= row->below)
		printf("| %-30s %-7s %-7s **missed**\n", "", "", "");
}

static void isocost(void)
{
	figures_need_icount();
	cli_need();
	for (int round = 0; round < ROUNDS; round++) {
		for (int i = 0; i < ROWS; i++) {
			for (int owned = 0; owned < 2; owned++)
				rows[i].run[owned][round] = rows[i].owner ?
					run_of_owner(owned) :
					run_of_tasks(&rows[i], owned);
		}
	}
	printf("|\n");
	figures_print_origin();
	printf("|\n");
	print_rule();
	printf("| Instructions for each switch   nothing added:  target\n");
	printf("|                                owned   one CPU\n");
	printf("|                                        owned\n");
	print_rule();
	for (int i = 0; i < ROWS; i++)
		print_row(&rows[i]);
	print_rule();
	for (int i = 0; i < ROWS; i++)
		expect(!rows[i].below || added(&rows[i]) < rows[i].below,
		       "%s: target", rows[i].name);
}

static const struct ksft_test tests[] = {
	{ "isocost", isocost },
};

KSFT_MAIN(tests);
