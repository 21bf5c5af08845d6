// SPDX-License-Identifier: GPL-2.0-only
/*
 * What isolation really held: for each owned CPU who else ran there, how often
 * and for how long, and for how long somebody else ran on a sibling of it.
 *
 * Written by the probe on sched_switch, under the runqueue lock: raw, nothing
 * is allocated, freed or waked. Times are those of the CPU's own clock.
 */
#include <linux/cred.h>
#include <linux/irq_work.h>
#include <linux/kernel_stat.h>
#include <linux/pid.h>
#include <linux/sched/clock.h>
#include <linux/smp.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/topology.h>
#include <linux/uidgid.h>
#include <linux/workqueue.h>
#include <uapi/linux/cordon.h>

#include "intruder.h"
#include "owner.h"
#include "receipt.h"

/* A stint that is nobody's in particular: all culprits are worse. */
#define RECEIPT_NO_SLOT	ISOLATION_CULPRITS

/**
 * struct receipt - what is kept of one CPU
 * @lock: all of it; raw, under the runqueue lock, nothing is taken under it
 * @on: it is kept
 * @tgid: the owner's process; only compared with
 * @sum: what was counted, but for what runs now; its culprits in no order
 * @begun_ns: by the boot clock
 * @irq_ns: what the kernel had accounted for interrupts by then
 * @softirq_ns: and for softirqs
 * @foreign_since: since when others have run without a break; 0: none does
 * @stint_since: since when the one runs that runs now
 * @slot: its culprit, or RECEIPT_NO_SLOT
 * @together_since: since when the owner has not been alone on the core; 0: it is
 * @dropped: references of culprits that were replaced, for process context
 * @nr_dropped: how many
 */
struct receipt {
	raw_spinlock_t lock; /* innermost */
	bool on;
	struct pid *tgid;
	struct isolation_receipt sum;
	u64 begun_ns;
	u64 irq_ns;
	u64 softirq_ns;
	u64 foreign_since;
	u64 stint_since;
	u32 slot;
	u64 together_since;
	struct pid *dropped[ISOLATION_CULPRITS];
	u32 nr_dropped;
};

static DEFINE_PER_CPU(struct receipt, receipts);

/* Whose process runs on a watched CPU; NULL: none, it idles. */
static DEFINE_PER_CPU(struct pid *, receipt_runs);
/* Stands for the kernel threads that work for nobody. */
#define RECEIPT_KERNEL	((struct pid *)1)

static void receipt_drain(struct receipt *r)
{
	struct pid *dropped[ISOLATION_CULPRITS];
	unsigned long flags;
	u32 nr;

	raw_spin_lock_irqsave(&r->lock, flags);
	nr = r->nr_dropped;
	memcpy(dropped, r->dropped, nr * sizeof(dropped[0]));
	r->nr_dropped = 0;
	raw_spin_unlock_irqrestore(&r->lock, flags);
	while (nr)
		put_pid(dropped[--nr]);
}

static void receipt_work_fn(struct work_struct *work)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		receipt_drain(&per_cpu(receipts, cpu));
}

static DECLARE_WORK(receipt_work, receipt_work_fn);

static void receipt_irq_fn(struct irq_work *irq)
{
	queue_work(compat_unbound_wq, &receipt_work);
}

static DEFINE_IRQ_WORK(receipt_irq, receipt_irq_fn);

static u64 receipt_since(u64 then, u64 now)
{
	return now > then ? now - then : 0;
}

/**
 * receipt_describe() - tell of a task
 * @task: the task
 * @kind: enum cordon_culprit
 * @c: filled; with a reference on its pid
 *
 * Context: any, also under the runqueue lock.
 */
void receipt_describe(struct task_struct *task, u32 kind,
		      struct isolation_culprit *c)
{
	struct pid *pid;

	rcu_read_lock();
	pid = task_pid(task);
	*c = (struct isolation_culprit){
		.kind = kind,
		.pid = get_pid(pid),
		.uid = __kuid_val(task_uid(task)),
	};
	rcu_read_unlock();
	/* A name that just changes is told half; it ends with a 0 anyway. */
	strscpy(c->comm, task->comm, sizeof(c->comm));
}

/* The worst first: who had no business there comes before kernel threads. */
static int receipt_compare(const void *a, const void *b)
{
	const struct isolation_culprit *x = a, *y = b;
	bool kthread = x->kind == CORDON_CULPRIT_KTHREAD;
	bool other = y->kind == CORDON_CULPRIT_KTHREAD;

	if (kthread != other)
		return kthread ? 1 : -1;
	if (x->time_ns == y->time_ns)
		return x->count < y->count ? 1 : -(x->count > y->count);
	return x->time_ns < y->time_ns ? 1 : -1;
}

