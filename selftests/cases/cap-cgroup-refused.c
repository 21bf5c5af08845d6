// SPDX-License-Identifier: GPL-2.0-only
/*
 * What cannot be had at the cgroup level is refused with the key and the reason,
 * and leaves every cgroup as it was; caps by cordon work there.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgscene.h"
#include "cgtree.h"
#include "cli.h"
#include "host.h"
#include "ksft.h"

/* Refused, by this key and for this reason; nothing changed. */
static void expect_refused(const struct cgscene *s, const char *key,
			   const char *reason, const char *keys)
{
	const struct cgtree *before = cgtree_take();

	if (cli_refused(2, key, "policy set pid:%d %s", s->v->pid, keys)) {
		ksft_note("%s", cli_err());
		expect(strcasestr(cli_err(), reason), "\"%s\" in: %s", reason,
		       cli_err());
	}
	cgtree_expect(before, "refused: %s", keys);
	expect(cli("policy show pid:%d", s->v->pid) || !strstr(cli_out(), "cap-by"),
	       "no policy of it: %s", cli_out());
}

static void expect_cordon_works(const struct cgscene *s)
{
	const struct cgtree *before = cgtree_take();

	cli_must("policy set pid:%d cap-by cordon emulator-quota 40%%", s->v->pid);
	cgtree_expect(before, "caps by cordon");
	cli_must("policy del pid:%d", s->v->pid);
}

static void no_controller(void)
{
	struct cgscene s;

	cgscene_start(&s, CG_MACHINE, false);
	require_eq(0, cg_write("cordon-test/machine.slice",
			       "cgroup.subtree_control", "-cpu"), "no cpu");
	expect_refused(&s, "cap-by", "cpu controller",
		       "cap-by cgroup emulator-quota 40%");
	expect_refused(&s, "cap-by", "cpu controller", "cap-by cgroup weight 200");
	expect_cordon_works(&s);
}

static void no_memory_controller(void)
{
	struct cgscene s;
	char text[64];

	cgscene_start(&s, CG_MACHINE, false);
	if (!cg_read(s.scope, "memory.max", text, sizeof(text)))
		ksft_skip("needs the memory controller");
	require_eq(0, cg_write("cordon-test/machine.slice",
			       "cgroup.subtree_control", "-memory"), "no memory");
	expect_refused(&s, "memory-max", "memory controller", "memory-max 1G");
	expect_refused(&s, "memory-low", "memory controller",
		       "cap-by cgroup emulator-quota 40% memory-low 1M");
}

/* Processes in a child of the cgroup that the VM is in. */
static void domain_children(void)
{
	struct vmm *other;
	struct cgscene s;

	cgscene_start(&s, CG_LOGIN, false);
	require_eq(0, cg_new(cgscene_below(&s, "app"), false), "a child");
	other = vmm_start();
	require_eq(0, cg_attach(cgscene_below(&s, "app"), other->pid),
		   "a process in it");
	expect_refused(&s, "cap-by", "threads", "cap-by cgroup emulator-quota 40%");
	expect_refused(&s, "cap-by", "threads", "cap-by cgroup global-quota 140%");
	expect_cordon_works(&s);
}

/* The same for a VM with no other process in its own cgroup itself. */
static void domain_children_of_own(void)
{
	struct vmm *other;
	struct cgscene s;

	cgscene_start(&s, CG_MACHINE, false);
	require_eq(0, cg_new(cgscene_below(&s, "app"), false), "a child");
	other = vmm_start();
	require_eq(0, cg_attach(cgscene_below(&s, "app"), other->pid),
		   "a process in it");
	expect_refused(&s, "cap-by", "threads", "cap-by cgroup vcpu-quota 40%");
	expect_refused(&s, "memory-high", "own", "memory-high 1G");
}

/* An empty child forbids nothing, but is another's. */
static void empty_child(void)
{
	const struct cgtree *before;
	struct cgscene s;

	cgscene_start(&s, CG_LOGIN, false);
	require_eq(0, cg_new(cgscene_below(&s, "app"), false), "a child");
	before = cgtree_take();
	if (cli("policy set pid:%d cap-by cgroup vcpu-quota 40%%", s.v->pid))
		expect(strstr(cli_err(), "cap-by"), "%s", cli_err());
	else
		cli_must("policy del pid:%d", s.v->pid);
	cgtree_expect(before, "beside an empty child");
}

