// SPDX-License-Identifier: GPL-2.0-only
/*
 * Placement: a CPU of its own for each dedicated vCPU of a VM, by its policy.
 *
 * Pure: it knows what it is given, allocates nothing and may run anywhere; built
 * in user space too, by selftests/unit. Pins are placed first; then what each
 * node takes is counted, which says whether all fit at all; then nodes are
 * chosen (placement_node.c), and CPUs (placement_core.c). plan.c calls it.
 *
 * The thread policies are those of OpenStack Nova's hw:cpu_thread_policy.
 */
#include "placement_priv.h"

static enum placement_refusal
placement_refuse(struct placement *p, enum placement_refusal refusal,
		 __u32 wanted, __u32 free)
{
	p->res->refusal = refusal;
	p->res->wanted = wanted;
	p->res->free = free;
	return refusal;
}

static enum placement_refusal
placement_refuse_pin(struct placement *p, enum placement_refusal refusal,
		     __u32 vcpu, __u32 cpu)
{
	p->res->refusal = refusal;
	p->res->vcpu = vcpu;
	p->res->cpu = cpu;
	return refusal;
}

static size_t placement_size_of_cores(const struct placement_host *host)
{
	return host->nr_cores * sizeof(struct placement_core);
}

static size_t placement_size_of_nodes(const struct placement_host *host)
{
	return host->nr_nodes * sizeof(struct placement_node);
}

static bool placement_is_too_large(const struct placement_host *host,
				   const struct placement_request *req)
{
	return host->nr_cpus > PLACEMENT_CPUS_MAX ||
	       host->nr_cores > PLACEMENT_CPUS_MAX ||
	       host->nr_nodes > PLACEMENT_NODES_MAX ||
	       req->nr_vcpus > PLACEMENT_VCPUS_MAX;
}

/**
 * placement_room() - room that placement_solve() needs to work in
 * @host: what there is
 * @req: what is wanted
 *
 * Context: any.
 * Return: bytes.
 */
size_t placement_room(const struct placement_host *host,
		      const struct placement_request *req)
{
	if (placement_is_too_large(host, req))
		return 0;
	return placement_size_of_cores(host) + host->nr_cpus * sizeof(__u32) +
	       placement_size_of_nodes(host);
}

static void placement_init(struct placement *p, void *room)
{
	struct placement_result *res = p->res;
	__u32 i;

	res->refusal = PLACEMENT_OK;
	res->vcpu = PLACEMENT_NONE;
	res->cpu = PLACEMENT_NONE;
	res->node = PLACEMENT_NONE;
	res->wanted = 0;
	res->free = 0;
	res->emulator_cpu = PLACEMENT_NONE;
	res->nr_nodes = 0;
	res->siblings_match = true;
	for (i = 0; i < p->req->nr_vcpus; i++)
		res->vcpu_cpu[i] = PLACEMENT_NONE;
	for (i = 0; i < p->host->nr_cpus; i++)
		res->owned[i] = 0;
	p->core = room;
	room += placement_size_of_cores(p->host);
	p->cpu = room;
	room += p->host->nr_cpus * sizeof(__u32);
	p->node = room;
	placement_cores_init(p);
}

/* What is wrong with a pin by itself. */
static enum placement_refusal placement_check_pin(struct placement *p,
						  __u32 vcpu, __u32 cpu,
						  __u32 node)
{
	const struct placement_cpu *c = &p->host->cpu[cpu];

	if (cpu >= p->host->nr_cpus || c->core == PLACEMENT_NONE || !c->usable)
		return placement_refuse_pin(p, PLACEMENT_PIN_UNUSABLE, vcpu,
					    cpu);
	if (c->taken)
		return placement_refuse_pin(p, PLACEMENT_PIN_TAKEN, vcpu, cpu);
	if (p->res->owned[cpu])
		return placement_refuse_pin(p, PLACEMENT_PIN_TWICE, vcpu, cpu);
	if ((node != PLACEMENT_NONE && node != c->node) ||
	    !placement_node_allowed(p, c->node))
		return placement_refuse_pin(p, PLACEMENT_PIN_NODE, vcpu, cpu);
	return PLACEMENT_OK;
}

/* And with the thread policy, now that all are there. */
static enum placement_refusal placement_check_pinned(struct placement *p)
{
	__u32 policy = p->req->thread_policy, i;

	for (i = 0; i < p->req->nr_vcpus; i++) {
		__u32 cpu = p->res->vcpu_cpu[i];
		const struct placement_core *c;
		bool wrong;

		if (cpu == PLACEMENT_NONE)
			continue;
		c = &p->core[p->host->cpu[cpu].core];
		wrong = (policy == CORDON_THREAD_POLICY_REQUIRE &&
			 !placement_is_group(c)) ||
			(policy == CORDON_THREAD_POLICY_ISOLATE &&
			 (!c->whole || c->vcpus > 1 || c->emulator)) ||
			(policy == CORDON_THREAD_POLICY_SEPARATE &&
			 c->vcpus > 1);
		if (wrong)
			return placement_refuse_pin(p, PLACEMENT_PIN_POLICY, i,
						    cpu);
	}
	return PLACEMENT_OK;
}

