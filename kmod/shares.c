// SPDX-License-Identifier: GPL-2.0-only
/*
 * Weights of VMs beside each other: cpu.weight of each VM's topmost cgroup, so
 * that each gets what its policy reserves when all want all of the CPU.
 *
 * Who lies below the same cgroup and on the same CPUs shares them by weight.
 * Others there count too, with the weights that they have; those above have
 * their own shares of what is above them. The host's own tasks in the root
 * cgroup are not counted. Where all that cannot be said (CPUs that overlap only
 * in part, threads between the cgroups), or does not suffice, weights are as
 * given and a reservation is for admission only.
 *
 * In functions of cgroupfs_run(), but for shares_guarantee().
 */
#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "cgroup.h"
#include "cgroup_call.h"
#include "cgroupfs.h"
#include "shares.h"
#include "shares_solve.h"
#include "value.h"
#include "vm.h"

/* How long others beside a VM may come and go before they are counted again. */
#define SHARES_AGAIN_MS	2000

/* Names of cgroups beside each other. */
#define SHARES_NAMES	SZ_64K

/* Who writes is in a function of cgroupfs_run(); innermost. */
static DEFINE_SPINLOCK(shares_lock);
static LIST_HEAD(shares_members);

/**
 * struct shares_pool - those that share CPUs
 * @entry: for the solver
 * @member: who it is; NULL: somebody whose weight is not ours to choose
 * @nr: entries
 * @said: all that is known of it suffices
 */
struct shares_pool {
	struct shares_entry *entry;
	struct shares_member **member;
	u32 nr;
	bool said;
};

static struct cgroups *shares_of(struct shares_member *m)
{
	return container_of(m, struct cgroups, shares);
}

static size_t dir_len(const char *path)
{
	return cgroup_basename(path) - path - 1;
}

static char *dir_of(const char *path)
{
	size_t len = dir_len(path);

	return len ? kstrndup(path, len, GFP_KERNEL) : kstrdup("/", GFP_KERNEL);
}

static bool is_below(const struct shares_member *m, const char *dir)
{
	size_t len = strcmp(dir, "/") ? strlen(dir) : 0;

	return dir_len(m->path) == len && !strncmp(m->path, dir, len);
}

static struct shares_member *member_at(const char *path)
{
	u64 id = cgroupfs_id(path);
	struct shares_member *m;

	list_for_each_entry(m, &shares_members, node)
		if (m->id == id)
			return m;
	return NULL;
}

/* Somebody else has removed its cgroup; what is there now is not its own. */
static bool is_gone(const struct shares_member *m)
{
	return cgroupfs_id(m->path) != m->id;
}

static int stop_at_line(const char *line, void *arg)
{
	return 1;
}

/* Threads between the cgroups have weights of their own. */
static bool has_threads(const char *dir)
{
	return strcmp(dir, "/") &&
	       cgroupfs_each_line(dir, "cgroup.threads", stop_at_line, NULL);
}

static int see_populated(const char *line, void *arg)
{
	return !strcmp(line, "populated 1");
}

/* The weight of a cgroup that somebody is in; 0: nobody is. */
static u32 weight_at(const char *path)
{
	char text[CGROUP_TEXT_LEN];
	u32 weight;

	if (cgroupfs_each_line(path, "cgroup.events", see_populated, NULL) <= 0 ||
	    cgroupfs_read(path, "cpu.weight", text, sizeof(text)) < 0 ||
	    kstrtou32(text, 10, &weight))
		return 0;
	/* An idle group says 0. */
	return weight ?: 1;
}

static bool is_theirs(struct shares_member *m)
{
	return cgroup_file_is_touched(&shares_of(m)->files, m->path,
				      "cpu.weight");
}

/* ---- what there is ---- */

static bool list_names(const char *dir, char **names)
{
	*names = kvmalloc(SHARES_NAMES, GFP_KERNEL);
	if (*names && !cgroupfs_children(dir, *names, SHARES_NAMES))
		return true;
	kvfree(*names);
	*names = NULL;
	return false;
}

static const char *next_name(const char *name)
{
	return name + strlen(name) + 1;
}

/* What a cgroup has of what is above it; 0 if that cannot be said. */
static u32 capacity_of(const char *path, const char *dir, u32 above)
{
	u64 sum = 0, own = weight_at(path);
	const char *name;
	char *names, *at;

	if (!own || has_threads(dir) || !list_names(dir, &names))
		return 0;
	for (name = names; *name; name = next_name(name)) {
		at = cgroup_join(dir, name);
		if (at)
			sum += weight_at(at);
		kfree(at);
	}
	kvfree(names);
	return sum ? div64_u64(above * own, sum) : 0;
}

static u32 capacity_by_limit(const char *path, u32 capacity)
{
	char text[CGROUP_TEXT_LEN];
	u64 quota, period;

	if (cgroupfs_read(path, "cpu.max", text, sizeof(text)) < 0 ||
	    sscanf(text, "%llu %llu", &quota, &period) != 2 || !period)
		return capacity;
	return min_t(u64, capacity, div64_u64(quota * 1000, period));
}

