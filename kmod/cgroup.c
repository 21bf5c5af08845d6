// SPDX-License-Identifier: GPL-2.0-only
/*
 * Caps at the cgroup level: what a policy wants is written to cgroup v2, and
 * undone.
 *
 * A VMM alone in its cgroup keeps it: the limit of the whole VM and its weight,
 * memory and disks are written there, and threads with limits of their own go
 * to threaded cgroups below it. Where libvirt made such for them they are used
 * as they are. In a cgroup that it shares with others the VM gets a threaded
 * one of its own below, which can have CPU time only. A VMM never leaves the
 * cgroup that it was found in.
 *
 * All is done by cgroups_apply(), again and again: it compares what is wanted
 * with what was done, changes what differs, and then undoes what nobody wanted
 * this time. So the same does for a first policy, the next one, threads that
 * were born, a policy that failed half-way, and none.
 *
 * Under the policy mutex, but for what could not be undone yet.
 */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <uapi/linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "cgroup.h"
#include "cgroup_call.h"
#include "cgroupfs.h"
#include "check.h"
#include "value.h"

/* How long who exits may keep its cgroup, before it is looked at again. */
#define CGROUP_AGAIN_MS	200

/* ---- one turn ---- */

static bool cgroup_wants_groups(const struct cgroup_call *c)
{
	const struct cgroup_want *want = c->want;
	unsigned int i;

	if (!cgroup_by_cgroup(want->p))
		return false;
	for (i = 0; i < want->nr; i++)
		if (want->member[i].ours &&
		    cgroup_cap_of(want->p, &want->member[i]))
			return true;
	return cgroup_wants_top(c);
}

static int cgroup_want_all(struct cgroup_call *c)
{
	unsigned int i;
	int ret;

	ret = cgroup_want_memory(c) ?: cgroup_want_disks(c);
	if (ret || !cgroup_wants_groups(c))
		return ret;
	ret = cgroup_want_top(c) ?: shares_want(c);
	for (i = 0; !ret && i < c->want->nr; i++) {
		ret = cgroup_want_member(c, &c->want->member[i]);
		if (!c->want->strict)
			ret = 0;
	}
	return ret;
}

/* Undo what nobody wanted in this turn: those further down first. */
static int cgroup_sweep(struct cgroups *g)
{
	struct cgroup_group *grp, *next_grp;
	struct cgroup_file *f, *next_f;
	int ret = 0;

	list_for_each_entry_safe_reverse(grp, next_grp, &g->groups, node) {
		bool top = grp == g->top;

		if (grp->turn == g->turn)
			continue;
		if (cgroup_group_drop(grp, g->layout.home))
			ret = -EBUSY;
		else if (top)
			g->top = NULL;
	}
	/* A controller cannot go before the groups that have it. */
	list_for_each_entry_safe_reverse(f, next_f, &g->files, node)
		if (f->turn != g->turn && (!ret || list_empty(&f->shared)))
			cgroup_file_restore(f);
	return ret;
}

/* One of the same name may be there again. */
static void cgroup_forget_files(struct cgroups *g, const char *path)
{
	struct cgroup_file *f, *next;

	list_for_each_entry_safe(f, next, &g->files, node)
		if (!strcmp(f->path, path))
			cgroup_file_free(f);
}

/*
 * Somebody else removed it: nothing of it is to be undone. Or switched its
 * controller off: what is left of it goes, those further down first.
 */
static bool cgroup_forget(struct cgroups *g, struct cgroup_group *grp)
{
	if (!cgroup_group_is_removed(grp))
		return cgroup_group_is_off(grp) &&
		       !cgroup_group_drop(grp, g->layout.home);
	cgroup_forget_files(g, grp->path);
	cgroup_group_free(grp);
	return true;
}

/* What is still wanted is made anew. */
static void cgroup_forget_lost(struct cgroups *g)
{
	struct cgroup_group *grp, *next_grp, *top = g->top;
	struct cgroup_file *f, *next_f;

	list_for_each_entry_safe_reverse(grp, next_grp, &g->groups, node)
		if (cgroup_forget(g, grp) && grp == top)
			g->top = NULL;
	list_for_each_entry_safe(f, next_f, &g->files, node)
		if (cgroup_file_is_lost(f))
			cgroup_file_free(f);
}

