// SPDX-License-Identifier: GPL-2.0-only
/*
 * One cgroup with a limit, with what it takes to have it as found again. What
 * somebody else changed meanwhile stays theirs.
 *
 * All of it in functions of cgroupfs_run().
 */
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "cgroup_file.h"
#include "cgroup_group.h"
#include "cgroup_layout.h"
#include "cgroupfs.h"

/* Threads that come while others leave: so many walks over them. */
#define LEAVE_WALKS	8

/**
 * cgroup_join() - the path of a cgroup below another
 * @dir: the other
 * @name: its name there
 *
 * Context: process.
 * Return: the path, to be freed, or NULL.
 */
char *cgroup_join(const char *dir, const char *name)
{
	return kasprintf(GFP_KERNEL, "%s/%s", strcmp(dir, "/") ? dir : "",
			 name);
}

static struct cgroup_group *group_new(char *path)
{
	struct cgroup_group *grp;

	grp = path ? kzalloc(sizeof(*grp), GFP_KERNEL) : NULL;
	if (!grp) {
		kfree(path);
		return NULL;
	}
	INIT_LIST_HEAD(&grp->node);
	grp->path = path;
	return grp;
}

/**
 * cgroup_group_free() - forget a group
 * @grp: the group, or NULL
 *
 * Context: process.
 */
void cgroup_group_free(struct cgroup_group *grp)
{
	if (!grp)
		return;
	list_del(&grp->node);
	kfree(grp->path);
	kfree(grp);
}

/**
 * cgroup_group_found() - use a cgroup that is there
 * @path: the cgroup
 *
 * Context: in a function of cgroupfs_run().
 * Return: the group, on no list, or NULL.
 */
struct cgroup_group *cgroup_group_found(const char *path)
{
	struct cgroup_group *grp = group_new(kstrdup(path, GFP_KERNEL));

	if (grp)
		grp->id = cgroupfs_id(path);
	return grp;
}

/**
 * cgroup_group_make() - make a cgroup for threads
 * @dir: the one that it is made in
 * @name: its name there
 * @err: set to a negative errno: -EOPNOTSUPP if @dir can have no such one
 *
 * Context: in a function of cgroupfs_run().
 * Return: the group, on no list, or NULL.
 */
struct cgroup_group *cgroup_group_make(const char *dir, const char *name,
				       int *err)
{
	struct cgroup_group *grp = group_new(cgroup_join(dir, name));

	*err = -ENOMEM;
	if (!grp)
		return NULL;
	*err = cgroupfs_mkdir(dir, name);
	/* Left behind by a module that was removed by force, if it is empty. */
	if (*err == -EEXIST && !cgroupfs_rmdir(dir, name))
		*err = cgroupfs_mkdir(dir, name);
	if (!*err) {
		*err = cgroupfs_write(grp->path, "cgroup.type", "threaded");
		if (*err)
			cgroupfs_rmdir(dir, name);
	}
	if (*err) {
		cgroup_group_free(grp);
		return NULL;
	}
	grp->made = true;
	grp->id = cgroupfs_id(grp->path);
	return grp;
}

static int group_write_max(const char *path, const char *max,
			   const char *burst)
{
	/* A burst is at most the quota, also in between. */
	return cgroupfs_write(path, "cpu.max.burst", "0") ?:
	       cgroupfs_write(path, "cpu.max", max) ?:
	       cgroupfs_write(path, "cpu.max.burst", burst);
}

static void limit_text(const struct budget_limit *limit,
		       char max[CGROUP_TEXT_LEN], char burst[CGROUP_TEXT_LEN])
{
	u64 period_us = limit->period_ns / NSEC_PER_USEC;

	scnprintf(max, CGROUP_TEXT_LEN, "%llu %llu",
		  limit->quota_ns / NSEC_PER_USEC, period_us);
	scnprintf(burst, CGROUP_TEXT_LEN, "%llu",
		  limit->burst_ns / NSEC_PER_USEC);
}

