/* SPDX-License-Identifier: GPL-2.0-only */
/* The tasks of the host, by /proc. */
#ifndef _CORDON_HOSTTASK_H
#define _CORDON_HOSTTASK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "cpulist.h"

/**
 * struct host_task - one task
 * @tid: its thread id
 * @tgid: its process
 * @uid: the user whose it is
 * @comm: its name, as it is: not safe to print
 * @flags: PF_* of the kernel
 * @ticks: CPU time so far, in clock ticks
 * @recent: the same between two reads; see tasks_recent()
 * @cpus: where it may run
 */
struct host_task {
	pid_t tid;
	pid_t tgid;
	uid_t uid;
	char comm[64];
	unsigned long flags;
	uint64_t ticks;
	uint64_t recent;
	struct cpulist cpus;
};

/**
 * struct host_tasks - tasks of the host
 * @task: each of them
 * @n: how many
 */
struct host_tasks {
	struct host_task *task;
	size_t n;
};

/* One by its folder; false if it has ended, or is nothing to be read. */
bool task_read(const char *dir, struct host_task *task);
bool task_is_kthread(const struct host_task *task);

/*
 * Those that cordon would have to move off CPUs to give these to the VMM @owner:
 * they may run there, and they can be moved. @proc is "/proc" but in tests.
 */
void tasks_to_move(const char *proc, const struct cpulist *cpus, pid_t owner,
		   struct host_tasks *tasks);
/* Read their CPU time, and again after a while; the busiest then come first. */
void tasks_begin(const char *proc, struct host_tasks *tasks);
void tasks_recent(const char *proc, struct host_tasks *tasks);
/*
 * The main threads of processes that are bound to fewer CPUs than @all, which are
 * those that nobody owns.
 */
void tasks_bound(const char *proc, const struct cpulist *all,
		 struct host_tasks *tasks);
void tasks_free(struct host_tasks *tasks);

#endif /* _CORDON_HOSTTASK_H */
