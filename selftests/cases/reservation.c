// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reservations with cap-by cgroup: the weights of VMs beside each other are
 * chosen so that each gets what it reserves when all want all of the CPU. When
 * one comes or goes they are chosen anew, and in the end they are as found.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/cordon.h>
#include <netlink/attr.h>

#include "cgtree.h"
#include "cli.h"
#include "cpuclock.h"
#include "host.h"
#include "ksft.h"
#include "nlq.h"
#include "tvmm.h"

#define PARENT		"cordon-shares"
#define VMS		3
#define CPU		1
#define SECONDS		6.0

struct pool {
	struct vmm *v[VMS];
	pid_t vcpu[VMS];
	char path[VMS][64];
};

/* 2.8 GHz by 1000/2000/4000 are 400/800/1600 MHz. */
static const int weights[VMS] = { 1000, 2000, 4000 };

static void make_parent(void)
{
	cli_need();
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		ksft_skip("needs two CPUs");
	if (cg_write("", "cgroup.subtree_control", "+cpu"))
		ksft_skip("needs the cpu controller on cgroup2");
	require_eq(0, cg_new(PARENT, false), "a cgroup " PARENT);
	require_eq(0, cg_write(PARENT, "cgroup.subtree_control", "+cpu"),
		   "the cpu controller below " PARENT);
	/* Whatever else the host has beside it. */
	require_eq(0, cg_write(PARENT, "cpu.weight", "10000"), "its weight");
}

static void start(struct pool *p)
{
	make_parent();
	for (int i = 0; i < VMS; i++) {
		snprintf(p->path[i], sizeof(p->path[i]), PARENT "/vm%d", i);
		require_eq(0, cg_new(p->path[i], false), "a cgroup %s",
			   p->path[i]);
		p->v[i] = vmm_start();
		require_eq(0, cg_attach(p->path[i], p->v[i]->pid),
			   "the VMM's cgroup");
		vmm_vm_new(p->v[i], 0);
		vmm_vcpu_new(p->v[i], 0, GUEST_SPIN);
		require(vmm_moves(p->v[i], 0, 0, 20), "guest %d runs", i);
		p->vcpu[i] = vmm_vcpu_tid(p->v[i], 0, 0);
	}
}

static void set_weights(const struct pool *p)
{
	for (int i = 0; i < VMS; i++)
		cli_must("policy set pid:%d cap-by cgroup weight %d vcpu-pin 0:%d",
			 p->v[i]->pid, weights[i], CPU);
}

static int weight_of(const char *path)
{
	char text[64] = "";

	cg_read(path, "cpu.weight", text, sizeof(text));
	return atoi(text);
}

static void expect_weights(const struct pool *p, int a, int b, int c,
			   const char *when)
{
	const int want[VMS] = { a, b, c };

	for (int i = 0; i < VMS; i++)
		expect_eq(want[i], weight_of(p->path[i]), "%s: cpu.weight of %s",
			  when, p->path[i]);
}

struct guarantee {
	uint32_t vm_id;
	long milli;
};

static void see_policy(struct nlattr *attrs, int len, void *arg)
{
	struct guarantee *g = arg;
	struct nlattr *id = nla_find(attrs, len, CORDON_A_POLICY_VM_ID);
	struct nlattr *milli = nla_find(attrs, len, CORDON_A_POLICY_GUARANTEE);

	if (id && nla_get_u32(id) == g->vm_id && milli)
		g->milli = nla_get_u32(milli);
}

/* In thousandths of a CPU; 0: it is for admission only. */
static long guarantee_of(const struct vmm *v)
{
	struct guarantee g = { .vm_id = cli_vm_id(v->pid) };

	nlq_each(CORDON_CMD_POLICY_GET, see_policy, &g);
	return g.milli;
}

/* The weights that give 300 of 1000, and 1 to 2 what is left. */
static void expect_solved(const struct pool *p)
{
	long w[VMS], sum = 0;

	for (int i = 0; i < VMS; i++) {
		w[i] = weight_of(p->path[i]);
		sum += w[i];
	}
	expect(w[0] * 1000 >= 300 * sum && w[0] * 1000 <= 302 * sum,
	       "weights %ld/%ld/%ld give the first 300 of 1000", w[0], w[1], w[2]);
	expect(labs(2 * w[1] - w[2]) <= 2, "the others pro rata: %ld/%ld", w[1],
	       w[2]);
}

static void golden(void)
{
	const struct cgtree *before;
	struct pool p;

	start(&p);
	before = cgtree_take();
	set_weights(&p);
	expect_weights(&p, 1000, 2000, 4000, "no reservation");
	expect_eq(0, guarantee_of(p.v[0]), "nothing is reserved");

	cli_must("policy set pid:%d reservation 100m", p.v[0]->pid);
	expect_weights(&p, 1000, 2000, 4000, "a share that reaches it");
	expect_eq(143, guarantee_of(p.v[0]), "its share is what it is sure of");

	cli_must("policy set pid:%d reservation 300m", p.v[0]->pid);
	expect_solved(&p);
	expect_eq(300, guarantee_of(p.v[0]), "its reservation");
	expect_eq(0, guarantee_of(p.v[1]), "nothing is reserved");

	cli_must("policy set pid:%d reservation default", p.v[0]->pid);
	expect_weights(&p, 1000, 2000, 4000, "it goes");
	for (int i = 0; i < VMS; i++)
		cli_must("policy del pid:%d", p.v[i]->pid);
	cgtree_expect(before, "weights");
}

