// SPDX-License-Identifier: GPL-2.0-only
/* Masks of all tasks before and after, see masks.h. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"
#include "ksft.h"
#include "masks.h"

#define MAX_MASKS	16
#define MAX_TASKS	4096

struct mask {
	pid_t tid;
	unsigned long long born;	/* a number may be used again */
	struct cpus cpus;
	char comm[32];
};

struct masks {
	int count;
	struct mask mask[MAX_TASKS];
};

static struct masks *all[MAX_MASKS];
static int count;

static void free_all(void)
{
	while (count)
		free(all[--count]);
}

/* Field 22 of stat; 0 if the task is gone. */
static unsigned long long born_of(pid_t tid)
{
	char path[64], text[1024], *at;
	unsigned long long born = 0;

	snprintf(path, sizeof(path), "/proc/%d/stat", tid);
	if (!host_read(path, text, sizeof(text)))
		return 0;
	at = strrchr(text, ')');
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	if (at)
		born = strtoull(at, NULL, 10);
	return born ? born : 1;
}

static void add(struct masks *m, pid_t tid)
{
	struct mask *mask = &m->mask[m->count];

	if (m->count == MAX_TASKS)
		ksft_die("more than %d tasks", MAX_TASKS);
	mask->tid = tid;
	mask->born = born_of(tid);
	if (mask->born && task_comm(tid, mask->comm) && task_cpus(tid, &mask->cpus))
		m->count++;
}

struct masks *masks_take(void)
{
	struct masks *m = calloc(1, sizeof(*m));
	static pid_t pids[MAX_TASKS], tids[MAX_TASKS];
	int nr, threads;

	if (!m || count == MAX_MASKS)
		ksft_die("no room for the masks of all tasks");
	all[count++] = m;
	ksft_defer(free_all);
	nr = task_list_all(pids, MAX_TASKS);
	for (int i = 0; i < nr; i++) {
		threads = task_list(pids[i], tids, MAX_TASKS);
		for (int k = 0; k < threads; k++)
			add(m, tids[k]);
	}
	return m;
}

struct masks *masks_take_bound(void)
{
	struct masks *m = masks_take();
	int kept = 0;

	for (int i = 0; i < m->count; i++)
		if (cpus_count(&m->mask[i].cpus) == 1)
			m->mask[kept++] = m->mask[i];
	m->count = kept;
	return m;
}

void masks_change(struct masks *m, pid_t tid, const char *list)
{
	for (int i = 0; i < m->count; i++)
		if (m->mask[i].tid == tid)
			m->mask[i].cpus = cpus_parse(list);
}

static int differ(const struct masks *m, bool tell, const char *what)
{
	int differing = 0;
	struct cpus now;

	for (int i = 0; i < m->count; i++) {
		const struct mask *mask = &m->mask[i];

		if (!task_cpus(mask->tid, &now) || cpus_equal(&now, &mask->cpus) ||
		    born_of(mask->tid) != mask->born)
			continue;
		differing++;
		if (!tell || differing > 8)
			continue;
		ksft_fail("%s: the mask of task %d (%s)", what, mask->tid, mask->comm);
		ksft_note("  expected %s, got %s", cpus_str(&mask->cpus),
			  cpus_str(&now));
	}
	return differing;
}

bool masks_expect(const struct masks *m, double seconds, const char *what)
{
	if (ksft_until(seconds, !differ(m, false, what)))
		return true;
	return !differ(m, true, what);
}
