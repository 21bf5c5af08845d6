// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where a VMM lies in cgroup v2: alone in a cgroup, in one that it shares, or in
 * the groups that libvirt makes for a VM's threads. Only looks.
 */
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "cgroup.h"
#include "cgroup_layout.h"
#include "cgroupfs.h"
#include "check.h"

/* What libvirt calls the group of all threads without one of their own. */
#define LIBVIRT_EMULATOR	"emulator"

/**
 * cgroup_basename() - the last part of a cgroup's path
 * @path: the path
 *
 * Context: any.
 * Return: where it begins.
 */
const char *cgroup_basename(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static char *layout_path_of(struct task_struct *task)
{
	char *buf = kmalloc(PATH_MAX, GFP_KERNEL), *path = NULL;

	if (buf && cgroupfs_path_of(task, buf, PATH_MAX) >= 0)
		path = kstrdup(buf, GFP_KERNEL);
	kfree(buf);
	return path;
}

/* The cgroup that @path is in; @path is not the root. */
static char *layout_parent_of(const char *path)
{
	size_t len = cgroup_basename(path) - path;

	return kstrndup(path, max_t(size_t, len - 1, 1), GFP_KERNEL);
}

static bool layout_has_type(const char *path, const char *wanted)
{
	char type[32];

	return cgroupfs_read(path, "cgroup.type", type, sizeof(type)) >= 0 &&
	       !strcmp(type, wanted);
}

static bool layout_is_libvirts(const struct cgroup_layout *layout)
{
	return !strcmp(cgroup_basename(layout->home), LIBVIRT_EMULATOR) &&
	       layout_has_type(layout->home, "threaded");
}

struct layout_search {
	const struct cgroup_want *want;
	pid_t stranger;
};

/* A line of cgroup.procs: ends the walk at somebody else. */
static int layout_see_process(const char *line, void *arg)
{
	struct layout_search *search = arg;
	const struct cgroup_want *want = search->want;
	unsigned int i;
	int pid, ret;

	ret = kstrtoint(line, 10, &pid);
	if (ret)
		return ret;
	if (pid == task_tgid_nr(want->leader))
		return 0;
	/* Kernel threads that work for the VM. */
	for (i = 0; i < want->nr; i++)
		if (pid == task_pid_nr(want->member[i].task))
			return 0;
	search->stranger = pid;
	return 1;
}

/* "nr_descendants N" */
static int layout_see_descendants(const char *line, void *arg)
{
	return str_has_prefix(line, "nr_descendants ") &&
	       strcmp(line, "nr_descendants 0");
}

/* 1 if the VMM is alone in a cgroup, 0 if not. */
static int layout_is_alone(struct cgroup_layout *layout, const char *path,
			   const struct cgroup_want *want)
{
	struct layout_search search = { .want = want };
	int ret;

	if (!strcmp(path, "/"))
		return 0;
	ret = cgroupfs_each_line(path, "cgroup.procs", layout_see_process,
				 &search);
	layout->stranger = search.stranger;
	/* A threaded one has no processes of its own. */
	if (ret == 1 || ret == -EOPNOTSUPP)
		return 0;
	if (!ret)
		ret = cgroupfs_each_line(path, "cgroup.stat",
					 layout_see_descendants, NULL);
	return ret < 0 ? ret : !ret;
}

/* With libvirt's groups are the helper processes that it starts for the VM. */
static int layout_find_own(struct cgroup_layout *layout,
			   const struct cgroup_want *want)
{
	int alone;

	layout->libvirt = layout_is_libvirts(layout);
	if (layout->libvirt) {
		layout->own = layout_parent_of(layout->home);
		return layout->own ? 0 : -ENOMEM;
	}
	alone = layout_is_alone(layout, layout->home, want);
	if (alone <= 0)
		return alone;
	layout->own = kstrdup(layout->home, GFP_KERNEL);
	return layout->own ? 0 : -ENOMEM;
}

/**
 * cgroup_layout_find() - how does a VMM lie in its cgroups?
 * @layout: zeroed; filled, also if it fails: to be freed
 * @want: the VM and its threads
 * @why: filled if it fails
 *
 * Context: in a function of cgroupfs_run().
 * Return: 0 or a negative errno.
 */
int cgroup_layout_find(struct cgroup_layout *layout,
		       const struct cgroup_want *want, struct refusal *why)
{
	const char *reason = "";
	int ret;

	ret = cgroupfs_usable(&reason);
	if (ret == -EOPNOTSUPP)
		return refuse(why, ret, CORDON_A_POLICY_CAP_BY, "%s", reason);
	if (!ret && !want->leader)
		ret = -ESRCH;
	if (!ret) {
		layout->home_id = cgroupfs_id_of(want->leader);
		layout->home = layout_path_of(want->leader);
		ret = layout->home ? layout_find_own(layout, want) : -ENOMEM;
	}
	return ret ? refuse(why, ret, CORDON_A_POLICY_CAP_BY,
			    "the cgroup of the VM cannot be read: error %d",
			    -ret) : 0;
}

/**
 * cgroup_layout_copy() - a VMM lies as it was found for another of its VMs
 * @layout: zeroed; filled, also if it fails: to be freed
 * @from: how it was found then, before its threads were moved
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int cgroup_layout_copy(struct cgroup_layout *layout,
		       const struct cgroup_layout *from)
{
	*layout = *from;
	layout->home = kstrdup(from->home, GFP_KERNEL);
	layout->own = from->own ? kstrdup(from->own, GFP_KERNEL) : NULL;
	return layout->home && !layout->own == !from->own ? 0 : -ENOMEM;
}

/**
 * cgroup_layout_free() - forget a layout
 * @layout: the layout
 *
 * Context: process.
 */
void cgroup_layout_free(struct cgroup_layout *layout)
{
	kfree(layout->home);
	kfree(layout->own);
}
