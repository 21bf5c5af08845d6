// SPDX-License-Identifier: GPL-2.0-only
/* Owned CPUs, see owned.h. Called by the tests' one thread. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <netlink/attr.h>
#include <netlink/msg.h>

#include <linux/cordon.h>

#include "cli.h"
#include "ksft.h"
#include "nlq.h"
#include "oracle.h"
#include "owned.h"
#include "rows.h"

/* The name that the partition has. */
#define CLAIM	"cordon"

static uint64_t number(const struct nlattr *nla)
{
	return nla_len(nla) == 8 ? nla_get_u64(nla) : nla_get_u32(nla);
}

static void read_culprit(struct nlattr *nest, struct culprit *who)
{
	struct nlattr *nla;
	int rem;

	memset(who, 0, sizeof(*who));
	who->uid = -1;
	nla_for_each_nested(nla, nest, rem) {
		switch (nla_type(nla)) {
		case CORDON_A_CULPRIT_KIND:
			who->kind = number(nla);
			break;
		case CORDON_A_CULPRIT_PID:
			who->pid = number(nla);
			break;
		case CORDON_A_CULPRIT_COMM:
			snprintf(who->comm, sizeof(who->comm), "%s",
				 nla_get_string(nla));
			break;
		case CORDON_A_CULPRIT_UID:
			who->uid = number(nla);
			break;
		case CORDON_A_CULPRIT_COUNT:
			who->count = number(nla);
			break;
		case CORDON_A_CULPRIT_TIME_NS:
			who->time_ns = number(nla);
			break;
		case CORDON_A_CULPRIT_LONGEST_NS:
			who->longest_ns = number(nla);
			break;
		}
	}
}

static void read_receipt(struct nlattr *nest, struct receipt *r)
{
	struct nlattr *nla;
	int rem;

	memset(r, 0, sizeof(*r));
	nla_for_each_nested(nla, nest, rem) {
		switch (nla_type(nla)) {
		case CORDON_A_RECEIPT_SINCE_NS:
			r->since_ns = number(nla);
			break;
		case CORDON_A_RECEIPT_INTRUSIONS:
			r->intrusions = number(nla);
			break;
		case CORDON_A_RECEIPT_FOREIGN_NS:
			r->foreign_ns = number(nla);
			break;
		case CORDON_A_RECEIPT_LONGEST_NS:
			r->longest_ns = number(nla);
			break;
		case CORDON_A_RECEIPT_IRQ_NS:
			r->irq_ns = number(nla);
			r->has_irq = true;
			break;
		case CORDON_A_RECEIPT_SOFTIRQ_NS:
			r->softirq_ns = number(nla);
			break;
		case CORDON_A_RECEIPT_SIBLING_NS:
			r->sibling_ns = number(nla);
			r->has_siblings = true;
			break;
		case CORDON_A_RECEIPT_CULPRIT:
			if (expect(r->culprits < OWNED_CULPRITS, "culprits of a receipt"))
				read_culprit(nla, &r->culprit[r->culprits++]);
			break;
		}
	}
}

/* A look at the CPUs, one message for each. */
struct look {
	int cpu;		/* of which @is is filled; -1: none */
	struct owned_cpu *is;
	bool found;
	long owner;		/* else CPUs are gathered: his, */
	uint32_t pool;		/* or of that pool */
	struct cpus cpus;
};

static int cpu_of(struct nlattr *attrs, int len)
{
	struct nlattr *id = nla_find(attrs, len, CORDON_A_CPU_ID);

	return id ? (int)number(id) : -1;
}

static void read_cpu(struct nlattr *attrs, int len, struct owned_cpu *is)
{
	struct nlattr *nla;
	int rem;

	memset(is, 0, sizeof(*is));
	nla_for_each_attr(nla, attrs, len, rem) {
		switch (nla_type(nla)) {
		case CORDON_A_CPU_OWNER:
			is->owner = number(nla);
			break;
		case CORDON_A_CPU_POOL:
			is->pool = number(nla);
			break;
		case CORDON_A_CPU_USE:
			is->use = number(nla);
			break;
		case CORDON_A_CPU_ISOLATION:
			is->isolation = number(nla);
			break;
		case CORDON_A_CPU_OFFLINE:
			is->offline = true;
			break;
		case CORDON_A_CPU_WHY_MASKS:
			snprintf(is->why, sizeof(is->why), "%s", nla_get_string(nla));
			break;
		case CORDON_A_CPU_RECEIPT:
			is->has_receipt = true;
			read_receipt(nla, &is->receipt);
			break;
		}
	}
}

