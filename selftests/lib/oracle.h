/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The oracle that is not cordon: kernel trace events in an instance of its own.
 *
 * What must not happen is recorded without loss by recording nothing else: an
 * instance whose tracing_cpumask is "every CPU but the allowed ones" has a
 * record only if a guest was entered on a wrong CPU. A second instance on the
 * allowed CPUs must have records, or the oracle was blind.
 */
#ifndef CORDON_ORACLE_H
#define CORDON_ORACLE_H

#include <sys/types.h>

#include "host.h"

struct oracle;

/*
 * Records @event ("kvm/kvm_entry") where @filter holds ("" for always), on
 * @cpus, from now on. @kb is the buffer of each CPU, which keeps the newest.
 */
struct oracle *oracle_new(const char *event, const char *filter,
			  const struct cpus *cpus, int kb);
/* Records a second event too, in the same buffers: which came first is known. */
void oracle_also(struct oracle *o, const char *event, const char *filter);
/* Only what process @pid and the threads and children that it makes do. */
void oracle_follow(struct oracle *o, pid_t pid);
/* How many records there were since the start, or the last oracle_clear(). */
unsigned long oracle_count(struct oracle *o);
/* Records that the buffer could not keep; they are in oracle_count(). */
unsigned long oracle_lost(struct oracle *o);
void oracle_clear(struct oracle *o);
/* Records nothing more; what there is can be read. */
void oracle_stop(struct oracle *o);
/* Calls @fn for each record that was kept, in order of time. */
void oracle_each(struct oracle *o,
		 void (*fn)(int cpu, const char *line, void *arg), void *arg);
void oracle_free(struct oracle *o);

/* Guest entries of some vCPUs, on the CPUs that they may use and off them. */
struct entries {
	struct oracle *wrong, *right;
	struct cpus allowed;
};

/* Of the threads @tids. */
void entries_watch(struct entries *e, const pid_t *tids, int count,
		   const struct cpus *allowed);
/* Of process @pid with all that it creates. */
void entries_follow(struct entries *e, pid_t pid, const struct cpus *allowed);
/* Forgets what was seen. */
void entries_clear(struct entries *e);
/*
 * Not one entry off the mask, and some on it. False if the test failed by it;
 * @what says in whose name.
 */
bool entries_check(struct entries *e, const char *what);
void entries_end(struct entries *e);

#endif /* CORDON_ORACLE_H */
