// SPDX-License-Identifier: GPL-2.0-only
/* What is read of /proc and /sys: tasks, load, the nodes of VFIO devices. */
#include "tree.h"

#include "hosttask.h"
#include "load.h"
#include "vfio.h"

static void task_is(const char *dir, int tid, int tgid, const char *comm,
		    unsigned long flags, int ticks, const char *cpus)
{
	char path[256], text[512];

	snprintf(path, sizeof(path), "%s/stat", dir);
	snprintf(text, sizeof(text),
		 "%d (%s) S 1 1 1 0 -1 %lu 1 2 3 4 %d 1 0 0 20 0 1 0 5 0 0\n",
		 tid, comm, flags, ticks);
	tree_file(path, text);
	snprintf(path, sizeof(path), "%s/status", dir);
	snprintf(text, sizeof(text),
		 "Name:\t%s\nTgid:\t%d\nPid:\t%d\nUid:\t1000\t1000\t1000\t1000\n"
		 "Cpus_allowed:\tff\nCpus_allowed_list:\t%s\n", comm, tgid, tid, cpus);
	tree_file(path, text);
}

/* A process of one thread, which both folders show. */
static void process_is(int pid, const char *comm, unsigned long flags, int ticks,
		       const char *cpus)
{
	char dir[64];

	snprintf(dir, sizeof(dir), "%d", pid);
	task_is(dir, pid, pid, comm, flags, ticks, cpus);
	snprintf(dir, sizeof(dir), "%d/task/%d", pid, pid);
	task_is(dir, pid, pid, comm, flags, ticks, cpus);
}

static void set_of(struct cpulist *set, const char *list)
{
	struct text err = { 0 };

	assert_true(cpulist_parse(list, strlen(list), "CPU", set, &err));
}

static void host(void)
{
	tree_make();
	process_is(1, "init", 0x400000, 10, "0-7");
	process_is(7, "make) S 1 (x", 0x400000, 100, "4");
	process_is(8, "elsewhere", 0x400000, 100, "0-3");
	/* The VMM, its vhost thread, somebody else's. */
	process_is(40, "qemu", 0x400000, 100, "0-7");
	process_is(41, "vhost-40", 0x200040, 100, "0-7");
	process_is(42, "vhost-50", 0x200040, 100, "0-7");
	/* Kernel threads: one can be moved, two cannot. */
	process_is(50, "kswapd0", 0x200040, 5, "0-7");
	process_is(51, "kworker/4:0", 0x4200040, 5, "0-7");
	process_is(52, "migration/4", 0x200040, 5, "4");
	tree_file("self/stat", "not a process");
	tree_file("60/stat", "garbage");
}

static void test_tasks(void **state)
{
	struct host_tasks tasks;
	struct cpulist cpus;

	(void)state;
	host();
	set_of(&cpus, "4-5");
	tasks_to_move(tree, &cpus, 40, &tasks);
	assert_int_equal(tasks.n, 4);
	process_is(7, "make) S 1 (x", 0x400000, 110, "4");
	tasks_begin(tree, &tasks);
	process_is(7, "make) S 1 (x", 0x400000, 130, "4");
	process_is(1, "init", 0x400000, 11, "0-7");
	tasks_recent(tree, &tasks);
	assert_int_equal(tasks.task[0].tid, 7);
	assert_string_equal(tasks.task[0].comm, "make) S 1 (x");
	assert_int_equal(tasks.task[0].recent, 20);
	assert_int_equal(tasks.task[0].uid, 1000);
	assert_int_equal(tasks.task[1].tid, 1);
	assert_int_equal(tasks.task[1].recent, 1);
	/* The rest by number: another VMM's helper, a kernel thread. */
	assert_int_equal(tasks.task[2].tid, 42);
	assert_int_equal(tasks.task[3].tid, 50);
	assert_true(task_is_kthread(&tasks.task[3]));
	tasks_free(&tasks);
	set_of(&cpus, "9");
	tasks_to_move(tree, &cpus, 40, &tasks);
	assert_int_equal(tasks.n, 0);
	tasks_recent(tree, &tasks);
	tasks_free(&tasks);
	tree_drop();
}

