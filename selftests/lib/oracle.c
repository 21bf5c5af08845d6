// SPDX-License-Identifier: GPL-2.0-only
/*
 * Trace instances, see oracle.h. Called by the tests' one thread.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ksft.h"
#include "oracle.h"

#define MAX_ORACLES 16

struct oracle {
	char dir[128];
	char event[2][64];	/* "" for none */
	bool used;
};

/* Kept for the next test: to make one takes a while. */
static struct oracle all[MAX_ORACLES];

static const char *tracefs(void)
{
	if (!access("/sys/kernel/tracing/instances", F_OK))
		return "/sys/kernel/tracing";
	if (!mount("tracefs", "/sys/kernel/tracing", "tracefs", 0, NULL))
		return "/sys/kernel/tracing";
	ksft_skip("needs tracefs");
}

static void set(struct oracle *o, const char *file, const char *text)
{
	char path[256];
	int error;

	snprintf(path, sizeof(path), "%s/%s", o->dir, file);
	error = host_write(path, "%s", text);
	if (error)
		ksft_die("write \"%s\" to %s: %s", text, path, strerror(-error));
}

static void set_event(struct oracle *o, int number, const char *file,
		      const char *text)
{
	char path[128];

	if (!*o->event[number])
		return;
	snprintf(path, sizeof(path), "events/%s/%s", o->event[number], file);
	set(o, path, text);
}

static void add_event(struct oracle *o, int number, const char *event,
		      const char *filter)
{
	snprintf(o->event[number], sizeof(o->event[number]), "%s", event);
	if (*filter)
		set_event(o, number, "filter", filter);
	set_event(o, number, "enable", "1");
}

static void free_all(void)
{
	for (int i = 0; i < MAX_ORACLES; i++)
		oracle_free(&all[i]);
}

static void remove_all(void)
{
	for (int i = 0; i < MAX_ORACLES; i++)
		if (*all[i].dir && rmdir(all[i].dir))
			perror(all[i].dir);
}

static void make(struct oracle *o)
{
	static bool removes;

	snprintf(o->dir, sizeof(o->dir), "%s/instances/cordon-test-%d-%d",
		 tracefs(), getpid(), (int)(o - all));
	if (mkdir(o->dir, 0755)) {
		int error = errno;

		*o->dir = 0;
		ksft_die("make a trace instance: %s", strerror(error));
	}
	if (!removes)
		atexit(remove_all);
	removes = true;
}

/* As tracing_cpumask wants it: hexadecimal, words of 32 apart by commas. */
static void mask_text(const struct cpus *cpus, char *text)
{
	char *start = text;

	for (int word = HOST_CPUS / 32 - 1; word >= 0; word--) {
		unsigned int bits = 0;

		for (int cpu = 0; cpu < 32; cpu++)
			if (cpus_has(cpus, word * 32 + cpu))
				bits |= 1u << cpu;
		if (bits || text != start || !word)
			text += sprintf(text, "%x%s", bits, word ? "," : "");
	}
}

struct oracle *oracle_new(const char *event, const char *filter,
			  const struct cpus *cpus, int kb)
{
	struct oracle *o = all;
	char text[128];

	while (o < all + MAX_ORACLES && o->used)
		o++;
	if (o == all + MAX_ORACLES)
		ksft_die("no room for one more trace instance");
	if (!*o->dir)
		make(o);
	o->used = true;
	ksft_defer(free_all);
	*o->event[1] = 0;
	snprintf(text, sizeof(text), "%d", kb);
	set(o, "buffer_size_kb", text);
	mask_text(cpus, text);
	set(o, "tracing_cpumask", text);
	add_event(o, 0, event, filter);
	return o;
}

void oracle_also(struct oracle *o, const char *event, const char *filter)
{
	add_event(o, 1, event, filter);
}

void oracle_follow(struct oracle *o, pid_t pid)
{
	static pid_t tids[512];
	int count = task_list(pid, tids, 512), len = 0;
	char text[512 * 12];

	for (int i = 0; i < count; i++)
		len += sprintf(text + len, "%d ", tids[i]);
	set(o, "options/event-fork", "1");
	set(o, "set_event_pid", text);
}