static void on_cpu(struct nlattr *attrs, int len, void *arg)
{
	struct look *look = arg;
	int cpu = cpu_of(attrs, len);
	struct owned_cpu is;

	read_cpu(attrs, len, &is);
	if (look->is && cpu == look->cpu) {
		*look->is = is;
		look->found = true;
	}
	if (look->pool ? is.pool == look->pool : is.owner == look->owner)
		cpus_add(&look->cpus, cpu);
}

void owned_read(int cpu, struct owned_cpu *is)
{
	struct look look = { .cpu = cpu, .is = is };

	nlq_each(CORDON_CMD_CPU_GET, on_cpu, &look);
	require(look.found, "the family knows CPU %d", cpu);
}

long owned_owner(int cpu)
{
	struct owned_cpu is;

	owned_read(cpu, &is);
	return is.owner;
}

struct cpus owned_by(long id)
{
	struct look look = { .cpu = -1, .owner = id };

	nlq_each(CORDON_CMD_CPU_GET, on_cpu, &look);
	return look.cpus;
}

struct vm_look {
	pid_t pid;
	struct receipt *receipt;
	bool found;
};

static void on_vm(struct nlattr *attrs, int len, void *arg)
{
	struct nlattr *pid = nla_find(attrs, len, CORDON_A_VM_PID);
	struct nlattr *nest = nla_find(attrs, len, CORDON_A_VM_RECEIPT);
	struct vm_look *look = arg;

	if (!pid || !nest || (pid_t)number(pid) != look->pid)
		return;
	read_receipt(nest, look->receipt);
	look->found = true;
}

bool owned_receipt(pid_t pid, struct receipt *receipt)
{
	struct vm_look look = { .pid = pid, .receipt = receipt };

	memset(receipt, 0, sizeof(*receipt));
	nlq_each(CORDON_CMD_VM_GET, on_vm, &look);
	return look.found;
}

const struct culprit *owned_culprit(const struct receipt *receipt, pid_t pid)
{
	for (int i = 0; i < receipt->culprits; i++)
		if (receipt->culprit[i].pid == pid)
			return &receipt->culprit[i];
	return NULL;
}

struct guest_look {
	pid_t pid;
	struct guest_cpu *guest;
	bool found;
};

static long told(struct nlattr *nest, int type)
{
	struct nlattr *nla = nla_find(nla_data(nest), nla_len(nest), type);

	return nla ? (long)number(nla) : -1;
}

static void on_guest(struct nlattr *attrs, int len, void *arg)
{
	struct nlattr *pid = nla_find(attrs, len, CORDON_A_VM_PID);
	struct nlattr *nest = nla_find(attrs, len, CORDON_A_VM_GUEST_CPU);
	struct guest_look *look = arg;

	if (!pid || !nest || (pid_t)number(pid) != look->pid)
		return;
	look->guest->sockets = told(nest, CORDON_A_GUEST_CPU_SOCKETS);
	look->guest->cores = told(nest, CORDON_A_GUEST_CPU_CORES);
	look->guest->threads = told(nest, CORDON_A_GUEST_CPU_THREADS);
	look->guest->match = told(nest, CORDON_A_GUEST_CPU_MATCH);
	look->found = true;
}

bool owned_guest(pid_t pid, struct guest_cpu *guest)
{
	struct guest_look look = { .pid = pid, .guest = guest };

	nlq_each(CORDON_CMD_VM_GET, on_guest, &look);
	return look.found;
}

bool owned_by_masks(void)
{
	struct cpus online = cpus_online();
	struct owned_cpu is;

	for (int cpu = 0; cpu < HOST_CPUS; cpu++) {
		if (!cpus_has(&online, cpu))
			continue;
		owned_read(cpu, &is);
		if (is.owner)
			return is.isolation == CORDON_ISOLATION_MASKS;
	}
	ksft_die("no CPU is owned");
}

void owned_forbid_partition(void)
{
	/* A partition of the VM before may still be there for a moment. */
	require(ksft_until(20, !cg_new(CLAIM, false)),
		"a cgroup of the name that cordon's would have");
}

static void put_cpus(struct nl_msg *msg, int type, const struct cpus *cpus)
{
	for (int cpu = 0, last; cpu < HOST_CPUS; cpu = last + 1) {
		last = cpu;
		if (!cpus_has(cpus, cpu))
			continue;
		while (cpus_has(cpus, last + 1))
			last++;
		row_put_range(msg, type, cpu, last);
	}
}

static int ask_pools(const struct cpus *dedicated, const struct cpus *shared,
		     int reserve, char said[256])
{
	struct nl_msg *msg = nlq_request(CORDON_CMD_CPU_SET);
	static struct nlq_answer answer;

	if (dedicated)
		put_cpus(msg, CORDON_A_CPU_DEDICATED, dedicated);
	if (shared)
		put_cpus(msg, CORDON_A_CPU_SHARED, shared);
	if (reserve >= 0)
		nla_put_u32(msg, CORDON_A_CPU_RESERVE, reserve);
	nlq_ask(msg, &answer);
	if (said)
		snprintf(said, 256, "%s", answer.text);
	return answer.error;
}

