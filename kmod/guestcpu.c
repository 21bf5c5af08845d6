// SPDX-License-Identifier: GPL-2.0-only
/*
 * The CPU that a guest was given: CPUID as the VMM set it for each vCPU.
 *
 * It is read by the vCPU's own thread inside KVM_RUN, which holds the
 * vcpu->mutex, so that nobody replaces it meanwhile: in the probe, or at a safe
 * point there. It is asked for at each KVM_RUN until the vCPU has been in the
 * guest, after which KVM takes no other: a VMM may run a vCPU for a moment
 * before it has set any.
 */
#include <linux/kvm.h>
#include <linux/log2.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "guestcpu.h"
#include "kvm.h"
#include "vm.h"

#define LEAF_EXT	0x80000000u

/* Levels of leaf 0xB or 0x1F that are looked at; there are at most six. */
#define LEVELS_MAX	8
#define LEVEL_SMT	1

#define FEATURE_HTT	BIT(28)	/* 1.EDX */
#define FEATURE_VMX	BIT(5)	/* 1.ECX */
#define FEATURE_SVM	BIT(2)	/* 0x80000001.ECX */
#define FEATURE_TOPOEXT	BIT(22)	/* 0x80000001.ECX */

/**
 * struct guestcpu_seen - what was seen of a vCPU's CPUID
 * @known: it had some; the rest is valid
 * @vendor: EBX, EDX, ECX of leaf 0
 * @signature: EAX of leaf 1
 * @word: features
 * @threads: of a core
 * @cores: of a socket
 * @core_shift: what is above these bits of @apic is the core's number
 * @package_shift: what is above these bits of @apic is the socket's number
 * @apic: the APIC id
 */
struct guestcpu_seen {
	bool known;
	u32 vendor[3];
	u32 signature;
	u32 word[GUESTCPU_WORDS];
	u32 threads;
	u32 cores;
	u32 core_shift;
	u32 package_shift;
	u32 apic;
};

/* What KVM_SET_CPUID2 has left. */
struct guest_cpuid {
	const struct kvm_cpuid_entry2 *entry;
	u32 nr;
};

static const struct kvm_cpuid_entry2 no_leaf;

static const struct kvm_cpuid_entry2 *
guest_leaf(const struct guest_cpuid *cpuid, u32 function, u32 index)
{
	const struct kvm_cpuid_entry2 *e = cpuid->entry;
	u32 i;

	for (i = 0; i < cpuid->nr; i++, e++)
		if (e->function == function &&
		    (!(e->flags & KVM_CPUID_FLAG_SIGNIFCANT_INDEX) ||
		     e->index == index))
			return e;
	return &no_leaf;
}

/* By the levels of leaf 0xB, or of 0x1F, which has more of them. */
static bool topology_by_levels(const struct guest_cpuid *cpuid, u32 function,
			       struct guestcpu_seen *s)
{
	const struct kvm_cpuid_entry2 *e;
	u32 i, type, in_package = 0;

	for (i = 0; i < LEVELS_MAX; i++) {
		e = guest_leaf(cpuid, function, i);
		type = (e->ecx >> 8) & 0xff;
		if (!type || !(e->ebx & 0xffff))
			break;
		s->apic = e->edx;
		s->package_shift = e->eax & 0x1f;
		in_package = e->ebx & 0xffff;
		if (type == LEVEL_SMT) {
			s->core_shift = s->package_shift;
			s->threads = in_package;
		}
	}
	s->cores = in_package / s->threads;
	return in_package;
}

/* AMD, where there is no leaf 0xB. */
static void topology_by_amd(const struct guest_cpuid *cpuid,
			    struct guestcpu_seen *s)
{
	u32 size = guest_leaf(cpuid, LEAF_EXT + 0x8, 0)->ecx;
	u32 in_package = (size & 0xff) + 1;

	if (s->word[GUESTCPU_EXT_1_ECX] & FEATURE_TOPOEXT) {
		s->threads = ((guest_leaf(cpuid, LEAF_EXT + 0x1e, 0)->ebx >> 8) &
			      0xff) + 1;
		s->core_shift = order_base_2(s->threads);
	}
	s->cores = in_package / s->threads;
	s->package_shift = ((size >> 12) & 0xf) ?: order_base_2(in_package);
}

