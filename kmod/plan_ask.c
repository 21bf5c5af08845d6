// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a policy asks of the solver: the host as it is, the vCPUs that want a
 * CPU of their own, and which CPU each of them must have.
 *
 * Called by plan.c, in process context, under the policy mutex. Nothing here
 * changes anything.
 */
#include <linux/cpu.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/pid.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/topology.h>

#include "affinity.h"
#include "check.h"
#include "cpuset.h"
#include "guestcpu.h"
#include "isolation.h"
#include "memnode.h"
#include "plan.h"
#include "plan_ask.h"
#include "pool.h"
#include "thread.h"
#include "topology.h"
#include "value.h"
#include "vm.h"
#include "vmm.h"

/* A node that numa-prefer names outweighs any amount of memory. */
#define PLAN_PREFERRED	BIT_ULL(62)

static u32 plan_node_of(struct plan_ask *ask, u32 id)
{
	u32 node;

	for (node = 0; node < ask->host.nr_nodes; node++)
		if (ask->node_id[node] == id)
			return node;
	return PLACEMENT_NONE;
}

static u32 plan_add_node(struct plan_ask *ask, u32 id)
{
	u32 node = plan_node_of(ask, id);

	if (node == PLACEMENT_NONE) {
		node = ask->host.nr_nodes++;
		ask->node_id[node] = id;
	}
	return node;
}

/*
 * One that the VM owns stays its own while it is offline, unless it is placed
 * anew: a core by itself. Of a core the lowest CPU comes first.
 */
static void plan_add_cpu(struct plan_ask *ask, unsigned int cpu)
{
	struct placement_cpu *to = &ask->cpu[cpu];
	bool own = !ask->replan && isolation_owner(cpu) == ask->vm->id;
	struct topology_cpu where;

	to->core = PLACEMENT_NONE;
	if (!cpu_online(cpu) && !own)
		return;
	topology_get(cpu, &where);
	to->node = plan_add_node(ask, where.node);
	to->core = ask->cpu[where.core].core;
	if (where.core == cpu)
		to->core = ask->host.nr_cores++;
	to->usable = cpumask_test_cpu(cpu, ask->allowed) &&
		     pool_of(cpu) == CORDON_POOL_DEDICATED;
}

static void plan_add_host(struct plan_ask *ask)
{
	unsigned int cpu;

	ask->host.nr_cpus = nr_cpu_ids;
	ask->host.cpu = ask->cpu;
	ask->host.node_score = ask->score;
	/* No CPU comes or goes while they are numbered. */
	cpus_read_lock();
	for_each_possible_cpu(cpu)
		plan_add_cpu(ask, cpu);
	cpus_read_unlock();
}

/* Not outside of the VM's cpuset, but for what cordon itself has taken. */
static int plan_add_allowed(struct plan_ask *ask)
{
	struct task_struct *leader;
	cpumask_var_t owned;
	int ret = 0;

	cpumask_copy(ask->allowed, cpu_possible_mask);
	if (!alloc_cpumask_var(&owned, GFP_KERNEL))
		return -ENOMEM;
	isolation_get_owned(NULL, owned);
	leader = get_pid_task(ask->vm->vmm->tgid, PIDTYPE_TGID);
	if (leader) {
		ret = cpuset_get_allowed(leader, owned, ask->allowed);
		put_task_struct(leader);
	}
	free_cpumask_var(owned);
	return ret;
}

static int plan_add_scores(struct plan_ask *ask)
{
	u64 *by_id = kvcalloc(nr_node_ids, sizeof(*by_id), GFP_KERNEL);
	u32 node, id;

	if (!by_id)
		return -ENOMEM;
	memnode_scores(ask->vm, by_id, nr_node_ids);
	for (node = 0; node < ask->host.nr_nodes; node++) {
		id = ask->node_id[node];
		ask->score[node] = min_t(u64, by_id[id], PLAN_PREFERRED - 1);
		if (policy_prefers_node(ask->p, id))
			ask->score[node] += PLAN_PREFERRED;
		ask->node_allowed[node] = policy_names_node(ask->p, id);
	}
	kvfree(by_id);
	return 0;
}

static int plan_add_vcpu(struct plan_ask *ask, u32 index, struct refusal *why)
{
	struct placement_vcpu *v = &ask->vcpu[ask->req.nr_vcpus];
	u32 node;

	v->pin = PLACEMENT_NONE;
	v->node = PLACEMENT_NONE;
	v->guest_core = PLACEMENT_NONE;
	if (ask->guest && index < ask->guest->nr_vcpus)
		v->guest_core = ask->guest->core[index];
	if (policy_get_node(ask->p, index, &node)) {
		v->node = plan_node_of(ask, node);
		if (v->node == PLACEMENT_NONE)
			return refuse(why, -EINVAL, CORDON_A_POLICY_NUMA_MAP,
				      "numa-map: vCPU %u: node %u has no online CPU",
				      index, node);
	}
	ask->index[ask->req.nr_vcpus++] = index;
	return 0;
}

