# SPDX-License-Identifier: GPL-2.0-only
#
# Judges what one host wrote to its second serial port (see host): prints a line
# for each failure and for each expectation that did not hold, with the host's
# name before it, then "passed failed skipped".
# Called by run, once for each host, with -v host=NAME.

function fail(what)
{
	failed++
	case_failed++
	print "[" host "] FAILED: " (name ? name ": " : "") what
}

# Which of a point's expectations did not hold: they come before its line.
function why(   i)
{
	for (i = 1; i <= reasons; i++)
		print "[" host "] FAILED: " name ": " reason[i]
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
	points = case_failed = reasons = 0
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
/^# FAILED: /			{ reason[++reasons] = "  " substr($0, 11); next }
/^#   expected /		{ reason[reasons] = reason[reasons] substr($0, 4) }
/^ok .*# *(SKIP|skip)/		{ points++; reasons = 0; skipped++; next }
/^ok /				{ points++; reasons = 0; passed++; next }
/^not ok /			{ points++; fail($0); why(); reasons = 0; next }

END {
	if (last != "#@ end") {
		if (!ready)
			fail("the host did not come up")
		else
			fail("the host died or hung" (name ? "" : " outside the cases"))
	}
	print passed + 0, failed + 0, skipped + 0
}
