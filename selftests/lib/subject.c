// SPDX-License-Identifier: GPL-2.0-only
#include "cli.h"
#include "ksft.h"
#include "subject.h"

void subject_start(struct subject *s)
{
	cli_need();
	host_need_cpus(4);
	s->v = vmm_halting(2);
	s->tid[0] = vmm_vcpu_tid(s->v, 0, 0);
	s->tid[1] = vmm_vcpu_tid(s->v, 0, 1);
	s->tid[2] = vmm_thread_tid(s->v, vmm_thread_new(s->v, THREAD_EPOLL, "IO io0"));
	s->tid[3] = s->v->pid;
	cli_must("policy set pid:%d vcpu-pin 0:1 emulator-cpus 0-1", s->v->pid);
	for (int i = 0; i < SUBJECT_THREADS; i++) {
		task_cpus(s->tid[i], &s->cpus[i]);
		s->sched[i] = task_sched(s->tid[i], NULL);
	}
}

void subject_expect_same(const struct subject *s, const char *after)
{
	for (int i = 0; i < SUBJECT_THREADS; i++) {
		expect_cpus(cpus_str(&s->cpus[i]), s->tid[i], "after: %s", after);
		expect_eq(s->sched[i], task_sched(s->tid[i], NULL),
			  "class of thread %d after: %s", i, after);
	}
}