/* A VM without vCPUs may get some yet, one that has some will not. */
static int plan_check_named(const struct plan_ask *ask, struct refusal *why)
{
	const u32 key = CORDON_A_POLICY_CPU_POLICY;
	const struct policy_value *value = ask->p->value[key];
	u32 i;

	if (policy_cpu_policy(ask->p) != CORDON_CPU_POLICY_MIXED ||
	    !ask->nr_vcpus)
		return 0;
	for (i = 0; i < value->nr; i++)
		if (value->rule[i].last >= ask->nr_vcpus)
			return refuse(why, -EINVAL, key,
				      "cpu-policy: mixed names vCPU %u, but there are %u",
				      value->rule[i].last, ask->nr_vcpus);
	return 0;
}

static int plan_add_request(struct plan_ask *ask, struct refusal *why)
{
	struct placement_request *req = &ask->req;
	int ret = 0;
	u32 i;

	req->vcpu = ask->vcpu;
	req->thread_policy = policy_thread_policy(ask->p);
	req->numa = policy_numa(ask->p);
	if (req->numa == CORDON_NUMA_NODES)
		req->node_allowed = ask->node_allowed;
	req->emulator_pin = PLACEMENT_NONE;
	for (i = 0; !ret && i < ask->nr_vcpus; i++)
		if (policy_is_dedicated(ask->p, i))
			ret = plan_add_vcpu(ask, i, why);
	req->emulator = req->nr_vcpus && policy_emulator_policy(ask->p) ==
					 CORDON_EMULATOR_POLICY_ISOLATE;
	return ret;
}

static void plan_pin(struct plan_ask *ask, u32 place, enum plan_pin pin,
		     u32 cpu)
{
	ask->vcpu[place].pin = cpu;
	ask->pin[place] = pin;
	ask->kept |= pin == PLAN_PIN_KEPT;
}

static bool plan_is_pinned_to(const struct plan_ask *ask, u32 cpu)
{
	u32 i;

	for (i = 0; i < ask->req.nr_vcpus; i++)
		if (ask->vcpu[i].pin == cpu)
			return true;
	return false;
}

/* What the keys say. The policy has no plan yet that would answer for them. */
static int plan_pin_said(struct plan_ask *ask, struct cpumask *scratch,
			 struct refusal *why)
{
	u32 i;

	for (i = 0; i < ask->req.nr_vcpus; i++) {
		u32 index = ask->index[i];

		if (!policy_get_cpus(ask->p, CORDON_CLASS_VCPU, index, "",
				     scratch))
			continue;
		if (cpumask_weight(scratch) != 1)
			return refuse(why, -EINVAL, CORDON_A_POLICY_VCPU_PIN,
				      "vcpu-pin: vCPU %u is dedicated: it needs one CPU, not %u",
				      index, cpumask_weight(scratch));
		plan_pin(ask, i, PLAN_PIN_SAID, cpumask_first(scratch));
	}
	if (!ask->req.emulator ||
	    !policy_get_cpus(ask->p, CORDON_CLASS_EMULATOR, 0, "", scratch))
		return 0;
	if (cpumask_weight(scratch) != 1)
		return refuse(why, -EINVAL, CORDON_A_POLICY_EMULATOR_CPUS,
			      "emulator-cpus: with emulator-policy isolate it needs one CPU, not %u",
			      cpumask_weight(scratch));
	ask->req.emulator_pin = cpumask_first(scratch);
	ask->emulator_pin = PLAN_PIN_SAID;
	return 0;
}

/* Who is placed stays there. */
static void plan_pin_kept(struct plan_ask *ask)
{
	const struct cordon_plan *plan = ask->old ? ask->old->plan : NULL;
	u32 i;

	if (!plan || ask->replan)
		return;
	for (i = 0; i < ask->req.nr_vcpus; i++) {
		u32 index = ask->index[i];

		if (ask->pin[i] || index >= plan->nr_vcpus ||
		    plan->cpu[index] == PLAN_NONE ||
		    plan_is_pinned_to(ask, plan->cpu[index]))
			continue;
		plan_pin(ask, i, PLAN_PIN_KEPT, plan->cpu[index]);
	}
	if (ask->req.emulator && !ask->emulator_pin &&
	    plan->emulator_cpu != PLAN_NONE &&
	    !plan_is_pinned_to(ask, plan->emulator_cpu)) {
		ask->req.emulator_pin = plan->emulator_cpu;
		ask->emulator_pin = PLAN_PIN_KEPT;
		ask->kept = true;
	}
}

