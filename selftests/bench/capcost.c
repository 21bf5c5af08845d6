// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a cap costs a thread that stays below it, in instructions for each
 * context switch: without a cap, under cordon's (`cap-by cordon`), and under
 * cpu.max (`cap-by cgroup`: a threaded cgroup for each vCPU, and one for the
 * emulator, as libvirt makes them). Run by the script `bench` in a host under
 * -icount; prints a table in reStructuredText, each line after "| ".
 */
#include <stdio.h>

#include "cli.h"
#include "figures.h"
#include "host.h"
#include "ksft.h"
#include "sampler.h"

#define ROUNDS 5
/* What cordon adds is at most so much of what cpu.max adds. */
#define TARGET 1.5
#define SWITCHES 2

enum way { NONE, CORDON, CGROUP, WAYS };

static const char * const by[WAYS] = { NULL, "cordon", "cgroup" };

static struct row {
	const char *name;
	enum sampler_kind kind;
	const char *key;
	double run[WAYS][ROUNDS];
} rows[] = {
	{ "two vCPUs, a cap each", SAMPLER_VCPUS, "vcpu-quota", { { 0 } } },
	{ "two emulator threads, one cap", SAMPLER_THREADS, "emulator-quota", { { 0 } } },
};

#define ROWS ((int)(sizeof(rows) / sizeof(rows[0])))

static double cell(const struct row *row, enum way way)
{
	return figures_median(row->run[way], ROUNDS);
}

static double added(const struct row *row, enum way way)
{
	return cell(row, way) - cell(row, NONE);
}

static double run_of(const struct row *row, enum way way)
{
	struct sampler *s = sampler_start(row->kind);
	double values[SAMPLER_SAMPLES];

	/* More than there is: nobody ever waits. */
	if (way != NONE)
		cli_must("policy set pid:%d %s 400%% cap-by %s", s->pid, row->key,
			 by[way]);
	sampler_measure(s);
	for (int i = 0; i < SAMPLER_SAMPLES; i++)
		values[i] = s->sample[i];
	if (way != NONE)
		cli_must("policy del pid:%d", s->pid);
	sampler_end(s);
	return figures_middle(values, SAMPLER_SAMPLES) / SWITCHES;
}

static void print_rule(void)
{
	printf("| ============================== ======= ======= ======= ======= =====\n");
}

static void print_row(const struct row *row)
{
	printf("| %-30s %-7.1f %-+7.1f %-+7.1f %-7.2f %s\n", row->name,
	       cell(row, NONE), added(row, CORDON), added(row, CGROUP),
	       added(row, CORDON) / added(row, CGROUP),
	       added(row, CORDON) <= TARGET * added(row, CGROUP) ? "yes" : "no");
}

static void print_table(void)
{
	figures_print_origin();
	printf("|\n");
	print_rule();
	printf("| Instructions for each switch   no cap  added:  cpu.max cordon/ met:\n");
	printf("|                                        cordon          cpu.max %.1f\n",
	       TARGET);
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
		for (int i = 0; i < ROWS; i++) {
			for (int way = NONE; way < WAYS; way++) {
				rows[i].run[way][round] = run_of(&rows[i], way);
				ksft_note("round %d way %d: %.2f: %s", round,
					  way, rows[i].run[way][round],
					  rows[i].name);
			}
		}
	}
	print_table();
	for (int i = 0; i < ROWS; i++)
		expect(added(&rows[i], CORDON) <= TARGET * added(&rows[i], CGROUP),
		       "%s: target", rows[i].name);
}

static const struct ksft_test tests[] = {
	{ "costs of caps", costs },
};

KSFT_MAIN(tests);