static bool stat_take(const char *line, const char *name, u64 *value)
{
	size_t len = str_has_prefix(line, name);

	return len && !kstrtou64(line + len, 10, value);
}

static int stat_see_line(const char *line, void *arg)
{
	struct budget_stats *stats = arg;
	u64 us;

	if (stat_take(line, "usage_usec ", &us))
		stats->time_ns = us * NSEC_PER_USEC;
	else if (stat_take(line, "throttled_usec ", &us))
		stats->throttled_ns = us * NSEC_PER_USEC;
	else if (stat_take(line, "nr_periods ", &us))
		stats->nr_periods = us;
	else if (stat_take(line, "nr_throttled ", &us))
		stats->nr_throttled = us;
	return 0;
}

static int group_read_stat(const struct cgroup_group *grp,
			   struct budget_stats *stats)
{
	*stats = (struct budget_stats){};
	return cgroupfs_each_line(grp->path, "cpu.stat", stat_see_line, stats);
}

/* How it was before the first limit. */
static int group_remember(struct cgroup_group *grp)
{
	int ret = group_read_stat(grp, &grp->base);

	if (!ret && !grp->made)
		ret = cgroup_file_read(grp->path, "cpu.max", "", grp->max) ?:
		      cgroup_file_read(grp->path, "cpu.max.burst", "", grp->burst);
	grp->known = !ret;
	return ret;
}

/*
 * Is it the limit that was written? The kernel itself doubles quota and period,
 * where the timer of a period comes too late too often.
 */
static bool group_is_limit(const struct budget_limit *limit, const char *now)
{
	char max[CGROUP_TEXT_LEN], burst[CGROUP_TEXT_LEN];
	struct budget_limit grown = *limit;

	while (grown.period_ns <= NSEC_PER_SEC) {
		limit_text(&grown, max, burst);
		if (!strcmp(now, max))
			return true;
		grown.period_ns *= 2;
		grown.quota_ns *= 2;
	}
	return false;
}

static bool group_says_ours(const struct cgroup_group *grp)
{
	char now[CGROUP_TEXT_LEN];

	return grp->limit.quota_ns &&
	       !cgroup_file_read(grp->path, "cpu.max", "", now) &&
	       group_is_limit(&grp->limit, now);
}

static void group_restore(const struct cgroup_group *grp)
{
	if (group_says_ours(grp))
		group_write_max(grp->path, grp->max, grp->burst);
}

static void group_forget_limit(struct cgroup_group *grp)
{
	grp->limit = (struct budget_limit){};
	grp->known = false;
}

/**
 * cgroup_group_is_removed() - has somebody else removed a group?
 * @grp: the group
 *
 * Context: in a function of cgroupfs_run().
 * Return: true if so: what has its path now is not it.
 */
bool cgroup_group_is_removed(const struct cgroup_group *grp)
{
	return cgroupfs_id(grp->path) != grp->id;
}

/**
 * cgroup_group_is_off() - has somebody else taken the controller from a group?
 * @grp: the group
 *
 * Context: in a function of cgroupfs_run().
 * Return: true if so, and with the controller its limit: that is forgotten.
 */
bool cgroup_group_is_off(struct cgroup_group *grp)
{
	char now[CGROUP_TEXT_LEN];

	if (!grp->limit.quota_ns ||
	    cgroup_file_read(grp->path, "cpu.max", "", now) != -ENOENT)
		return false;
	group_forget_limit(grp);
	return true;
}

/**
 * cgroup_group_see() - if somebody else has changed the limit since, it is theirs
 * @grp: the group
 *
 * The next limit replaces theirs, and gives way to it.
 *
 * Context: in a function of cgroupfs_run().
 */
void cgroup_group_see(struct cgroup_group *grp)
{
	if (grp->limit.quota_ns && !group_says_ours(grp))
		group_forget_limit(grp);
}

