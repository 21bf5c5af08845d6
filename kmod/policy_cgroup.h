/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_POLICY_CGROUP_H
#define _CORDON_POLICY_CGROUP_H

struct cgroup_reading;
struct cordon_policy;
struct cordon_thread;
struct cordon_vm;
struct refusal;

int policy_cgroup_check(struct cordon_vm *vm, const struct cordon_policy *p,
			struct refusal *why);
int policy_cgroup_commit(struct cordon_vm *vm, const struct cordon_policy *p,
			 struct refusal *why);
void policy_cgroup_undo(struct cordon_vm *vm, const struct cordon_policy *old);
void policy_cgroup_settle(struct cordon_vm *vm);

struct cordon_thread *policy_cgroup_thread(struct cordon_vm *vm,
					   const struct cgroup_reading *r);
int policy_cgroup_each_cap(struct cordon_vm *vm,
			   int (*fn)(const struct cgroup_reading *r, void *arg),
			   void *arg);

#endif /* _CORDON_POLICY_CGROUP_H */
