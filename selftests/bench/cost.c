// SPDX-License-Identifier: GPL-2.0-only
/*
 * What cordon costs, in instructions: the same events without the module, with
 * it, while it manages another VM, and while it manages the VM itself. Run by
 * the script `bench` in a host under -icount, where one tick of the TSC is one
 * instruction; prints a table in reStructuredText, each line after "| ".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "figures.h"
#include "host.h"
#include "ksft.h"
#include "sampler.h"
#include "tvmm.h"

#define ROUNDS 5

enum state {
	ABSENT,		/* no module */
	LOADED,		/* and no policy */
	OTHER,		/* a VM is managed that is not measured */
	MANAGED,	/* the measured one is, too */
	STATES
};

static struct row {
	const char *name;
	enum sampler_kind kind;
	int vm;			/* a VM exists that does nothing */
	int events;		/* of one sample */
	double below;		/* the target: what is added is less; 0: nothing */
	enum state last;
	double run[STATES][ROUNDS];
} rows[] = {
	{ "task switch, no VM exists", SAMPLER_TASKS, 0, 2, 0, LOADED, { { 0 } } },
	{ "task switch, a VM exists", SAMPLER_TASKS, 1, 2, 0, OTHER, { { 0 } } },
	{ "switch of a vCPU's thread", SAMPLER_VCPUS, 1, 2, 80, MANAGED, { { 0 } } },
	{ "VM exit handled in the kernel", SAMPLER_EXIT, 1, 1, 0, MANAGED, { { 0 } } },
	{ "KVM_RUN with one exit", SAMPLER_RUN, 1, 1, 100, MANAGED, { { 0 } } },
};

#define ROWS ((int)(sizeof(rows) / sizeof(rows[0])))

static double cell(const struct row *row, enum state state)
{
	return figures_median(row->run[state], ROUNDS);
}

static double added(const struct row *row, enum state state)
{
	return cell(row, state) - cell(row, ABSENT);
}

/* How far any run was from the median of its cell. */
static double spread(const struct row *row)
{
	double most = 0;

	for (int state = ABSENT; state <= (int)row->last; state++) {
		for (int i = 0; i < ROUNDS; i++) {
			double off = row->run[state][i] - cell(row, state);

			if (off < 0)
				off = -off;
			if (off > most)
				most = off;
		}
	}
	return most;
}

/* Less than a thousandth is none: the kernel's own paths depend on the time. */
static bool meets(const struct row *row)
{
	double limit = row->below ? row->below : cell(row, ABSENT) / 1000;

	for (int state = LOADED; state <= (int)row->last; state++) {
		if (added(row, state) >= limit)
			return false;
	}
	return true;
}

static void manage(struct sampler *s)
{
	if (s->vcpus == 2)
		cli_must("policy set pid:%d vcpu-pin 0:0/1:0", s->pid);
	else
		cli_must("policy set pid:%d vcpu-pin 0:0", s->pid);
	for (int i = 0; i < s->vcpus; i++)
		expect_str("held", cli_thread_text(s->tid[i], "state"),
			   "state of vCPU %d's thread", i);
}

static double run_of(const struct row *row, bool managed)
{
	struct sampler *s = sampler_start(row->kind);
	double values[SAMPLER_SAMPLES];

	if (managed)
		manage(s);
	sampler_measure(s);
	for (int i = 0; i < SAMPLER_SAMPLES; i++)
		values[i] = s->sample[i];
	sampler_end(s);
	return figures_middle(values, SAMPLER_SAMPLES) / row->events;
}

static void measure(enum state state, int round, int vm)
{
	for (int i = 0; i < ROWS; i++) {
		if (rows[i].vm != vm || state > rows[i].last)
			continue;
		rows[i].run[state][round] = run_of(&rows[i], state == MANAGED);
		ksft_note("round %d state %d: %.2f: %s", round, state,
			  rows[i].run[state][round], rows[i].name);
	}
}

/* A VM that sleeps: its existence is what counts. */
static struct vmm *other_vm(void)
{
	struct vmm *v = vmm_start();

	vmm_vcpu_new(v, vmm_vm_new(v, 0), GUEST_SLEEP);
	return v;
}

static void round_without(int round)
{
	struct vmm *other;

	if (!ksft_until(10, !mod_loaded("cordon") || !mod_unload("cordon")))
		ksft_die("cordon cannot be unloaded");
	measure(ABSENT, round, 0);
	other = other_vm();
	measure(ABSENT, round, 1);
	vmm_kill(other);
}

static void round_with(int round)
{
	struct vmm *other;

	if (mod_load("cordon"))
		ksft_die("cordon cannot be loaded");
	measure(LOADED, round, 0);
	other = other_vm();
	measure(LOADED, round, 1);
	cli_must("policy set pid:%d vcpu-pin 0:0 emulator-cpus 0", other->pid);
	measure(OTHER, round, 1);
	measure(MANAGED, round, 1);
	vmm_kill(other);
}

static void print_rule(void)
{
	printf("| ============================= ====== ====== ======= ======= ========== ======\n");
}

static void print_cell(const struct row *row, enum state state)
{
	int width = state == LOADED ? 6 : 7;

	if (state > row->last)
		printf(" %-*s", width, "n/a");
	else
		printf(" %-+*.1f", width, added(row, state));
}

static void print_row(const struct row *row)
{
	char target[16] = "0";

	if (row->below)
		snprintf(target, sizeof(target), "under %.0f", row->below);
	printf("| %-29s %-6.1f", row->name, cell(row, ABSENT));
	for (int state = LOADED; state < STATES; state++)
		print_cell(row, state);
	printf(" %-10s %.1f\n", target, spread(row));
	/* A line without a first column goes on with the row before. */
	if (!meets(row))
		printf("| %-29s %-6s %-6s %-7s %-7s **missed**\n", "", "", "",
		       "", "");
}

static void print_table(void)
{
	figures_print_origin();
	printf("| Each figure is the median of %d runs, each the mean of %d events\n",
	       ROUNDS, SAMPLER_SAMPLES);
	printf("| without the highest and lowest tenth; *spread* is how far off a run was.\n|\n");
	print_rule();
	printf("| Instructions                  absent added: another VM      target     spread\n");
	printf("|                                      loaded managed managed\n");
	print_rule();
	for (int i = 0; i < ROWS; i++)
		print_row(&rows[i]);
	print_rule();
}

static void costs(void)
{
	figures_need_icount();
	cli_need();
	for (int round = 0; round < ROUNDS; round++) {
		round_without(round);
		round_with(round);
	}
	print_table();
	for (int i = 0; i < ROWS; i++)
		expect(meets(&rows[i]), "%s: target", rows[i].name);
}

static const struct ksft_test tests[] = {
	{ "costs", costs },
};

KSFT_MAIN(tests);