static void not_its_own(void)
{
	static const char * const keys[] = {
		"memory-min 1M", "memory-low 1M", "memory-high 1G", "memory-max 1G",
		"io-max '1:0 rbps=1M'",
	};
	static const enum cg_layout layouts[] = { CG_LOGIN, CG_ROOT };
	char key[16], with[128];
	struct cgscene s;
	size_t i, k;

	for (k = 0; k < 2; k++) {
		cgscene_start(&s, layouts[k], false);
		for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
			snprintf(key, sizeof(key), "%.*s",
				 (int)strcspn(keys[i], " "), keys[i]);
			expect_refused(&s, key, "own", keys[i]);
			snprintf(with, sizeof(with),
				 "cap-by cgroup emulator-quota 40%% %s", keys[i]);
			expect_refused(&s, key, "own", with);
		}
	}
}

static void realtime(void)
{
	struct sched_param param = { .sched_priority = 1 };
	struct cgscene s;

	cgscene_start(&s, CG_MACHINE, false);
	require_eq(0, sched_setscheduler(s.worker, SCHED_FIFO, &param), "realtime");
	expect_refused(&s, "cap-by", "realtime", "cap-by cgroup emulator-quota 40%");
	expect_refused(&s, "cap-by", "realtime", "cap-by cgroup global-quota 140%");
	/* A limit that is not about it. */
	cli_must("policy set pid:%d cap-by cgroup vcpu-quota 40%%", s.v->pid);
	cli_must("policy del pid:%d", s.v->pid);
}

static void used_memory(void)
{
	char text[64], keys[64];
	struct cgscene s;
	long used;

	cgscene_start(&s, CG_MACHINE, false);
	if (!cg_read(s.scope, "memory.current", text, sizeof(text)))
		ksft_skip("needs the memory controller");
	used = atol(text);
	require(used > 65536, "memory.current: %s", text);
	snprintf(keys, sizeof(keys), "memory-max %ld", used / 8192 * 4096);
	expect_refused(&s, "memory-max", "force", keys);
	cli_must("policy set pid:%d memory-max 2G", s.v->pid);
	/* Not only the first time. */
	expect_refused(&s, "memory-max", "force", keys);
	cli_must("policy set pid:%d memory-max 1G", s.v->pid);
	cg_read(s.scope, "memory.max", text, sizeof(text));
	expect_str("1073741824", text, "memory.max");
	cli_must("policy del pid:%d", s.v->pid);
	expect(task_state(s.worker), "the VMM lives");
}

static void no_device(void)
{
	struct cgscene s;
	char text[64];

	cgscene_start(&s, CG_MACHINE, false);
	if (!cg_read(s.scope, "io.max", text, sizeof(text)))
		ksft_skip("needs io.max");
	expect_refused(&s, "io-max", "250:77", "io-max '250:77 rbps=1M'");
	expect_refused(&s, "io-max", "250:77",
		       "memory-low 1M memory-high 1G io-max '250:77 rbps=1M'");
	expect_refused(&s, "io-max", "250:77",
		       "cap-by cgroup emulator-quota 40% weight 200 memory-low 1M io-max '250:77 rbps=1M'");
}

/* Somebody else has groups for its threads, and is not libvirt. */
static void spread(void)
{
	const char *path;
	struct cgscene s;

	cgscene_start(&s, CG_MACHINE, false);
	path = cgscene_below(&s, "mine");
	require_eq(0, cg_new(path, false), "a cgroup");
	require_eq(0, cg_write(path, "cgroup.type", "threaded"), "threaded");
	require_eq(0, cg_write(path, "cgroup.threads", "%d", s.worker), "a move");
	expect_refused(&s, "cap-by", "somebody else",
		       "cap-by cgroup emulator-quota 40%");
	expect_refused(&s, "cap-by", "somebody else",
		       "cap-by cgroup vcpu-quota 40%");
	/* Who asks for no caps is not told of caps. */
	if (cli("policy set pid:%d memory-low 1M", s.v->pid))
		expect(strstr(cli_err(), "memory-low"), "%s", cli_err());
	else
		cli_must("policy del pid:%d", s.v->pid);
	/* Its threads go home before it does. */
	vmm_thread_end(s.v, s.worker_slot);
}

