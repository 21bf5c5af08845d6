/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_CGROUP_FILE_H
#define _CORDON_CGROUP_FILE_H

#include <linux/list.h>
#include <linux/types.h>

/* The longest is a line of io.max. */
#define CGROUP_TEXT_LEN	128

/**
 * struct cgroup_file - a file of a found cgroup that was written to
 * @node: on a list, in the order of the writes
 * @shared: on the list of those of all VMs, if it is undone whatever it says
 * @turn: when it was last wanted
 * @path: the cgroup
 * @file: the file
 * @line: the line that it is about, for a file that has one for each disk, by
 *	how that begins; else empty
 * @text: what was written
 * @back: what undoes it
 * @ours: what the file says since
 */
struct cgroup_file {
	struct list_head node;
	struct list_head shared;
	u32 turn;
	char *path;
	const char *file;
	char line[16];
	char text[CGROUP_TEXT_LEN];
	char back[CGROUP_TEXT_LEN];
	char ours[CGROUP_TEXT_LEN];
};

int cgroup_file_read(const char *path, const char *file, const char *line,
		     char text[CGROUP_TEXT_LEN]);
bool cgroup_file_keep(struct list_head *files, u32 turn, const char *path,
		      const char *file);
bool cgroup_file_is(struct list_head *files, const char *path,
		    const char *file, const char *text);
int cgroup_file_found(struct list_head *files, const char *path,
		      const char *file, char text[CGROUP_TEXT_LEN]);
bool cgroup_file_is_touched(struct list_head *files, const char *path,
			    const char *file);
bool cgroup_file_is_theirs(const struct cgroup_file *f);
bool cgroup_file_is_lost(const struct cgroup_file *f);
bool cgroup_file_is_shared(const char *path, const char *file);
int cgroup_file_write(struct list_head *files, u32 turn, const char *path,
		      const char *file, const char *line, const char *text,
		      const char *back);
void cgroup_file_restore(struct cgroup_file *f);
void cgroup_file_free(struct cgroup_file *f);

#endif /* _CORDON_CGROUP_FILE_H */