/* The pools as they were before the test changed them. */
static struct cpus was_dedicated, was_shared;

static struct cpus in_pool(uint32_t pool)
{
	struct look look = { .cpu = -1, .pool = pool };

	nlq_each(CORDON_CMD_CPU_GET, on_cpu, &look);
	return look.cpus;
}

/* Whoever owns CPUs ends first. */
static void pools_back(void)
{
	cli("off");
	if (ask_pools(&was_dedicated, &was_shared, 0, NULL))
		ksft_fail("the pools are not as before");
	memset(&was_dedicated, 0, sizeof(was_dedicated));
}

int owned_pools(const char *dedicated, const char *shared, int reserve,
		char said[256])
{
	struct cpus a = cpus_parse(dedicated ? dedicated : "");
	struct cpus b = cpus_parse(shared ? shared : "");

	if (!cpus_count(&was_dedicated)) {
		was_dedicated = in_pool(CORDON_POOL_DEDICATED);
		was_shared = in_pool(CORDON_POOL_SHARED);
		ksft_defer(pools_back);
	}
	return ask_pools(dedicated ? &a : NULL, shared ? &b : NULL, reserve, said);
}

void owned_pools_must(const char *dedicated, const char *shared, int reserve)
{
	char said[256];
	int error = owned_pools(dedicated, shared, reserve, said);

	if (error)
		ksft_die("pools %s and %s, reserve %d: %s (%s)",
			 dedicated ? dedicated : "-", shared ? shared : "-", reserve,
			 strerror(error), said);
}

void owned_dedicate(pid_t pid)
{
	struct nl_msg *msg = nlq_request(CORDON_CMD_POLICY_SET);
	static struct nlq_answer answer;
	struct nlattr *nest;

	nla_put_u32(msg, CORDON_A_POLICY_PID, pid);
	nest = nla_nest_start(msg, CORDON_A_POLICY_CPU_POLICY | NLA_F_NESTED);
	nla_put_u32(msg, CORDON_A_CPU_POLICY_KIND, CORDON_CPU_POLICY_DEDICATED);
	nla_nest_end(msg, nest);
	nlq_ask(msg, &answer);
	if (answer.error)
		ksft_die("cpu-policy dedicated of %d: %s (%s)", pid,
			 strerror(answer.error), answer.text);
}

/* Owners that have ended, and whether there are others. */
struct owners {
	json_t *vms;
	bool ended, live;
};

static void on_owner(struct nlattr *attrs, int len, void *arg)
{
	struct owners *owners = arg;
	struct owned_cpu is;
	bool live = false;
	json_t *vm;
	size_t i;

	read_cpu(attrs, len, &is);
	if (!is.owner)
		return;
	json_array_foreach(owners->vms, i, vm)
		live |= json_integer_value(json_object_get(vm, "id")) == is.owner;
	owners->live |= live;
	owners->ended |= !live;
}

/* Has a VM of before given its CPUs back? It does so a moment after its end. */
static bool are_given_back(void)
{
	struct owners owners = { .vms = nlq_vms() };
	char partition[32];

	nlq_each(CORDON_CMD_CPU_GET, on_owner, &owners);
	json_decref(owners.vms);
	if (owners.ended)
		return false;
	return owners.live ||
	       !host_read("/sys/fs/cgroup/" CLAIM "/cpuset.cpus.partition",
			  partition, sizeof(partition)) ||
	       !strncmp(partition, "member", strlen("member"));
}

void owned_vm_start(struct owned_vm *vm, int vcpus)
{
	require(ksft_until(20, are_given_back()), "VMs of before own nothing");
	memset(vm, 0, sizeof(*vm));
	vm->vcpus = vcpus;
	vm->v = vmm_halting(vcpus);
	vm->id = cli_vm_id(vm->v->pid);
	require(vm->id > 0, "cordon knows the VM");
	for (int i = 0; i < vcpus; i++)
		vm->tid[i] = vmm_vcpu_tid(vm->v, 0, i);
}

void owned_vm_look(struct owned_vm *vm)
{
	struct cpus told = owned_by(vm->id), one;

	memset(&vm->cpus, 0, sizeof(vm->cpus));
	for (int i = 0; i < vm->vcpus; i++) {
		require(task_cpus(vm->tid[i], &one), "vCPU %d", i);
		require_eq(1, cpus_count(&one), "CPUs of vCPU %d (%s)", i,
			   cpus_str(&one));
		require(!cpus_subset(&vm->cpus, &one), "vCPU %d is alone on CPU %s",
			i, cpus_str(&one));
		for (int cpu = 0; cpu < HOST_CPUS; cpu++)
			if (cpus_has(&one, cpu))
				cpus_add(&vm->cpus, cpu);
	}
	expect(cpus_subset(&told, &vm->cpus),
	       "cordon tells that VM %ld owns %s: it says %s", vm->id,
	       cpus_str(&vm->cpus), cpus_str(&told));
}

