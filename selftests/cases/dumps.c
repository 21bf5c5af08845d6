// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dumps while VMs come and go: no error, no VM or thread twice, and none is
 * missing that lived throughout.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"
#include "host.h"
#include "ksft.h"
#include "nlq.h"
#include "tvmm.h"

#define RESIDENTS	5
#define CHURNERS	2

static struct vmm *resident[RESIDENTS];

/* In a child: VMs of its own, one after the other. */
static pid_t start_churn(int vms)
{
	pid_t pid = fork();
	struct vmm *v;

	if (pid)
		return pid;
	v = vmm_start();
	for (int i = 0; i < vms; i++) {
		int vm = vmm_vm_new(v, 0);

		vmm_vcpu_new(v, vm, GUEST_IO);
		if (!vmm_moves(v, vm, 0, 20))
			_exit(1);
		vmm_vm_end(v, vm);
	}
	vmm_kill(v);
	_exit(0);
}

/* Each value of @key only once; @found counts those of the residents. */
static void check_dump(json_t *array, const char *key, int *found)
{
	size_t n = json_array_size(array);
	long *seen = calloc(n + 1, sizeof(*seen));

	*found = 0;
	for (size_t i = 0; i < n; i++) {
		json_t *object = json_array_get(array, i);
		long pid = json_integer_value(json_object_get(object, "pid"));

		seen[i] = json_integer_value(json_object_get(object, key));
		for (size_t j = 0; j < i; j++)
			if (seen[j] == seen[i])
				ksft_fail("%s %ld twice in one dump", key, seen[i]);
		for (int j = 0; j < RESIDENTS; j++)
			if (resident[j]->pid == (*key == 'i' ? pid : seen[i]))
				++*found;
	}
	free(seen);
}

static void dumps(void)
{
	int vms = ksft_count(60, 200) / CHURNERS, dumps = 0, left = CHURNERS;
	pid_t churner[CHURNERS];
	int status, found;

	cli_need();
	for (int i = 0; i < RESIDENTS; i++) {
		resident[i] = vmm_start();
		vmm_vm_new(resident[i], 0);
		vmm_vcpus_new(resident[i], 0, 2, GUEST_SLEEP);
		require(ksft_until(20, vmm_ctl(resident[i], 0, 1)->count),
			"the guest runs");
	}
	for (int i = 0; i < CHURNERS; i++)
		churner[i] = start_churn(vms);
	while (left) {
		/* The command takes longer than the dump itself: now and then. */
		bool command = dumps % 10 == 0;
		json_t *list = command ? cli_json("vm", "vm list") : nlq_vms();

		check_dump(list, "id", &found);
		expect_eq(RESIDENTS, found, "VMs that lived throughout");
		json_decref(list);
		list = command ? cli_json("thread", "thread list") : nlq_threads();
		check_dump(list, "tid", &found);
		expect_eq(RESIDENTS, found, "main threads that lived throughout");
		json_decref(list);
		if (command)
			json_decref(cli_json("policy", "policy show"));
		dumps++;
		for (int i = 0; i < CHURNERS; i++) {
			if (churner[i] && waitpid(churner[i], &status, WNOHANG)) {
				expect_eq(0, status, "status of the churn");
				churner[i] = 0;
				left--;
			}
		}
	}
	ksft_note("%d dumps of each kind while %d VMs came and went", dumps,
		  vms * CHURNERS);
	expect(dumps >= 10, "dumps met the churn: %d", dumps);
}

static const struct ksft_test tests[] = {
	{ "dumps while VMs come and go", dumps },
};

KSFT_MAIN(tests);