/* What somebody else wrote is what a policy that is set now replaces. */
static void cgroup_see_theirs(struct cgroups *g)
{
	struct cgroup_group *grp;
	struct cgroup_file *f, *next;

	list_for_each_entry(grp, &g->groups, node)
		cgroup_group_see(grp);
	list_for_each_entry_safe(f, next, &g->files, node)
		if (cgroup_file_is_theirs(f))
			cgroup_file_free(f);
}

static void cgroups_free(struct cgroups *g)
{
	cgroup_layout_free(&g->layout);
	kfree(g);
}

static int cgroups_new(struct cgroup_call *c)
{
	int ret = 0;

	c->g = kzalloc(sizeof(*c->g), GFP_KERNEL);
	if (!c->g)
		return refuse(c->why, -ENOMEM, 0, "out of memory");
	INIT_LIST_HEAD(&c->g->files);
	INIT_LIST_HEAD(&c->g->groups);
	shares_init(c->g);
	if (!c->want->beside)
		ret = cgroup_layout_find(&c->g->layout, c->want, c->why);
	else if (cgroup_layout_copy(&c->g->layout, &c->want->beside->layout))
		ret = refuse(c->why, -ENOMEM, 0, "out of memory");
	if (ret) {
		cgroups_free(c->g);
		c->g = NULL;
	}
	return ret;
}

/*
 * Somebody else has moved the whole VMM. What was done where it was is undone
 * when a policy is next set, and all begins anew where it is now.
 */
static bool cgroups_moved(const struct cgroups *g,
			  const struct cgroup_want *want)
{
	return g && want->p && want->leader && !want->beside &&
	       !cgroup_is_ours(g, cgroupfs_id_of(want->leader));
}

static int cgroup_plan_fn(void *arg)
{
	struct cgroup_call *c = arg;
	bool new = !c->g || cgroups_moved(c->g, c->want);
	int ret = new ? cgroups_new(c) : 0;

	if (ret)
		return ret;
	ret = cgroup_can(c);
	if (new)
		cgroups_free(c->g);
	return ret;
}

/* ---- those that are not empty yet ---- */

static LIST_HEAD(cgroup_left);
static DEFINE_MUTEX(cgroup_left_mutex); /* the list; nothing but the I/O inside */

static void cgroup_again_fn(struct work_struct *work);
static DECLARE_DELAYED_WORK(cgroup_again, cgroup_again_fn);

/* A new policy may have made one of the same name since. */
static int cgroup_sweep_fn(void *arg)
{
	cgroup_forget_lost(arg);
	return cgroup_sweep(arg);
}

/* Whether any is left. */
static bool cgroup_sweep_left(void)
{
	struct cgroups *g, *next;
	bool left;

	mutex_lock(&cgroup_left_mutex);
	list_for_each_entry_safe(g, next, &cgroup_left, node) {
		if (cgroupfs_run(cgroup_sweep_fn, g))
			continue;
		list_del(&g->node);
		cgroups_free(g);
		module_put(THIS_MODULE);
	}
	left = !list_empty(&cgroup_left);
	mutex_unlock(&cgroup_left_mutex);
	return left;
}

static void cgroup_again_fn(struct work_struct *work)
{
	if (cgroup_sweep_left())
		queue_delayed_work(compat_unbound_wq, &cgroup_again,
				   msecs_to_jiffies(CGROUP_AGAIN_MS));
}

/**
 * cgroups_left() - is there something of a policy that went, or a VM that ended,
 * that could not be undone yet?
 *
 * Context: process.
 * Return: true if so.
 */
bool cgroups_left(void)
{
	bool left;

	mutex_lock(&cgroup_left_mutex);
	left = !list_empty(&cgroup_left);
	mutex_unlock(&cgroup_left_mutex);
	return left;
}

/* The module stays until the last of them is as found. */
static void cgroup_leave(struct cgroups *g)
{
	__module_get(THIS_MODULE);
	mutex_lock(&cgroup_left_mutex);
	list_add_tail(&g->node, &cgroup_left);
	mutex_unlock(&cgroup_left_mutex);
	queue_delayed_work(compat_unbound_wq, &cgroup_again,
			   msecs_to_jiffies(CGROUP_AGAIN_MS));
}

/**
 * cgroups_plan() - can a policy have what it wants of cgroups?
 * @g: what was done for the one before, or NULL
 * @want: what is wanted
 * @why: filled if not
 *
 * Context: process, policy mutex held. Changes nothing.
 * Return: 0 or a negative errno.
 */
int cgroups_plan(const struct cgroups *g, const struct cgroup_want *want,
		 struct refusal *why)
{
	struct cgroup_call call = {
		.g = (struct cgroups *)g, .want = want, .why = why,
	};

