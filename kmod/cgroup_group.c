// SPDX-License-Identifier: GPL-2.0-only
/*
 * One cgroup with a limit, and one file of a cgroup, each with what it takes to
 * have it as found again. What somebody else changed meanwhile stays theirs.
 *
 * All of it in functions of cgroupfs_run().
 */
#include <linux/kernel.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/string.h>

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

/* ---- files ---- */

/* What is undone whatever it says, by all VMs. The worker's own. */
static LIST_HEAD(file_shared);

struct file_search {
	const char *line;
	char *text;
};

static int file_see_line(const char *line, void *arg)
{
	struct file_search *search = arg;

	if (!str_has_prefix(line, search->line))
		return 0;
	return strscpy(search->text, line, CGROUP_TEXT_LEN) < 0 ? -E2BIG : 1;
}

/* What a file says, or its line; an empty text if there is none. */
static int file_read(const char *path, const char *file, const char *line,
		     char text[CGROUP_TEXT_LEN])
{
	struct file_search search = { line, text };
	int ret;

	text[0] = '\0';
	if (!line[0])
		ret = cgroupfs_read(path, file, text, CGROUP_TEXT_LEN);
	else
		ret = cgroupfs_each_line(path, file, file_see_line, &search);
	return ret < 0 ? ret : 0;
}

static struct cgroup_file *file_find(struct list_head *files, const char *path,
				     const char *file, const char *line)
{
	struct cgroup_file *f;

	list_for_each_entry(f, files, node)
		if (!strcmp(f->path, path) && !strcmp(f->file, file) &&
		    !strcmp(f->line, line))
			return f;
	return NULL;
}

static struct cgroup_file *file_new(const char *path, const char *file,
				    const char *line, const char *back,
				    int *err)
{
	struct cgroup_file *f = kzalloc(sizeof(*f), GFP_KERNEL);

	*err = -ENOMEM;
	if (!f)
		return NULL;
	INIT_LIST_HEAD(&f->shared);
	f->file = file;
	strscpy(f->line, line, sizeof(f->line));
	f->path = kstrdup(path, GFP_KERNEL);
	if (f->path)
		*err = file_read(path, file, line, f->back);
	/* What undoes it is what it said, unless that is nothing, or no value. */
	if (!*err && back && (!f->back[0] || !line[0]))
		strscpy(f->back, back, sizeof(f->back));
	if (!*err)
		return f;
	kfree(f->path);
	kfree(f);
	return NULL;
}

/**
 * cgroup_file_keep() - a file that was written to is still wanted so
 * @files: where that was remembered
 * @turn: now
 * @path: the cgroup
 * @file: the file
 *
 * Context: process.
 * Return: true if it was written to.
 */
bool cgroup_file_keep(struct list_head *files, u32 turn, const char *path,
		      const char *file)
{
	struct cgroup_file *f = file_find(files, path, file, "");

	if (f)
		f->turn = turn;
	return f;
}

/* Does a file, or its line, still say what it said after the write? */
static bool file_says_ours(const struct cgroup_file *f)
{
	char now[CGROUP_TEXT_LEN];

	return f->text[0] && !file_read(f->path, f->file, f->line, now) &&
	       !strcmp(now, f->ours);
}

/**
 * cgroup_file_is() - was this text written to a file, and by nobody else since?
 * @files: where that was remembered
 * @path: the cgroup
 * @file: the file
 * @text: the text
 *
 * Context: in a function of cgroupfs_run().
 * Return: true if so.
 */
bool cgroup_file_is(struct list_head *files, const char *path,
		    const char *file, const char *text)
{
	struct cgroup_file *f = file_find(files, path, file, "");

	return f && !strcmp(f->text, text) && file_says_ours(f);
}

/**
 * cgroup_file_is_theirs() - has somebody else written to a file since?
 * @f: the file
 *
 * Context: in a function of cgroupfs_run().
 * Return: true if so; false for one that is undone whatever it says.
 */
bool cgroup_file_is_theirs(const struct cgroup_file *f)
{
	return list_empty(&f->shared) && !file_says_ours(f);
}

/**
 * cgroup_file_is_lost() - is what was written gone, without being undone?
 * @f: the file
 *
 * Somebody else has removed the cgroup, or switched off the controller whose
 * file it is, or what cordon enabled.
 *
 * Context: in a function of cgroupfs_run().
 * Return: true if so.
 */
