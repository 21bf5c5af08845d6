/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_SIGHTING_H
#define _CORDON_SIGHTING_H

struct cordon_thread;
struct kvm_vcpu;
struct pid;
struct task_struct;

void sighting_vcpu(struct kvm_vcpu *vcpu);
void sighting_newborn(struct task_struct *task, struct cordon_thread *parent);
void sighting_child(struct task_struct *task, struct cordon_thread *parent);
void sighting_remote(struct task_struct *task, struct pid *tgid,
		     struct cordon_thread *parent);

int sighting_init(void);
void sighting_flush(void);
void sighting_exit(void);

#endif /* _CORDON_SIGHTING_H */