/* Who is in a culprit's place, and may be told of instead of the least one. */
static u32 receipt_find_slot(struct receipt *r, struct task_struct *task,
			     u32 kind)
{
	struct isolation_culprit *c = r->sum.culprit;
	u32 i, least = 0;

	for (i = 0; i < r->sum.nr_culprits; i++) {
		if (c[i].kind == kind && c[i].pid && c[i].pid == task_pid(task))
			return i;
		if (receipt_compare(&c[i], &c[least]) > 0)
			least = i;
	}
	if (i < ISOLATION_CULPRITS) {
		r->sum.nr_culprits++;
		least = i;
	} else {
		if (r->nr_dropped == ISOLATION_CULPRITS ||
		    (kind == CORDON_CULPRIT_KTHREAD && c[least].kind != kind))
			return RECEIPT_NO_SLOT;
		if (c[least].pid)
			r->dropped[r->nr_dropped++] = c[least].pid;
		irq_work_queue(&receipt_irq);
	}
	receipt_describe(task, kind, &c[least]);
	return least;
}

static void receipt_stint_ends(struct receipt *r, u64 now)
{
	u64 ran = receipt_since(r->stint_since, now);

	r->sum.foreign_ns += ran;
	if (r->slot != RECEIPT_NO_SLOT) {
		struct isolation_culprit *c = &r->sum.culprit[r->slot];

		c->time_ns += ran;
		c->longest_ns = max(c->longest_ns, ran);
	}
}

static void receipt_account(struct receipt *r, struct task_struct *next,
			    u32 kind, u64 now)
{
	bool foreign = kind != RECEIPT_IDLE && kind != RECEIPT_OWNER;

	if (r->foreign_since) {
		receipt_stint_ends(r, now);
		r->sum.longest_ns = max(r->sum.longest_ns,
					receipt_since(r->foreign_since, now));
	}
	if (!foreign) {
		r->foreign_since = 0;
		return;
	}
	if (!r->foreign_since)
		r->foreign_since = now ?: 1;
	r->stint_since = now;
	r->slot = receipt_find_slot(r, next, kind);
	if (r->slot != RECEIPT_NO_SLOT) {
		struct isolation_culprit *c = &r->sum.culprit[r->slot];

		/* Others may have had time to exec, or to change who they are. */
		strscpy(c->comm, next->comm, sizeof(c->comm));
		c->uid = __kuid_val(task_uid(next));
		c->count++;
	}
}

/* Is the owner on its CPU while somebody else is on a sibling? */
static bool receipt_is_together(unsigned int cpu, struct pid *tgid)
{
	unsigned int sibling;

	if (READ_ONCE(per_cpu(receipt_runs, cpu)) != tgid)
		return false;
	for_each_cpu(sibling, topology_sibling_cpumask(cpu)) {
		struct pid *runs = READ_ONCE(per_cpu(receipt_runs, sibling));

		if (runs && runs != tgid)
			return true;
	}
	return false;
}

static void receipt_check_core(unsigned int cpu, u64 now)
{
	struct receipt *r = &per_cpu(receipts, cpu);

	raw_spin_lock(&r->lock);
	if (r->on) {
		if (r->together_since)
			r->sum.sibling_ns += receipt_since(r->together_since,
							   now);
		r->together_since = receipt_is_together(cpu, r->tgid) ?
				    now ?: 1 : 0;
	}
	raw_spin_unlock(&r->lock);
}

/**
 * receipt_switch() - a watched CPU is switched to another task
 * @next: which runs there from now on
 * @kind: who that is to the CPU's owner: RECEIPT_IDLE, RECEIPT_OWNER or enum
 *	cordon_culprit; not looked at if nobody owns the CPU
 *
 * Context: on that CPU, interrupts disabled; under the runqueue lock.
 */
void receipt_switch(struct task_struct *next, u32 kind)
{
	unsigned int cpu = smp_processor_id(), sibling;
	struct receipt *r = this_cpu_ptr(&receipts);
	struct pid *runs = NULL;
	u64 now = local_clock();

	if (!is_idle_task(next))
		runs = owner_process(next) ?: RECEIPT_KERNEL;
	WRITE_ONCE(*this_cpu_ptr(&receipt_runs), runs);
	raw_spin_lock(&r->lock);
	if (r->on)
		receipt_account(r, next, kind, now);
	raw_spin_unlock(&r->lock);
	if (cpumask_weight(topology_sibling_cpumask(cpu)) < 2)
		return;
	for_each_cpu(sibling, topology_sibling_cpumask(cpu))
		receipt_check_core(sibling, now);
}

