/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Intruders: processes of no VM that write down every CPU on which they execute
 * an instruction in user mode, in memory that they share with the test.
 *
 * What they write is kept by epoch. An intruder looks which epoch it is before
 * it looks which CPU it is on: a CPU that is noted for an epoch was used after
 * that epoch began.
 */
#ifndef CORDON_FOREIGN_H
#define CORDON_FOREIGN_H

#include <stdbool.h>
#include <sys/types.h>

#include "host.h"

enum foreign_kind {
	FOREIGN_BUSY,		/* runs all the time */
	FOREIGN_NAPS,		/* sleeps a millisecond, again and again */
	FOREIGN_FORKS,		/* makes a child, waits for its end, again and again */
	FOREIGN_THREADS,	/* the same with a thread */
	FOREIGN_EXECS,		/* its children turn into other programs */
	FOREIGN_AIMS,		/* sets its own mask to the CPUs aimed at */
	FOREIGN_BOUND,		/* is bound to them before it is counted */
	FOREIGN_IDLE,		/* sleeps until the end */
	FOREIGN_RELAY,		/* is bound, makes a child, which goes on, and ends */
};

/* The CPUs that the intruders try to get to from now on. */
void foreign_aim(const struct cpus *at);
/* Those that are started from now on are this user's; root's with the next test. */
void foreign_become(uid_t uid);
/* Starts one: it has run when this returns. All end with the test. */
pid_t foreign_start(enum foreign_kind kind);
/* Starts a relay that is bound to @at; returns its number. */
int foreign_relay(const char *at);
/* The mask that the relay's last runner found when it was born. */
struct cpus foreign_relayed(int number);
/* Starts so many, and waits for none; not of the kinds that aim. */
void foreign_start_many(enum foreign_kind kind, int count);
/*
 * A bomb: each process makes two, until there are @count, and all of them run
 * now and then. Returns at once.
 */
void foreign_bomb(int count);
/* Ends all of them, and waits for that. */
void foreign_end(void);

/* Forgets where they were. */
void foreign_epoch(void);
/* The CPUs that they used in this epoch. */
struct cpus foreign_seen(void);
/* How many of them have run in this epoch, the bomb's among them. */
int foreign_ran(void);
/* All of them have, within @seconds. */
bool foreign_all_ran(double seconds);
int foreign_count(void);
/* Their pids, at most @max. */
int foreign_list(pid_t *pids, int max);

/*
 * None of them was on @owned in this epoch, and some of them ran. False if the
 * test failed by it.
 */
bool foreign_check(const struct cpus *owned, const char *what);

#endif /* CORDON_FOREIGN_H */