	/* Else the VM would seem to lie where the last policy had put it. */
	if (!g)
		cgroup_sweep_left();
	return cgroupfs_run(cgroup_plan_fn, &call);
}

static int cgroup_apply_fn(void *arg)
{
	struct cgroup_call *c = arg;
	int ret = 0;

	c->ran = true;
	if (!c->g)
		ret = cgroups_new(c);
	if (ret)
		return ret;
	c->g->turn++;
	cgroup_forget_lost(c->g);
	/* What came up later does not keep the others from their places. */
	if (c->want->p && c->want->strict) {
		ret = cgroup_can(c);
		if (!ret)
			cgroup_see_theirs(c->g);
	}
	if (c->want->p && !ret)
		ret = cgroup_want_all(c);
	/* Who wanted it knows what to go back to. */
	if (ret)
		return ret;
	ret = cgroup_sweep(c->g);
	shares_sweep(c->g);
	return ret;
}

/**
 * cgroups_apply() - have the cgroups of a VM as a policy wants them
 * @g: what was done for it so far, or NULL; what is done now is added
 * @want: what is wanted
 * @why: filled if it fails
 *
 * If it fails, some of it was done: apply what was wanted before. To want
 * nothing never fails: what cannot be undone at once, for a thread that exits,
 * is undone a little later.
 *
 * Context: process, policy mutex held.
 * Return: 0 or a negative errno.
 */
int cgroups_apply(struct cgroups **g, const struct cgroup_want *want,
		  struct refusal *why)
{
	struct cgroup_call call = { .g = *g, .want = want, .why = why };
	int ret;

	if (!*g && !want->p)
		return 0;
	if (!*g)
		cgroup_sweep_left();
	if (want->strict && cgroups_moved(*g, want)) {
		const struct cgroup_want nothing = { .vm_id = want->vm_id };

		cgroups_apply(g, &nothing, why);
		call.g = NULL;
	}
	ret = cgroupfs_run(cgroup_apply_fn, &call);
	if (!call.ran)
		return refuse(why, ret, 0, "no thread for cgroups: error %d",
			      -ret);
	*g = call.g;
	/* A group that is not empty yet: the next turn tries again. */
	if (!why->err)
		ret = 0;
	if (!*g)
		return ret;
	/* Where the VMM lies is found again when there is something to do. */
	if (list_empty(&call.g->groups) && list_empty(&call.g->files)) {
		cgroups_free(call.g);
		*g = NULL;
	} else if (!want->p) {
		cgroup_leave(call.g);
		*g = NULL;
	}
	return ret;
}

/* ---- statistics ---- */

struct cgroup_read_call {
	struct cgroups *g;
	bool fresh;
	int (*fn)(const struct cgroup_reading *r, void *arg);
	void *arg;
};

static int cgroup_read_fn(void *arg)
{
	struct cgroup_read_call *c = arg;
	struct cgroup_reading r;
	struct cgroup_group *grp;
	int ret = 0;

	list_for_each_entry(grp, &c->g->groups, node) {
		if (!grp->limit.quota_ns)
			continue;
		r = (struct cgroup_reading){
			.cap = grp->cap, .key = grp->key, .limit = grp->limit,
		};
		if (cgroup_group_read(grp, &r.stats) ||
		    (c->fresh && r.stats.nr_throttled == grp->told))
			continue;
		if (c->fresh)
			grp->told = r.stats.nr_throttled;
		ret = c->fn(&r, c->arg);
		if (ret)
			break;
	}
	return ret;
}

/**
 * cgroups_each_cap() - call a function for each cap
 * @g: what was done to the cgroups of a VM, or NULL
 * @fresh: only for those for which somebody had to wait since the last such call
 * @fn: the function, called on another thread; ends it by returning not 0
 * @arg: its second argument
 *
 * Context: process, policy mutex held.
 * Return: 0, or what @fn returned.
 */
int cgroups_each_cap(struct cgroups *g, bool fresh,
		     int (*fn)(const struct cgroup_reading *r, void *arg),
		     void *arg)
{
	struct cgroup_read_call call = { g, fresh, fn, arg };

	return g ? cgroupfs_run(cgroup_read_fn, &call) : 0;
}

/**
 * cgroups_exit() - end what waits
 *
 * Context: process, at module exit, when no policy is left.
 */
void cgroups_exit(void)
{
	cancel_delayed_work_sync(&cgroup_again);
	cgroupfs_exit();
}
