// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files of /proc as the command reads them: the names in them are whoever's that
 * started the task. Up to the first byte 0x01 the input is stat, then status.
 */
#include "fuzz.h"

#include <unistd.h>

#include "hosttask.h"
#include "load.h"

static char dir[256], stat_path[300], status_path[300];

static void remove_dir(void)
{
	unlink(stat_path);
	unlink(status_path);
	rmdir(dir);
}

static void make_dir(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(dir, sizeof(dir), "%s/proc.XXXXXX", tmp ? tmp : "/tmp");
	must(mkdtemp(dir));
	snprintf(stat_path, sizeof(stat_path), "%s/stat", dir);
	snprintf(status_path, sizeof(status_path), "%s/status", dir);
	atexit(remove_dir);
}

static void write_file(const char *path, const uint8_t *bytes, size_t len)
{
	FILE *f = fopen(path, "w");

	must(f);
	must(fwrite(bytes, 1, len, f) == len);
	must(!fclose(f));
}

static void check_task(void)
{
	struct host_task task;

	if (!task_read(dir, &task))
		return;
	must(memchr(task.comm, '\0', sizeof(task.comm)));
	must(!cpulist_empty(&task.cpus));
	task_is_kthread(&task);
}

static void check_load(void)
{
	static struct load before, after;
	struct cpulist all = { 0 };

	must(load_read(dir, &after));
	cpulist_set(&all, 0, 63);
	must(load_busy(&before, &after, &all) <= 1000 * 64);
	before = after;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const uint8_t *end = len ? memchr(bytes, 1, len) : NULL;
	size_t first = end ? (size_t)(end - bytes) : len;

	if (!dir[0])
		make_dir();
	write_file(stat_path, bytes, first);
	write_file(status_path, end ? end + 1 : bytes, end ? len - first - 1 : 0);
	check_task();
	check_load();
	return 0;
}
