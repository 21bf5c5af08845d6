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
#include <linux/workqueue.h>

#include "cgroup.h"
#include "cgroup_group.h"
#include "cgroup_layout.h"
#include "cgroupfs.h"
#include "check.h"
#include "value.h"

/* How long who exits may keep its cgroup, before it is looked at again. */
#define CGROUP_AGAIN_MS	200

/**
 * struct cgroups - what was done to the cgroups of a VM
 * @node: on the list of those that nobody wants and that are not empty yet
 * @layout: how it was found
 * @top: the VM's own, or the one made for it; NULL if there is none yet
 * @turn: counts cgroups_apply()
 * @files: files that were written to
 * @groups: groups with limits
 */
struct cgroups {
	struct list_head node;
	struct cgroup_layout layout;
	struct cgroup_group *top;
	u32 turn;
	struct list_head files;
	struct list_head groups;
};

/* A call of cgroups_apply(). */
struct cgroup_call {
	struct cgroups *g;
	const struct cgroup_want *want;
	struct refusal *why;
	bool ran;
};

static int cgroup_fail(struct cgroup_call *c, int err, u32 key,
		       const char *what, const char *path)
{
	return refuse(c->why, err, key, "%s: %s of cgroup %s: error %d",
		      policy_key_name(key), what, path, -err);
}

static bool cgroup_by_cgroup(const struct cordon_policy *p)
{
	return p && policy_cap_by(p) == CORDON_CAP_BY_CGROUP;
}

static bool cgroup_limit(const struct cordon_policy *p, u32 cap,
			 struct budget_limit *limit)
{
	*limit = (struct budget_limit){};
	return cgroup_by_cgroup(p) && policy_get_limit(p, cap, limit) &&
	       limit->quota_ns;
}

/* Whose limit a thread is under; 0: none but the whole VM's. */
static u32 cgroup_cap_of(const struct cordon_policy *p,
			 const struct cgroup_member *m)
{
	struct budget_limit limit;

	switch (m->class) {
	case CORDON_CLASS_VCPU:
		return cgroup_limit(p, CORDON_CAP_VCPU, &limit) ?
		       CORDON_CAP_VCPU : 0;
	case CORDON_CLASS_IOTHREAD:
		return cgroup_limit(p, CORDON_CAP_IOTHREAD, &limit) ?
		       CORDON_CAP_IOTHREAD : 0;
	case CORDON_CLASS_MIGRATION:
		if (cgroup_limit(p, CORDON_CAP_MIGRATION, &limit))
			return CORDON_CAP_MIGRATION;
		fallthrough;
	case CORDON_CLASS_EMULATOR:
		return cgroup_limit(p, CORDON_CAP_EMULATOR, &limit) ?
		       CORDON_CAP_EMULATOR : 0;
	}
	return 0;
}

/* Has the policy something that is written to the VM's topmost cgroup? */
static bool cgroup_wants_top(const struct cordon_policy *p)
{
	struct budget_limit limit;
	u32 weight;

	return cgroup_limit(p, CORDON_CAP_GLOBAL, &limit) ||
	       (cgroup_by_cgroup(p) && policy_get_weight(p, &weight));
}

static void bytes_text(u64 value, char text[CGROUP_TEXT_LEN])
{
	if (value == CORDON_UNLIMITED)
		strscpy(text, "max", CGROUP_TEXT_LEN);
	else
		scnprintf(text, CGROUP_TEXT_LEN, "%llu", value);
}

/* ---- what can be had ---- */

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
	bytes_text(bytes, text);
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

/* Is a thread where cordon put it, or found it? Else somebody else placed it. */
static bool cgroup_is_ours(const struct cgroups *g, u64 id)
{
	struct cgroup_group *grp;

	if (id == g->layout.home_id)
		return true;
	list_for_each_entry(grp, &g->groups, node)
		if (grp->made && grp->id == id)
			return true;
	return false;
}