/* The sum of a line of per_cpu/cpuN/stats over all CPUs. */
static unsigned long stat_sum(struct oracle *o, const char *key)
{
	char path[256], text[4096], *at;
	unsigned long sum = 0;

	for (int cpu = 0; cpu < HOST_CPUS; cpu++) {
		snprintf(path, sizeof(path), "%s/per_cpu/cpu%d/stats", o->dir, cpu);
		if (!host_read(path, text, sizeof(text)))
			continue;
		at = strstr(text, key);
		if (at)
			sum += strtoul(at + strlen(key), NULL, 10);
	}
	return sum;
}

unsigned long oracle_lost(struct oracle *o)
{
	return stat_sum(o, "\noverrun: ") + stat_sum(o, "dropped events: ");
}

unsigned long oracle_count(struct oracle *o)
{
	return stat_sum(o, "entries: ") + oracle_lost(o);
}

void oracle_clear(struct oracle *o)
{
	set(o, "trace", "\n");
}

void oracle_stop(struct oracle *o)
{
	set(o, "tracing_on", "0");
}

void oracle_each(struct oracle *o,
		 void (*fn)(int cpu, const char *line, void *arg), void *arg)
{
	char path[256], line[1024], *at;
	FILE *file;

	snprintf(path, sizeof(path), "%s/trace", o->dir);
	file = fopen(path, "r");
	if (!file)
		ksft_die("open %s: %s", path, strerror(errno));
	while (fgets(line, sizeof(line), file)) {
		/* "            comm-1234    [002] d..3.    12.345678: ..." */
		at = line[0] == '#' ? NULL : strstr(line, " [");
		if (at)
			fn(atoi(at + 2), line, arg);
	}
	fclose(file);
}

void oracle_free(struct oracle *o)
{
	if (!o->used)
		return;
	for (int i = 0; i < 2; i++) {
		set_event(o, i, "enable", "0");
		set_event(o, i, "filter", "0");
	}
	set(o, "options/event-fork", "0");
	set(o, "set_event_pid", "");
	set(o, "tracing_on", "1");
	oracle_clear(o);
	o->used = false;
}

static void watch(struct entries *e, const char *filter,
		  const struct cpus *allowed)
{
	struct cpus online = cpus_online();
	struct cpus others = cpus_without(&online, allowed);

	e->allowed = *allowed;
	e->wrong = oracle_new("kvm/kvm_entry", filter, &others, 64);
	e->right = oracle_new("kvm/kvm_entry", filter, allowed, 4);
}

void entries_watch(struct entries *e, const pid_t *tids, int count,
		   const struct cpus *allowed)
{
	char filter[4000] = "";
	int len = 0;

	for (int i = 0; i < count && len < 3900; i++)
		len += sprintf(filter + len, "%scommon_pid==%d",
			       len ? "||" : "", tids[i]);
	watch(e, filter, allowed);
}

void entries_follow(struct entries *e, pid_t pid, const struct cpus *allowed)
{
	watch(e, "", allowed);
	oracle_follow(e->wrong, pid);
	oracle_follow(e->right, pid);
	/* What others did meanwhile is not theirs. */
	entries_clear(e);
}

void entries_clear(struct entries *e)
{
	oracle_clear(e->wrong);
	oracle_clear(e->right);
}

static void show(int cpu, const char *line, void *arg)
{
	int *shown = arg;

	(void)cpu;
	if ((*shown)++ < 5)
		ksft_note("  %s", line);
}

bool entries_check(struct entries *e, const char *what)
{
	unsigned long wrong = oracle_count(e->wrong);
	unsigned long right = oracle_count(e->right);
	int shown = 0;

	if (wrong) {
		ksft_fail("%s: guest entries off %s", what, cpus_str(&e->allowed));
		ksft_note("  expected 0, got %lu (of %lu)", wrong, wrong + right);
		oracle_each(e->wrong, show, &shown);
	}
	if (!right)
		ksft_fail("%s: the oracle saw no guest entry on %s", what,
			  cpus_str(&e->allowed));
	return !wrong && right;
}

void entries_end(struct entries *e)
{
	oracle_free(e->wrong);
	oracle_free(e->right);
}
