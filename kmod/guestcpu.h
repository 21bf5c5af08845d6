/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_GUESTCPU_H
#define _CORDON_GUESTCPU_H

#include <linux/bitmap.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/xarray.h>

struct cordon_vm;
struct kvm_vcpu;

/* Words of features, by the register of CPUID that has them. */
enum guestcpu_word {
	GUESTCPU_1_ECX,
	GUESTCPU_1_EDX,
	GUESTCPU_7_EBX,
	GUESTCPU_7_ECX,
	GUESTCPU_7_EDX,
	GUESTCPU_EXT_1_ECX,
	GUESTCPU_EXT_1_EDX,

	GUESTCPU_WORDS
};

/* As many features as a guest is compared by, at most. */
#define GUESTCPU_FEATURES	128

/**
 * struct guestcpus - what was seen of the CPUID of a VM's vCPUs
 * @lock: each record; innermost, and taken by a probe
 * @seen: by index of the vCPU: struct guestcpu_seen
 */
struct guestcpus {
	raw_spinlock_t lock; /* innermost; see above */
	struct xarray seen;
};

/**
 * struct guestcpu - the CPU that a guest was given, by the CPUID of its vCPUs
 * @vendor: 12 characters and a 0
 * @family: displayed family, extended family added
 * @model: displayed model
 * @stepping: stepping
 * @threads: of a core
 * @cores: of a socket
 * @sockets: by the vCPUs that were seen
 * @nested: it has VMX or SVM
 * @nr_vcpus: entries of @core
 * @missing: bits of guestcpu_feature_name() that the host has and it lacks
 * @core: by index of the vCPU: a number that siblings share, U32_MAX if it was
 *	not seen
 */
struct guestcpu {
	char vendor[13];
	u32 family;
	u32 model;
	u32 stepping;
	u32 threads;
	u32 cores;
	u32 sockets;
	bool nested;
	u32 nr_vcpus;
	DECLARE_BITMAP(missing, GUESTCPU_FEATURES);
	u32 core[];
};

void guestcpu_init(struct guestcpus *cpus);
void guestcpu_free(struct guestcpus *cpus);
void guestcpu_expect(struct guestcpus *cpus, u32 index);
bool guestcpu_see(struct guestcpus *cpus, struct kvm_vcpu *vcpu);

struct guestcpu *guestcpu_get(struct cordon_vm *vm);
void guestcpu_put(struct guestcpu *g);

void guestcpu_compare(const u32 word[GUESTCPU_WORDS], unsigned long *missing);
const char *guestcpu_feature_name(unsigned int bit);

#endif /* _CORDON_GUESTCPU_H */
