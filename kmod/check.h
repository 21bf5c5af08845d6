/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_CHECK_H
#define _CORDON_CHECK_H

#include <linux/types.h>

struct cordon_policy;
struct cordon_vm;
struct policy_value;

#define REFUSAL_TEXT_LEN	160

/**
 * struct refusal - why a request is, or would be, refused
 * @err: negative errno
 * @key: the attribute that it is about, 0 if none
 * @cpu: the CPU that it is about, -1 if none
 * @owner: id of the VM that owns what was asked for, 0 if none
 * @tid: the thread that it is about, 0 if none
 * @wanted: how much was asked for; 0 where it is not about that
 * @free: how much there is, if @wanted is set
 * @text: the reason
 */
struct refusal {
	int err;
	u32 key;
	int cpu;
	u32 owner;
	u32 tid;
	u32 wanted;
	u32 free;
	char text[REFUSAL_TEXT_LEN];
};

__printf(4, 5)
int refuse(struct refusal *why, int err, u32 key, const char *fmt, ...);
const char *policy_key_name(u32 key);
bool check_is_new(const struct cordon_policy *p,
		  const struct cordon_policy *old, u32 key);
int policy_check(struct cordon_vm *vm, const struct cordon_policy *p,
		 const struct cordon_policy *old, struct refusal *why);
int policy_check_plan(struct cordon_vm *vm, const struct cordon_policy *p,
		      const struct cordon_policy *old, struct refusal *why);
int policy_check_again(struct cordon_vm *vm, const struct cordon_policy *p,
		       struct refusal *why);
int check_vcpu_ranges(const struct policy_value *value, u32 key,
		      struct refusal *why);
int check_place(const struct cordon_policy *p, const struct cordon_policy *old,
		struct refusal *why);
int check_cgroup(const struct cordon_policy *p,
		 const struct cordon_policy *old, struct refusal *why);
int check_rt(struct cordon_vm *vm, const struct cordon_policy *p, bool again,
	     struct refusal *why);

#endif /* _CORDON_CHECK_H */