/* Intel, where there is no leaf 0xB. */
static void topology_by_intel(const struct guest_cpuid *cpuid, u32 in_package,
			      struct guestcpu_seen *s)
{
	s->cores = (guest_leaf(cpuid, 4, 0)->eax >> 26) + 1;
	s->threads = max(in_package / s->cores, 1u);
	s->package_shift = order_base_2(in_package);
	s->core_shift = order_base_2(s->threads);
}

static void guest_topology(const struct guest_cpuid *cpuid, struct guestcpu_seen *s)
{
	u32 ebx = guest_leaf(cpuid, 1, 0)->ebx;

	s->threads = 1;
	s->cores = 1;
	if (topology_by_levels(cpuid, 0x1f, s) ||
	    topology_by_levels(cpuid, 0xb, s))
		return;
	s->apic = ebx >> 24;
	if (!(s->word[GUESTCPU_1_EDX] & FEATURE_HTT))
		return;
	if (guest_leaf(cpuid, LEAF_EXT + 0x8, 0)->ecx & 0xff)
		topology_by_amd(cpuid, s);
	else
		topology_by_intel(cpuid, max((ebx >> 16) & 0xff, 1u), s);
}

static void guest_features(const struct guest_cpuid *cpuid, struct guestcpu_seen *s)
{
	const struct kvm_cpuid_entry2 *e = guest_leaf(cpuid, 0, 0);

	s->vendor[0] = e->ebx;
	s->vendor[1] = e->edx;
	s->vendor[2] = e->ecx;
	e = guest_leaf(cpuid, 1, 0);
	s->signature = e->eax;
	s->word[GUESTCPU_1_ECX] = e->ecx;
	s->word[GUESTCPU_1_EDX] = e->edx;
	e = guest_leaf(cpuid, 7, 0);
	s->word[GUESTCPU_7_EBX] = e->ebx;
	s->word[GUESTCPU_7_ECX] = e->ecx;
	s->word[GUESTCPU_7_EDX] = e->edx;
	e = guest_leaf(cpuid, LEAF_EXT + 1, 0);
	s->word[GUESTCPU_EXT_1_ECX] = e->ecx;
	s->word[GUESTCPU_EXT_1_EDX] = e->edx;
}

/**
 * guestcpu_init() - nothing was seen yet
 * @cpus: of a new VM
 *
 * Context: process.
 */
void guestcpu_init(struct guestcpus *cpus)
{
	raw_spin_lock_init(&cpus->lock);
	xa_init(&cpus->seen);
}

/**
 * guestcpu_free() - the counterpart of guestcpu_init()
 * @cpus: of a VM that nobody can find any more
 *
 * Context: process, after RCU readers.
 */
void guestcpu_free(struct guestcpus *cpus)
{
	struct guestcpu_seen *s;
	unsigned long index;

	xa_for_each(&cpus->seen, index, s)
		kfree(s);
	xa_destroy(&cpus->seen);
}

/**
 * guestcpu_expect() - have room for what will be seen of a vCPU
 * @cpus: of its VM
 * @index: the vCPU
 *
 * Without memory its CPU stays unknown.
 *
 * Context: process.
 */
void guestcpu_expect(struct guestcpus *cpus, u32 index)
{
	struct guestcpu_seen *s;

	if (xa_load(&cpus->seen, index))
		return;
	s = kzalloc(sizeof(*s), GFP_KERNEL);
	if (s && xa_insert(&cpus->seen, index, s, GFP_KERNEL))
		kfree(s);
}

/**
 * guestcpu_see() - look at the CPUID of a vCPU
 * @cpus: of its VM
 * @vcpu: the vCPU, which the current thread runs
 *
 * Context: the vCPU's thread inside KVM_RUN, with preemption disabled.
 * Return: true if there will be no other.
 */
bool guestcpu_see(struct guestcpus *cpus, struct kvm_vcpu *vcpu)
{
	struct guestcpu_seen *s = xa_load(&cpus->seen, kvm_vcpu_index(vcpu));
	struct guestcpu_seen now = { .known = true };
	bool last = kvm_vcpu_has_run(vcpu);
	struct guest_cpuid cpuid;

	cpuid.entry = kvm_vcpu_cpuid(vcpu, &cpuid.nr);
	if (!s || !cpuid.nr)
		return last;
	guest_features(&cpuid, &now);
	guest_topology(&cpuid, &now);
	raw_spin_lock(&cpus->lock);
	*s = now;
	raw_spin_unlock(&cpus->lock);
	return last;
}