/* What it sees until the next limit is nobody's to be told. */
static int group_unlimit(struct cgroup_group *grp,
			 const struct budget_limit *limit)
{
	int ret = 0;

	if (!grp->made)
		group_restore(grp);
	else if (grp->limit.quota_ns)
		ret = group_write_max(grp->path, "max", "0");
	if (ret)
		return ret;
	grp->limit = *limit;
	grp->known = false;
	return 0;
}

/**
 * cgroup_group_limit() - give a group a limit
 * @grp: the group
 * @limit: the limit; a quota of 0: none
 *
 * Context: in a function of cgroupfs_run().
 * Return: 0 or -errno.
 */
int cgroup_group_limit(struct cgroup_group *grp,
		       const struct budget_limit *limit)
{
	char max[CGROUP_TEXT_LEN], burst[CGROUP_TEXT_LEN];
	int ret = 0;

	if (!memcmp(&grp->limit, limit, sizeof(*limit)))
		return 0;
	if (!limit->quota_ns)
		return group_unlimit(grp, limit);
	if (!grp->known)
		ret = group_remember(grp);
	if (ret)
		return ret;
	limit_text(limit, max, burst);
	ret = group_write_max(grp->path, max, burst);
	if (!ret)
		grp->limit = *limit;
	else if (!grp->made && !grp->limit.quota_ns)
		group_write_max(grp->path, grp->max, grp->burst);
	return ret;
}

/* They begin anew with the controller. */
static void stat_since(u64 *value, u64 base)
{
	*value -= min(*value, base);
}

/**
 * cgroup_group_read() - what the kernel has seen of a group's limit
 * @grp: the group
 * @stats: filled; since the limit was first set
 *
 * Context: in a function of cgroupfs_run().
 * Return: 0 or -errno.
 */
int cgroup_group_read(const struct cgroup_group *grp,
		      struct budget_stats *stats)
{
	int ret = group_read_stat(grp, stats);

	stat_since(&stats->time_ns, grp->base.time_ns);
	stat_since(&stats->throttled_ns, grp->base.throttled_ns);
	stat_since(&stats->nr_periods, grp->base.nr_periods);
	stat_since(&stats->nr_throttled, grp->base.nr_throttled);
	return ret;
}

/* Who cannot leave (a kernel thread that is bound) does not keep the others. */
static int group_move_line(const char *line, void *arg)
{
	cgroupfs_move(arg, line);
	return 0;
}

static bool group_is_empty(const struct cgroup_group *grp)
{
	char events[CGROUP_TEXT_LEN];

	return cgroupfs_read(grp->path, "cgroup.events", events,
			     sizeof(events)) >= 0 &&
	       strstr(events, "populated 0");
}

/* Everybody goes home; some may be born meanwhile. */
static void group_leave(const struct cgroup_group *grp, const char *home)
{
	int i;

	for (i = 0; i < LEAVE_WALKS && !group_is_empty(grp); i++)
		cgroupfs_each_line(grp->path, "cgroup.threads",
				   group_move_line, (void *)home);
}

static int group_remove(const struct cgroup_group *grp, const char *home)
{
	char *dir;
	int ret;

	group_leave(grp, home);
	dir = kstrndup(grp->path, strrchr(grp->path, '/') - grp->path,
		       GFP_KERNEL);
	if (!dir)
		return -ENOMEM;
	ret = cgroupfs_rmdir(dir, cgroup_basename(grp->path));
	kfree(dir);
	return ret == -ENOENT || ret == -ENODEV ? 0 : ret;
}

/**
 * cgroup_group_drop() - have a group as found, and forget it
 * @grp: the group; if it was made, it is empty of groups
 * @home: where its threads go, if it was made
 *
 * Context: in a function of cgroupfs_run().
 * Return: 0, or -errno if it could not be removed: it is not forgotten then.
 */
int cgroup_group_drop(struct cgroup_group *grp, const char *home)
{
	int ret = 0;

	if (grp->made)
		ret = group_remove(grp, home);
	else
		group_restore(grp);
	if (!ret)
		cgroup_group_free(grp);
	return ret;
}
