// SPDX-License-Identifier: GPL-2.0-only
/*
 * How busy CPUs are, by what /proc/stat says at two times. `cpu show` and `policy
 * plan` use it. Pure but for that file, whose folder is a parameter: the unit
 * tests build this file too.
 */
#include <stdio.h>
#include <string.h>

#include "load.h"

/* The columns of a line cpuN that are rest: idle and iowait. */
enum { IDLE = 3, IOWAIT = 4, COLUMNS = 8 };

static void line_read(const char *line, struct load *load)
{
	unsigned long long t[COLUMNS] = { 0 };
	unsigned int cpu, i;

	/* Guest time is part of user time, so its columns are left. */
	if (sscanf(line, "cpu%u %llu %llu %llu %llu %llu %llu %llu %llu", &cpu,
		   &t[0], &t[1], &t[2], &t[3], &t[4], &t[5], &t[6], &t[7]) < 5 ||
	    cpu > CPULIST_MAX)
		return;
	for (i = 0; i < COLUMNS; i++) {
		load->all[cpu] += t[i];
		if (i != IDLE && i != IOWAIT)
			load->busy[cpu] += t[i];
	}
}

bool load_read(const char *proc, struct load *load)
{
	char path[4096], line[512];
	FILE *f;

	memset(load, 0, sizeof(*load));
	snprintf(path, sizeof(path), "%s/stat", proc);
	f = fopen(path, "re");
	if (!f)
		return false;
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, "cpu", 3) && line[3] != ' ')
			line_read(line, load);
	fclose(f);
	return true;
}

uint64_t load_busy(const struct load *before, const struct load *after,
		   const struct cpulist *cpus)
{
	uint64_t sum = 0, busy, all;
	uint32_t first, last, cpu;

	for (first = 0; cpulist_run(cpus, &first, &last); first = last + 1) {
		for (cpu = first; cpu <= last; cpu++) {
			/* iowait may run backwards, and a CPU go and come. */
			if (after->all[cpu] <= before->all[cpu] ||
			    after->busy[cpu] < before->busy[cpu])
				continue;
			all = after->all[cpu] - before->all[cpu];
			busy = after->busy[cpu] - before->busy[cpu];
			sum += busy > all ? 1000 : busy * 1000 / all;
		}
	}
	return sum;
}
