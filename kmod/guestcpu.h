/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_GUESTCPU_H
#define _CORDON_GUESTCPU_H

#include <linux/types.h>

struct cordon_vm;

/* Bits of guestcpu::missing. */
#define GUESTCPU_FEATURES	128

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

struct guestcpu *guestcpu_get(struct cordon_vm *vm);
void guestcpu_put(struct guestcpu *g);
const char *guestcpu_feature_name(unsigned int bit);

#endif /* _CORDON_GUESTCPU_H */
