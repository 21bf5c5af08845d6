/* SPDX-License-Identifier: GPL-2.0-only */
/* The nodes of the devices that a VMM has by VFIO. */
#ifndef _CORDON_VFIO_H
#define _CORDON_VFIO_H

#include <stdint.h>

#include "cpulist.h"

/**
 * vfio_nodes() - the nodes of the devices that a process has open by VFIO
 * @root: before /proc and /sys: "" but in tests
 * @pid: the process
 * @nodes: filled; empty if it has none, or they are of no node
 *
 * Return: how many devices it has.
 */
unsigned int vfio_nodes(const char *root, uint32_t pid, struct cpulist *nodes);

#endif /* _CORDON_VFIO_H */
