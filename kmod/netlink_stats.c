// SPDX-License-Identifier: GPL-2.0-only
/*
 * Statistics on the wire, by group. No logic.
 */
#include <linux/sched/signal.h>

#include "bandwidth.h"
#include "cgroup.h"
#include "netlink.h"
#include "policy_cgroup.h"
#include "thread.h"
#include "vm.h"
#include "vmm.h"

static int fill_cap_owner(struct sk_buff *skb, struct cordon_thread *t,
			  u32 cap, struct pid_namespace *ns)
{
	char comm[TASK_COMM_LEN];

	thread_name(t, comm);
	return (cap == CORDON_CAP_VCPU &&
		nla_put_u32(skb, CORDON_A_CAP_VCPU, t->vcpu_index)) ||
	       fill_nr(skb, CORDON_A_CAP_TID, task_pid_nr_ns(t->task, ns)) ||
	       nla_put_string(skb, CORDON_A_CAP_COMM, comm);
}

/**
 * fill_cap() - a cap, and what it has seen
 * @skb: the message
 * @t: the thread whose own it is, NULL if several share it
 * @cap: enum cordon_cap
 * @limit: how much
 * @stats: what it has seen
 * @ns: the reader's pid namespace
 *
 * Context: process.
 * Return: 0 or -EMSGSIZE.
 */
int fill_cap(struct sk_buff *skb, struct cordon_thread *t, u32 cap,
	     const struct budget_limit *limit, const struct budget_stats *stats,
	     struct pid_namespace *ns)
{
	struct nlattr *nest;

	nest = nla_nest_start(skb, CORDON_A_STATS_CAP);
	if (!nest || nla_put_u32(skb, CORDON_A_CAP_CAP, cap) ||
	    ((cap == CORDON_CAP_VCPU || cap == CORDON_CAP_IOTHREAD) && t &&
	     fill_cap_owner(skb, t, cap, ns)) ||
	    nla_put_uint(skb, CORDON_A_CAP_QUOTA,
			 limit->quota_ns / NSEC_PER_USEC) ||
	    nla_put_uint(skb, CORDON_A_CAP_PERIOD,
			 limit->period_ns / NSEC_PER_USEC) ||
	    nla_put_uint(skb, CORDON_A_CAP_BURST,
			 limit->burst_ns / NSEC_PER_USEC) ||
	    nla_put_uint(skb, CORDON_A_CAP_NR_PERIODS, stats->nr_periods) ||
	    nla_put_uint(skb, CORDON_A_CAP_NR_THROTTLED, stats->nr_throttled) ||
	    nla_put_uint(skb, CORDON_A_CAP_THROTTLED_NS, stats->throttled_ns) ||
	    nla_put_uint(skb, CORDON_A_CAP_TIME_NS, stats->time_ns))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int fill_budget(struct sk_buff *skb, struct cordon_thread *t,
		       struct cordon_vm *vm, struct budget *b,
		       struct pid_namespace *ns)
{
	struct budget_limit limit;
	struct budget_stats stats;

	budget_read(b, &limit, &stats);
	return fill_cap(skb, t, bandwidth_cap(t, vm, b), &limit, &stats, ns);
}

struct fill_reading {
	struct sk_buff *skb;
	struct cordon_vm *vm;
	struct pid_namespace *ns;
};

static int fill_reading(const struct cgroup_reading *r, void *arg)
{
	struct fill_reading *f = arg;
	struct cordon_thread *t = policy_cgroup_thread(f->vm, r);
	int ret = fill_cap(f->skb, t, r->cap, &r->limit, &r->stats, f->ns);

	if (t)
		thread_put(t);
	return ret;
}

static int fill_caps(struct sk_buff *skb, struct cordon_vm *vm,
		     struct pid_namespace *ns)
{
	struct budget *shared[] = {
		&vm->budgets.emulator, &vm->budgets.migration,
		&vm->budgets.global,
	};
	struct fill_reading reading = { skb, vm, ns };
	struct cordon_thread **threads;
	unsigned int nr, i;
	int ret;

	ret = policy_cgroup_each_cap(vm, fill_reading, &reading);
	for (i = 0; !ret && i < ARRAY_SIZE(shared); i++)
		if (budget_limits(shared[i]))
			ret = fill_budget(skb, NULL, vm, shared[i], ns);
	threads = vmm_get_threads(vm->vmm, &nr);
	for (i = 0; !ret && threads && i < nr; i++)
		if (bandwidth_is_own(threads[i], vm))
			ret = fill_budget(skb, threads[i], vm,
					  &threads[i]->bandwidth.own, ns);
	if (threads)
		vmm_put_threads(threads, nr);
	return ret;
}

/**
 * fill_stats() - the statistics of a VM
 * @skb: the message
 * @vm: the VM
 * @ns: the reader's pid namespace
 *
 * Context: process.
 * Return: 0 or -EMSGSIZE.
 */
int fill_stats(struct sk_buff *skb, struct cordon_vm *vm,
	       struct pid_namespace *ns)
{
	return nla_put_u32(skb, CORDON_A_STATS_VM_ID, vm->id) ||
	       fill_nr(skb, CORDON_A_STATS_PID, pid_nr_ns(vm->vmm->tgid, ns)) ||
	       fill_caps(skb, vm, ns) ? -EMSGSIZE : 0;
}