/* The mask that others gave the thread: not ours, if we hold it. */
static void plan_get_theirs(struct cordon_thread *t, struct cpumask *cpus)
{
	mutex_lock(&t->lock);
	if (t->affinity.held)
		cpumask_copy(cpus, t->affinity.found);
	else
		isolation_get_mask(t->task, cpus);
	mutex_unlock(&t->lock);
}

/* By place in the request, what others pinned a vCPU to; -1: not to one CPU. */
static int plan_find_theirs(struct plan_ask *ask, int *cpu,
			    struct cpumask *scratch)
{
	struct cordon_thread **threads;
	unsigned int nr, i;
	u32 k;

	for (k = 0; k < ask->req.nr_vcpus; k++)
		cpu[k] = -1;
	threads = vmm_get_threads(ask->vm->vmm, &nr);
	if (!threads)
		return -ENOMEM;
	for (i = 0; i < nr; i++) {
		if (rcu_access_pointer(threads[i]->vm) != ask->vm)
			continue;
		for (k = 0; k < ask->req.nr_vcpus; k++)
			if (ask->index[k] == threads[i]->vcpu_index)
				break;
		if (k == ask->req.nr_vcpus)
			continue;
		plan_get_theirs(threads[i], scratch);
		if (cpumask_weight(scratch) == 1)
			cpu[k] = cpumask_first(scratch);
	}
	vmm_put_threads(threads, nr);
	return 0;
}

/* The first vCPU without a pin that has no CPU of its own by others' will. */
static u32 plan_find_unpinned(const struct plan_ask *ask, const int *cpu)
{
	u32 i, k;

	for (i = 0; i < ask->req.nr_vcpus; i++) {
		if (ask->pin[i])
			continue;
		if (cpu[i] < 0 || plan_is_pinned_to(ask, cpu[i]))
			return i;
		for (k = 0; k < i; k++)
			if (!ask->pin[k] && cpu[k] == cpu[i])
				return i;
	}
	return PLACEMENT_NONE;
}

static int plan_adopt(struct plan_ask *ask, bool said, const int *cpu,
		      struct refusal *why)
{
	u32 i = plan_find_unpinned(ask, cpu);

	if (i != PLACEMENT_NONE) {
		if (!said)
			return 0;
		return refuse(why, -EINVAL, CORDON_A_POLICY_PLACEMENT,
			      "placement: vCPU %u is not pinned to one CPU of its own: nothing to adopt",
			      ask->index[i]);
	}
	for (i = 0; i < ask->req.nr_vcpus; i++)
		if (!ask->pin[i])
			plan_pin(ask, i, PLAN_PIN_ADOPTED, cpu[i]);
	return 0;
}

static int plan_pin_adopted(struct plan_ask *ask, struct cpumask *scratch,
			    struct refusal *why)
{
	bool said;
	int *cpu, ret;

	if (!policy_adopts(ask->p, &said) || !ask->req.nr_vcpus)
		return 0;
	cpu = kvcalloc(ask->req.nr_vcpus, sizeof(*cpu), GFP_KERNEL);
	if (!cpu || plan_find_theirs(ask, cpu, scratch))
		ret = refuse(why, -ENOMEM, 0, "out of memory");
	else
		ret = plan_adopt(ask, said, cpu, why);
	kvfree(cpu);
	return ret;
}

static int plan_add_pins(struct plan_ask *ask, struct refusal *why)
{
	cpumask_var_t scratch;
	int ret;

	if (!alloc_cpumask_var(&scratch, GFP_KERNEL))
		return refuse(why, -ENOMEM, 0, "out of memory");
	ret = plan_pin_said(ask, scratch, why);
	if (!ret) {
		plan_pin_kept(ask);
		ret = plan_pin_adopted(ask, scratch, why);
	}
	free_cpumask_var(scratch);
	return ret;
}

