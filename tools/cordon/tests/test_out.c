// SPDX-License-Identifier: GPL-2.0-only
/* Tables: 80 columns and no more, cut between characters; JSON has it whole. */
#include "unit.h"

#include "cordon.h"
#include "out.h"
#include "text.h"

#define LONG_NAME	"größe-of-a-machine-that-has-a-name-of-its-own-0123456789"
#define LONG_CPUS	"0,2,4,6,8,10,12,14,16,18,20,22,24,26,28,30,32,34,36,38"

/* As wide as `vm list`. */
static const struct out_column columns[] = {
	{ "ID", "id", true, 0 },
	{ "PID", "pid", true, 0 },
	{ "NAME", "name", false, 12 },
	{ "POLICY", "mode", false, 0 },
	{ "CPUS", "cpus", false, 12 },
	{ "STATE", "state", false, 0 },
};

static char shown[4096];

/* What a table prints of one row; cmocka's own output stays out of it. */
static void table(const char *name, const char *cpus, bool json)
{
	int screen = dup(STDOUT_FILENO);
	FILE *file = tmpfile();

	fflush(stdout);
	dup2(fileno(file), STDOUT_FILENO);
	out_init(json, false);
	out_begin("vm", columns, ARRAY_SIZE(columns));
	out_item();
	out_uint("id", 12345);
	out_uint("pid", 4194304);
	out_string("name", name);
	out_string("mode", "enforce");
	out_string("cpus", cpus);
	out_string("state", "degraded");
	out_table_end();
	out_end();
	fflush(stdout);
	dup2(screen, STDOUT_FILENO);
	close(screen);
	rewind(file);
	shown[fread(shown, 1, sizeof(shown) - 1, file)] = '\0';
	fclose(file);
}

static void test_narrow(void **state)
{
	(void)state;
	table("web-1", "4-7", false);
	assert_string_equal(shown, "   ID     PID NAME  POLICY  CPUS STATE\n"
			    "12345 4194304 web-1 enforce 4-7  degraded\n");
}

static void fits(const char *name, const char *cpus)
{
	struct text clean = { 0 };
	char *line;

	table(name, cpus, false);
	/* Whatever was cut is still well-formed. */
	text_utf8(&clean, shown, true);
	assert_string_equal(text_str(&clean), shown);
	text_free(&clean);
	for (line = strtok(shown, "\n"); line; line = strtok(NULL, "\n"))
		assert_in_range(text_width(line), 1, 80);
}

static void test_wide(void **state)
{
	(void)state;
	fits("web-1", LONG_CPUS LONG_CPUS);
	fits(LONG_NAME, "4-7");
	fits(LONG_NAME, LONG_CPUS);
	fits("€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€", LONG_CPUS);
	table(LONG_NAME, LONG_CPUS, false);
	assert_non_null(strstr(shown, "größe-of-a-"));
	assert_non_null(strstr(shown, "... enforce 0,2,"));
}

static void test_json(void **state)
{
	(void)state;
	table(LONG_NAME, LONG_CPUS, true);
	assert_string_equal(shown, "{\"vm\":[{\"id\":12345,\"pid\":4194304,\"name\":\"" LONG_NAME
			    "\",\"mode\":\"enforce\",\"cpus\":\"" LONG_CPUS
			    "\",\"state\":\"degraded\"}]}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_narrow),
		cmocka_unit_test(test_wide),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
