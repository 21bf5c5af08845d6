// SPDX-License-Identifier: GPL-2.0-only
/* Times, shares of a CPU and numbers: in range, and the same again as printed. */
#include "fuzz.h"

#include "caps.h"

static void check_time(const char *value)
{
	struct text t = { 0 }, err = { 0 };
	uint64_t us, again;

	if (!time_parse(value, &us, &err)) {
		must(err.len);
	} else {
		time_print(&t, us);
		must(time_parse(text_str(&t), &again, &err));
		must(us == again);
		text_duration(&t, us);
	}
	text_free(&t);
	text_free(&err);
}

static void check_share(const char *value)
{
	struct text time = { 0 }, err = { 0 }, t = { 0 };
	uint64_t thousandths, us;

	if (!share_parse(value, &thousandths)) {
		must(!cap_share_resolve(value, 100000, &time));
		must(!time.len);
		return;
	}
	/* Of a period of 100 ms a share is as many microseconds. */
	must(cap_share_resolve(value, 100000, &time));
	must(time_parse(text_str(&time), &us, &err));
	must(us == thousandths);
	share_print(&t, us, 100000);
	must(strchr(text_str(&t), '%'));
	text_free(&t);
	text_free(&time);
}

static void check_number(const char *value, size_t len)
{
	uint32_t number;

	if (number_parse(value, len, 4095, &number))
		must(number <= 4095 && number == strtoul(value, NULL, 10));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char *value = fuzz_string(bytes, len);

	check_time(value);
	check_share(value);
	check_number(value, len);
	free(value);
	return 0;
}
