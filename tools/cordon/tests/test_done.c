// SPDX-License-Identifier: GPL-2.0-only
/* What `policy set` says when it is done: nothing that is not true. */
#include "unit.h"

#include <linux/cordon.h>

#include "done.h"

static void says(const struct set_done *done, const char *want)
{
	struct text t = { 0 };

	set_done_print(done, &t);
	assert_string_equal(text_str(&t), want);
	text_free(&t);
}

static void test_held(void **state)
{
	struct set_done done = {
		.name = "web-1", .word = "web-1", .mode = CORDON_MODE_ENFORCE,
		.cpus = "4-7", .threads = 9, .moved = 9,
	};

	(void)state;
	says(&done, "web-1: vCPUs on 4-7; 9 threads held, 9 moved; undo: cordon policy del web-1\n");
	done.uncapped = 2;
	says(&done, "web-1: vCPUs on 4-7; 9 threads held, 9 moved; no cap covers 2 helpers; undo: cordon policy del web-1\n");
	done.uncapped = 0;
	done.threads = 1;
	done.moved = 0;
	says(&done, "web-1: vCPUs on 4-7; 1 thread held, 0 moved; undo: cordon policy del web-1\n");
	done.name = "a b";
	done.word = "'a b'";
	done.cpus = "";
	says(&done, "a b: no vCPU has run yet; 1 thread held, 0 moved; undo: cordon policy del 'a b'\n");
}

/* CPUs of its own: others had to leave them. */
static void test_placed(void **state)
{
	struct set_done done = {
		.name = "vfio", .word = "vfio", .mode = CORDON_MODE_ENFORCE,
		.cpus = "4-7,36-39", .threads = 20, .moved = 14,
		.placed = true, .vcpus = 8, .evicted = 212,
	};

	(void)state;
	says(&done, "vfio: 8 vCPUs on 4-7,36-39; 14 threads and 212 tasks moved off; undo: cordon policy del vfio\n");
	done.vcpus = 1;
	done.moved = 1;
	done.evicted = 1;
	done.left = 2;
	says(&done, "vfio: 1 vCPU on 4-7,36-39; 1 thread and 1 task moved off; 2 tasks left there by force; undo: cordon policy del vfio\n");
	done.evicted = 0;
	done.left = 0;
	says(&done, "vfio: 1 vCPU on 4-7,36-39; 1 thread moved; undo: cordon policy del vfio\n");
	done.mode = CORDON_MODE_AUDIT;
	says(&done, "vfio: audit: 1 vCPU on 4-7,36-39; 20 threads watched, 1 would be moved; undo: cordon policy del vfio\n");
}

static void test_audit(void **state)
{
	struct set_done done = {
		.name = "web-1", .word = "id:3", .mode = CORDON_MODE_AUDIT,
		.cpus = "0-7", .threads = 2, .moved = 1,
	};

	(void)state;
	says(&done, "web-1: audit: vCPUs on 0-7; 2 threads watched, 1 would be moved; undo: cordon policy del id:3\n");
}

static void test_confirm(void **state)
{
	struct set_done done = {
		.name = "web-1", .word = "pid:7", .mode = CORDON_MODE_ENFORCE,
		.cpus = "4", .threads = 1, .moved = 1, .confirm_ms = 119001,
	};

	(void)state;
	says(&done, "web-1: vCPUs on 4; 1 thread held, 1 moved; undo: cordon policy del pid:7\n"
	     "It goes back in 120 s, unless: cordon policy confirm pid:7\n");
}

/* Of a policy that is gone there is nothing to undo. */
static void test_gone(void **state)
{
	struct set_done done = {
		.name = "web-1", .word = "web-1", .had_policy = true,
		.cpus = "4-7", .moved = 1,
	};

	(void)state;
	says(&done, "web-1: no key is left: the policy is gone; 1 thread given back as found\n");
	done.moved = 9;
	done.confirm_ms = 60000;
	says(&done, "web-1: no key is left: the policy is gone; 9 threads given back as found\n"
	     "It goes back in 60 s, unless: cordon policy confirm web-1\n");
	done.had_policy = false;
	done.moved = 0;
	done.confirm_ms = 0;
	says(&done, "web-1: no key is set: it has no policy\n");
	done.ended = true;
	done.confirm_ms = 60000;
	says(&done, "web-1: done, but the VM has ended since\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_held),
		cmocka_unit_test(test_placed),
		cmocka_unit_test(test_audit),
		cmocka_unit_test(test_confirm),
		cmocka_unit_test(test_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
