// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>

#include "cli.h"
#include "ksft.h"
#include "rows.h"
#include "tvmm.h"

static void policy_now(long id, struct nlq_answer *answer)
{
	struct nl_msg *msg = nlq_request(CORDON_CMD_POLICY_GET);

	nla_put_u32(msg, CORDON_A_POLICY_VM_ID, id);
	nlq_ask(msg, answer);
	require_eq(0, answer->error, "policy-get: %s", answer->text);
	require(answer->len, "policy-get answers");
}

void scene_start(struct scene *s)
{
	memset(s, 0, sizeof(*s));
	subject_start(&s->vm);
	s->id = cli_vm_id(s->vm.v->pid);
	policy_now(s->id, &s->policy);
}

void scene_expect_same(struct scene *s, const char *after)
{
	static struct nlq_answer now;

	policy_now(s->id, &now);
	expect(now.len == s->policy.len && !memcmp(now.data, s->policy.data, now.len),
	       "the policy is the same after: %s", after);
	subject_expect_same(&s->vm, after);
}

void row_put_range(struct nl_msg *msg, int type, long first, long last)
{
	struct nlattr *nest = nla_nest_start(msg, type | NLA_F_NESTED);

	nla_put_u32(msg, CORDON_A_CPU_RANGE_FIRST, first);
	nla_put_u32(msg, CORDON_A_CPU_RANGE_LAST, last);
	nla_nest_end(msg, nest);
}

static void put_pin(struct nl_msg *msg, const struct put *put)
{
	struct nlattr *nest = nla_nest_start(msg, put->type | NLA_F_NESTED);

	nla_put_u32(msg, CORDON_A_VCPU_PIN_FIRST, put->a);
	nla_put_u32(msg, CORDON_A_VCPU_PIN_LAST, put->a);
	row_put_range(msg, CORDON_A_VCPU_PIN_CPUS, put->b, put->c);
	nla_nest_end(msg, nest);
}

static void put_sched(struct nl_msg *msg, const struct put *put)
{
	struct nlattr *nest = nla_nest_start(msg, put->type | NLA_F_NESTED);

	nla_put_u32(msg, CORDON_A_SCHED_POLICY, put->a);
	if (put->b)
		nla_put_u32(msg, CORDON_A_SCHED_PRIORITY, put->b);
	if (put->c >= 0) {
		nla_put_u32(msg, CORDON_A_SCHED_FIRST, put->c);
		nla_put_u32(msg, CORDON_A_SCHED_LAST, put->c);
	}
	nla_nest_end(msg, nest);
}

static void put_disk(struct nl_msg *msg, const struct put *put)
{
	struct nlattr *nest = nla_nest_start(msg, put->type | NLA_F_NESTED);

	nla_put_u32(msg, CORDON_A_IO_MAX_MAJOR, put->a >> 20);
	nla_put_u32(msg, CORDON_A_IO_MAX_MINOR, put->a & 0xfffff);
	if (put->b)
		nla_put_u64(msg, CORDON_A_IO_MAX_RBPS, put->b);
	if (put->c)
		nla_put_u64(msg, CORDON_A_IO_MAX_WIOPS, put->c);
	nla_nest_end(msg, nest);
}

/* Entries of cpu-policy and numa number their attributes alike. */
static void put_kind(struct nl_msg *msg, const struct put *put)
{
	struct nlattr *nest = nla_nest_start(msg, put->type | NLA_F_NESTED);

	if (put->a >= 0)
		nla_put_u32(msg, CORDON_A_CPU_POLICY_KIND, put->a);
	if (put->b >= 0)
		nla_put_u32(msg, CORDON_A_CPU_POLICY_FIRST, put->b);
	if (put->c >= 0)
		nla_put_u32(msg, CORDON_A_CPU_POLICY_LAST, put->c);
	nla_nest_end(msg, nest);
}

static void put_map(struct nl_msg *msg, const struct put *put)
{
	struct nlattr *nest = nla_nest_start(msg, put->type | NLA_F_NESTED);

	nla_put_u32(msg, CORDON_A_NUMA_MAP_FIRST, put->a);
	nla_put_u32(msg, CORDON_A_NUMA_MAP_LAST, put->b);
	if (put->c >= 0)
		nla_put_u32(msg, CORDON_A_NUMA_MAP_NODE, put->c);
	nla_nest_end(msg, nest);
}

static void add(struct nl_msg *msg, const struct put *put)
{
	switch (put->how) {
	case NOTHING:
		return;
	case U32:
		nla_put_u32(msg, put->type, put->a);
		return;
	case U64:
		nla_put_u64(msg, put->type, put->a);
		return;
	case FLAG:
		nla_put_flag(msg, put->type);
		return;
	case SHORT:
		nla_put_u16(msg, put->type, put->a);
		return;
	case LONG_TEXT:
		nla_put_string(msg, put->type,
			       "a name that is far longer than that of any thread");
		return;
	case EMPTY:
		nla_put(msg, put->type | NLA_F_NESTED, 0, NULL);
		return;
	case RANGE:
		row_put_range(msg, put->type, put->a, put->b);
		return;
	case PIN:
		put_pin(msg, put);
		return;
	case SCHED:
		put_sched(msg, put);
		return;
	case DISK:
		put_disk(msg, put);
		return;
	case KIND:
		put_kind(msg, put);
		return;
	case MAP:
		put_map(msg, put);
		return;
	}
}

struct nl_msg *row_request(const struct scene *s, const struct row *row)
{
	struct nl_msg *msg = nlq_request(row->cmd ? row->cmd : CORDON_CMD_POLICY_SET);

	if (row->who == SELF)
		nla_put_u32(msg, CORDON_A_POLICY_VM_ID, s->id);
	else if (row->who == OTHER)
		nla_put_u32(msg, CORDON_A_POLICY_VM_ID, s->other);
	else if (row->who == SHARED)
		nla_put_u32(msg, CORDON_A_POLICY_PID, s->shared);
	for (int i = 0; i < ROW_PUTS; i++)
		add(msg, &row->put[i]);
	return msg;
}

void row_check(const struct row *row, const struct nlq_answer *got)
{
	expect_eq(row->error, got->error, "errno of: %s (\"%s\")", row->what, got->text);
	expect(*got->text || !*row->text, "a message comes with: %s", row->what);
	expect(strcasestr(got->text, row->text), "\"%s\" in the message of: %s: \"%s\"",
	       row->text, row->what, got->text);
	if (row->attr)
		expect_eq(row->attr, got->attr, "attribute at fault of: %s (\"%s\")",
			  row->what, got->text);
}

void row_ask(struct scene *s, const struct row *row)
{
	static struct nlq_answer answer;

	nlq_ask(row_request(s, row), &answer);
	row_check(row, &answer);
	scene_expect_same(s, row->what);
}