static int plan_ask_alloc(struct plan_ask *ask)
{
	u32 nr = ask->nr_vcpus + 1;

	ask->cpu = kvcalloc(nr_cpu_ids, sizeof(*ask->cpu), GFP_KERNEL);
	ask->vcpu = kvcalloc(nr, sizeof(*ask->vcpu), GFP_KERNEL);
	ask->index = kvcalloc(nr, sizeof(*ask->index), GFP_KERNEL);
	ask->pin = kvcalloc(nr, sizeof(*ask->pin), GFP_KERNEL);
	ask->node_id = kvcalloc(nr_node_ids, sizeof(*ask->node_id), GFP_KERNEL);
	ask->score = kvcalloc(nr_node_ids, sizeof(*ask->score), GFP_KERNEL);
	ask->node_allowed = kvcalloc(nr_node_ids, sizeof(*ask->node_allowed),
				     GFP_KERNEL);
	ask->res.vcpu_cpu = kvcalloc(nr, sizeof(*ask->res.vcpu_cpu),
				     GFP_KERNEL);
	ask->res.owned = kvcalloc(nr_cpu_ids, sizeof(*ask->res.owned),
				  GFP_KERNEL);
	return zalloc_cpumask_var(&ask->allowed, GFP_KERNEL) &&
	       zalloc_cpumask_var(&ask->avoid, GFP_KERNEL) && ask->cpu &&
	       ask->vcpu && ask->index && ask->pin && ask->node_id &&
	       ask->score && ask->node_allowed && ask->res.vcpu_cpu &&
	       ask->res.owned ? 0 : -ENOMEM;
}

/**
 * plan_ask_begin() - gather what the solver needs
 * @ask: zeroed, but for the VM, the policies and @replan
 * @why: filled if the policy contradicts itself
 *
 * Context: process, policy mutex held.
 * Return: 0 or a negative errno; plan_ask_end() follows in any case.
 */
int plan_ask_begin(struct plan_ask *ask, struct refusal *why)
{
	size_t room;
	int ret;

	ask->nr_vcpus = kvm_weak_nr_vcpus(&ask->vm->kvm);
	if (plan_ask_alloc(ask))
		return refuse(why, -ENOMEM, 0, "out of memory");
	ask->guest = guestcpu_get(ask->vm);
	if (plan_add_allowed(ask))
		return refuse(why, -ENOMEM, 0, "out of memory");
	plan_add_host(ask);
	if (plan_add_scores(ask))
		return refuse(why, -ENOMEM, 0, "out of memory");
	ret = plan_check_named(ask, why) ?: plan_add_request(ask, why) ?:
	      plan_add_pins(ask, why);
	if (ret)
		return ret;
	room = placement_room(&ask->host, &ask->req);
	ask->room = kvzalloc(max_t(size_t, room, 1), GFP_KERNEL);
	return ask->room ? 0 : refuse(why, -ENOMEM, 0, "out of memory");
}

/**
 * plan_ask_end() - free what plan_ask_begin() has gathered
 * @ask: the question
 *
 * Context: process.
 */
void plan_ask_end(struct plan_ask *ask)
{
	guestcpu_put(ask->guest);
	kvfree(ask->cpu);
	kvfree(ask->vcpu);
	kvfree(ask->index);
	kvfree(ask->pin);
	kvfree(ask->node_id);
	kvfree(ask->score);
	kvfree(ask->node_allowed);
	kvfree(ask->res.vcpu_cpu);
	kvfree(ask->res.owned);
	kvfree(ask->room);
	free_cpumask_var(ask->allowed);
	free_cpumask_var(ask->avoid);
}

/**
 * plan_ask_solve() - ask the solver, as things are
 * @ask: the question; its answer is filled
 *
 * Context: process, policy mutex held.
 * Return: PLACEMENT_OK, or why there is no placement.
 */
enum placement_refusal plan_ask_solve(struct plan_ask *ask)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		u32 owner = isolation_owner(cpu);

		ask->cpu[cpu].taken = (owner && owner != ask->vm->id) ||
				      cpumask_test_cpu(cpu, ask->avoid);
	}
	memset(ask->res.owned, 0, nr_cpu_ids * sizeof(*ask->res.owned));
	return placement_solve(&ask->host, &ask->req, ask->room, &ask->res);
}

/**
 * plan_ask_drop_kept() - who is placed need not stay there
 * @ask: the question
 *
 * Context: process.
 */
void plan_ask_drop_kept(struct plan_ask *ask)
{
	u32 i;

	for (i = 0; i < ask->req.nr_vcpus; i++)
		if (ask->pin[i] == PLAN_PIN_KEPT)
			plan_pin(ask, i, PLAN_PIN_NONE, PLACEMENT_NONE);
	if (ask->emulator_pin == PLAN_PIN_KEPT) {
		ask->emulator_pin = PLAN_PIN_NONE;
		ask->req.emulator_pin = PLACEMENT_NONE;
	}
	ask->kept = false;
}
