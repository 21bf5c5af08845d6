// SPDX-License-Identifier: GPL-2.0-only
/*
 * From samples to figures, see figures.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "figures.h"
#include "ksft.h"
#include "sampler.h"

#define LOOP 10000

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double figures_median(const double *values, int count)
{
	double sorted[FIGURES_MAX];

	memcpy(sorted, values, count * sizeof(*values));
	qsort(sorted, count, sizeof(*sorted), by_value);
	return sorted[count / 2];
}

double figures_middle(double *values, int count)
{
	int cut = count / 10;
	double sum = 0;

	qsort(values, count, sizeof(*values), by_value);
	for (int i = cut; i < count - cut; i++)
		sum += values[i];
	return sum / (count - 2 * cut);
}

void figures_print_origin(void)
{
	time_t now = time(NULL);
	struct utsname host;
	char date[16];

	uname(&host);
	strftime(date, sizeof(date), "%Y-%m-%d", gmtime(&now));
	printf("| Measured on %s by ``make bench`` on Linux %s, one CPU.\n",
	       date, host.release);
}

void figures_need_icount(void)
{
	uint64_t ticks = sampler_ticks_of_loop(LOOP);

	/* A timer interrupt may have been in between. */
	for (int i = 0; i < 10; i++) {
		uint64_t again = sampler_ticks_of_loop(LOOP);

		if (again < ticks)
			ticks = again;
	}
	require(ticks >= 2 * LOOP && ticks < 2 * LOOP + 20,
		"a loop of %d instructions takes %lu ticks: this host does not run under -icount",
		2 * LOOP, (unsigned long)ticks);
}