#define V1	"/tmp/cordon-v1"

static void no_v1(void)
{
	umount(V1);
	rmdir(V1);
	/* The hierarchy goes a moment after its mount. */
	if (!ksft_until(10, !cg_write("", "cgroup.subtree_control", "+cpu")))
		ksft_fail("the cpu controller does not come back to cgroup2");
}

/* A controller can leave cgroup2 only while no cgroup below the root has it. */
static void hybrid(void)
{
	struct vmm *v;
	struct cgscene s = { .v = NULL };

	cgscene_need();
	v = vmm_halting(1);
	s.v = v;
	ksft_defer(no_v1);
	mkdir(V1, 0755);
	if (cg_write("", "cgroup.subtree_control", "-cpu"))
		ksft_skip("the cpu controller is in use below the root");
	/* Cgroups of tests before go a moment after their rmdir. */
	if (!ksft_until(10, !mount("cordon-v1", V1, "cgroup", 0, "cpu")))
		ksft_skip("cgroup v1 with cpu cannot be mounted: %s",
			  strerror(errno));
	expect_refused(&s, "cap-by", "v1", "cap-by cgroup emulator-quota 40%");
	expect_refused(&s, "cap-by", "v1", "cap-by cgroup weight 300");
	expect_cordon_works(&s);
}

/* Where and how cgroup2 was mounted. */
static char v2_root[64], v2_options[256];

static void v2_back(void)
{
	if (mount("cgroup2", v2_root, "cgroup2", 0, v2_options))
		ksft_fail("mount cgroup2: %s", strerror(errno));
}

static void see_options(void)
{
	static const char * const known[] = {
		"nsdelegate", "favordynmods", "memory_localevents",
		"memory_recursiveprot", "memory_hugetlb_accounting",
		"pids_localevents",
	};
	char line[1024];
	FILE *f = fopen("/proc/self/mounts", "re");
	size_t i;

	snprintf(v2_root, sizeof(v2_root), "%s", cg_root());
	*v2_options = 0;
	while (f && fgets(line, sizeof(line), f))
		for (i = 0; strstr(line, " cgroup2 ") && i < 6; i++)
			if (strstr(line, known[i]))
				sprintf(v2_options + strlen(v2_options), "%s%s",
					*v2_options ? "," : "", known[i]);
	if (f)
		fclose(f);
}

/* Nobody has mounted cgroup2: cordon does not either. */
static void not_mounted(void)
{
	struct vmm *v;

	cgscene_need();
	see_options();
	v = vmm_halting(1);
	if (umount(v2_root))
		ksft_skip("cgroup2 is in use: %s", strerror(errno));
	ksft_defer(v2_back);
	cli_refused(2, "not mounted",
		    "policy set pid:%d cap-by cgroup emulator-quota 40%%", v->pid);
	cli_must("policy set pid:%d emulator-quota 40%%", v->pid);
	cli_must("policy del pid:%d", v->pid);
}

static const struct ksft_test tests[] = {
	{ "no cpu controller on the way", no_controller },
	{ "no memory controller on the way", no_memory_controller },
	{ "processes below a shared cgroup", domain_children },
	{ "processes below its own cgroup", domain_children_of_own },
	{ "an empty child", empty_child },
	{ "memory and disks of a shared cgroup", not_its_own },
	{ "a realtime thread", realtime },
	{ "less memory than is used", used_memory },
	{ "a disk that is not there", no_device },
	{ "threads that somebody else has spread", spread },
	{ "cgroup v1 has the cpu controller", hybrid },
	{ "cgroup2 is not mounted", not_mounted },
};

KSFT_MAIN(tests);
