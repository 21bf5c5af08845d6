/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Golden vectors: what the solver must answer, derived by hand. scene.h says how
 * hosts and requests are written. An answer is written
 *
 *	0,1		vCPUs on exactly these CPUs, in any order, none idle
 *	3>0		vCPU 0 on CPU 3, vCPU 1 on CPU 0, none idle
 *	0 idle 1	and CPU 1 owned idle
 *	cores 2		vCPUs on two cores; and so nodes 1, idles 2 (CPUs owned
 *			idle), of 4-7 (vCPUs on some of these)
 *	emu 2		the emulator on CPU 2
 *	valid		whatever keeps the rules
 *	broken		the guest's siblings do not match, which they do otherwise
 *	!NO_CPUS 5/4	refused: 5 wanted, 4 free; and so !PIN_TAKEN v0 c1 (the
 *			vCPU, the CPU), e c1 (the emulator), !NO_NODE n0
 *
 * and several with "or" between them where the contract leaves the choice. All
 * answers must keep the rules of rules.h besides.
 */
#ifndef _CORDON_UNIT_GOLDEN_H
#define _CORDON_UNIT_GOLDEN_H

/**
 * struct vector - one question and its answer
 * @name: what it is about; NULL ends the table
 * @host: the host
 * @request: the request
 * @answer: the answer, or several
 */
struct vector {
	const char *name;
	const char *host;
	const char *request;
	const char *answer;
};

extern const struct vector prefer_vectors[];
extern const struct vector require_vectors[];
extern const struct vector isolate_vectors[];
extern const struct vector separate_vectors[];
extern const struct vector node_vectors[];
extern const struct vector pin_vectors[];
extern const struct vector emulator_vectors[];
extern const struct vector guest_vectors[];

#endif /* _CORDON_UNIT_GOLDEN_H */