bool cgroup_file_is_lost(const struct cgroup_file *f)
{
	char now[CGROUP_TEXT_LEN];
	int has;

	if (list_empty(&f->shared))
		return file_read(f->path, f->file, f->line, now) == -ENOENT;
	has = cgroupfs_lists(f->path, f->file, f->text + 1);
	return !has || has == -ENOENT;
}

/**
 * cgroup_file_free() - forget a file
 * @f: the file
 *
 * Context: in a function of cgroupfs_run().
 */
void cgroup_file_free(struct cgroup_file *f)
{
	list_del(&f->shared);
	list_del(&f->node);
	kfree(f->path);
	kfree(f);
}

/**
 * cgroup_file_is_shared() - does any VM need a file as cordon has written it?
 * @path: the cgroup
 * @file: the file, one that is undone whatever it says
 *
 * Context: in a function of cgroupfs_run().
 * Return: true if so.
 */
bool cgroup_file_is_shared(const char *path, const char *file)
{
	struct cgroup_file *f;

	list_for_each_entry(f, &file_shared, shared)
		if (!strcmp(f->path, path) && !strcmp(f->file, file))
			return true;
	return false;
}

/**
 * cgroup_file_write() - write a file, and remember what it said
 * @files: where that is remembered
 * @turn: now
 * @path: the cgroup
 * @file: the file; a string that lives as long as the module
 * @line: of a file with a line for each disk, how that begins; else empty
 * @text: what to write
 * @back: what undoes it, for a file that is undone whatever it says, or for a
 *	line that is not there yet
 *
 * Writes nothing if it was so written before.
 *
 * Context: in a function of cgroupfs_run().
 * Return: 0 or -errno.
 */
int cgroup_file_write(struct list_head *files, u32 turn, const char *path,
		      const char *file, const char *line, const char *text,
		      const char *back)
{
	struct cgroup_file *f = file_find(files, path, file, line);
	int ret = 0;

	if (!f) {
		f = file_new(path, file, line, back, &ret);
		if (!f)
			return ret;
		list_add_tail(&f->node, files);
	}
	f->turn = turn;
	if (!strcmp(f->text, text))
		return 0;
	/* What is not named any more is as found again. */
	if (line[0] && f->text[0])
		ret = cgroupfs_write(path, file, f->back);
	ret = ret ?: cgroupfs_write(path, file, text);
	/* What never was written needs no undoing. */
	if (ret && !f->text[0])
		cgroup_file_free(f);
	if (ret)
		return ret;
	strscpy(f->text, text, sizeof(f->text));
	if (line[0] || !back)
		return file_read(path, file, line, f->ours);
	list_add(&f->shared, &file_shared);
	return 0;
}

/* Less than the VM uses by now would kill it. */
static bool file_would_kill(const struct cgroup_file *f)
{
	char text[CGROUP_TEXT_LEN];
	u64 back, used;

	return !strcmp(f->file, "memory.max") && !kstrtou64(f->back, 10, &back) &&
	       cgroupfs_read(f->path, "memory.current", text, sizeof(text)) >= 0 &&
	       !kstrtou64(text, 10, &used) && used > back;
}

/* Is it to be undone: still as cordon wrote it, and needed by no other VM? */
static bool file_is_ours(const struct cgroup_file *f, bool shared)
{
	return shared ? !cgroup_file_is_shared(f->path, f->file) :
			file_says_ours(f);
}

/**
 * cgroup_file_restore() - have a file say what it said, and forget it
 * @f: the file
 *
 * Not if another VM needs it too: it is left to that one. Nor if the VM has
 * outgrown the memory.max that it had.
 *
 * Context: in a function of cgroupfs_run().
 */
void cgroup_file_restore(struct cgroup_file *f)
{
	bool shared = !list_empty(&f->shared);

	list_del_init(&f->shared);
	if (!file_is_ours(f, shared))
		goto out;
	if (file_would_kill(f))
		pr_warn("cordon: %s/%s stays %s: more than the %s of before is in use\n",
			f->path, f->file, f->ours, f->back);
	else
		cgroupfs_write(f->path, f->file, f->back);
out:
	cgroup_file_free(f);
}

/* ---- groups ---- */

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
		ret = file_read(grp->path, "cpu.max", "", grp->max) ?:
		      file_read(grp->path, "cpu.max.burst", "", grp->burst);
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
	       !file_read(grp->path, "cpu.max", "", now) &&
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
	    file_read(grp->path, "cpu.max", "", now) != -ENOENT)
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
