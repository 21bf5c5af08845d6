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

#define MAX_GROUPS 32

static char groups[MAX_GROUPS][128];
static int count;

const char *cg_root(void)
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
		snprintf(path, sizeof(path), "%s/cgroup.procs", cg_root());
		for (pid = strtok_r(procs, "\n", &next); pid;
		     pid = strtok_r(NULL, "\n", &next))
			host_write(path, "%s", pid);
	}
	free(procs);
}

void cg_free(const char *name)
{
	char dir[192];

	snprintf(dir, sizeof(dir), "%s/%s", cg_root(), name);
	empty(dir);
	/* A killed process leaves its cgroup a moment later. */
	if (!ksft_until(5, !rmdir(dir) || errno == ENOENT))
		ksft_fail("rmdir %s: %s", dir, strerror(errno));
}

void cg_free_all(void)
{
	while (count)
		cg_free(groups[--count]);
}

int cg_new(const char *name, bool cpuset)
{
	char dir[192], path[192];

	if (count == MAX_GROUPS)
		return -ENOSPC;
	if (cpuset) {
		snprintf(path, sizeof(path), "%s/cgroup.subtree_control", cg_root());
		if (host_write(path, "+cpuset"))
			return -EOPNOTSUPP;
	}
	snprintf(dir, sizeof(dir), "%s/%s", cg_root(), name);
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
	snprintf(path, sizeof(path), "%s/%s/%s", cg_root(), name, file);
	return host_write(path, "%s", text);
}

bool cg_read(const char *name, const char *file, char *buf, size_t size)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s/%s", cg_root(), name, file);
	if (!host_read(path, buf, size))
		return false;
	buf[strcspn(buf, "\n")] = 0;
	return true;
}

bool cg_of(pid_t tid, char *name, size_t size)
{
	char path[64], text[4096], *at;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", tid);
	if (!host_read(path, text, sizeof(text)))
		return false;
	at = strstr(text, "0::/");
	if (!at)
		return false;
	snprintf(name, size, "%.*s", (int)strcspn(at + 4, "\n"), at + 4);
	return true;
}

int cg_attach(const char *name, pid_t pid)
{
	return cg_write(name, "cgroup.procs", "%d", pid);
}
