// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of VMs. The kernel knows numbers only; operators know the name that
 * they gave to QEMU (`-name guest=web-1,...`), Firecracker (`--id web-1`) or
 * crosvm (`--name web-1`). It comes from the VMM's own memory: a convenience,
 * never a credential.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vmname.h"

/* A command line may hold 2 MiB; a QEMU one with many disks has some 20 KiB. */
#define CMDLINE_BYTES	(256 * 1024)

static bool number_ref(const char *word, const char *prefix,
		       enum vm_ref_kind kind, struct vm_ref *ref,
		       struct text *err)
{
	const char *number = word + strlen(prefix);

	ref->kind = kind;
	if (number_parse(number, strlen(number), INT32_MAX, &ref->number) &&
	    ref->number)
		return true;
	text_add(err, "\"%s\": after %s comes a number from 1", word, prefix);
	return false;
}

bool vm_ref_parse(const char *word, struct vm_ref *ref, struct text *err)
{
	memset(ref, 0, sizeof(*ref));
	ref->word = word;
	if (!strncmp(word, "id:", 3))
		return number_ref(word, "id:", VM_REF_ID, ref, err);
	if (!strncmp(word, "pid:", 4))
		return number_ref(word, "pid:", VM_REF_PID, ref, err);
	if (!*word) {
		text_add(err, "the VM's name is empty");
		return false;
	}
	if (!strcmp(word, "all"))
		ref->kind = VM_REF_ALL;
	else if (word[strspn(word, "0123456789")] == '\0')
		ref->kind = VM_REF_NUMBER;
	if (ref->kind == VM_REF_NUMBER)
		number_parse(word, strlen(word), UINT32_MAX, &ref->number);
	return true;
}

/*
 * One suboption of QEMU's `key=value,key=value`, where a comma within a value
 * is written twice. Returns where the next one starts, or NULL at the end.
 */
static const char *suboption(const char *s, struct text *option)
{
	for (; *s; s++) {
		if (*s == ',' && s[1] != ',')
			return s + 1;
		if (*s == ',')
			s++;
		text_char(option, *s);
	}
	return NULL;
}

/* The guest's name in the value of -name, whose first word may be bare. */
static char *qemu_name(const char *value)
{
	const char *next = value;
	char *name = NULL;
	bool first = true;

	while (next) {
		struct text option = { 0 };
		const char *s;

		next = suboption(next, &option);
		s = text_str(&option);
		if (!strncmp(s, "guest=", 6)) {
			free(name);
			name = xstrdup(s + 6);
		} else if (first && !strchr(s, '=')) {
			name = xstrdup(s);
		}
		first = false;
		text_free(&option);
	}
	return name;
}

static void keep(char **slot, char *value)
{
	if (value && !*value) {
		free(value);
		value = NULL;
	}
	if (value) {
		free(*slot);
		*slot = value;
	}
}

static bool is_word(const char *word, const char *option)
{
	/* QEMU takes one dash or two. */
	return word[0] == '-' &&
	       !strcmp(word + (word[1] == '-' ? 2 : 1), option);
}

void cmdline_parse(const char *cmdline, size_t len, char **name, char **uuid)
{
	char *copy = xcalloc(len + 2, 1), *id = NULL;
	const char *word, *value, *end;

	*name = NULL;
	*uuid = NULL;
	/* A last word that was cut off must end too. */
	memcpy(copy, cmdline, len);
	end = copy + len;
	for (word = copy; word < end; word += strlen(word) + 1) {
		value = word + strlen(word) + 1;
		if (!strncmp(word, "--id=", 5))
			keep(&id, xstrdup(word + 5));
		else if (!strncmp(word, "--name=", 7))
			keep(name, xstrdup(word + 7));
		if (value >= end)
			continue;
		if (is_word(word, "name"))
			keep(name, qemu_name(value));
		else if (!strcmp(word, "--id"))
			keep(&id, xstrdup(value));
		else if (is_word(word, "uuid"))
			keep(uuid, xstrdup(value));
		else
			continue;
		word = value;
	}
	if (*name)
		free(id);
	else
		*name = id;
	free(copy);
}

void cmdline_read(uint32_t pid, char **name, char **uuid)
{
	char path[64], *buffer;
	size_t len = 0;
	ssize_t n;
	int fd;

	*name = NULL;
	*uuid = NULL;
	snprintf(path, sizeof(path), "/proc/%u/cmdline", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	buffer = xcalloc(CMDLINE_BYTES, 1);
	while (len < CMDLINE_BYTES &&
	       (n = read(fd, buffer + len, CMDLINE_BYTES - len)) > 0)
		len += n;
	close(fd);
	cmdline_parse(buffer, len, name, uuid);
	free(buffer);
}
