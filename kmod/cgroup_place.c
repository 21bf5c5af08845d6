// SPDX-License-Identifier: GPL-2.0-only
/*
 * Groups with limits, and which thread is in which.
 *
 * In functions of cgroupfs_run().
 */
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "cgroup.h"
#include "cgroup_call.h"
#include "cgroup_group.h"
#include "cgroup_layout.h"
#include "cgroupfs.h"
#include "check.h"
#include "value.h"

static struct cgroup_group *cgroup_find(struct cgroups *g, u32 cap, u32 key)
{
	struct cgroup_group *grp;

	list_for_each_entry(grp, &g->groups, node)
		if (grp->cap == cap && grp->key == key)
			return grp;
	return NULL;
}

static const char subtree_control[] = "cgroup.subtree_control";

/* If it was cordon that enabled the controller. */
static bool cgroup_keep_enabled(struct cgroup_call *c, const char *dir)
{
	return cgroup_file_keep(&c->g->files, c->g->turn, dir, subtree_control);
}

static int cgroup_forbids(struct cgroup_call *c, const char *dir)
{
	return refuse(c->why, -EOPNOTSUPP, CORDON_A_POLICY_CAP_BY,
		      "cap-by: cgroup %s has domain controllers or children, which forbid cgroups for threads",
		      dir);
}

/*
 * The cgroups below @dir have the cpu controller. Not switched on for the root:
 * that would put all of the host's cgroups into groups of their own.
 */
static int cgroup_enable(struct cgroup_call *c, const char *dir)
{
	int on;

	if (cgroup_keep_enabled(c, dir))
		return 0;
	on = cgroupfs_lists(dir, subtree_control, "cpu");
	/* If it is on for another VM, it is to stay on when that one goes. */
	if (on > 0 && !cgroup_file_is_shared(dir, subtree_control))
		return 0;
	if (!on && !strcmp(dir, "/"))
		return refuse(c->why, -EOPNOTSUPP, CORDON_A_POLICY_CAP_BY,
			      "cap-by: the cpu controller is off below the root cgroup, where the VM is");
	if (on >= 0)
		on = cgroup_file_write(&c->g->files, c->g->turn, dir,
				       subtree_control, "", "+cpu", "-cpu");
	/* It has processes, and cannot be the root of threaded ones. */
	if (on == -EBUSY)
		return cgroup_forbids(c, dir);
	return on ? cgroup_fail(c, on, CORDON_A_POLICY_CAP_BY, subtree_control,
				dir) : 0;
}

static int cgroup_make(struct cgroup_call *c, const char *dir, const char *name,
		       struct cgroup_group **grp)
{
	int ret = cgroup_enable(c, dir);

	if (ret)
		return ret;
	*grp = cgroup_group_make(dir, name, &ret);
	if (*grp)
		return 0;
	if (ret == -EOPNOTSUPP)
		return cgroup_forbids(c, dir);
	return cgroup_fail(c, ret, CORDON_A_POLICY_CAP_BY, "making a child",
			   dir);
}

/**
 * cgroup_want_top() - have the cgroup of the whole VM, with its limit
 * @c: the call, checked
 *
 * It is the VM's own, unless another VM is there too.
 *
 * Context: in a function of cgroupfs_run().
 * Return: 0 or a negative errno, with the reason.
 */
int cgroup_want_top(struct cgroup_call *c)
{
	const struct cgroup_layout *layout = &c->g->layout;
	struct budget_limit limit;
	struct cgroup_group *top;
	char name[32];
	int ret = 0;

	if (!c->g->top) {
		if (layout->own && c->want->sole) {
			top = cgroup_group_found(layout->own);
		} else {
			scnprintf(name, sizeof(name), "cordon-%u",
				  c->want->vm_id);
			ret = cgroup_make(c, layout->home, name, &top);
		}
		if (ret)
			return ret;
		if (!top)
			return cgroup_fail(c, -ENOMEM, CORDON_A_POLICY_CAP_BY,
					   "a group", layout->home);
		top->cap = CORDON_CAP_GLOBAL;
		list_add(&top->node, &c->g->groups);
		c->g->top = top;
	}
	if (c->g->top->made)
		ret = cgroup_enable(c, layout->home);
	if (ret)
		return ret;
	c->g->top->turn = c->g->turn;
	cgroup_limit(c->want->p, CORDON_CAP_GLOBAL, &limit);
	ret = cgroup_group_limit(c->g->top, &limit);
	return ret ? cgroup_fail(c, ret, CORDON_A_POLICY_GLOBAL_QUOTA, "cpu.max",
				 c->g->top->path) : 0;
}

/* Is it libvirt's group for such a thread? Its numbers are not KVM's. */
static bool cgroup_is_libvirts(const struct cgroup_layout *layout,
			       const char *path, u32 cap)
{
	const char *name = cgroup_basename(path);
	size_t len = strlen(layout->own);

	if (name - path != len + 1 || strncmp(path, layout->own, len))
		return false;
	return cap == CORDON_CAP_VCPU ? !!str_has_prefix(name, "vcpu") :
	       cap == CORDON_CAP_IOTHREAD ? !!str_has_prefix(name, "iothread") :
	       !strcmp(path, layout->home);
}

/* Where libvirt has put a thread; NULL if it has not yet. */
static struct cgroup_group *cgroup_libvirts(struct cgroup_call *c,
					    const struct cgroup_member *m,
					    u32 cap)
{
	char *path = kmalloc(PATH_MAX, GFP_KERNEL);
	struct cgroup_group *grp = NULL;

	if (path && cgroupfs_path_of(m->task, path, PATH_MAX) >= 0 &&
	    cgroup_is_libvirts(&c->g->layout, path, cap))
		grp = cgroup_group_found(path);
	kfree(path);
	return grp;
}

