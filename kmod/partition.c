// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owned CPUs as an empty cpuset partition of cgroup v2: the cgroup /cordon.
 *
 * With it the kernel itself keeps children and sched_setaffinity off them, and
 * takes them out of the load balancing of the others. It stands on top of the
 * masks that evict.c has set: these stay as they are below it, and where there
 * can be no partition they are all there is.
 *
 * Called by isolation.c under the policy mutex, and by the watch. All file I/O
 * is done in the thread of the cgroup files; keepmask.c keeps everybody's masks.
 */
#include <linux/cpuset.h>
#include <linux/jiffies.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "cgroupfs.h"
#include "keepmask.h"
#include "partition.h"

#define PARTITION_NAME	"cordon"
#define PARTITION_PATH	"/" PARTITION_NAME

/* How long after a failure it is tried again. */
#define PARTITION_RETRY_MS	10000

/* Room for a list of CPUs, and for what the kernel says of a partition. */
#define PARTITION_TEXT	SZ_4K

/*
 * What is there. Inside isolation.c's mutex; inside of it the thread of the cgroup
 * files.
 */
static DEFINE_MUTEX(partition_mutex);
static u64 partition_id;	/* of the cgroup; 0: none */
static bool partition_enabled;	/* we have switched the controller on */
static bool partition_works;
static unsigned long partition_tried;
static struct cpumask partition_cpus;	/* what it has */
static struct cpumask partition_wanted;	/* what it should have */
static const char *partition_why = "no CPU is owned";

static int partition_fail(int err, const char *why)
{
	partition_why = why;
	return err;
}

static int partition_enable(void)
{
	int on = cgroupfs_lists("/", "cgroup.controllers", "cpuset");

	if (on <= 0)
		return partition_fail(on ?: -EOPNOTSUPP,
				      "cgroup v2 has no cpuset controller");
	on = cgroupfs_lists("/", "cgroup.subtree_control", "cpuset");
	if (on > 0)
		return 0;
	if (!on)
		on = cgroupfs_write("/", "cgroup.subtree_control", "+cpuset");
	if (on)
		return partition_fail(on, "the cpuset controller cannot be switched on");
	partition_enabled = true;
	return 0;
}

/* Only what we have switched on, and only if it is not in use by then. */
static void partition_disable(void)
{
	if (partition_enabled)
		cgroupfs_write("/", "cgroup.subtree_control", "-cpuset");
	partition_enabled = false;
}

static bool partition_is_ours(void)
{
	return partition_id && cgroupfs_id(PARTITION_PATH) == partition_id;
}

static int partition_make(void)
{
	int ret;

	if (partition_is_ours())
		return 0;
	WRITE_ONCE(partition_id, 0);
	ret = cgroupfs_mkdir("/", PARTITION_NAME);
	if (ret == -EEXIST)
		return partition_fail(ret, "there is a cgroup /cordon already");
	if (ret)
		return partition_fail(ret, "the cgroup /cordon cannot be made");
	WRITE_ONCE(partition_id, cgroupfs_id(PARTITION_PATH));
	return 0;
}

/* What cannot be removed stays known: the watch tries again. */
static void partition_unmake(void)
{
	int ret = 0;

	if (partition_is_ours()) {
		cgroupfs_write(PARTITION_PATH, "cpuset.cpus.partition",
			       "member");
		ret = cgroupfs_rmdir("/", PARTITION_NAME);
	}
	if (!ret || ret == -ENOENT)
		WRITE_ONCE(partition_id, 0);
	partition_works = false;
	cpumask_clear(&partition_cpus);
	partition_disable();
}

/* The kernel takes it and says afterwards whether it can be. */
static bool partition_is_root(void)
{
	char said[128];

	return cgroupfs_read(PARTITION_PATH, "cpuset.cpus.partition", said,
			     sizeof(said)) > 0 && !strcmp(said, "root");
}