/* Of a cgroup that shares CPUs, with all that is beside and above it. */
static u32 capacity_below(const char *dir, const struct cpumask *cpus)
{
	u32 capacity = cpumask_weight(cpus) * 1000;
	char *path = kstrdup(dir, GFP_KERNEL), *up;

	while (path && capacity && strcmp(path, "/")) {
		up = dir_of(path);
		capacity = up ? capacity_of(path, up, capacity) : 0;
		capacity = capacity_by_limit(path, capacity);
		kfree(path);
		path = up;
	}
	capacity = path ? capacity : 0;
	kfree(path);
	return capacity;
}

/* ---- those beside each other ---- */

static void pool_add(struct shares_pool *pool, struct shares_member *m,
		     u32 weight)
{
	pool->entry[pool->nr] = (struct shares_entry){
		.weight = weight,
		.reservation = m ? m->reservation : 0,
		.fixed = !m,
	};
	pool->member[pool->nr++] = m;
}

static void pool_see(struct shares_pool *pool, const struct shares_member *of,
		     const char *path)
{
	struct shares_member *m = member_at(path);
	u32 weight;

	if (m && !cpumask_equal(m->cpus, of->cpus)) {
		pool->said &= !cpumask_intersects(m->cpus, of->cpus);
		return;
	}
	if (m && !is_theirs(m)) {
		pool_add(pool, m, m->weight);
		return;
	}
	weight = weight_at(path);
	if (weight)
		pool_add(pool, NULL, weight);
}

static void pool_free(struct shares_pool *pool)
{
	kvfree(pool->entry);
	kvfree(pool->member);
}

/* All that share CPUs with a member. */
static bool pool_find(struct shares_pool *pool, const struct shares_member *of,
		      const char *dir, const char *names)
{
	const char *name;
	u32 nr = 0;
	char *path;

	for (name = names; *name; name = next_name(name))
		nr++;
	*pool = (struct shares_pool){ .said = !has_threads(dir) };
	pool->entry = kvcalloc(nr, sizeof(*pool->entry), GFP_KERNEL);
	pool->member = kvcalloc(nr, sizeof(*pool->member), GFP_KERNEL);
	if (!pool->entry || !pool->member) {
		pool_free(pool);
		return false;
	}
	for (name = names; *name; name = next_name(name)) {
		path = cgroup_join(dir, name);
		if (path)
			pool_see(pool, of, path);
		else
			pool->said = false;
		kfree(path);
	}
	return true;
}

static int member_write(struct shares_member *m, u32 weight)
{
	struct cgroups *g = shares_of(m);
	char text[CGROUP_TEXT_LEN];

	/* As found, and never changed. */
	if (!m->given && weight == m->weight &&
	    !cgroup_file_keep(&g->files, g->turn, m->path, "cpu.weight"))
		return 0;
	scnprintf(text, sizeof(text), "%u", weight);
	return cgroup_file_write(&g->files, g->turn, m->path, "cpu.weight", "",
				 text, NULL);
}

/* Somebody else's weight stays; nobody knows what for. */
static void member_settle(struct shares_member *m, u32 weight, u32 share)
{
	bool theirs = is_gone(m) || is_theirs(m);

	m->err = theirs ? 0 : member_write(m, weight);
	m->settled = jiffies;
	spin_lock(&shares_lock);
	m->share = theirs || m->err ? 0 : share;
	spin_unlock(&shares_lock);
}

/* Those of a pool that are members, of which @of is one. */
static void pool_settle(struct shares_pool *pool, const char *dir,
			const struct shares_member *of)
{
	u32 i, capacity;
	bool kept;

	capacity = pool->said ? capacity_below(dir, of->cpus) : 0;
	kept = shares_solve(capacity, pool->entry, pool->nr);
	for (i = 0; i < pool->nr; i++) {
		struct shares_member *m = pool->member[i];
		const struct shares_entry *e = &pool->entry[i];

		if (m)
			member_settle(m, e->solved, kept && m->reservation ?
				      e->share : 0);
	}
}

static bool any_reserves(const char *dir)
{
	struct shares_member *m;

	list_for_each_entry(m, &shares_members, node)
		if (m->reservation && is_below(m, dir))
			return true;
	return false;
}

/* The weight of a member, and of those that share CPUs with it. */
static void settle_beside(struct shares_member *m, const char *dir)
{
	struct shares_pool pool;
	char *names = NULL;

	if (!any_reserves(dir) || is_gone(m) || is_theirs(m) || !list_names(dir, &names) ||
	    !pool_find(&pool, m, dir, names)) {
		member_settle(m, m->weight, 0);
	} else {
		pool_settle(&pool, dir, m);
		pool_free(&pool);
	}
	kvfree(names);
}

/* Somebody has come or gone there. */
static void settle_below(const char *dir)
{
	struct shares_member *m;
	unsigned long now = jiffies;

	list_for_each_entry(m, &shares_members, node)
		if (is_below(m, dir))
			m->settled = now - 1;
	list_for_each_entry(m, &shares_members, node)
		if (is_below(m, dir) && time_before(m->settled, now))
			settle_beside(m, dir);
}

