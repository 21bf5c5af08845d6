// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cgroups of a test, below the root of cgroup2, see host.h. What is in one at
 * the test's end goes back to the root.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host.h"
#include "ksft.h"

#define MAX_GROUPS 16

static char groups[MAX_GROUPS][64];
static int count;

static const char *root(void)
{
	return access("/sys/fs/cgroup/cgroup.controllers", F_OK) ?
	       "/sys/fs/cgroup/unified" : "/sys/fs/cgroup";
}

static void empty(const char *dir)
{
	char path[256], *procs = malloc(65536), *pid, *next;

	snprintf(path, sizeof(path), "%s/cgroup.freeze", dir);
	host_write(path, "0");
	snprintf(path, sizeof(path), "%s/cgroup.procs", dir);
	if (procs && host_read(path, procs, 65536)) {
		snprintf(path, sizeof(path), "%s/cgroup.procs", root());
		for (pid = strtok_r(procs, "\n", &next); pid;
		     pid = strtok_r(NULL, "\n", &next))
			host_write(path, "%s", pid);
	}
	free(procs);
}

void cg_free_all(void)
{
	char dir[128];

	while (count) {
		snprintf(dir, sizeof(dir), "%s/%s", root(), groups[--count]);
		empty(dir);
		/* A killed process leaves its cgroup a moment later. */
		if (!ksft_until(5, !rmdir(dir) || errno == ENOENT))
			ksft_fail("rmdir %s: %s", dir, strerror(errno));
	}
}

int cg_new(const char *name, bool cpuset)
{
	char dir[128], path[192];

	if (count == MAX_GROUPS)
		return -ENOSPC;
	if (cpuset) {
		snprintf(path, sizeof(path), "%s/cgroup.subtree_control", root());
		if (host_write(path, "+cpuset"))
			return -EOPNOTSUPP;
	}
	snprintf(dir, sizeof(dir), "%s/%s", root(), name);
	if (mkdir(dir, 0755))
		return -errno;
	snprintf(groups[count++], sizeof(groups[0]), "%s", name);
	ksft_defer(cg_free_all);
	return 0;
}

int cg_write(const char *name, const char *file, const char *fmt, ...)
{
	char path[256], text[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	snprintf(path, sizeof(path), "%s/%s/%s", root(), name, file);
	return host_write(path, "%s", text);
}

int cg_attach(const char *name, pid_t pid)
{
	return cg_write(name, "cgroup.procs", "%d", pid);
}
