// SPDX-License-Identifier: GPL-2.0-only
/* The placement solver: any host and request that a kernel could come with. */
#include "fuzz.h"
#include "rules.h"

/* Up to here all placements are tried too. */
#define SEARCH_CPUS	7
#define SEARCH_VCPUS	4
#define SEARCH_NODES	3

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const struct scene_limits large = {
		.cpus = SCENE_CPUS, .vcpus = 16, .nodes = SCENE_NODES,
		.wild = true,
	};
	static const struct scene_limits small = {
		.cpus = SEARCH_CPUS, .vcpus = SEARCH_VCPUS,
		.nodes = SEARCH_NODES, .wild = true,
	};
	struct draw d = { .bytes = bytes, .len = len };
	bool is_small = draw_below(&d, 2);
	const char *wrong;
	struct scene s;

	scene_draw(&s, &d, is_small ? &small : &large);
	wrong = scene_solve(&s);
	if (!wrong)
		wrong = rules_check(&s);
	if (!wrong && is_small)
		wrong = search_check(&s);
	if (wrong) {
		fprintf(stderr, "%s\n", wrong);
		scene_print(&s, stderr);
		fprintf(stderr, "\n");
		scene_print_result(&s, stderr);
		fprintf(stderr, "\n");
		abort();
	}
	return 0;
}
