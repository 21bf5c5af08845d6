// SPDX-License-Identifier: GPL-2.0-only
/* The tree of cgroup2 before and after, see cgtree.h. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cgtree.h"
#include "host.h"
#include "ksft.h"

#define MAX_TREES	64
#define MAX_GROUPS	256
#define MAX_MEMBERS	1024
#define MAX_TEXT	1024

/* Whose content is compared; one that is not there says so. */
static const char * const files[] = {
	"cgroup.type", "cgroup.controllers", "cgroup.subtree_control",
	"cgroup.freeze", "cgroup.max.descendants", "cgroup.max.depth",
	"cpu.max", "cpu.max.burst", "cpu.weight", "cpu.weight.nice", "cpu.idle",
	"cpuset.cpus", "cpuset.mems", "cpuset.cpus.partition",
	"memory.min", "memory.low", "memory.high", "memory.max",
	"memory.swap.max", "memory.oom.group", "io.max", "pids.max",
};

struct group {
	char *path;
	char *text[sizeof(files) / sizeof(files[0])];
	pid_t *procs, *threads;
	int nr_procs, nr_threads;
};

struct cgtree {
	struct group group[MAX_GROUPS];
	int count;
	char mounts[4096];
};

static struct cgtree *trees[MAX_TREES];
static int count;

static void tree_free(struct cgtree *t)
{
	for (int i = 0; i < t->count; i++) {
		struct group *g = &t->group[i];

		for (size_t k = 0; k < sizeof(files) / sizeof(files[0]); k++)
			free(g->text[k]);
		free(g->procs);
		free(g->threads);
		free(g->path);
	}
	free(t);
}

static void free_all(void)
{
	while (count)
		tree_free(trees[--count]);
}

static char *text_of(const char *path, const char *file)
{
	char name[512], text[MAX_TEXT];
	int fd, n;

	snprintf(name, sizeof(name), "%s/%s/%s", cg_root(), path, file);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return strdup("(none)");
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n < 0)
		return strdup(strerror(errno));
	text[n] = 0;
	while (n && text[n - 1] == '\n')
		text[--n] = 0;
	return strdup(text);
}

static int compare_pids(const void *a, const void *b)
{
	return *(const pid_t *)a - *(const pid_t *)b;
}

/* Threads of this process's children: VMMs of the test, and what stands by. */
static int list_ours(pid_t *tids, int max)
{
	char path[64], text[4096] = "", *next = text;
	int nr = 0;
	long pid;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	if (!host_read(path, text, sizeof(text)))
		ksft_skip("needs %s", path);
	while ((pid = strtol(next, &next, 10)))
		nr += task_list(pid, tids + nr, max - nr);
	qsort(tids, nr, sizeof(*tids), compare_pids);
	return nr;
}

static pid_t *members(const char *path, const char *file, int *nr)
{
	pid_t *pids = calloc(MAX_MEMBERS, sizeof(*pids)), ours[MAX_MEMBERS];
	int nr_ours = *path ? 0 : list_ours(ours, MAX_MEMBERS);
	char name[512];
	FILE *f;

	*nr = 0;
	snprintf(name, sizeof(name), "%s/%s/%s", cg_root(), path, file);
	f = fopen(name, "re");
	/* Of a threaded one cgroup.procs cannot be read. */
	while (f && *nr < MAX_MEMBERS && fscanf(f, "%d", &pids[*nr]) == 1)
		*nr += *path || bsearch(&pids[*nr], ours, nr_ours, sizeof(*ours),
					compare_pids);
	if (f)
		fclose(f);
	qsort(pids, *nr, sizeof(*pids), compare_pids);
	return pids;
}

static void take_group(struct cgtree *t, const char *path)
{
	struct group *g;

	if (t->count == MAX_GROUPS)
		ksft_die("too many cgroups");
	g = &t->group[t->count++];
	g->path = strdup(path);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		g->text[i] = text_of(path, files[i]);
	g->procs = members(path, "cgroup.procs", &g->nr_procs);
	g->threads = members(path, "cgroup.threads", &g->nr_threads);
}