/* In an interrupt, on a CPU that has begun to be watched. */
static void receipt_sync_fn(void *unused)
{
	if (owner_watches())
		receipt_switch(current, intruder_kind(current));
}

/**
 * receipt_sync() - see who runs on CPUs that are watched from now on
 * @cpus: which; offline ones are left out
 *
 * Context: process.
 */
void receipt_sync(const struct cpumask *cpus)
{
	on_each_cpu_mask(cpus, receipt_sync_fn, NULL, true);
}

/**
 * receipt_intrusion() - somebody was turned away
 * @cpu: from this CPU
 *
 * Context: any.
 */
void receipt_intrusion(unsigned int cpu)
{
	struct receipt *r = &per_cpu(receipts, cpu);
	unsigned long flags;

	raw_spin_lock_irqsave(&r->lock, flags);
	if (r->on) {
		r->sum.intrusions++;
		r->sum.last_ns = ktime_get_boot_fast_ns();
	}
	raw_spin_unlock_irqrestore(&r->lock, flags);
}

static u64 receipt_kernel_ns(unsigned int cpu, enum cpu_usage_stat what)
{
	return READ_ONCE(kcpustat_cpu(cpu).cpustat[what]);
}

/*
 * Does the kernel measure time in interrupts? It does not tell modules. What it
 * only samples comes in whole ticks.
 */
static bool receipt_irq_known(void)
{
	unsigned int cpu;
	u32 rest;

	if (!IS_ENABLED(CONFIG_IRQ_TIME_ACCOUNTING))
		return false;
	for_each_online_cpu(cpu) {
		div_u64_rem(receipt_kernel_ns(cpu, CPUTIME_IRQ) +
			    receipt_kernel_ns(cpu, CPUTIME_SOFTIRQ),
			    TICK_NSEC, &rest);
		if (rest)
			return true;
	}
	return false;
}

/**
 * receipt_begin() - begin a CPU's receipt, or begin it anew
 * @cpu: an owned CPU
 *
 * Context: process.
 */
void receipt_begin(unsigned int cpu)
{
	struct receipt *r = &per_cpu(receipts, cpu);
	struct isolation_receipt old;
	unsigned long flags;

	raw_spin_lock_irqsave(&r->lock, flags);
	old = r->sum;
	memset(&r->sum, 0, sizeof(r->sum));
	r->sum.has_siblings =
		cpumask_weight(topology_sibling_cpumask(cpu)) > 1;
	r->tgid = READ_ONCE(per_cpu(owner_of_cpu, cpu).tgid);
	r->begun_ns = ktime_get_boot_fast_ns();
	r->irq_ns = receipt_kernel_ns(cpu, CPUTIME_IRQ);
	r->softirq_ns = receipt_kernel_ns(cpu, CPUTIME_SOFTIRQ);
	r->foreign_since = 0;
	r->together_since = 0;
	r->on = true;
	raw_spin_unlock_irqrestore(&r->lock, flags);
	receipt_put(&old);
}

/**
 * receipt_end() - nobody owns the CPU any more
 * @cpu: the CPU
 *
 * Context: process.
 */
void receipt_end(unsigned int cpu)
{
	struct receipt *r = &per_cpu(receipts, cpu);
	struct isolation_receipt old;
	unsigned long flags;

	raw_spin_lock_irqsave(&r->lock, flags);
	r->on = false;
	old = r->sum;
	memset(&r->sum, 0, sizeof(r->sum));
	raw_spin_unlock_irqrestore(&r->lock, flags);
	receipt_put(&old);
	receipt_drain(r);
}

static void receipt_sort(struct isolation_receipt *receipt)
{
	sort(receipt->culprit, receipt->nr_culprits,
	     sizeof(receipt->culprit[0]), receipt_compare, NULL);
}

/* Fill in what is going on; under the lock. */
static void receipt_add_now(const struct receipt *r,
			    struct isolation_receipt *receipt, u64 now)
{
	if (r->foreign_since) {
		u64 ran = receipt_since(r->stint_since, now);

		receipt->foreign_ns += ran;
		receipt->longest_ns = max(receipt->longest_ns,
					  receipt_since(r->foreign_since, now));
		if (r->slot != RECEIPT_NO_SLOT) {
			struct isolation_culprit *c;

			c = &receipt->culprit[r->slot];
			c->time_ns += ran;
			c->longest_ns = max(c->longest_ns, ran);
		}
	}
	if (r->together_since)
		receipt->sibling_ns += receipt_since(r->together_since, now);
}

