/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Requests that are refused, as rows of a table: what is put into each, and the
 * errno, the text and the attribute that the family answers with. Each is sent
 * beside a VM with a policy, of which nothing may change.
 */
#ifndef CORDON_ROWS_H
#define CORDON_ROWS_H

#include <sys/types.h>

#include <linux/cordon.h>

#include "nlq.h"
#include "subject.h"

#define ROW_PUTS	3

/* How an attribute is made of its numbers. */
enum how {
	NOTHING,
	U32,		/* a */
	U64,		/* a */
	FLAG,
	SHORT,		/* two bytes where four belong */
	LONG_TEXT,	/* no thread has such a name */
	EMPTY,		/* a nest with nothing in it */
	RANGE,		/* CPUs a to b */
	PIN,		/* vCPU a to CPUs b to c */
	SCHED,		/* class a, priority b (0: none), vCPU c (-1: none) */
	DISK,		/* of device a: rbps b, wiops c (0: none) */
	KIND,		/* kind a, with the range b to c (-1: none) */
	MAP,		/* vCPUs a to b on node c */
};

struct put {
	int type;
	enum how how;
	long a, b, c;
};

/* The VM that a request is about. */
enum who { NOBODY, SELF, OTHER, SHARED };

/*
 * A request that is refused. @text stands in the message; @attr is the attribute
 * at fault, 0 where no one attribute is.
 */
struct row {
	const char *what;
	int error;
	const char *text;
	int attr;
	enum who who;
	struct put put[ROW_PUTS];
	int cmd;	/* 0: policy-set */
};

/* The subject as a request names it, the VMs beside it, and its policy. */
struct scene {
	struct subject vm;
	long id, other;
	pid_t shared;
	struct nlq_answer policy;
};

void scene_start(struct scene *s);
void scene_expect_same(struct scene *s, const char *after);

/* The request of a row, what its answer must be, and both. */
struct nl_msg *row_request(const struct scene *s, const struct row *row);
void row_check(const struct row *row, const struct nlq_answer *got);
void row_ask(struct scene *s, const struct row *row);

void row_put_range(struct nl_msg *msg, int type, long first, long last);

#define row_ask_all(s, rows)						\
	do {								\
		for (size_t r_ = 0; r_ < sizeof(rows) / sizeof((rows)[0]); r_++) \
			row_ask(s, &(rows)[r_]);				\
	} while (0)

#define CPUS(key, first, last)	{ CORDON_A_POLICY_##key, RANGE, first, last, 0 }
#define TIME(key, us)	{ CORDON_A_POLICY_##key, U64, us, 0, 0 }
#define NUMBER(key, n)		{ CORDON_A_POLICY_##key, U32, n, 0, 0 }
#define PINNED(vcpu, first, last) \
	{ CORDON_A_POLICY_VCPU_PIN, PIN, vcpu, first, last }
#define CLASSED(key, class, priority, vcpu)				\
	{ CORDON_A_POLICY_##key##_SCHED, SCHED, CORDON_SCHED_##class,	\
	  priority, vcpu }
#define BYTES(key, n)		TIME(key, n)
#define DEVICE(major, minor)	((major) << 20 | (minor))
#define DISK_RATES(device, rbps, wiops)					\
	{ CORDON_A_POLICY_IO_MAX, DISK, device, rbps, wiops }
#define OF_KIND(key, kind)						\
	{ CORDON_A_POLICY_##key, KIND, CORDON_##key##_##kind, -1, -1 }
#define OF_RANGE(key, kind, first, last)				\
	{ CORDON_A_POLICY_##key, KIND, CORDON_##key##_##kind, first, last }
#define ON_NODE(first, last, node) \
	{ CORDON_A_POLICY_NUMA_MAP, MAP, first, last, node }

#endif /* CORDON_ROWS_H */