static void test_bound(void **state)
{
	struct host_tasks tasks;
	struct cpulist all;

	(void)state;
	host();
	set_of(&all, "0-7");
	tasks_bound(tree, &all, &tasks);
	assert_int_equal(tasks.n, 2);
	assert_int_equal(tasks.task[0].tid, 7);
	assert_int_equal(tasks.task[1].tid, 8);
	tasks_free(&tasks);
	/* Who may run wherever nobody owns a CPU is not bound. */
	set_of(&all, "0-3");
	tasks_bound(tree, &all, &tasks);
	assert_int_equal(tasks.n, 1);
	assert_int_equal(tasks.task[0].tid, 7);
	tasks_free(&tasks);
	tree_drop();
}

static void test_load(void **state)
{
	struct load *load = xcalloc(2, sizeof(*load));
	struct cpulist cpus;

	(void)state;
	tree_make();
	tree_file("stat", "cpu  1 2 3 4 5 6 7 8 9 10\n"
		  "cpu0 100 0 0 100 0 0 0 0 0 0\n"
		  "cpu1 100 0 0 100 50 0 0 0 0 0\n"
		  "cpu12 5 5 5 5\n"
		  "intr 5\n");
	assert_true(load_read(tree, &load[0]));
	tree_file("stat", "cpu  1 2 3 4 5 6 7 8 9 10\n"
		  "cpu0 110 5 5 120 0 5 5 0 10 0\n"
		  "cpu1 100 0 0 200 20 0 0 0 0 0\n"
		  "cpu12 10 10 5 5\n");
	assert_true(load_read(tree, &load[1]));
	set_of(&cpus, "0");
	assert_int_equal(load_busy(&load[0], &load[1], &cpus), 600);
	set_of(&cpus, "1");
	assert_int_equal(load_busy(&load[0], &load[1], &cpus), 0);
	set_of(&cpus, "0-12");
	assert_int_equal(load_busy(&load[0], &load[1], &cpus), 1600);
	/* One that is offline tells nothing. */
	set_of(&cpus, "5");
	assert_int_equal(load_busy(&load[0], &load[1], &cpus), 0);
	assert_int_equal(load_busy(&load[1], &load[0], &cpus), 0);
	tree_drop();
	assert_false(load_read(tree, &load[0]));
	free(load);
}

static void nodes_are(uint32_t pid, unsigned int devices, const char *want)
{
	struct cpulist nodes;
	struct text t = { 0 };

	assert_int_equal(vfio_nodes(tree, pid, &nodes), devices);
	cpulist_print(&nodes, &t);
	assert_string_equal(text_str(&t), want);
	text_free(&t);
}

static void test_vfio(void **state)
{
	(void)state;
	tree_make();
	tree_link("proc/7/fd/0", "/dev/null");
	tree_link("proc/7/fd/3", "/dev/vfio/vfio");
	tree_link("proc/7/fd/4", "/dev/vfio/12");
	tree_link("proc/7/fd/5", "anon_inode:[vfio-device]");
	tree_file("sys/kernel/iommu_groups/12/devices/0000:01:00.0/numa_node", "1\n");
	tree_file("sys/kernel/iommu_groups/12/devices/0000:01:00.1/numa_node", "1\n");
	nodes_are(7, 2, "1");
	/* By the device, not by the group. */
	tree_link("proc/8/fd/4", "/dev/vfio/devices/vfio0");
	tree_link("proc/8/fd/5", "/dev/vfio/devices/../../x");
	tree_file("sys/class/vfio-dev/vfio0/device/numa_node", "0\n");
	nodes_are(8, 1, "0");
	/* On a host of one node there is none. */
	tree_link("proc/9/fd/4", "/dev/vfio/13");
	tree_file("sys/kernel/iommu_groups/13/devices/0000:02:00.0/numa_node", "-1\n");
	nodes_are(9, 1, "");
	tree_link("proc/10/fd/4", "/dev/vfio/noiommu-0");
	nodes_are(10, 0, "");
	nodes_are(11, 0, "");
	tree_drop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tasks),
		cmocka_unit_test(test_bound),
		cmocka_unit_test(test_load),
		cmocka_unit_test(test_vfio),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
