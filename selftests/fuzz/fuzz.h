/* SPDX-License-Identifier: GPL-2.0-only */
/* What every fuzz target needs. */
#ifndef _CORDON_FUZZ_H
#define _CORDON_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* libFuzzer calls it with each input. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* End where something is not as it must be; libFuzzer shows the input. */
#define must(what)							\
	do {								\
		if (!(what)) {						\
			fprintf(stderr, "%s:%d: not so: %s\n",		\
				__FILE__, __LINE__, #what);		\
			abort();					\
		}							\
	} while (0)

/* The bytes as a string, which ends at the first NUL; the caller frees it. */
static inline char *fuzz_string(const uint8_t *bytes, size_t len)
{
	char *s = malloc(len + 1);

	must(s);
	if (len)
		memcpy(s, bytes, len);
	s[len] = '\0';
	return s;
}

#endif /* _CORDON_FUZZ_H */
