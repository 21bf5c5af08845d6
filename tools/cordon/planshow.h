/* SPDX-License-Identifier: GPL-2.0-only */
/* What `policy plan` shows. */
#ifndef _CORDON_PLANSHOW_H
#define _CORDON_PLANSHOW_H

#include <stdbool.h>
#include <stdint.h>

#include <netlink/msg.h>

/**
 * struct planned - what came of a plan
 * @name: the VM, safe to print
 * @pid: its VMM; 0 if it is not known
 * @msg: the reply, or NULL
 * @cpus: where its vCPUs would be, as a list
 * @threads: threads that the policy would hold
 * @moved: those of them that would be moved
 * @left: tasks of others that would stay on its CPUs, by force
 */
struct planned {
	const char *name;
	uint32_t pid;
	struct nl_msg *msg;
	const char *cpus;
	uint64_t threads;
	uint64_t moved;
	uint64_t left;
};

/* Begin the array policy, with the columns of a plan if it is one. */
void planned_begin(bool plan);
/* The rest of an item's fields, or all of the text. */
void planned_show(const struct planned *planned);

#endif /* _CORDON_PLANSHOW_H */