static void take_below(struct cgtree *t, const char *path)
{
	struct dirent **entries;
	char name[512];
	int n, i;

	take_group(t, path);
	snprintf(name, sizeof(name), "%s/%s", cg_root(), path);
	n = scandir(name, &entries, NULL, alphasort);
	for (i = 0; i < n; i++) {
		const char *child = entries[i]->d_name;

		if (entries[i]->d_type == DT_DIR && strcmp(child, ".") &&
		    strcmp(child, "..")) {
			snprintf(name, sizeof(name), "%s%s%s", path,
				 *path ? "/" : "", child);
			take_below(t, name);
		}
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
}

static void take_mounts(struct cgtree *t)
{
	FILE *f = fopen("/proc/self/mounts", "re");
	char line[1024];

	while (f && fgets(line, sizeof(line), f))
		if (strstr(line, " cgroup2 "))
			strncat(t->mounts, line,
				sizeof(t->mounts) - strlen(t->mounts) - 1);
	if (f)
		fclose(f);
}

static struct cgtree *take(void)
{
	struct cgtree *t = calloc(1, sizeof(*t));

	if (!t)
		ksft_die("out of memory");
	take_below(t, "");
	take_mounts(t);
	return t;
}

struct cgtree *cgtree_take(void)
{
	if (count == MAX_TREES)
		ksft_die("too many trees");
	ksft_defer(free_all);
	trees[count] = take();
	return trees[count++];
}

static bool gone(pid_t tid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d", tid);
	return access(path, F_OK);
}

/* Who is on a list and not on the other, and has not ended. */
static bool tell_missing(const struct group *g, const pid_t *a, int nr_a,
			 const pid_t *b, int nr_b, const char *what, bool tell)
{
	bool same = true;

	for (int i = 0; i < nr_a; i++) {
		char comm[32] = "";

		if (bsearch(&a[i], b, nr_b, sizeof(*b), compare_pids) ||
		    gone(a[i]))
			continue;
		same = false;
		task_comm(a[i], comm);
		if (tell)
			ksft_note("  /%s: %s: %d (%s)", g->path, what, a[i], comm);
	}
	return same;
}

static bool same_members(const struct group *a, const struct group *b, bool tell)
{
	/* All of them, if need be: each is told. */
	return tell_missing(a, a->procs, a->nr_procs, b->procs, b->nr_procs,
			    "process no longer there", tell) &
	       tell_missing(a, b->procs, b->nr_procs, a->procs, a->nr_procs,
			    "process was not there", tell) &
	       tell_missing(a, a->threads, a->nr_threads, b->threads,
			    b->nr_threads, "thread no longer there", tell) &
	       tell_missing(a, b->threads, b->nr_threads, a->threads,
			    a->nr_threads, "thread was not there", tell);
}

static bool same_group(const struct group *a, const struct group *b, bool tell)
{
	bool same = same_members(a, b, tell);

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (!strcmp(a->text[i], b->text[i]))
			continue;
		same = false;
		if (tell)
			ksft_note("  /%s: %s was \"%s\", is \"%s\"", a->path,
				  files[i], a->text[i], b->text[i]);
	}
	return same;
}

static const struct group *find(const struct cgtree *t, const char *path)
{
	for (int i = 0; i < t->count; i++)
		if (!strcmp(t->group[i].path, path))
			return &t->group[i];
	return NULL;
}

/* Cgroups of @a that @b does not have. */
static bool same_paths(const struct cgtree *a, const struct cgtree *b,
		       const char *what, bool tell)
{
	bool same = true;

	for (int i = 0; i < a->count; i++) {
		if (find(b, a->group[i].path))
			continue;
		same = false;
		if (tell)
			ksft_note("  /%s %s", a->group[i].path, what);
	}
	return same;
}

static bool same_tree(const struct cgtree *a, const struct cgtree *b, bool tell)
{
	bool same = !strcmp(a->mounts, b->mounts);

	if (!same && tell)
		ksft_note("  mounts were\n%sand are\n%s", a->mounts, b->mounts);
	same &= same_paths(a, b, "is gone", tell);
	same &= same_paths(b, a, "was not there", tell);
	for (int i = 0; i < a->count; i++) {
		const struct group *g = find(b, a->group[i].path);

		if (g)
			same &= same_group(&a->group[i], g, tell);
	}
	return same;
}

static bool is_same(const struct cgtree *before, bool tell)
{
	struct cgtree *now = take();
	bool same = same_tree(before, now, tell);

	tree_free(now);
	return same;
}

static bool judge(const struct cgtree *before, const char *fmt, va_list args)
{
	char what[256];

	if (is_same(before, false))
		return true;
	vsnprintf(what, sizeof(what), fmt, args);
	ksft_fail("the cgroups are not as they were: %s", what);
	is_same(before, true);
	return false;
}

bool cgtree_expect(const struct cgtree *before, const char *fmt, ...)
{
	va_list args;
	bool same;

	va_start(args, fmt);
	same = judge(before, fmt, args);
	va_end(args);
	return same;
}

bool cgtree_expect_soon(const struct cgtree *before, double seconds,
			const char *fmt, ...)
{
	va_list args;
	bool same;

	ksft_until(seconds, is_same(before, false));
	va_start(args, fmt);
	same = judge(before, fmt, args);
	va_end(args);
	return same;
}