/* The process has one home, whichever of its VMs a thread was moved for. */
static bool cgroup_is_placed(const struct cgroup_call *c,
			     const struct cgroup_member *m)
{
	u64 id = cgroupfs_id_of(m->task);

	return cgroup_is_ours(c->g, id) ||
	       (c->want->beside && cgroup_is_ours(c->want->beside, id));
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

static int cgroup_check(struct cgroup_call *c)
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

/* ---- files of the topmost cgroup ---- */

static int cgroup_write(struct cgroup_call *c, u32 key, const char *path,
			const char *file, const char *text)
{
	int ret = cgroup_file_write(&c->g->files, c->g->turn, path, file, "",
				    text, NULL);

	return ret ? cgroup_fail(c, ret, key, file, path) : 0;
}

/*
 * The higher ones first: whoever raises them all has no moment in which the
 * VM's memory is reclaimed for the old one.
 */
static int cgroup_want_memory(struct cgroup_call *c)
{
	static const char * const files[] = {
		"memory.min", "memory.low", "memory.high", "memory.max",
	};
	char text[CGROUP_TEXT_LEN];
	int i, ret = 0;
	u64 bytes;
	u32 key;

	for (i = ARRAY_SIZE(files) - 1; !ret && i >= 0; i--) {
		key = CORDON_A_POLICY_MEMORY_MIN + i;
		if (!policy_get_memory(c->want->p, key, &bytes))
			continue;
		bytes_text(bytes, text);
		ret = cgroup_write(c, key, c->g->layout.own, files[i], text);
	}
	return ret;
}

static int io_add(char *text, int len, const char *name, u64 value)
{
	if (!value)
		return len;
	if (value == CORDON_UNLIMITED)
		return len + scnprintf(text + len, CGROUP_TEXT_LEN - len,
				       " %s=max", name);
	return len + scnprintf(text + len, CGROUP_TEXT_LEN - len, " %s=%llu",
			       name, value);
}

static int cgroup_want_disk(struct cgroup_call *c, const struct policy_io *io)
{
	char text[CGROUP_TEXT_LEN], back[CGROUP_TEXT_LEN], line[16];
	const u32 key = CORDON_A_POLICY_IO_MAX;
	int len, ret;

	scnprintf(line, sizeof(line), "%u:%u ", io->major, io->minor);
	scnprintf(back, sizeof(back), "%srbps=max wbps=max riops=max wiops=max",
		  line);
	len = scnprintf(text, sizeof(text), "%u:%u", io->major, io->minor);
	len = io_add(text, len, "rbps", io->rbps);
	len = io_add(text, len, "wbps", io->wbps);
	len = io_add(text, len, "riops", io->riops);
	io_add(text, len, "wiops", io->wiops);
	ret = cgroup_file_write(&c->g->files, c->g->turn, c->g->layout.own,
				"io.max", line, text, back);
	if (ret == -ENODEV)
		return refuse(c->why, ret, key, "io-max: there is no disk %u:%u",
			      io->major, io->minor);
	return ret ? cgroup_fail(c, ret, key, text, c->g->layout.own) : 0;
}

static int cgroup_want_disks(struct cgroup_call *c)
{
	const struct policy_io *io;
	int ret = 0;
	u32 i;

	for (i = 0; !ret && (io = policy_get_io(c->want->p, i)); i++)
		ret = cgroup_want_disk(c, io);
	return ret;
}

static int cgroup_want_weight(struct cgroup_call *c)
{
	char text[CGROUP_TEXT_LEN];
	u32 weight;

	if (!cgroup_by_cgroup(c->want->p) ||
	    !policy_get_weight(c->want->p, &weight))
		return 0;
	scnprintf(text, sizeof(text), "%u", weight);
	return cgroup_write(c, CORDON_A_POLICY_WEIGHT, c->g->top->path,
			    "cpu.weight", text);
}

/* ---- groups ---- */

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

/* The cgroup of the whole VM: its own, unless another VM is there too. */
static int cgroup_want_top(struct cgroup_call *c)
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
		cgroup_keep_enabled(c, layout->home);
	c->g->top->turn = c->g->turn;
	cgroup_limit(c->want->p, CORDON_CAP_GLOBAL, &limit);
	ret = cgroup_group_limit(c->g->top, &limit);
	return ret ? cgroup_fail(c, ret, CORDON_A_POLICY_GLOBAL_QUOTA, "cpu.max",
				 c->g->top->path) : 0;
}

