/* SPDX-License-Identifier: GPL-2.0-only */
/* The CPUs of the host, asked of the kernel. */
#ifndef _CORDON_CPUS_H
#define _CORDON_CPUS_H

#include "cpuinfo.h"

/* A dump; an exit status, after the error was told. */
int cpu_list_get(struct cpu_list *list);

#endif /* _CORDON_CPUS_H */
