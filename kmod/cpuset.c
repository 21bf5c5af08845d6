// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the cpusets of cgroup v2 say: where a VM may be at all, and whether other
 * programs have CPUs that a plan would take. Only looks.
 *
 * All files are read in the thread of the cgroup files. Where there is no cgroup
 * v2, or no cpuset in it, nothing is said.
 */
#include <linux/cgroup.h>
#include <linux/limits.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "cgroupfs.h"
#include "cpuset.h"
#include "vmm.h"

/* Where libvirt has the threads of a VM that have no group of their own. */
static const char cpuset_libvirts[] = "/libvirt/emulator";

/* Room to work in, one for each call. */
struct cpuset_room {
	struct cpuset_search *s;
	const struct cpumask *owned;
	struct task_struct *leader;
	cpumask_var_t cpus;
	struct cpumask *allowed;
	char path[PATH_MAX];
	char other[PATH_MAX];
	char text[SZ_4K];
};

/* False if the file does not name any. */
static bool cpuset_read(struct cpuset_room *r, const char *file)
{
	return cgroupfs_read(r->path, file, r->text, sizeof(r->text)) > 0 &&
	       !cpulist_parse(r->text, r->cpus) && !cpumask_empty(r->cpus);
}

/* Is the cgroup @r->path the one in @r->other, or one that it is in? */
static bool cpuset_holds_other(const struct cpuset_room *r)
{
	size_t len = strlen(r->path);

	return len == 1 || (!strncmp(r->other, r->path, len) &&
			    (!r->other[len] || r->other[len] == '/'));
}

/* Is any thread of the process in it? */
static bool cpuset_is_own(struct cpuset_room *r)
{
	struct task_struct *t;
	bool own = false;

	if (!r->leader)
		return false;
	rcu_read_lock();
	vmm_for_each_task(r->leader, t) {
		if (cgroupfs_path_of(t, r->other, sizeof(r->other)) > 0 &&
		    cpuset_holds_other(r)) {
			own = true;
			break;
		}
	}
	rcu_read_unlock();
	return own;
}

static int cpuset_look(struct cpuset_room *r)
{
	struct cpuset_search *s = r->s;

	if (!cpuset_read(r, "cpuset.cpus") ||
	    !cpumask_subset(r->cpus, s->within) ||
	    !cpumask_intersects(r->cpus, s->fresh) || cpuset_is_own(r))
		return 0;
	s->cpu = cpumask_any_and(r->cpus, s->fresh);
	s->path = kstrdup(r->path, GFP_KERNEL);
	return s->path ? 1 : -ENOMEM;
}

/*
 * The next cgroup that lives, with a reference, and its path. The one before
 * may go meanwhile: the kernel's walk goes on after it.
 */
static struct cgroup_subsys_state *
cpuset_next(struct cgroup_subsys_state *pos, struct cpuset_room *r)
{
	struct cgroup_subsys_state *next = pos;

	rcu_read_lock();
	do {
		next = css_next_descendant_pre(next, &cgrp_dfl_root.cgrp.self);
	} while (next && (next == &cgrp_dfl_root.cgrp.self ||
			  !css_tryget_online(next)));
	if (next && cgroup_path(next->cgroup, r->path, sizeof(r->path)) < 0)
		r->path[0] = '\0';
	rcu_read_unlock();
	if (pos)
		css_put(pos);
	return next;
}

static int cpuset_walk(void *arg)
{
	struct cgroup_subsys_state *pos = NULL;
	struct cpuset_room *r = arg;
	int ret = 0;

	if (cgroupfs_lists("/", "cgroup.subtree_control", "cpuset") <= 0)
		return 0;
	while ((pos = cpuset_next(pos, r))) {
		ret = cpuset_look(r);
		if (!ret)
			continue;
		css_put(pos);
		break;
	}
	return ret;
}

static struct cpuset_room *cpuset_room_alloc(void)
{
	struct cpuset_room *r = kvzalloc(sizeof(*r), GFP_KERNEL);

	if (r && !alloc_cpumask_var(&r->cpus, GFP_KERNEL)) {
		kvfree(r);
		return NULL;
	}
	return r;
}

static void cpuset_room_free(struct cpuset_room *r)
{
	free_cpumask_var(r->cpus);
	kvfree(r);
}

/**
 * cpuset_find_within() - is the cpuset of another program within some CPUs?
 * @s: what is asked, and the answer
 *
 * Context: process, under no lock that is taken under cgroup_mutex.
 * Return: 0 or -ENOMEM.
 */
int cpuset_find_within(struct cpuset_search *s)
{
	struct cpuset_room *r = cpuset_room_alloc();
	int ret;

	s->path = NULL;
	if (!r)
		return -ENOMEM;
	r->s = s;
	r->leader = s->leader;
	ret = cgroupfs_run(cpuset_walk, r);
	cpuset_room_free(r);
	return min(ret, 0);
}

/*
 * What is configured, on the way up; and of that what is effective, where those
 * that VMs own count, as it is cordon that has taken them.
 */
static int cpuset_climb(void *arg)
{
	struct cpuset_room *r = arg;
	char *end;

	strscpy(r->path, r->other, sizeof(r->path));
	if (cpuset_read(r, "cpuset.cpus.effective")) {
		cpumask_or(r->cpus, r->cpus, r->owned);
		cpumask_and(r->allowed, r->allowed, r->cpus);
	}
	while (r->path[1]) {
		if (cpuset_read(r, "cpuset.cpus") &&
		    cpumask_intersects(r->allowed, r->cpus))
			cpumask_and(r->allowed, r->allowed, r->cpus);
		end = strrchr(r->path, '/');
		if (end == r->path)
			end++;
		*end = '\0';
	}
	return 0;
}

/**
 * cpuset_get_allowed() - where a process may be by its cpuset, cordon aside
 * @leader: the process, with a reference
 * @owned: the CPUs that VMs own
 * @cpus: filled with it
 *
 * What libvirt says for the threads of a VM is not said for the VM.
 *
 * Context: process, under no lock that is taken under cgroup_mutex.
 * Return: 0 or -ENOMEM.
 */
int cpuset_get_allowed(struct task_struct *leader, const struct cpumask *owned,
		       struct cpumask *cpus)
{
	size_t tail = sizeof(cpuset_libvirts) - 1;
	struct cpuset_room *r = cpuset_room_alloc();
	int ret = 0, len;

	if (!r)
		return -ENOMEM;
	cpumask_copy(cpus, cpu_possible_mask);
	r->allowed = cpus;
	r->owned = owned;
	len = cgroupfs_path_of(leader, r->other, sizeof(r->other));
	if (len > (int)tail && !strcmp(r->other + len - tail, cpuset_libvirts))
		r->other[len - tail] = '\0';
	if (len > 0)
		ret = cgroupfs_run(cpuset_climb, r);
	cpuset_room_free(r);
	return ret == -ENOMEM ? ret : 0;
}