/**
 * receipt_read() - what was held so far
 * @cpu: the CPU
 * @receipt: filled; with references, for receipt_put()
 *
 * Context: process.
 * Return: true; false if nobody owns the CPU.
 */
bool receipt_read(unsigned int cpu, struct isolation_receipt *receipt)
{
	struct receipt *r = &per_cpu(receipts, cpu);
	bool known = receipt_irq_known();
	unsigned long flags;
	u32 i;

	raw_spin_lock_irqsave(&r->lock, flags);
	if (!r->on) {
		raw_spin_unlock_irqrestore(&r->lock, flags);
		return false;
	}
	*receipt = r->sum;
	for (i = 0; i < receipt->nr_culprits; i++)
		get_pid(receipt->culprit[i].pid);
	receipt_add_now(r, receipt, local_clock());
	receipt->kept_ns = receipt_since(r->begun_ns, ktime_get_boot_fast_ns());
	receipt->irq_known = known;
	receipt->irq_ns = receipt_since(r->irq_ns,
					receipt_kernel_ns(cpu, CPUTIME_IRQ));
	receipt->softirq_ns =
		receipt_since(r->softirq_ns,
			      receipt_kernel_ns(cpu, CPUTIME_SOFTIRQ));
	raw_spin_unlock_irqrestore(&r->lock, flags);
	receipt_sort(receipt);
	return true;
}

static void receipt_add_culprit(struct isolation_receipt *sum,
				const struct isolation_culprit *one)
{
	struct isolation_culprit *c = sum->culprit;
	u32 i;

	for (i = 0; i < sum->nr_culprits; i++)
		if (c[i].kind == one->kind && c[i].pid && c[i].pid == one->pid)
			break;
	if (i < sum->nr_culprits) {
		c[i].count += one->count;
		c[i].time_ns += one->time_ns;
		c[i].longest_ns = max(c[i].longest_ns, one->longest_ns);
		receipt_sort(sum);
		return;
	}
	if (i == ISOLATION_CULPRITS) {
		if (receipt_compare(&c[--i], one) <= 0)
			return;
		put_pid(c[i].pid);
	} else {
		sum->nr_culprits++;
	}
	c[i] = *one;
	get_pid(one->pid);
	receipt_sort(sum);
}

/**
 * receipt_add() - add one receipt to another
 * @sum: what is added to; with references of its own
 * @one: what is added
 *
 * Context: process.
 */
void receipt_add(struct isolation_receipt *sum,
		 const struct isolation_receipt *one)
{
	bool first = !sum->kept_ns;
	u32 i;

	sum->kept_ns += one->kept_ns;
	sum->intrusions += one->intrusions;
	sum->last_ns = max(sum->last_ns, one->last_ns);
	sum->foreign_ns += one->foreign_ns;
	sum->longest_ns = max(sum->longest_ns, one->longest_ns);
	sum->irq_ns += one->irq_ns;
	sum->softirq_ns += one->softirq_ns;
	sum->irq_known = one->irq_known && (first || sum->irq_known);
	sum->sibling_ns += one->sibling_ns;
	sum->has_siblings |= one->has_siblings;
	for (i = 0; i < one->nr_culprits; i++)
		receipt_add_culprit(sum, &one->culprit[i]);
}

/**
 * receipt_copy() - one more of the same
 * @to: filled; with references of its own
 * @from: what is copied
 *
 * Context: any.
 */
void receipt_copy(struct isolation_receipt *to,
		  const struct isolation_receipt *from)
{
	u32 i;

	*to = *from;
	for (i = 0; i < to->nr_culprits; i++)
		get_pid(to->culprit[i].pid);
}

/**
 * receipt_put() - give a receipt's references back
 * @receipt: the receipt, which is empty then
 *
 * Context: process.
 */
void receipt_put(struct isolation_receipt *receipt)
{
	while (receipt->nr_culprits)
		put_pid(receipt->culprit[--receipt->nr_culprits].pid);
}

/**
 * receipt_init() - prepare the CPUs' receipts
 *
 * Context: process, before any probe.
 */
void receipt_init(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		raw_spin_lock_init(&per_cpu(receipts, cpu).lock);
}

/**
 * receipt_exit() - the counterpart of receipt_init()
 *
 * Context: process, when nothing is owned and no probe runs.
 */
void receipt_exit(void)
{
	irq_work_sync(&receipt_irq);
	flush_work(&receipt_work);
}
