// SPDX-License-Identifier: GPL-2.0-only
/* Lists of CPUs: what is taken is taken again as printed, as the same set. */
#include "fuzz.h"

#include "cpulist.h"

static void check_set(const char *s, size_t len, struct text *err)
{
	struct cpulist set, again;
	struct text t = { 0 };

	if (!cpulist_parse(s, len, "CPU", &set, err)) {
		must(err->len);
		return;
	}
	must(!cpulist_empty(&set));
	cpulist_print(&set, &t);
	must(cpulist_parse(text_str(&t), t.len, "CPU", &again, err));
	must(!memcmp(&set, &again, sizeof(set)));
	text_free(&t);
}

/* One number twice is no sequence; else it has the numbers of the set. */
static void check_sequence(const char *s, size_t len, struct text *err)
{
	static struct cpuseq seq;
	struct cpulist set;
	uint32_t i;

	if (!cpuseq_parse(s, len, "vCPU", &seq, err)) {
		must(err->len);
		return;
	}
	must(cpulist_parse(s, len, "vCPU", &set, err));
	must(seq.n == cpulist_count(&set));
	for (i = 0; i < seq.n; i++)
		must(cpulist_has(&set, seq.number[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char *s = fuzz_string(bytes, len);
	struct text err = { 0 };

	check_set(s, len, &err);
	text_clear(&err);
	check_sequence(s, len, &err);
	text_free(&err);
	free(s);
	return 0;
}
