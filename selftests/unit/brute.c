// SPDX-License-Identifier: GPL-2.0-only
/*
 * 50,000 random small hosts, up to 8 CPUs and 5 vCPUs, against the exhaustive
 * search: what fits is placed, what does not is refused, nothing is owned twice,
 * and the vCPUs are on as few nodes as can be. BRUTE_SEED and BRUTE_COUNT choose
 * others; a host that failed is printed as a golden vector is written. Prints
 * TAP.
 */
#include <stdlib.h>

#include "rules.h"
#include "tap.h"

#define SEED	1
#define COUNT	50000
#define SHOWN	10

static unsigned long from_environment(const char *name, unsigned long other)
{
	const char *value = getenv(name);

	return value && *value ? strtoul(value, NULL, 0) : other;
}

static const char *host_check(struct scene *s, unsigned long seed)
{
	static const struct scene_limits limits = {
		.cpus = 8, .vcpus = 5, .nodes = 3, .wild = true,
	};
	struct draw d = { .state = seed };
	const char *wrong;

	scene_draw(s, &d, &limits);
	wrong = scene_solve(s);
	if (!wrong)
		wrong = rules_check(s);
	if (!wrong)
		wrong = search_check(s);
	return wrong;
}

int main(void)
{
	unsigned long seed = from_environment("BRUTE_SEED", SEED);
	unsigned long count = from_environment("BRUTE_COUNT", COUNT);
	unsigned long i, placed = 0, failed = 0;
	unsigned long of_policy[CORDON_THREAD_POLICY_MAX + 1] = { 0 };
	unsigned long refused[PLACEMENT_NO_SMT + 1] = { 0 };
	const char *wrong;
	char name[96];
	struct scene s;

	for (i = 0; i < count; i++) {
		/* Far apart for neighbours, and never 0. */
		wrong = host_check(&s, (seed + i) * 0x9e3779b97f4a7c15 | 1);
		if (s.res.refusal == PLACEMENT_OK) {
			placed++;
			of_policy[s.req.thread_policy]++;
		} else if (s.res.refusal <= PLACEMENT_NO_SMT) {
			refused[s.res.refusal]++;
		}
		if (!wrong || failed++ >= SHOWN)
			continue;
		printf("# BRUTE_SEED=%lu BRUTE_COUNT=1: %s\n# ", seed + i, wrong);
		scene_print(&s, stdout);
		printf("\n# got ");
		scene_print_result(&s, stdout);
		printf("\n");
	}
	for (i = 1; i <= CORDON_THREAD_POLICY_MAX; i++)
		printf("# thread policy %lu: %lu placed\n", i, of_policy[i]);
	for (i = 1; i <= PLACEMENT_NO_SMT; i++)
		printf("# %s: %lu\n", refusal_name(i), refused[i]);
	snprintf(name, sizeof(name), "brute: %lu hosts, %lu placed, %lu wrong",
		 count, placed, failed);
	tap_point(!failed, name);
	return tap_end();
}
