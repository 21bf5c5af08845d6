/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_CGROUPFS_H
#define _CORDON_CGROUPFS_H

#include <linux/types.h>

struct task_struct;

/* Paths are relative to the root of the hierarchy, which is "/". */

int cgroupfs_run(int (*fn)(void *arg), void *arg);
void cgroupfs_exit(void);

/* Only from a function that cgroupfs_run() runs. */
int cgroupfs_usable(const char **why);
int cgroupfs_read(const char *path, const char *file, char *buf, size_t size);
int cgroupfs_each_line(const char *path, const char *file,
		       int (*fn)(const char *line, void *arg), void *arg);
int cgroupfs_children(const char *path, char *buf, size_t size);
int cgroupfs_lists(const char *path, const char *file, const char *word);
int cgroupfs_write(const char *path, const char *file, const char *text);
int cgroupfs_move(const char *path, const char *tid);
int cgroupfs_mkdir(const char *path, const char *name);
int cgroupfs_rmdir(const char *path, const char *name);
u64 cgroupfs_id(const char *path);

/* From anywhere. */
int cgroupfs_path_of(struct task_struct *task, char *buf, size_t size);
u64 cgroupfs_id_of(struct task_struct *task);

#endif /* _CORDON_CGROUPFS_H */
