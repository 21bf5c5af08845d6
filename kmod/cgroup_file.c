// SPDX-License-Identifier: GPL-2.0-only
/*
 * One file of a cgroup that was written to, with what it takes to have it as
 * found again. What somebody else changed meanwhile stays theirs.
 *
 * All of it in functions of cgroupfs_run().
 */
#include <linux/kernel.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "cgroup_file.h"
#include "cgroupfs.h"

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

/**
 * cgroup_file_read() - what a file says
 * @path: the cgroup
 * @file: the file
 * @line: of a file with a line for each disk, how that begins; else empty
 * @text: filled; empty if there is no such line
 *
 * Context: in a function of cgroupfs_run().
 * Return: 0 or a negative errno.
 */
int cgroup_file_read(const char *path, const char *file, const char *line,
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
		*err = cgroup_file_read(path, file, line, f->back);
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

	return f->text[0] && !cgroup_file_read(f->path, f->file, f->line, now) &&
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
 * cgroup_file_found() - what a file says but for cordon
 * @files: where it was remembered if cordon has written to it
 * @path: the cgroup
 * @file: the file
 * @text: filled
 *
 * Context: in a function of cgroupfs_run().
 * Return: 0 or a negative errno.
 */
int cgroup_file_found(struct list_head *files, const char *path,
		      const char *file, char text[CGROUP_TEXT_LEN])
{
	struct cgroup_file *f = file_find(files, path, file, "");

	if (!f)
		return cgroup_file_read(path, file, "", text);
	return strscpy(text, f->back, CGROUP_TEXT_LEN) < 0 ? -E2BIG : 0;
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
 * cgroup_file_is_touched() - has somebody else written to a file that cordon
 *	has written to?
 * @files: where that was remembered
 * @path: the cgroup
 * @file: the file
 *
 * Context: in a function of cgroupfs_run().
 * Return: true if so.
 */
bool cgroup_file_is_touched(struct list_head *files, const char *path,
			    const char *file)
{
	struct cgroup_file *f = file_find(files, path, file, "");

	return f && cgroup_file_is_theirs(f);
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
		return cgroup_file_read(f->path, f->file, f->line, now) == -ENOENT;
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
		return cgroup_file_read(path, file, line, f->ours);
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
