/* SPDX-License-Identifier: GPL-2.0-only */
/* The words for the numbers of the uapi header, each written once. */
#ifndef _CORDON_WORDS_H
#define _CORDON_WORDS_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct words - the words of one enum
 * @word: indexed by value; 0 is unused
 * @n: one more than the highest value
 */
struct words {
	const char *const *word;
	uint32_t n;
};

extern const struct words class_words;
extern const struct words mode_words;
extern const struct words switch_words;
extern const struct words sched_words;
extern const struct words vm_state_words;
extern const struct words thread_state_words;
extern const struct words cap_words;
extern const struct words cap_by_words;
extern const struct words cpu_policy_words;
extern const struct words placement_words;
extern const struct words thread_policy_words;
extern const struct words emulator_policy_words;
extern const struct words numa_words;
extern const struct words pool_words;
extern const struct words cpu_use_words;
extern const struct words isolation_words;
extern const struct words culprit_words;
extern const struct words policy_event_words;

/* The word for a value; "unknown" for one of a newer kernel. */
const char *word_of(const struct words *words, uint32_t value);
/* The value of a word of @len bytes; 0 if it is none. */
uint32_t word_value(const struct words *words, const char *s, size_t len);

#endif /* _CORDON_WORDS_H */
