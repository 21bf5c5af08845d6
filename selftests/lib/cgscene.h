/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A VM in its cgroups, laid out as the programs do that start VMs: two vCPUs, an
 * iothread, an emulator thread and the main thread. The cpu controller, and
 * memory and io where the kernel has them, are enabled on the way.
 */
#ifndef CORDON_CGSCENE_H
#define CORDON_CGSCENE_H

#include <stdbool.h>
#include <sys/types.h>

#include "tvmm.h"

#define CG_PATH		160
#define CG_SCOPE	80

enum cg_layout {
	CG_MACHINE,	/* systemd's: alone in machine-x.scope */
	CG_LIBVIRT,	/* threaded groups below libvirt/ in such a scope */
	CG_LOGIN,	/* a session's scope that it shares with another program */
	CG_NESTED,	/* a leaf several levels down */
	CG_ROOT,	/* no cgroup but the root */
};

struct cgscene {
	enum cg_layout layout;
	struct vmm *v;
	struct vmm *other;	/* in the same cgroup; NULL: the VM has its own */
	char scope[CG_SCOPE];	/* where all of its threads are to stay */
	char home[CG_PATH];	/* of its main thread */
	pid_t vcpu[2], io, worker;
	int io_slot, worker_slot;
};

/* Skips the test where cgroup2 or its cpu controller cannot be had. */
void cgscene_need(void);
/* @busy: all but the main thread run all the time; else all sleep. */
void cgscene_start(struct cgscene *s, enum cg_layout layout, bool busy);
/* One more VM of the same kind, in the cgroup of the first (no CG_LIBVIRT). */
void cgscene_start_beside(struct cgscene *s, const struct cgscene *first,
			  bool busy);

/* A path below @s's scope; one of four static buffers. */
const char *cgscene_below(const struct cgscene *s, const char *name);
/* The cgroup of a thread, "(gone)" if it is; one of four static buffers. */
const char *cgscene_of(pid_t tid);
/* What cpu.max says in the cgroup of a thread; one of four static buffers. */
const char *cgscene_max(pid_t tid);
/* A cgroup from the thread's up to the scope has this limit. */
bool cgscene_is_under(const struct cgscene *s, pid_t tid, const char *max);
/* No thread has left the scope. */
void cgscene_expect_inside(const struct cgscene *s, const char *when);
/* Its own cgroup has exactly these threads. */
bool cgscene_has_only(pid_t tid, const pid_t *tids, int count);

#endif /* CORDON_CGSCENE_H */