static void come_and_go(void)
{
	const struct cgtree *before;
	struct pool p;

	start(&p);
	before = cgtree_take();
	set_weights(&p);
	cli_must("policy set pid:%d reservation 300m", p.v[0]->pid);
	expect_solved(&p);

	cli_must("policy del pid:%d", p.v[0]->pid);
	expect_weights(&p, 100, 2000, 4000, "the one that reserves goes");
	cli_must("policy set pid:%d cap-by cgroup weight 1000 vcpu-pin 0:%d reservation 300m",
		 p.v[0]->pid, CPU);
	expect_solved(&p);
	vmm_kill(p.v[0]);
	if (ksft_until(10, weight_of(p.path[1]) == 2000))
		expect_eq(4000, weight_of(p.path[2]), "the weight of the other");
	else
		ksft_fail("killed: vm1 still has weight %d", weight_of(p.path[1]));
	cli_must("off");
	cgtree_expect(before, "VMs that came and went");
}

/* What a VM is sure of is not said where nobody can say it. */
static void not_sure(void)
{
	struct pool p;

	start(&p);
	set_weights(&p);
	cli_must("policy set pid:%d reservation 300m", p.v[0]->pid);
	expect_eq(300, guarantee_of(p.v[0]), "on the same CPU");

	cli_must("policy set pid:%d vcpu-pin 0:0-%d", p.v[1]->pid, CPU);
	expect_eq(0, guarantee_of(p.v[0]), "on CPUs that overlap");
	expect_weights(&p, 1000, 2000, 4000, "on CPUs that overlap");
	cli_must("policy set pid:%d vcpu-pin 0:0", p.v[1]->pid);
	expect_eq(300, guarantee_of(p.v[0]), "beside one on another CPU");

	cli_must("policy set pid:%d cap-by cordon weight default", p.v[0]->pid);
	expect_eq(0, guarantee_of(p.v[0]), "without a cgroup's weight");
	expect_weights(&p, 100, 2000, 4000, "without a cgroup's weight");
}

/* Others beside the VMs keep their weights and count. */
static void beside_others(void)
{
	struct vmm *other;
	struct pool p;
	long sum = 2000;

	start(&p);
	require_eq(0, cg_new(PARENT "/other", false), "another cgroup");
	require_eq(0, cg_write(PARENT "/other", "cpu.weight", "2000"),
		   "its weight");
	other = vmm_start();
	require_eq(0, cg_attach(PARENT "/other", other->pid), "another program");
	set_weights(&p);
	cli_must("policy set pid:%d reservation 300m", p.v[0]->pid);
	for (int i = 0; i < VMS; i++)
		sum += weight_of(p.path[i]);
	expect(weight_of(p.path[0]) * 1000 >= 300 * sum &&
	       weight_of(p.path[0]) * 1000 <= 302 * sum,
	       "weight %d of %ld gives 300 of 1000", weight_of(p.path[0]), sum);
	expect_eq(2000, weight_of(PARENT "/other"), "the other's weight");
	expect_eq(2000, weight_of(p.path[1]), "weight of vm1");
	expect_eq(300, guarantee_of(p.v[0]), "its reservation");

	/* Whose weight is somebody else's choice is sure of nothing. */
	require_eq(0, cg_write(p.path[0], "cpu.weight", "7"), "somebody's");
	expect(ksft_until(10, !guarantee_of(p.v[0])), "it is told no more");
	cli_must("policy del pid:%d", p.v[0]->pid);
	expect_eq(7, weight_of(p.path[0]), "theirs stays");
}

static void contention(void)
{
	double ran[VMS], sum;
	struct cpuclock c;
	struct pool p;

	ksft_need_exact();
	start(&p);
	set_weights(&p);
	cli_must("policy set pid:%d reservation 300m", p.v[0]->pid);
	ksft_sleep_ms(500);
	cpuclock_start(&c, p.vcpu, VMS);
	sum = cpuclock_stop(&c, SECONDS, ran);
	ksft_note("%.3f/%.3f/%.3f of %.3f s", ran[0], ran[1], ran[2], sum);
	expect_solved(&p);
	for (int i = 0; i < VMS; i++)
		expect(vmm_moves(p.v[i], 0, 0, 20), "guest %d runs", i);
	require(sum > 0, "somebody ran");
	expect(ran[0] / sum > 0.27 && ran[0] / sum < 0.33,
	       "the first has %.1f %%, not 30 %%", 100 * ran[0] / sum);
	expect(ran[1] / sum > 0.20 && ran[1] / sum < 0.27,
	       "the second has %.1f %%, not 23.3 %%", 100 * ran[1] / sum);
}

static const struct ksft_test tests[] = {
	{ "a share below its reservation gets it, the others pro rata", golden },
	{ "weights are chosen anew when one comes or goes", come_and_go },
	{ "for admission only where it cannot be sure", not_sure },
	{ "others beside the VMs count and keep their weights", beside_others },
	{ "when all run all the time", contention },
};

KSFT_MAIN(tests);
