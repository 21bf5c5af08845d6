// SPDX-License-Identifier: GPL-2.0-only
/*
 * What isolation held, and where a placement puts a VM, on the wire. No logic.
 */
#include <linux/ktime.h>
#include <linux/topology.h>

#include "guestcpu.h"
#include "isolation.h"
#include "netlink.h"
#include "plan.h"
#include "vm.h"

/**
 * fill_culprit() - who ran on an owned CPU
 * @skb: the message
 * @attr: the attribute
 * @who: the culprit
 * @ns: the reader's pid namespace
 *
 * Context: process.
 * Return: 0 or -EMSGSIZE.
 */
int fill_culprit(struct sk_buff *skb, int attr,
		 const struct isolation_culprit *who, struct pid_namespace *ns)
{
	struct nlattr *nest = nla_nest_start(skb, attr);

	if (!nest ||
	    nla_put_u32(skb, CORDON_A_CULPRIT_KIND, who->kind) ||
	    fill_nr(skb, CORDON_A_CULPRIT_PID, pid_nr_ns(who->pid, ns)) ||
	    nla_put_string(skb, CORDON_A_CULPRIT_COMM, who->comm) ||
	    nla_put_u32(skb, CORDON_A_CULPRIT_UID, who->uid) ||
	    nla_put_uint(skb, CORDON_A_CULPRIT_COUNT, who->count) ||
	    nla_put_uint(skb, CORDON_A_CULPRIT_TIME_NS, who->time_ns) ||
	    nla_put_uint(skb, CORDON_A_CULPRIT_LONGEST_NS, who->longest_ns))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int fill_receipt_times(struct sk_buff *skb,
			      const struct isolation_receipt *r)
{
	return nla_put_uint(skb, CORDON_A_RECEIPT_SINCE_NS, r->kept_ns) ||
	       nla_put_uint(skb, CORDON_A_RECEIPT_INTRUSIONS, r->intrusions) ||
	       (r->last_ns &&
		nla_put_uint(skb, CORDON_A_RECEIPT_INTRUSION_AGE_NS,
			     ktime_get_boottime_ns() - r->last_ns)) ||
	       nla_put_uint(skb, CORDON_A_RECEIPT_FOREIGN_NS, r->foreign_ns) ||
	       nla_put_uint(skb, CORDON_A_RECEIPT_LONGEST_NS, r->longest_ns) ||
	       (r->irq_known &&
		(nla_put_uint(skb, CORDON_A_RECEIPT_IRQ_NS, r->irq_ns) ||
		 nla_put_uint(skb, CORDON_A_RECEIPT_SOFTIRQ_NS,
			      r->softirq_ns))) ||
	       (r->has_siblings &&
		nla_put_uint(skb, CORDON_A_RECEIPT_SIBLING_NS, r->sibling_ns));
}

/**
 * fill_receipt() - what isolation held
 * @skb: the message
 * @attr: the attribute
 * @r: the receipt
 * @ns: the reader's pid namespace
 *
 * Context: process.
 * Return: 0 or -EMSGSIZE.
 */
int fill_receipt(struct sk_buff *skb, int attr,
		 const struct isolation_receipt *r, struct pid_namespace *ns)
{
	struct nlattr *nest = nla_nest_start(skb, attr);
	u32 i;

	if (!nest || fill_receipt_times(skb, r))
		return -EMSGSIZE;
	for (i = 0; i < r->nr_culprits; i++)
		if (fill_culprit(skb, CORDON_A_RECEIPT_CULPRIT, &r->culprit[i],
				 ns))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* The lowest vCPU that is a sibling of this one to the guest. */
static int fill_guest_core(struct sk_buff *skb, const struct guestcpu *g,
			   u32 index)
{
	u32 i;

	if (!g || index >= g->nr_vcpus || g->core[index] == U32_MAX)
		return 0;
	for (i = 0; i < index; i++)
		if (g->core[i] == g->core[index])
			break;
	return nla_put_u32(skb, CORDON_A_PLACE_GUEST_CORE, i);
}

static int fill_place(struct sk_buff *skb, const struct guestcpu *g, u32 index,
		      u32 cpu)
{
	struct nlattr *nest = nla_nest_start(skb, CORDON_A_POLICY_PLACE);

	if (!nest ||
	    nla_put_u32(skb, CORDON_A_PLACE_VCPU, index) ||
	    nla_put_u32(skb, CORDON_A_PLACE_CPU, cpu) ||
	    nla_put_u32(skb, CORDON_A_PLACE_NODE, cpu_to_node(cpu)) ||
	    fill_guest_core(skb, g, index))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int fill_places(struct sk_buff *skb, struct cordon_vm *vm,
		       const struct cordon_plan *plan)
{
	struct guestcpu *g = guestcpu_get(vm);
	int ret = 0;
	u32 i;

	for (i = 0; !ret && i < plan->nr_vcpus; i++)
		if (plan->cpu[i] != PLAN_NONE)
			ret = fill_place(skb, g, i, plan->cpu[i]);
	guestcpu_put(g);
	return ret;
}

/* As the shared pool is now. */
static int fill_emulator_on(struct sk_buff *skb, const struct cordon_plan *plan)
{
	cpumask_var_t cpus;
	int ret;

	if (!alloc_cpumask_var(&cpus, GFP_KERNEL))
		return -EMSGSIZE;
	plan_get_emulator(plan, cpus);
	ret = fill_cpus(skb, CORDON_A_POLICY_EMULATOR_ON, cpus);
	free_cpumask_var(cpus);
	return ret;
}

/**
 * fill_plan() - where a placement puts a VM
 * @skb: the message, of a policy
 * @vm: the VM
 * @plan: the plan
 * @audits: of a policy that only audits, and so owns nothing
 *
 * Context: process.
 * Return: 0 or -EMSGSIZE.
 */
int fill_plan(struct sk_buff *skb, struct cordon_vm *vm,
	      const struct cordon_plan *plan, bool audits)
{
	if (fill_places(skb, vm, plan) || fill_emulator_on(skb, plan))
		return -EMSGSIZE;
	if (audits)
		return 0;
	return fill_cpus(skb, CORDON_A_POLICY_OWNED, plan->owned) ||
	       fill_cpus(skb, CORDON_A_POLICY_IDLE, plan->idle) ? -EMSGSIZE : 0;
}

static int fill_guest_missing(struct sk_buff *skb, const struct guestcpu *g)
{
	unsigned int bit;

	for_each_set_bit(bit, g->missing, GUESTCPU_FEATURES)
		if (nla_put_string(skb, CORDON_A_GUEST_CPU_MISSING,
				   guestcpu_feature_name(bit)))
			return -EMSGSIZE;
	return 0;
}

/**
 * fill_guest_cpu() - the CPU that a guest was given
 * @skb: the message, of a VM
 * @vm: the VM
 * @plan: where it is placed, or NULL
 *
 * Context: process.
 * Return: 0 or -EMSGSIZE.
 */
int fill_guest_cpu(struct sk_buff *skb, struct cordon_vm *vm,
		   const struct cordon_plan *plan)
{
	struct guestcpu *g = guestcpu_get(vm);
	struct nlattr *nest;
	int ret;

	if (!g)
		return 0;
	nest = nla_nest_start(skb, CORDON_A_VM_GUEST_CPU);
	ret = !nest ||
	      nla_put_string(skb, CORDON_A_GUEST_CPU_VENDOR, g->vendor) ||
	      nla_put_u32(skb, CORDON_A_GUEST_CPU_FAMILY, g->family) ||
	      nla_put_u32(skb, CORDON_A_GUEST_CPU_MODEL, g->model) ||
	      nla_put_u32(skb, CORDON_A_GUEST_CPU_STEPPING, g->stepping) ||
	      nla_put_u32(skb, CORDON_A_GUEST_CPU_SOCKETS, g->sockets) ||
	      nla_put_u32(skb, CORDON_A_GUEST_CPU_CORES, g->cores) ||
	      nla_put_u32(skb, CORDON_A_GUEST_CPU_THREADS, g->threads) ||
	      (g->nested && nla_put_flag(skb, CORDON_A_GUEST_CPU_NESTED)) ||
	      fill_guest_missing(skb, g) ||
	      (g->threads > 1 && plan && plan->guest_known &&
	       nla_put_u32(skb, CORDON_A_GUEST_CPU_MATCH,
			   plan->siblings_match));
	if (!ret)
		nla_nest_end(skb, nest);
	guestcpu_put(g);
	return ret ? -EMSGSIZE : 0;
}
