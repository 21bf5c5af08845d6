// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPUs on the wire: the dump of all, and a request to choose pools. No logic.
 */
#include <linux/cpu.h>
#include <linux/slab.h>

#include "check.h"
#include "isolation.h"
#include "netlink.h"
#include "plan.h"
#include "policy.h"
#include "pool.h"
#include "topology.h"
#include "vm.h"

const struct nla_policy cpu_set_policy[CORDON_A_CPU_RESERVE + 1] = {
	[CORDON_A_CPU_DEDICATED] = NLA_POLICY_NESTED(cpu_range_policy),
	[CORDON_A_CPU_SHARED] = NLA_POLICY_NESTED(cpu_range_policy),
	[CORDON_A_CPU_RESERVE] = NLA_POLICY_MAX(NLA_U32, CPU_NUMBER_MAX),
};

static int fill_cpu_place(struct sk_buff *skb, unsigned int cpu)
{
	struct topology_cpu where;

	topology_get(cpu, &where);
	return nla_put_u32(skb, CORDON_A_CPU_ID, cpu) ||
	       nla_put_u32(skb, CORDON_A_CPU_PACKAGE, where.package) ||
	       nla_put_u32(skb, CORDON_A_CPU_NODE, where.node) ||
	       nla_put_u32(skb, CORDON_A_CPU_CORE, where.core) ||
	       (where.cache >= 0 &&
		nla_put_u32(skb, CORDON_A_CPU_CACHE, where.cache)) ||
	       (!cpu_online(cpu) && nla_put_flag(skb, CORDON_A_CPU_OFFLINE)) ||
	       nla_put_u32(skb, CORDON_A_CPU_POOL, pool_of(cpu)) ||
	       nla_put_u32(skb, CORDON_A_CPU_RESERVE, pool_reserve());
}

/* What the owner has it for, by its policy. */
static u32 fill_cpu_use_of(u32 owner, unsigned int cpu)
{
	struct cordon_vm *vm = vm_get_by_id(owner);
	struct cordon_policy *p = vm ? policy_get(vm) : NULL;
	u32 use = p && p->plan ? plan_use(p->plan, cpu) : 0;

	policy_put(p);
	if (vm)
		vm_put(vm);
	return use;
}

static int fill_cpu_owner(struct sk_buff *skb, unsigned int cpu, u32 owner)
{
	u32 use = fill_cpu_use_of(owner, cpu), how;
	const char *why = NULL;

	how = isolation_how(&why);
	return nla_put_u32(skb, CORDON_A_CPU_OWNER, owner) ||
	       (use && nla_put_u32(skb, CORDON_A_CPU_USE, use)) ||
	       nla_put_u32(skb, CORDON_A_CPU_ISOLATION, how) ||
	       (how == CORDON_ISOLATION_MASKS && why &&
		nla_put_string(skb, CORDON_A_CPU_WHY_MASKS, why));
}

static int fill_cpu_receipt(struct sk_buff *skb, unsigned int cpu,
			    struct isolation_receipt *r)
{
	int ret;

	if (!isolation_read(cpu, r))
		return 0;
	ret = fill_receipt(skb, CORDON_A_CPU_RECEIPT, r, nl_ns());
	isolation_put_receipt(r);
	return ret;
}

static int fill_cpu(struct sk_buff *skb, unsigned int cpu,
		    struct isolation_receipt *room)
{
	u32 owner = isolation_owner(cpu);

	return fill_cpu_place(skb, cpu) ||
	       (owner && (fill_cpu_owner(skb, cpu, owner) ||
			  fill_cpu_receipt(skb, cpu, room)));
}

/**
 * dump_cpus() - tell all CPUs that are present
 * @skb: the message to fill
 * @cb: the dump; goes on at the CPU in @cb->args[0]
 *
 * Context: process.
 * Return: the length of the message, 0 at the end, or a negative errno.
 */
int dump_cpus(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct isolation_receipt *room = kmalloc(sizeof(*room), GFP_KERNEL);
	unsigned int cpu = cb->args[0];
	void *hdr;

	if (!room)
		return -ENOMEM;
	for (; cpu < nr_cpu_ids; cpu++) {
		if (!cpu_present(cpu))
			continue;
		hdr = dump_put(skb, cb, CORDON_CMD_CPU_GET);
		if (!hdr)
			break;
		if (fill_cpu(skb, cpu, room)) {
			genlmsg_cancel(skb, hdr);
			break;
		}
		genlmsg_end(skb, hdr);
	}
	kfree(room);
	cb->args[0] = cpu;
	return skb->len ?: cpu < nr_cpu_ids ? -EMSGSIZE : 0;
}

/* All ranges of one attribute; NULL if it is not there. */
static int parse_pool(struct genl_info *info, int type, const char *name,
		      struct cpumask **pool, struct refusal *why)
{
	struct policy_rule rule = {};
	struct nlattr *attr;
	int ret = 0, rem;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem)
		if (!ret && nla_type(attr) == type)
			ret = parse_cpus(info, attr, type, name, &rule,
					 why);
	*pool = rule.cpus;
	return ret;
}

/**
 * parse_pools() - a cpu-set request
 * @info: the request, checked against cpu_set_policy
 * @req: filled; the caller frees its masks, also if this fails
 * @why: filled if it is refused here
 *
 * Context: process.
 * Return: 0 or a negative errno.
 */
int parse_pools(struct genl_info *info, struct pool_request *req,
		struct refusal *why)
{
	struct nlattr *reserve = info->attrs[CORDON_A_CPU_RESERVE];

	if (reserve) {
		req->set_reserve = true;
		req->reserve = nla_get_u32(reserve);
	}
	return parse_pool(info, CORDON_A_CPU_DEDICATED, "dedicated",
			  &req->dedicated, why) ?:
	       parse_pool(info, CORDON_A_CPU_SHARED, "shared", &req->shared,
			  why);
}
