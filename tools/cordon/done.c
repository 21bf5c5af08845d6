// SPDX-License-Identifier: GPL-2.0-only
/*
 * What `policy set` and `policy replace` say when they are done. It proposes
 * only what would work: a policy that is gone can be neither undone nor
 * confirmed. Pure: the unit tests build this file too.
 */
#include <linux/cordon.h>

#include "done.h"

void threads_count_print(uint64_t n, struct text *t)
{
	text_add(t, "%llu thread%s", (unsigned long long)n, n == 1 ? "" : "s");
}

static void tasks_count_print(uint64_t n, struct text *t)
{
	text_add(t, "%llu task%s", (unsigned long long)n, n == 1 ? "" : "s");
}

/* Off CPUs that are its own others were moved, unless nobody was there. */
static void moved_off_print(const struct set_done *done, struct text *t)
{
	threads_count_print(done->moved, t);
	if (done->evicted) {
		text_add(t, " and ");
		tasks_count_print(done->evicted, t);
	}
	text_add(t, done->evicted ? " moved off" : " moved");
	if (done->left) {
		text_add(t, "; ");
		tasks_count_print(done->left, t);
		text_add(t, " left there by force");
	}
}

static void where_print(const struct set_done *done, struct text *t)
{
	if (!*done->cpus)
		text_add(t, " no vCPU has run yet; ");
	else if (done->placed)
		text_add(t, " %llu vCPU%s on %s; ", (unsigned long long)done->vcpus,
			 done->vcpus == 1 ? "" : "s", done->cpus);
	else
		text_add(t, " vCPUs on %s; ", done->cpus);
}

static void policy_done_print(const struct set_done *done, struct text *t)
{
	bool audit = done->mode == CORDON_MODE_AUDIT;

	if (audit)
		text_add(t, " audit:");
	where_print(done, t);
	if (done->placed && !audit) {
		moved_off_print(done, t);
	} else {
		threads_count_print(done->threads, t);
		text_add(t, audit ? " watched, %llu would be moved" :
			 " held, %llu moved", (unsigned long long)done->moved);
	}
	if (done->uncapped) {
		text_add(t, "; no cap covers ");
		text_add(t, "%llu helper%s", (unsigned long long)done->uncapped,
			 done->uncapped == 1 ? "" : "s");
	}
	text_add(t, "; undo: cordon policy del %s", done->word);
}

static void gone_print(const struct set_done *done, struct text *t)
{
	if (!done->had_policy) {
		text_add(t, " no key is set: it has no policy");
		return;
	}
	text_add(t, " no key is left: the policy is gone; ");
	threads_count_print(done->moved, t);
	text_add(t, " given back as found");
}

void set_done_print(const struct set_done *done, struct text *t)
{
	text_add(t, "%s:", done->name);
	if (done->ended)
		text_add(t, " done, but the VM has ended since");
	else if (done->mode)
		policy_done_print(done, t);
	else
		gone_print(done, t);
	text_char(t, '\n');
	if (done->confirm_ms && !done->ended)
		text_add(t, "It goes back in %llu s, unless: cordon policy confirm %s\n",
			 (unsigned long long)(done->confirm_ms + 999) / 1000,
			 done->word);
}