void owned_vm_take(struct owned_vm *vm)
{
	owned_dedicate(vm->v->pid);
	owned_vm_look(vm);
}

/* KiB for the switches of all CPUs: a minute's, if some thousand are a second. */
#define TURNS_KB	16384

void owned_watch(struct owned_watch *w, const struct owned_vm *vm)
{
	struct cpus all = cpus_online();
	char filter[512] = "", *others = filter;

	others += sprintf(filter, "common_pid!=0&&");
	for (int i = 0; i < vm->vcpus; i++)
		sprintf(filter + strlen(filter), "%scommon_pid!=%d", i ? "&&" : "",
			vm->tid[i]);
	w->cpus = vm->cpus;
	w->turns = oracle_new("sched/sched_switch", filter, &all,
			      TURNS_KB / cpus_count(&all));
	w->entries = oracle_new("kvm/kvm_entry", others, &vm->cpus, 64);
	w->calls = oracle_new("raw_syscalls/sys_enter", others, &vm->cpus, 256);
	oracle_also(w->calls, "exceptions/page_fault_user", others);
}

static void show(int cpu, const char *line, void *arg)
{
	int *shown = arg;

	(void)cpu;
	if ((*shown)++ < 5)
		ksft_note("  %s", line);
}

/*
 * A system call or page fault on an owned CPU. Both events come with interrupts on
 * again: who executed the instruction elsewhere, and was taken off in the kernel
 * just then (kernels that may preempt themselves), is seen where he goes on.
 */
struct suspect {
	pid_t pid;
	double at;
	double left;		/* when he was switched from the last time before */
	bool in_kernel;		/* and where he was then */
};

#define MAX_SUSPECTS	256

static struct suspect suspects[MAX_SUSPECTS];
static int nr_suspects;

/* "   comm-1234    [002] d..3.    12.345678: ...": who, and when */
static bool read_line(const char *line, pid_t *pid, double *at)
{
	const char *cpu = strstr(line, " ["), *dash = cpu;

	while (dash && dash > line && *dash != '-')
		dash--;
	return cpu && sscanf(dash, "-%d", pid) == 1 &&
	       sscanf(cpu, " [%*d] %*s %lf:", at) == 1;
}

static void suspect(int cpu, const char *line, void *arg)
{
	struct suspect *s = &suspects[nr_suspects];

	(void)cpu;
	(void)arg;
	if (nr_suspects == MAX_SUSPECTS)
		return;
	memset(s, 0, sizeof(*s));
	nr_suspects += read_line(line, &s->pid, &s->at);
}

static void switched_from(int cpu, const char *line, void *arg)
{
	double at;
	pid_t pid;

	(void)cpu;
	(void)arg;
	if (!read_line(line, &pid, &at))
		return;
	for (struct suspect *s = suspects; s < suspects + nr_suspects; s++) {
		if (s->pid != pid || at > s->at || at < s->left)
			continue;
		s->left = at;
		s->in_kernel = strstr(line, "prev_state=R+");
	}
}

static bool check_calls(struct owned_watch *w, const char *what)
{
	unsigned long count = oracle_count(w->calls), guilty = count;
	int shown = 0;

	if (!count)
		return true;
	oracle_stop(w->turns);
	nr_suspects = 0;
	oracle_each(w->calls, suspect, NULL);
	oracle_each(w->turns, switched_from, NULL);
	for (int i = 0; i < nr_suspects; i++)
		guilty -= suspects[i].in_kernel;
	ksft_note("%s: %lu system calls and page faults seen on %s, of which %lu were taken there in the kernel",
		  what, count, cpus_str(&w->cpus), count - guilty);
	if (!guilty)
		return true;
	ksft_fail("%s: system calls and page faults of others on %s: %lu", what,
		  cpus_str(&w->cpus), guilty);
	oracle_each(w->calls, show, &shown);
	return false;
}

static bool check_entries(struct owned_watch *w, const char *what)
{
	unsigned long count = oracle_count(w->entries);
	int shown = 0;

	if (!count)
		return true;
	ksft_fail("%s: guest entries of others on %s: %lu", what,
		  cpus_str(&w->cpus), count);
	oracle_each(w->entries, show, &shown);
	return false;
}

bool owned_watch_check(struct owned_watch *w, const char *what)
{
	bool calls = check_calls(w, what), entries = check_entries(w, what);

	return entries && calls;
}