/* Where libvirt has put a thread; NULL if it has not yet. */
static struct cgroup_group *cgroup_libvirts(struct cgroup_call *c,
					    const struct cgroup_member *m,
					    u32 cap)
{
	char *path = kmalloc(PATH_MAX, GFP_KERNEL);
	struct cgroup_group *grp = NULL;
	const char *name;

	if (path && cgroupfs_path_of(m->task, path, PATH_MAX) >= 0) {
		name = cgroup_basename(path);
		/* Its numbers are not KVM's. */
		if (cap == CORDON_CAP_VCPU ? !!str_has_prefix(name, "vcpu") :
		    cap == CORDON_CAP_IOTHREAD ? !!str_has_prefix(name, "iothread") :
		    !strcmp(path, c->g->layout.home))
			grp = cgroup_group_found(path);
	}
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

static int cgroup_want_member(struct cgroup_call *c,
			      const struct cgroup_member *m)
{
	u64 id = cgroupfs_id_of(m->task);
	bool ours = cgroup_is_placed(c, m);
	struct cgroup_group *grp = NULL;
	char tid[16];
	int ret = 0;

	if ((!ours && !c->g->layout.libvirt) ||
	    READ_ONCE(m->task->flags) & PF_EXITING)
		return 0;
	/* Another VM's is born here too: that VM takes it from home. */
	if (m->ours)
		ret = cgroup_group_of(c, m, &grp);
	if (ret || !ours || (grp ? grp->id == id || !grp->made :
				   id == c->g->layout.home_id))
		return ret;
	scnprintf(tid, sizeof(tid), "%d", task_pid_nr(m->task));
	ret = cgroupfs_write(grp ? grp->path : c->g->layout.home,
			     "cgroup.threads", tid);
	/* Kernel-side threads may be bound to where they are. */
	if (!ret || ret == -ESRCH || m->class == CORDON_CLASS_HELPER)
		return 0;
	c->why->tid = task_pid_nr(m->task);
	return cgroup_fail(c, ret, CORDON_A_POLICY_CAP_BY,
			   "moving a thread to a child", c->g->layout.home);
}

/* ---- one turn ---- */

static bool cgroup_wants_groups(const struct cgroup_want *want)
{
	unsigned int i;

	if (!cgroup_by_cgroup(want->p))
		return false;
	for (i = 0; i < want->nr; i++)
		if (want->member[i].ours &&
		    cgroup_cap_of(want->p, &want->member[i]))
			return true;
	return cgroup_wants_top(want->p);
}

static int cgroup_want_all(struct cgroup_call *c)
{
	unsigned int i;
	int ret;

	ret = cgroup_want_memory(c) ?: cgroup_want_disks(c);
	if (ret || !cgroup_wants_groups(c->want))
		return ret;
	ret = cgroup_want_top(c) ?: cgroup_want_weight(c);
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

/* Somebody else removed it: nothing of it is to be undone. */
static void cgroup_forget_removed(struct cgroups *g)
{
	struct cgroup_group *grp, *next;

	list_for_each_entry_safe(grp, next, &g->groups, node) {
		if (cgroupfs_id(grp->path) == grp->id)
			continue;
		if (grp == g->top)
			g->top = NULL;
		cgroup_group_free(grp);
	}
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
	ret = cgroup_check(c);
	if (new)
		cgroups_free(c->g);
	return ret;
}

/* ---- those that are not empty yet ---- */

static LIST_HEAD(cgroup_left);
static DEFINE_MUTEX(cgroup_left_mutex); /* the list; nothing but the I/O inside */

static void cgroup_again_fn(struct work_struct *work);
static DECLARE_DELAYED_WORK(cgroup_again, cgroup_again_fn);

static int cgroup_sweep_fn(void *arg)
{
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
	cgroup_forget_removed(c->g);
	/* What came up later does not keep the others from their places. */
	if (c->want->p && c->want->strict)
		ret = cgroup_check(c);
	if (c->want->p && !ret)
		ret = cgroup_want_all(c);
	/* Who wanted it knows what to go back to. */
	return ret ?: cgroup_sweep(c->g);
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
