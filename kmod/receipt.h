/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_RECEIPT_H
#define _CORDON_RECEIPT_H

#include <linux/cpumask.h>
#include <linux/types.h>

#include "isolation.h"

/* Whoever runs on an owned CPU, as enum cordon_culprit, or one of these. */
#define RECEIPT_IDLE	0
#define RECEIPT_OWNER	U32_MAX

void receipt_init(void);
void receipt_exit(void);
void receipt_begin(unsigned int cpu);
void receipt_end(unsigned int cpu);
void receipt_sync(const struct cpumask *cpus);
void receipt_switch(struct task_struct *next, u32 kind);
void receipt_intrusion(unsigned int cpu);
void receipt_describe(struct task_struct *task, u32 kind,
		      struct isolation_culprit *c);
bool receipt_read(unsigned int cpu, struct isolation_receipt *receipt);
void receipt_add(struct isolation_receipt *sum,
		 const struct isolation_receipt *one);
void receipt_copy(struct isolation_receipt *to,
		  const struct isolation_receipt *from);
void receipt_put(struct isolation_receipt *receipt);

#endif /* _CORDON_RECEIPT_H */
