# SPDX-License-Identifier: GPL-2.0-only
# cordon: module, command, tests. `make help` says what there is.

SHELL := /bin/bash

# git describe in a checkout with tags, else the file that a release carries.
VERSION := $(shell git describe --tags --match 'v*' --dirty 2>/dev/null | \
	sed 's/^v//' | grep . || cat VERSION)

# The running kernel's headers, else the newest installed: by version, wherever
# they are, and not what only a dangling link names.
KDIR ?= $(firstword $(wildcard /lib/modules/$(shell uname -r)/build) \
	$(shell ls -d /lib/modules/*/build/Makefile \
		/usr/src/linux-headers-*-amd64/Makefile 2>/dev/null | \
		sed -E 's,/Makefile$$,,; s,^/(lib/modules/|usr/src/linux-headers-)([^/]*).*,\2 &,' | \
		sort -rV | sed 's/.* //'))

TESTBED := selftests/testbed

all: module tools

module: check-config
	$(MAKE) -C $(KDIR) M=$(CURDIR) CORDON_VERSION=$(VERSION) modules

tools:
	$(MAKE) -C tools VERSION=$(VERSION)

# Each option that the module needs, with what it is for.
CONFIGS := \
	X86_64:KVM_on_x86-64,_the_only_kind_that_it_knows \
	MODULES:modules \
	SMP:masks \
	PREEMPT_NOTIFIERS:the_hook_of_a_managed_thread,_set_by_KVM \
	KPROBES:seeing_that_a_VM_ended \
	CGROUPS:caps_by_cgroup_v2 \
	TRACEPOINTS:seeing_threads_and_vCPUs \
	GLOB:iothread-match \
	NET:netlink

check-config:
	@test -n "$(KDIR)" || { echo "no kernel headers found: install them or set KDIR=" >&2; exit 1; }
	@test -e $(KDIR)/include/config/auto.conf || { echo "$(KDIR) is not configured" >&2; exit 1; }
	@missing=0; for c in $(CONFIGS); do \
		grep -q "^CONFIG_$${c%%:*}=[ym]" $(KDIR)/include/config/auto.conf || { \
			what=$${c#*:}; missing=1; \
			echo "$(KDIR): CONFIG_$${c%%:*} is missing: cordon needs it for $${what//_/ }" >&2; }; \
	done; exit $$missing

install: tools
	$(MAKE) -C tools install VERSION=$(VERSION)

modules_install: module
	$(MAKE) -C $(KDIR) M=$(CURDIR) INSTALL_MOD_DIR=updates modules_install

clean:
	-$(MAKE) -C tools clean
	-$(MAKE) -C selftests clean
	-$(MAKE) -C selftests/unit clean
	-$(MAKE) -C selftests/fuzz clean
	test -z "$(KDIR)" || $(MAKE) -C $(KDIR) M=$(CURDIR) clean

# Every case on all three kernels, with small counts.
check:
	$(TESTBED)/check

# The same with the counts that the issues name.
check-full:
	$(TESTBED)/check --full

# Every case on the KASAN and lockdep kernel.
check-debug:
	$(TESTBED)/check --debug

lint:
	$(TESTBED)/lint

# The placement solver and the parsers under libFuzzer, for FUZZ_SECONDS (60).
fuzz:
	$(TESTBED)/deps
	$(MAKE) -C selftests/fuzz check

demo:
	$(TESTBED)/demo

bench:
	selftests/bench/bench

help:
	@sed -n '/SPDX/d; s/^# //p' Makefile | head -1
	@echo 'all module tools check-config install modules_install clean'
	@echo 'lint check check-full check-debug fuzz demo bench'
	@echo 'KDIR=$(KDIR)'

.PHONY: all module tools check-config install modules_install clean check \
	check-full check-debug lint fuzz demo bench help
