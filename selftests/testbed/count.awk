# SPDX-License-Identifier: GPL-2.0-only
#
# Judges what one host wrote to its second serial port (see host): prints a line
# for each failure, with the host's name before it, then "passed failed skipped".
# Called by run, once for each host, with -v host=NAME.

function fail(what)
{
	failed++
	case_failed++
	print "[" host "] FAILED: " (name ? name ": " : "") what
}

function end_case(code)
{
	if (code == 124 || code == 137)
		fail("timed out")
	else if (plan == "" && code == 4 && points == 0)
		skipped++
	else if (plan == "")
		fail("no plan (exit status " code ")")
	else if (points != plan)
		fail("planned " plan ", ran " points " (exit status " code ")")
	else if (plan == 0)
		skipped++
	else if (code != 0 && code != 4 && !case_failed)
		fail("exit status " code)
}

{ last = $0 }

$1 == "#@" && $2 == "case" {
	name = $3
	plan = ""
	points = case_failed = 0
	next
}
$1 == "#@" && $2 == "exit"	{ end_case($3); name = ""; next }
$1 == "#@" && $2 == "fail"	{
	name_was = name
	name = ""
	fail(substr($0, 9))
	name = name_was
	next
}
$1 == "#@" && $2 == "script" {
	if ($3 == 0)
		passed++
	else
		fail("script: exit status " $3)
	next
}
$1 == "#@" && $2 == "ready"	{ ready = 1; next }

/^1\.\.[0-9]+/			{ plan = substr($1, 4) + 0; next }
/^ok .*# *(SKIP|skip)/		{ points++; skipped++; next }
/^ok /				{ points++; passed++; next }
/^not ok /			{ points++; fail($0); next }

END {
	if (last != "#@ end") {
		if (!ready)
			fail("the host did not come up")
		else
			fail("the host died or hung" (name ? "" : " outside the cases"))
	}
	print passed + 0, failed + 0, skipped + 0
}