static enum placement_refusal placement_put_pins(struct placement *p)
{
	const struct placement_request *req = p->req;
	enum placement_refusal ret;
	__u32 i;

	for (i = 0; i < req->nr_vcpus; i++) {
		if (req->vcpu[i].pin == PLACEMENT_NONE)
			continue;
		ret = placement_check_pin(p, i, req->vcpu[i].pin,
					  req->vcpu[i].node);
		if (ret)
			return ret;
		placement_put_vcpu(p, i, req->vcpu[i].pin);
	}
	if (req->emulator && req->emulator_pin != PLACEMENT_NONE) {
		ret = placement_check_pin(p, PLACEMENT_NONE, req->emulator_pin,
					  PLACEMENT_NONE);
		if (ret)
			return ret;
		placement_put_emulator(p, req->emulator_pin);
	}
	return placement_check_pinned(p);
}

/* vCPUs that are placed. */
static __u32 placement_nr_put(const struct placement *p)
{
	__u32 i, nr = 0;

	for (i = 0; i < p->req->nr_vcpus; i++)
		nr += p->res->vcpu_cpu[i] != PLACEMENT_NONE;
	return nr;
}

/* CPUs that nobody else has, ours among them. */
static __u32 placement_nr_free(const struct placement *p)
{
	__u32 i, nr = 0;

	for (i = 0; i < p->host->nr_cpus; i++)
		nr += p->host->cpu[i].core != PLACEMENT_NONE &&
		      p->host->cpu[i].usable && !p->host->cpu[i].taken;
	return nr;
}

/*
 * Does the emulator need a slot that a vCPU could have? Not if there is a CPU
 * that the thread policy has no use for, or if it is placed.
 */
static __u32 placement_emulator_slots(const struct placement *p)
{
	__u32 i;

	if (!p->req->emulator || p->res->emulator_cpu != PLACEMENT_NONE)
		return 0;
	switch (p->req->thread_policy) {
	case CORDON_THREAD_POLICY_SEPARATE:
		return 0;
	case CORDON_THREAD_POLICY_REQUIRE:
	case CORDON_THREAD_POLICY_ISOLATE:
		for (i = 0; i < p->host->nr_cores; i++)
			if (p->core[i].free && !p->core[i].vcpus &&
			    !placement_core_slots(p, i) &&
			    placement_node_allowed(p, p->core[i].node))
				return 0;
	}
	return 1;
}

/* With separate, the emulator has one of the CPUs that are left. */
static bool placement_leaves_one(const struct placement *p, __u32 wanted)
{
	__u32 i, free = 0;

	if (!p->req->emulator || p->res->emulator_cpu != PLACEMENT_NONE ||
	    p->req->thread_policy != CORDON_THREAD_POLICY_SEPARATE)
		return true;
	for (i = 0; i < p->host->nr_cores; i++)
		if (placement_node_allowed(p, p->core[i].node))
			free += p->core[i].free;
	return free > wanted;
}

/* Cores that @wanted CPUs would need besides those there are. */
static enum placement_refusal
placement_refuse_groups(struct placement *p, __u32 wanted, __u32 slots)
{
	__u32 i, whole = 0, largest = 1;

	for (i = 0; i < p->host->nr_cores; i++) {
		whole += placement_is_group(&p->core[i]);
		if (p->core[i].nr > largest)
			largest = p->core[i].nr;
	}
	return placement_refuse(p, PLACEMENT_NO_CORES, whole +
				(wanted - slots + largest - 1) / largest,
				whole);
}

/* Too few, wherever they may be. */
static enum placement_refusal
placement_check_host(struct placement *p, __u32 wanted)
{
	__u32 need = p->req->nr_vcpus + p->req->emulator, i, slots = 0;
	__u32 free = placement_nr_free(p), put = placement_nr_put(p);

	if (need > free)
		return placement_refuse(p, PLACEMENT_NO_CPUS, need, free);
	for (i = 0; i < p->host->nr_cores; i++)
		slots += placement_core_slots(p, i);
	if (wanted <= slots)
		return PLACEMENT_OK;
	if (p->req->thread_policy == CORDON_THREAD_POLICY_REQUIRE)
		return placement_refuse_groups(p, wanted, slots);
	return placement_refuse(p, PLACEMENT_NO_CORES, wanted + put,
				slots + put);
}

static enum placement_refusal placement_refuse_node(struct placement *p,
						    __u32 node, __u32 wanted,
						    __u32 free)
{
	p->res->node = node;
	return placement_refuse(p, PLACEMENT_NO_NODE, wanted, free);
}