static int partition_fill(const struct cpumask *cpus)
{
	char *text = kmalloc(PARTITION_TEXT, GFP_KERNEL);
	int ret = -ENOMEM;

	if (text) {
		ret = -E2BIG;
		if (snprintf(text, PARTITION_TEXT, "%*pbl",
			     cpumask_pr_args(cpus)) < PARTITION_TEXT)
			ret = cgroupfs_write(PARTITION_PATH, "cpuset.cpus",
					     text);
		kfree(text);
	}
	if (ret)
		return partition_fail(ret, ret == -ENOMEM ? "out of memory" :
				      "a cpuset of others has these CPUs");
	if (!partition_is_root())
		cgroupfs_write(PARTITION_PATH, "cpuset.cpus.partition", "root");
	if (!partition_is_root())
		return partition_fail(-EBUSY,
				      "the kernel refuses a partition of these CPUs");
	return 0;
}

static int partition_change(void *arg)
{
	int ret;

	if (cpumask_empty(&partition_wanted)) {
		partition_unmake();
		return partition_fail(0, "no CPU is owned");
	}
	ret = partition_enable() ?: partition_make() ?:
	      partition_fill(&partition_wanted);
	if (ret) {
		partition_unmake();
		return ret;
	}
	cpumask_copy(&partition_cpus, &partition_wanted);
	partition_works = true;
	return 0;
}

static int partition_run(void *arg)
{
	struct cpumask *released = arg;

	cpumask_andnot(released, &partition_cpus, &partition_wanted);
	return keepmask_over(partition_change, NULL, released);
}

static void partition_apply(void)
{
	cpumask_var_t released;

	partition_tried = jiffies;
	if (!compat_cpuset_keeps_user_masks()) {
		partition_fail(-EOPNOTSUPP,
			       "this kernel forgets masks when cpusets change");
		return;
	}
	if (!alloc_cpumask_var(&released, GFP_KERNEL)) {
		partition_fail(-ENOMEM, "out of memory");
		return;
	}
	if (cgroupfs_run(partition_run, released) == -ENOMEM)
		partition_fail(-ENOMEM, "out of memory");
	free_cpumask_var(released);
}

/**
 * partition_set() - the CPUs that are owned
 * @owned: by whatever VM; none: the partition goes
 *
 * Fails softly: then the masks have to do, and partition_holds() says why.
 *
 * Context: process, isolation.c's mutex held; when CPUs are added, nobody who is to go
 * may be on them any more, and what is released is released by masks after.
 */
void partition_set(const struct cpumask *owned)
{
	mutex_lock(&partition_mutex);
	if (!cpumask_equal(owned, &partition_wanted)) {
		cpumask_copy(&partition_wanted, owned);
		partition_apply();
	}
	mutex_unlock(&partition_mutex);
}

static int partition_look(void *arg)
{
	bool *well = arg;

	*well = partition_is_ours() && partition_is_root();
	return 0;
}

static bool partition_may_retry(void)
{
	return time_after(jiffies, partition_tried +
			  msecs_to_jiffies(PARTITION_RETRY_MS));
}

/**
 * partition_is_left() - is it there although no CPU is owned?
 *
 * As when there was no memory to remove it, or others put something into it.
 *
 * Context: any.
 * Return: true if so.
 */
bool partition_is_left(void)
{
	return READ_ONCE(partition_id) && cpumask_empty(&partition_wanted);
}

/**
 * partition_heal() - make it again if others have taken it away
 *
 * And remove what could not be removed when the last CPU was given up.
 *
 * Context: process; the watch. Waits for no transaction.
 */
void partition_heal(void)
{
	bool well = false;

	if (!mutex_trylock(&partition_mutex))
		return;
	if (partition_is_left() && partition_may_retry())
		partition_apply();
	if (cpumask_empty(&partition_wanted) ||
	    !compat_cpuset_keeps_user_masks())
		goto out;
	if (partition_works &&
	    cpumask_equal(&partition_cpus, &partition_wanted) &&
	    !cgroupfs_run(partition_look, &well) && well)
		goto out;
	/* At once if it worked, else now and then. */
	if (partition_works || partition_may_retry()) {
		partition_works = false;
		partition_apply();
	}
out:
	mutex_unlock(&partition_mutex);
}

/**
 * partition_holds() - is there a partition?
 * @why: set to why not, for a user, if there is none
 *
 * Context: any.
 * Return: true if so.
 */
bool partition_holds(const char **why)
{
	*why = READ_ONCE(partition_why);
	return READ_ONCE(partition_works);
}

/**
 * partition_exit() - remove what is left of it
 *
 * Context: process, when no CPU is owned and nobody else calls.
 */
void partition_exit(void)
{
	if (partition_is_left())
		partition_apply();
}
