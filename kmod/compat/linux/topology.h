/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_COMPAT_LINUX_TOPOLOGY_H
#define _CORDON_COMPAT_LINUX_TOPOLOGY_H

#include_next <linux/topology.h>
#include <linux/version.h>
#include <asm/processor.h>
#include <asm/smp.h>

/* 6.7 moved the id of a CPU's last cache to where its other ids are. */
static inline u32 compat_llc_id(unsigned int cpu)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
	return cpu_data(cpu).topo.llc_id;
#else
	return get_llc_id(cpu);
#endif
}

#endif /* _CORDON_COMPAT_LINUX_TOPOLOGY_H */
