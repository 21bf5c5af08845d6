// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whether a VM can have what a policy wants of cgroups. Only looks.
 *
 * In functions of cgroupfs_run().
 */
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/sched.h>
#include <uapi/linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "cgroup.h"
#include "cgroup_call.h"
#include "cgroup_group.h"
#include "cgroup_layout.h"
#include "cgroupfs.h"
#include "check.h"
#include "value.h"

static int cgroup_need_controller(struct cgroup_call *c, u32 key,
				  const char *path, const char *name)
{
	int has = cgroupfs_lists(path, "cgroup.controllers", name);

	if (has > 0)
		return 0;
	if (has < 0)
		return cgroup_fail(c, has, key, "reading the controllers",
				   path);
	return refuse(c->why, -EOPNOTSUPP, key,
		      "%s: cgroup %s has no %s controller: it is not enabled on the way to it",
		      policy_key_name(key), path, name);
}

/* What is not CPU time needs a cgroup of the VM's own. */
static int cgroup_need_own(struct cgroup_call *c, u32 key, const char *name)
{
	const struct cgroup_layout *layout = &c->g->layout;

	if (!c->want->sole)
		return refuse(c->why, -EOPNOTSUPP, key,
			      "%s: the VM has no cgroup of its own: its process runs other VMs too",
			      policy_key_name(key));
	if (!layout->own && layout->stranger)
		return refuse(c->why, -EOPNOTSUPP, key,
			      "%s: the VM has no cgroup of its own: process %u is in %s too",
			      policy_key_name(key), layout->stranger,
			      layout->home);
	if (!layout->own)
		return refuse(c->why, -EOPNOTSUPP, key,
			      "%s: the VM has no cgroup of its own: %s is the root or has others below it",
			      policy_key_name(key), layout->home);
	return cgroup_need_controller(c, key, layout->own, name);
}

/*
 * A limit below what is in use makes the kernel take memory from the VM for as
 * long as it takes, or kill it.
 */
static int cgroup_check_used(struct cgroup_call *c, u32 key, const char *file)
{
	const char *own = c->g->layout.own;
	char text[CGROUP_TEXT_LEN];
	u64 bytes, used;
	int ret;

	if (!policy_get_memory(c->want->p, key, &bytes) ||
	    policy_forces(c->want->p))
		return 0;
	cgroup_bytes_text(bytes, text);
	if (cgroup_file_is(&c->g->files, own, file, text))
		return 0;
	ret = cgroupfs_read(own, "memory.current", text, sizeof(text));
	if (ret < 0 || kstrtou64(text, 10, &used))
		return cgroup_fail(c, ret < 0 ? ret : -EINVAL, key,
				   "memory.current", own);
	if (used <= bytes)
		return 0;
	return refuse(c->why, -EBUSY, key,
		      "%s: the VM uses %llu bytes already and would be %s; force on accepts it",
		      policy_key_name(key), used,
		      key == CORDON_A_POLICY_MEMORY_MAX ? "killed" : "stalled");
}

static int cgroup_check_memory(struct cgroup_call *c)
{
	int ret = 0;
	u64 bytes;
	u32 key;

	for (key = CORDON_A_POLICY_MEMORY_MIN;
	     !ret && key <= CORDON_A_POLICY_MEMORY_MAX; key++)
		if (policy_get_memory(c->want->p, key, &bytes))
			ret = cgroup_need_own(c, key, "memory");
	if (!ret && policy_get_io(c->want->p, 0))
		ret = cgroup_need_own(c, CORDON_A_POLICY_IO_MAX, "io");
	return ret ?:
	       cgroup_check_used(c, CORDON_A_POLICY_MEMORY_HIGH, "memory.high") ?:
	       cgroup_check_used(c, CORDON_A_POLICY_MEMORY_MAX, "memory.max");
}

/* Somebody else's groups for the threads are not cordon's to take apart. */
static int cgroup_check_place(struct cgroup_call *c,
			      const struct cgroup_member *m)
{
	if (c->g->layout.libvirt || m->class == CORDON_CLASS_HELPER ||
	    (!m->ours && !c->want->sole) || cgroup_is_placed(c, m) ||
	    READ_ONCE(m->task->flags) & PF_EXITING)
		return 0;
	c->why->tid = task_pid_nr(m->task);
	return refuse(c->why, -EBUSY, CORDON_A_POLICY_CAP_BY,
		      "cap-by: thread %u is not in the cgroup of its process; somebody else places its threads",
		      c->why->tid);
}

/* By its own class: who holds a mutex for a realtime thread is fair still. */
static bool cgroup_is_rt(const struct task_struct *task)
{
	unsigned int policy = READ_ONCE(task->policy);

	return policy == SCHED_FIFO || policy == SCHED_RR ||
	       policy == SCHED_DEADLINE;
}

/* CFS bandwidth is about fair threads only. */
static int cgroup_check_member(struct cgroup_call *c,
			       const struct cgroup_member *m)
{
	struct budget_limit limit;
	u32 tid = task_pid_nr(m->task);

	/* A class that cordon gave it goes with the policy that wanted it. */
	if (!m->ours || m->class == CORDON_CLASS_HELPER || m->held ||
	    !cgroup_is_rt(m->task))
		return 0;
	if (!cgroup_cap_of(c->want->p, m) &&
	    !cgroup_limit(c->want->p, CORDON_CAP_GLOBAL, &limit))
		return 0;
	c->why->tid = tid;
	return refuse(c->why, -EINVAL, CORDON_A_POLICY_CAP_BY,
		      "cap-by: thread %u (%s) is realtime, which cpu.max does not limit; cap-by cordon does",
		      tid, m->task->comm);
}

/**
 * cgroup_can() - can the VM have what is wanted?
 * @c: the call; its layout is known
 *
 * Context: in a function of cgroupfs_run().
 * Return: 0 or a negative errno, with the reason.
 */
int cgroup_can(struct cgroup_call *c)
{
	const struct cgroup_layout *layout = &c->g->layout;
	unsigned int i;
	int ret;

	ret = cgroup_check_memory(c);
	if (ret || !cgroup_by_cgroup(c->want->p))
		return ret;
	ret = cgroup_need_controller(c, CORDON_A_POLICY_CAP_BY,
				     layout->own ?: layout->home, "cpu");
	for (i = 0; !ret && i < c->want->nr; i++)
		ret = cgroup_check_place(c, &c->want->member[i]) ?:
		      cgroup_check_member(c, &c->want->member[i]);
	return ret;
}