static bool seen_get(struct guestcpus *cpus, u32 index,
		     struct guestcpu_seen *seen)
{
	struct guestcpu_seen *s = xa_load(&cpus->seen, index);

	if (!s)
		return false;
	raw_spin_lock(&cpus->lock);
	*seen = *s;
	raw_spin_unlock(&cpus->lock);
	return seen->known;
}

static u32 vcpus_of(struct cordon_vm *vm)
{
	u32 nr = kvm_weak_nr_vcpus(&vm->kvm);
	struct guestcpu_seen *s;
	unsigned long index;

	xa_for_each(&vm->guestcpus.seen, index, s)
		nr = max_t(u32, nr, index + 1);
	return nr;
}

/* What all vCPUs have in common is taken from the first that was seen. */
static void guestcpu_decode(const struct guestcpu_seen *s, struct guestcpu *g)
{
	u32 family = (s->signature >> 8) & 0xf;

	memcpy(g->vendor, s->vendor, sizeof(s->vendor));
	g->stepping = s->signature & 0xf;
	g->model = (s->signature >> 4) & 0xf;
	if (family == 0x6 || family == 0xf)
		g->model += ((s->signature >> 16) & 0xf) << 4;
	if (family == 0xf)
		family += (s->signature >> 20) & 0xff;
	g->family = family;
	g->threads = s->threads;
	g->cores = max(s->cores, 1u);
	g->nested = s->word[GUESTCPU_1_ECX] & FEATURE_VMX ||
		    s->word[GUESTCPU_EXT_1_ECX] & FEATURE_SVM;
	guestcpu_compare(s->word, g->missing);
}

static int apic_cmp(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;

	return x < y ? -1 : x > y;
}

/*
 * Of the APIC ids of those that were seen. Two that have the same: the VMM did
 * not care for them, and they say nothing of siblings.
 */
static void guestcpu_sockets(struct guestcpu *g, u32 *apic, u32 nr, u32 shift)
{
	u32 i;

	sort(apic, nr, sizeof(*apic), apic_cmp, NULL);
	g->sockets = 1;
	for (i = 1; i < nr; i++) {
		if (apic[i] == apic[i - 1]) {
			g->sockets = 1;
			memset(g->core, 0xff, g->nr_vcpus * sizeof(*g->core));
			return;
		}
		if (apic[i] >> shift != apic[i - 1] >> shift)
			g->sockets++;
	}
}

static u32 guestcpu_fill(struct cordon_vm *vm, struct guestcpu *g, u32 *apic)
{
	struct guestcpu_seen s;
	u32 i, nr = 0, shift = 0;

	for (i = 0; i < g->nr_vcpus; i++) {
		g->core[i] = U32_MAX;
		if (!seen_get(&vm->guestcpus, i, &s))
			continue;
		if (!nr) {
			guestcpu_decode(&s, g);
			shift = s.package_shift;
		}
		g->core[i] = s.apic >> s.core_shift;
		apic[nr++] = s.apic;
	}
	if (nr)
		guestcpu_sockets(g, apic, nr, shift);
	return nr;
}

/**
 * guestcpu_get() - the CPU that a guest was given
 * @vm: the VM
 *
 * Context: process.
 * Return: to be given back by guestcpu_put(); NULL if it is not known yet, or
 * memory is short.
 */
struct guestcpu *guestcpu_get(struct cordon_vm *vm)
{
	u32 nr = vcpus_of(vm), seen = 0;
	struct guestcpu *g;
	u32 *apic;

	if (!nr)
		return NULL;
	g = kvzalloc(struct_size(g, core, nr), GFP_KERNEL);
	apic = kvmalloc_array(nr, sizeof(*apic), GFP_KERNEL);
	if (g && apic) {
		g->nr_vcpus = nr;
		seen = guestcpu_fill(vm, g, apic);
	}
	kvfree(apic);
	if (seen)
		return g;
	kvfree(g);
	return NULL;
}

/**
 * guestcpu_put() - the counterpart of guestcpu_get()
 * @g: what it returned, or NULL
 *
 * Context: process.
 */
void guestcpu_put(struct guestcpu *g)
{
	kvfree(g);
}
