// SPDX-License-Identifier: GPL-2.0-only
/* Command lines of VMMs, which are the guest owner's, and words that name VMs. */
#include "fuzz.h"

#include "vmname.h"

/* What is found is a part of the line, and never empty. */
static void check_cmdline(const uint8_t *bytes, size_t len)
{
	/* Ends where it ends, so that the sanitizers see who passes it. */
	char *line = malloc(len ? len : 1), *name, *uuid;

	must(line);
	if (len)
		memcpy(line, bytes, len);
	cmdline_parse(line, len, &name, &uuid);
	must(!name || (*name && strlen(name) <= len));
	must(!uuid || (*uuid && memmem(line, len, uuid, strlen(uuid))));
	free(name);
	free(uuid);
	free(line);
}

static void check_ref(const char *word)
{
	struct text err = { 0 };
	struct vm_ref ref;

	if (!vm_ref_parse(word, &ref, &err)) {
		must(err.len);
	} else {
		must(ref.word == word);
		if (ref.kind == VM_REF_ID || ref.kind == VM_REF_PID)
			must(ref.number && ref.number <= INT32_MAX);
	}
	text_free(&err);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char *word = fuzz_string(bytes, len);

	check_cmdline(bytes, len);
	check_ref(word);
	free(word);
	return 0;
}
