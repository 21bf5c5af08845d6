// SPDX-License-Identifier: GPL-2.0-only
/* Names from command lines of VMMs, and VMs as they are typed. */
#include "unit.h"

#include "vmname.h"

#define WORDS(s)	(s), sizeof(s) - 1

static void is_named(const char *cmdline, size_t len, const char *name,
		     const char *uuid)
{
	char *found_name, *found_uuid;

	cmdline_parse(cmdline, len, &found_name, &found_uuid);
	if (name) {
		assert_non_null(found_name);
		assert_string_equal(found_name, name);
	} else {
		assert_null(found_name);
	}
	if (uuid) {
		assert_non_null(found_uuid);
		assert_string_equal(found_uuid, uuid);
	} else {
		assert_null(found_uuid);
	}
	free(found_name);
	free(found_uuid);
}

static void test_qemu(void **state)
{
	(void)state;
	is_named(WORDS("qemu\0-name\0web-1\0-m\0001G\0"), "web-1", NULL);
	is_named(WORDS("qemu\0-name\0guest=web-1,debug-threads=on\0"), "web-1", NULL);
	is_named(WORDS("qemu\0-name\0debug-threads=on,guest=web-1\0"), "web-1", NULL);
	is_named(WORDS("qemu\0-name\0web-1,process=x\0"), "web-1", NULL);
	is_named(WORDS("qemu\0--name\0web-1\0"), "web-1", NULL);
	is_named(WORDS("qemu\0-name\0guest=a,,b,debug-threads=on\0"), "a,b", NULL);
	is_named(WORDS("qemu\0-name\0a b\0"), "a b", NULL);
	is_named(WORDS("qemu\0-name\0debug-threads=on\0"), NULL, NULL);
	is_named(WORDS("qemu\0-name\0guest=x\0-uuid\0006f1c02aa-0000-4000-8000-000000000001\0"),
		 "x", "6f1c02aa-0000-4000-8000-000000000001");
	/* The UUID of an -smbios option is what the guest shows, not its own. */
	is_named(WORDS("qemu\0-smbios\0type=1,uuid=6f1c02aa\0"), NULL, NULL);
	/* As libvirt writes it. */
	is_named(WORDS("/usr/bin/qemu-system-x86_64\0-name\0guest=fedora,debug-threads=on\0-S\0-uuid\0abc\0"),
		 "fedora", "abc");
}

static void test_others(void **state)
{
	(void)state;
	is_named(WORDS("firecracker\0--id\0fc-1\0"), "fc-1", NULL);
	is_named(WORDS("firecracker\0--id=fc-1\0--config-file\0x\0"), "fc-1", NULL);
	is_named(WORDS("crosvm\0run\0--name\0c1\0"), "c1", NULL);
	is_named(WORDS("crosvm\0run\0--name=c1\0"), "c1", NULL);
	is_named(WORDS("cloud-hypervisor\0--api-socket\0/x\0"), NULL, NULL);
	/* A name goes before an id. */
	is_named(WORDS("kvm\0--id\000100\0-name\0vm100\0"), "vm100", NULL);
}

static void test_edges(void **state)
{
	(void)state;
	is_named("", 0, NULL, NULL);
	is_named(WORDS("\0"), NULL, NULL);
	is_named(WORDS("\0\0\0"), NULL, NULL);
	is_named(WORDS("qemu"), NULL, NULL);
	is_named(WORDS("-name"), NULL, NULL);
	is_named(WORDS("qemu\0-name"), NULL, NULL);
	is_named(WORDS("qemu\0-name\0"), NULL, NULL);
	is_named(WORDS("qemu\0-name\0\0"), NULL, NULL);
	is_named(WORDS("qemu\0-name\0guest=\0"), NULL, NULL);
	is_named(WORDS("qemu\0--id=\0"), NULL, NULL);
	is_named(WORDS("qemu\0-name\0,\0"), NULL, NULL);
	is_named(WORDS("qemu\0-name\0,,\0"), ",", NULL);
	/* Cut off in the middle of a word. */
	is_named(WORDS("qemu\0-name\0web"), "web", NULL);
	/* The value of -name is no option, whatever it looks like. */
	is_named(WORDS("qemu\0-name\0-uuid\0-uuid\0u\0"), "-uuid", "u");
	/* Not UTF-8: kept as it is, cleaned where it is shown. */
	is_named(WORDS("qemu\0-name\0\xff\x1b[31m\0"), "\xff\x1b[31m", NULL);
}

static void typed(const char *word, enum vm_ref_kind kind, uint32_t number)
{
	struct text err = { 0 };
	struct vm_ref ref;

	if (!vm_ref_parse(word, &ref, &err))
		fail_msg("\"%s\" was refused: %s", word, text_str(&err));
	assert_int_equal(ref.kind, kind);
	assert_int_equal(ref.number, number);
	assert_ptr_equal(ref.word, word);
}

static void refused(const char *word)
{
	struct text err = { 0 };
	struct vm_ref ref;

	if (vm_ref_parse(word, &ref, &err))
		fail_msg("\"%s\" was accepted", word);
	assert_int_not_equal(err.len, 0);
	text_free(&err);
}

static void test_refs(void **state)
{
	(void)state;
	typed("web-1", VM_REF_NAME, 0);
	typed("6f1c02aa-0000-4000-8000-000000000001", VM_REF_NAME, 0);
	typed("7up", VM_REF_NAME, 0);
	typed("-1", VM_REF_NAME, 0);
	typed("ALL", VM_REF_NAME, 0);
	typed("all", VM_REF_ALL, 0);
	typed("7", VM_REF_NUMBER, 7);
	typed("99999999999999999999", VM_REF_NUMBER, 0);
	typed("id:3", VM_REF_ID, 3);
	typed("pid:4194304", VM_REF_PID, 4194304);
	refused("");
	refused("id:");
	refused("pid:");
	refused("id:0");
	refused("pid:0");
	refused("id:x");
	refused("id:3 ");
	refused("id:-3");
	refused("pid:2147483648");
	refused("pid:18446744073709551617");
}

/* This very process has a command line, and is not called by it. */
static void test_read(void **state)
{
	char *name, *uuid;

	(void)state;
	cmdline_read(getpid(), &name, &uuid);
	assert_null(name);
	assert_null(uuid);
	/* No process has that pid. */
	cmdline_read(INT32_MAX, &name, &uuid);
	assert_null(name);
	assert_null(uuid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_qemu),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_refs),
		cmocka_unit_test(test_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
