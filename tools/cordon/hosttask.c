// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tasks of the host as /proc has them: who may run on some CPUs, how busy it
 * is, who is bound. `policy plan` and `cpu show` use it; they only look, so a task
 * that comes or goes meanwhile does not matter. The folder is a parameter: the
 * unit tests build this file too.
 */
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cordon.h"
#include "hosttask.h"

/* Of include/linux/sched.h, as /proc/PID/stat shows them. */
#define PF_KTHREAD		0x00200000
#define PF_NO_SETAFFINITY	0x04000000

/* What is after the name in parentheses, which may hold any byte. */
static bool stat_parse(char *line, struct host_task *task)
{
	char *open = strchr(line, '('), *close = strrchr(line, ')');
	unsigned long long utime, stime;

	if (!open || !close || close < open)
		return false;
	*close = '\0';
	snprintf(task->comm, sizeof(task->comm), "%s", open + 1);
	task->tid = strtol(line, NULL, 10);
	if (sscanf(close + 1, " %*c %*d %*d %*d %*d %*d %lu %*u %*u %*u %*u %llu %llu",
		   &task->flags, &utime, &stime) != 3)
		return false;
	task->ticks = utime + stime;
	return true;
}

static bool stat_read(const char *dir, struct host_task *task)
{
	char path[4096], text[1024];
	size_t len;
	FILE *f;

	snprintf(path, sizeof(path), "%s/stat", dir);
	f = fopen(path, "re");
	if (!f)
		return false;
	len = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[len] = '\0';
	return stat_parse(text, task);
}

static void status_line(const char *line, struct host_task *task, bool *has_cpus)
{
	static const char list[] = "Cpus_allowed_list:";
	struct text err = { 0 };
	unsigned int uid;
	int tgid;

	if (sscanf(line, "Tgid: %d", &tgid) == 1)
		task->tgid = tgid;
	else if (sscanf(line, "Uid: %u", &uid) == 1)
		task->uid = uid;
	if (strncmp(line, list, strlen(list)))
		return;
	line += strlen(list);
	line += strspn(line, " \t");
	*has_cpus = cpulist_parse(line, strcspn(line, "\n"), "CPU", &task->cpus, &err);
	text_free(&err);
}

static bool status_read(const char *dir, struct host_task *task)
{
	char path[4096], *line = NULL;
	bool has_cpus = false;
	size_t size = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/status", dir);
	f = fopen(path, "re");
	if (!f)
		return false;
	while (getline(&line, &size, f) > 0)
		status_line(line, task, &has_cpus);
	free(line);
	fclose(f);
	return has_cpus;
}

bool task_read(const char *dir, struct host_task *task)
{
	memset(task, 0, sizeof(*task));
	return stat_read(dir, task) && status_read(dir, task);
}

bool task_is_kthread(const struct host_task *task)
{
	return task->flags & PF_KTHREAD;
}

static void task_add(struct host_tasks *tasks, const struct host_task *task)
{
	/* Twice as many whenever a power of two is full. */
	if (!(tasks->n & (tasks->n - 1)))
		tasks->task = xgrow(tasks->task, tasks->n ? 2 * tasks->n : 1,
				    sizeof(*task));
	tasks->task[tasks->n++] = *task;
}

void tasks_free(struct host_tasks *tasks)
{
	free(tasks->task);
	memset(tasks, 0, sizeof(*tasks));
}

/* Each folder of @dir whose name is a number. */
static void each_number(const char *dir, void (*see)(const char *path, void *arg),
			void *arg)
{
	struct dirent *entry;
	char path[4096];
	DIR *d = opendir(dir);

	if (!d)
		return;
	while ((entry = readdir(d))) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		if (snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name) <
		    (int)sizeof(path))
			see(path, arg);
	}
	closedir(d);
}

static bool overlaps(const struct cpulist *a, const struct cpulist *b)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(a->bits); i++)
		if (a->bits[i] & b->bits[i])
			return true;
	return false;
}

/* A kernel thread that works for that VMM, by its name. */
static bool is_helper(const struct host_task *task, pid_t owner)
{
	int pid;

	return task_is_kthread(task) &&
	       (sscanf(task->comm, "vhost-%d", &pid) == 1 ||
		sscanf(task->comm, "kvm-pit/%d", &pid) == 1) && pid == owner;
}

/* As the module judges it: see its evict.c. */
static bool can_move(const struct host_task *task)
{
	if (task->flags & PF_NO_SETAFFINITY)
		return false;
	return !task_is_kthread(task) || cpulist_count(&task->cpus) > 1;
}

struct search {
	const struct cpulist *cpus;
	pid_t owner;
	struct host_tasks *tasks;
};

static void thread_see(const char *path, void *arg)
{
	struct search *s = arg;
	struct host_task task;

	if (task_read(path, &task) && task.tgid != s->owner &&
	    overlaps(&task.cpus, s->cpus) && can_move(&task) &&
	    !is_helper(&task, s->owner))
		task_add(s->tasks, &task);
}

static void process_see(const char *path, void *arg)
{
	char threads[4096];

	if (snprintf(threads, sizeof(threads), "%s/task", path) <
	    (int)sizeof(threads))
		each_number(threads, thread_see, arg);
}

void tasks_to_move(const char *proc, const struct cpulist *cpus, pid_t owner,
		   struct host_tasks *tasks)
{
	struct search s = { .cpus = cpus, .owner = owner, .tasks = tasks };

	memset(tasks, 0, sizeof(*tasks));
	each_number(proc, process_see, &s);
}

static int busiest_first(const void *a, const void *b)
{
	const struct host_task *x = a, *y = b;

	if (x->recent != y->recent)
		return x->recent > y->recent ? -1 : 1;
	return x->tid < y->tid ? -1 : x->tid > y->tid;
}

/* The CPU time of a task as it is now; as it was, if it has ended. */
static uint64_t ticks_now(const char *proc, const struct host_task *task)
{
	struct host_task now;
	char dir[4096];

	snprintf(dir, sizeof(dir), "%s/%d/task/%d", proc, task->tgid, task->tid);
	return stat_read(dir, &now) && now.ticks > task->ticks ? now.ticks :
	       task->ticks;
}

void tasks_begin(const char *proc, struct host_tasks *tasks)
{
	size_t i;

	for (i = 0; i < tasks->n; i++)
		tasks->task[i].ticks = ticks_now(proc, &tasks->task[i]);
}

void tasks_recent(const char *proc, struct host_tasks *tasks)
{
	size_t i;

	for (i = 0; i < tasks->n; i++)
		tasks->task[i].recent = ticks_now(proc, &tasks->task[i]) -
			tasks->task[i].ticks;
	if (tasks->n)
		qsort(tasks->task, tasks->n, sizeof(*tasks->task), busiest_first);
}

static void bound_see(const char *path, void *arg)
{
	struct search *s = arg;
	struct host_task task;

	if (task_read(path, &task) && !task_is_kthread(&task) &&
	    !cpulist_subset(s->cpus, &task.cpus))
		task_add(s->tasks, &task);
}

void tasks_bound(const char *proc, const struct cpulist *all,
		 struct host_tasks *tasks)
{
	struct search s = { .cpus = all, .tasks = tasks };

	memset(tasks, 0, sizeof(*tasks));
	each_number(proc, bound_see, &s);
	if (tasks->n)
		qsort(tasks->task, tasks->n, sizeof(*tasks->task), busiest_first);
}
