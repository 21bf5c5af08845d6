/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_NETLINK_H
#define _CORDON_NETLINK_H

#include <linux/cpumask.h>
#include <linux/pid_namespace.h>
#include <linux/sizes.h>
#include <net/genetlink.h>
#include <uapi/linux/cordon.h>

struct budget_limit;
struct budget_stats;
struct cordon_plan;
struct cordon_policy;
struct cordon_thread;
struct cordon_vm;
struct isolation_culprit;
struct isolation_receipt;
struct policy_request;
struct policy_rule;
struct pool_request;
struct refusal;

extern struct genl_family cordon_family;
extern const struct nla_policy cpu_range_policy[CORDON_A_CPU_RANGE_MAX + 1];
extern const struct nla_policy cpu_set_policy[CORDON_A_CPU_RESERVE + 1];
extern const struct nla_policy policy_set_policy[CORDON_A_POLICY_MAX + 1];

/* Room that a message is given: from the least, four times as much, to the most. */
#define NL_ROOM_MIN	SZ_4K
#define NL_ROOM_MAX	SZ_1M

/* The highest CPU number that a kernel can be built for. */
#define CPU_NUMBER_MAX	8191

/* Requests and dumps run in the reader. */
static inline struct pid_namespace *nl_ns(void)
{
	return task_active_pid_ns(current);
}

int netlink_init(void);
void netlink_exit(void);

int fill_nr(struct sk_buff *skb, int attr, pid_t nr);
int fill_cpus(struct sk_buff *skb, int attr, const struct cpumask *cpus);
int fill_vcpu_cpus(struct sk_buff *skb, int attr, struct cordon_vm *vm);
int fill_vm(struct sk_buff *skb, struct cordon_vm *vm,
	    struct pid_namespace *ns);
int fill_thread(struct sk_buff *skb, struct cordon_thread *t, u32 vm_id,
		u32 cpu, struct pid_namespace *ns);
int fill_policy(struct sk_buff *skb, struct cordon_vm *vm,
		struct pid_namespace *ns);
int fill_cap(struct sk_buff *skb, struct cordon_thread *t, u32 cap,
	     const struct budget_limit *limit, const struct budget_stats *stats,
	     struct pid_namespace *ns);
int fill_stats(struct sk_buff *skb, struct cordon_vm *vm,
	       struct pid_namespace *ns);
int fill_culprit(struct sk_buff *skb, int attr,
		 const struct isolation_culprit *who, struct pid_namespace *ns);
int fill_receipt(struct sk_buff *skb, int attr,
		 const struct isolation_receipt *r, struct pid_namespace *ns);
int fill_plan(struct sk_buff *skb, struct cordon_vm *vm,
	      const struct cordon_plan *plan, bool audits);
int fill_guest_cpu(struct sk_buff *skb, struct cordon_vm *vm,
		   const struct cordon_plan *plan);
int fill_refusal(struct sk_buff *skb, const struct refusal *why);

void *dump_put(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd);
int dump_start(struct netlink_callback *cb);
int dump_threads_start(struct netlink_callback *cb);
int dump_policies_start(struct netlink_callback *cb);
int dump_vms(struct sk_buff *skb, struct netlink_callback *cb);
int dump_threads(struct sk_buff *skb, struct netlink_callback *cb);
int dump_policies(struct sk_buff *skb, struct netlink_callback *cb);
int dump_stats(struct sk_buff *skb, struct netlink_callback *cb);
int dump_cpus(struct sk_buff *skb, struct netlink_callback *cb);

int parse_cpus(struct genl_info *info, const struct nlattr *attr, u32 key,
	       const char *name, struct policy_rule *rule, struct refusal *why);
int parse_pools(struct genl_info *info, struct pool_request *req,
		struct refusal *why);
int parse_policy(struct genl_info *info, struct policy_request *req,
		 struct refusal *why);

#endif /* _CORDON_NETLINK_H */