/* ---- members ---- */

/**
 * shares_init() - it is no member yet
 * @g: of a VM
 *
 * Context: process.
 */
void shares_init(struct cgroups *g)
{
	INIT_LIST_HEAD(&g->shares.node);
}

static bool member_is_in(const struct shares_member *m)
{
	return !list_empty(&m->node);
}

static void member_leave(struct shares_member *m)
{
	char *dir = dir_of(m->path);

	spin_lock(&shares_lock);
	list_del_init(&m->node);
	spin_unlock(&shares_lock);
	kfree(m->path);
	kfree(m->cpus);
	if (dir)
		settle_below(dir);
	kfree(dir);
}

static int member_join(struct shares_member *m, u32 vm_id,
		       const struct cgroup_group *top)
{
	m->path = kstrdup(top->path, GFP_KERNEL);
	m->cpus = kzalloc(cpumask_size(), GFP_KERNEL);
	if (!m->path || !m->cpus) {
		kfree(m->path);
		kfree(m->cpus);
		return -ENOMEM;
	}
	m->vm_id = vm_id;
	m->id = top->id;
	m->share = 0;
	spin_lock(&shares_lock);
	list_add_tail(&m->node, &shares_members);
	spin_unlock(&shares_lock);
	return 0;
}

/* The weight that a cgroup has but for cordon. */
static u32 weight_found(struct cgroups *g)
{
	char text[CGROUP_TEXT_LEN];
	u32 weight;

	if (cgroup_file_found(&g->files, g->top->path, "cpu.weight", text) ||
	    kstrtou32(text, 10, &weight) || !weight)
		return 100;
	return weight;
}

/* Whether anything differs from what was wanted before. */
static bool member_update(struct shares_member *m, struct cgroup_call *c)
{
	u32 weight, reservation = 0;
	bool given, differs;

	given = policy_get_weight(c->want->p, &weight);
	if (!given)
		weight = weight_found(c->g);
	policy_get_reservation(c->want->p, &reservation);
	differs = m->weight != weight || m->given != given ||
		  m->reservation != reservation ||
		  !cpumask_equal(m->cpus, c->want->cpus);
	m->weight = weight;
	m->given = given;
	m->reservation = reservation;
	cpumask_copy(m->cpus, c->want->cpus);
	return differs;
}

static int member_fail(struct cgroup_call *c, int ret)
{
	return cgroup_fail(c, ret, c->g->shares.given ?
			   CORDON_A_POLICY_WEIGHT : CORDON_A_POLICY_RESERVATION,
			   "cpu.weight", c->g->top->path);
}

/**
 * shares_want() - the weight that a policy wants, if it wants one
 * @c: the call, checked; there is a topmost cgroup
 *
 * Context: in a function of cgroupfs_run().
 * Return: 0 or a negative errno, with the reason.
 */
int shares_want(struct cgroup_call *c)
{
	struct shares_member *m = &c->g->shares;
	const char *path = c->g->top->path;
	u32 value;
	bool differs;
	char *dir;
	int ret = 0;

	if (!cgroup_by_cgroup(c->want->p) ||
	    (!policy_get_weight(c->want->p, &value) &&
	     !policy_get_reservation(c->want->p, &value)))
		return 0;
	if (member_is_in(m) && m->id != c->g->top->id)
		member_leave(m);
	if (!member_is_in(m))
		ret = member_join(m, c->want->vm_id, c->g->top);
	if (ret)
		return member_fail(c, ret);
	m->turn = c->g->turn;
	cgroup_file_keep(&c->g->files, c->g->turn, path, "cpu.weight");
	differs = member_update(m, c) || c->want->strict;
	if (!differs && time_before(jiffies, m->settled +
				    msecs_to_jiffies(SHARES_AGAIN_MS)))
		return 0;
	dir = dir_of(path);
	if (!dir)
		return member_fail(c, -ENOMEM);
	if (differs)
		settle_below(dir);
	else
		settle_beside(m, dir);
	kfree(dir);
	return m->err ? member_fail(c, m->err) : 0;
}

/**
 * shares_sweep() - it is no member any more, if nobody wanted that in this turn
 * @g: of a VM; its files are as found then
 *
 * Context: in a function of cgroupfs_run().
 */
void shares_sweep(struct cgroups *g)
{
	if (member_is_in(&g->shares) && g->shares.turn != g->turn)
		member_leave(&g->shares);
}

/**
 * shares_guarantee() - what a VM is sure of when all want all of the CPU
 * @vm: the VM
 * @milli_cpus: set to it, in thousandths of a CPU
 *
 * Context: any but atomic.
 * Return: false if its reservation is for admission only, or it has none.
 */
bool shares_guarantee(struct cordon_vm *vm, u32 *milli_cpus)
{
	struct shares_member *m;

	*milli_cpus = 0;
	spin_lock(&shares_lock);
	list_for_each_entry(m, &shares_members, node)
		if (m->vm_id == vm->id)
			*milli_cpus = m->share;
	spin_unlock(&shares_lock);
	return *milli_cpus;
}