static u32 cgroup_key_of(const struct cgroup_member *m, u32 cap)
{
	return cap == CORDON_CAP_VCPU ? m->index :
	       cap == CORDON_CAP_IOTHREAD ? task_pid_nr(m->task) : 0;
}

static void cgroup_name_of(u32 cap, u32 key, char *name, size_t size)
{
	switch (cap) {
	case CORDON_CAP_VCPU:
		scnprintf(name, size, "cordon-vcpu%u", key);
		break;
	case CORDON_CAP_IOTHREAD:
		scnprintf(name, size, "cordon-iothread-%u", key);
		break;
	case CORDON_CAP_MIGRATION:
		strscpy(name, "cordon-migration", size);
		break;
	default:
		strscpy(name, "cordon-emulator", size);
	}
}

/* Where libvirt places threads by cpuset, a group of cordon's is like theirs. */
static void cgroup_copy_cpuset(const char *from, const char *to)
{
	static const char * const files[] = { "cpuset.cpus", "cpuset.mems" };
	char text[CGROUP_TEXT_LEN];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(files); i++)
		if (cgroupfs_read(from, files[i], text, sizeof(text)) > 0)
			cgroupfs_write(to, files[i], text);
}

static int cgroup_new_group(struct cgroup_call *c,
			    const struct cgroup_member *m, u32 cap,
			    struct cgroup_group **grp)
{
	char name[32];
	int ret = 0;

	if (c->g->layout.libvirt && cap != CORDON_CAP_MIGRATION) {
		*grp = cgroup_libvirts(c, m, cap);
		if (!*grp)
			return refuse(c->why, -EAGAIN, CORDON_A_POLICY_CAP_BY,
				      "cap-by: thread %u is not in the cgroup that libvirt has for it",
				      task_pid_nr(m->task));
		ret = cgroup_enable(c, c->g->top->path);
		if (ret)
			cgroup_group_free(*grp);
	} else {
		cgroup_name_of(cap, cgroup_key_of(m, cap), name, sizeof(name));
		ret = cgroup_make(c, c->g->top->path, name, grp);
		if (!ret && c->g->layout.libvirt)
			cgroup_copy_cpuset(c->g->layout.home, (*grp)->path);
	}
	if (ret)
		return ret;
	(*grp)->cap = cap;
	(*grp)->key = cgroup_key_of(m, cap);
	list_add_tail(&(*grp)->node, &c->g->groups);
	return 0;
}

/* The group that a thread belongs to, with its limit; NULL: none. */
static int cgroup_group_of(struct cgroup_call *c,
			   const struct cgroup_member *m,
			   struct cgroup_group **grp)
{
	u32 cap = cgroup_cap_of(c->want->p, m);
	struct budget_limit limit;
	int ret = 0;

	*grp = c->g->top && c->g->top->made ? c->g->top : NULL;
	if (!cap)
		return 0;
	*grp = cgroup_find(c->g, cap, cgroup_key_of(m, cap));
	if (!*grp)
		ret = cgroup_new_group(c, m, cap, grp);
	/* Its limit went with the controller. */
	else if (!(*grp)->limit.quota_ns)
		ret = cgroup_enable(c, c->g->top->path);
	if (ret)
		return ret;
	cgroup_keep_enabled(c, c->g->top->path);
	(*grp)->turn = c->g->turn;
	cgroup_limit(c->want->p, cap, &limit);
	ret = cgroup_group_limit(*grp, &limit);
	return ret ? cgroup_fail(c, ret,
				 policy_cap_key(cap, CORDON_A_POLICY_VCPU_QUOTA),
				 "cpu.max", (*grp)->path) : 0;
}

/**
 * cgroup_want_member() - have a thread in the group that it belongs to
 * @c: the call, checked; there is a topmost cgroup
 * @m: the thread
 *
 * Context: in a function of cgroupfs_run().
 * Return: 0 or a negative errno, with the reason.
 */
int cgroup_want_member(struct cgroup_call *c,
		       const struct cgroup_member *m)
{
	u64 id = cgroupfs_id_of(m->task);
	bool ours = m->ours ? cgroup_is_placed(c, m) : cgroup_is_ours(c->g, id);
	pid_t tid = task_pid_nr(m->task);
	struct cgroup_group *grp = NULL;
	char text[16];
	int ret = 0;

	/* It has no tid any more once it is gone. */
	if ((!ours && !c->g->layout.libvirt) || !tid ||
	    READ_ONCE(m->task->flags) & PF_EXITING)
		return 0;
	/* Another VM's is born here too: that VM takes it from home. */
	if (m->ours)
		ret = cgroup_group_of(c, m, &grp);
	if (ret || !ours || (grp ? grp->id == id || !grp->made :
				   id == c->g->layout.home_id))
		return ret;
	scnprintf(text, sizeof(text), "%d", tid);
	ret = cgroupfs_move(grp ? grp->path : c->g->layout.home, text);
	/* Kernel-side threads may be bound to where they are. */
	if (!ret || ret == -ESRCH || m->class == CORDON_CLASS_HELPER ||
	    READ_ONCE(m->task->flags) & PF_EXITING)
		return 0;
	c->why->tid = tid;
	return cgroup_fail(c, ret, CORDON_A_POLICY_CAP_BY,
			   "moving a thread to a child", c->g->layout.home);
}