/* Too few on the nodes where they must be. */
static enum placement_refusal placement_check_nodes(struct placement *p,
						    __u32 wanted)
{
	__u32 i, slots = 0, node, put = placement_nr_put(p);

	for (i = 0; i < p->req->nr_vcpus; i++) {
		node = p->req->vcpu[i].node;
		if (node == PLACEMENT_NONE)
			continue;
		if (node >= p->host->nr_nodes || !p->node[node].allowed)
			return placement_refuse_node(p, node, 1, 0);
		if (p->node[node].strict > p->node[node].slots)
			return placement_refuse_node(p, node,
						     p->node[node].strict,
						     p->node[node].slots);
	}
	for (i = 0; i < p->host->nr_nodes; i++)
		if (p->node[i].allowed)
			slots += p->node[i].slots;
	if (wanted > slots)
		return placement_refuse_node(p, PLACEMENT_NONE, wanted + put,
					     slots + put);
	return PLACEMENT_OK;
}

static enum placement_refusal placement_check_room(struct placement *p)
{
	__u32 left = p->req->nr_vcpus - placement_nr_put(p);
	__u32 wanted = left + placement_emulator_slots(p);
	enum placement_refusal ret;

	ret = placement_check_host(p, wanted);
	if (ret)
		return ret;
	placement_nodes_count(p);
	ret = placement_check_nodes(p, wanted);
	if (!ret && !placement_leaves_one(p, left))
		ret = placement_refuse_node(p, PLACEMENT_NONE,
					    p->req->nr_vcpus + 1,
					    p->req->nr_vcpus);
	return ret;
}

/* vCPUs that may be on any node that is allowed, and are not placed. */
static __u32 placement_nr_loose(const struct placement *p)
{
	__u32 i, nr = 0;

	for (i = 0; i < p->req->nr_vcpus; i++)
		nr += p->res->vcpu_cpu[i] == PLACEMENT_NONE &&
		      p->req->vcpu[i].node == PLACEMENT_NONE;
	return nr;
}

static void placement_count_nodes(struct placement *p)
{
	__u32 i;

	for (i = 0; i < p->host->nr_nodes; i++)
		p->node[i].used = false;
	for (i = 0; i < p->req->nr_vcpus; i++) {
		struct placement_node *n;

		n = &p->node[p->host->cpu[p->res->vcpu_cpu[i]].node];
		p->res->nr_nodes += !n->used;
		n->used = true;
	}
}

/* Are all that share a core siblings to the guest, and the other way round? */
static bool placement_siblings_match(const struct placement *p)
{
	const struct placement_vcpu *vcpu = p->req->vcpu;
	bool has = false, differs = false;
	__u32 i, k;

	for (i = 0; i < p->req->nr_vcpus; i++) {
		__u32 core = p->host->cpu[p->res->vcpu_cpu[i]].core;

		for (k = 0; k < i; k++) {
			bool guest = vcpu[i].guest_core != PLACEMENT_NONE &&
				     vcpu[i].guest_core == vcpu[k].guest_core;

			has |= guest;
			differs |= guest !=
				(p->host->cpu[p->res->vcpu_cpu[k]].core == core);
		}
	}
	return !has || !differs;
}

/**
 * placement_solve() - place a VM
 * @host: what there is
 * @req: what is wanted
 * @room: placement_room() bytes to work in, aligned for pointers
 * @res: filled; @res->vcpu_cpu and @res->owned are the caller's
 *
 * Refuses nothing that fits under the rules. On AUTO and NODES the vCPUs are on
 * as few nodes as can be. The same question has the same answer.
 *
 * Context: any. Takes time in proportion to cores times vCPUs.
 * Return: PLACEMENT_OK, or why there is none, as in @res->refusal.
 */
enum placement_refusal placement_solve(const struct placement_host *host,
				       const struct placement_request *req,
				       void *room,
				       struct placement_result *res)
{
	struct placement p = { .host = host, .req = req, .res = res };
	enum placement_refusal ret;

	if (placement_is_too_large(host, req)) {
		res->refusal = PLACEMENT_TOO_LARGE;
		return res->refusal;
	}
	placement_init(&p, room);
	if (req->thread_policy == CORDON_THREAD_POLICY_AVOID && p.smt)
		return placement_refuse(&p, PLACEMENT_SMT, 0, 0);
	if (req->thread_policy == CORDON_THREAD_POLICY_REQUIRE && !p.smt)
		return placement_refuse(&p, PLACEMENT_NO_SMT, 0, 0);
	ret = placement_put_pins(&p) ?: placement_check_room(&p);
	if (ret)
		return ret;
	if (!placement_nodes_choose(&p, placement_nr_loose(&p)))
		return placement_refuse_node(&p, PLACEMENT_NONE,
					     req->nr_vcpus, 0);
	placement_put_vcpus(&p);
	placement_count_nodes(&p);
	if (req->emulator && res->emulator_cpu == PLACEMENT_NONE &&
	    !placement_find_emulator(&p))
		return placement_refuse(&p, PLACEMENT_NO_CPUS,
					req->nr_vcpus + 1, req->nr_vcpus);
	placement_own_siblings(&p);
	res->siblings_match = placement_siblings_match(&p);
	return PLACEMENT_OK;
}
