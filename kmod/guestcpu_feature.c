// SPDX-License-Identifier: GPL-2.0-only
/*
 * Features of a CPU that a guest may miss, by their names in /proc/cpuinfo: what
 * its programs or its kernel use. Left out is what no guest has (power, thermal
 * and debug features of the machine), and what a running guest switches on.
 */
#include <linux/bitmap.h>
#include <linux/build_bug.h>
#include <linux/kernel.h>
#include <asm/cpufeature.h>
#include <asm/processor.h>

#include "guestcpu.h"

/* Where the kernel has the same words of the host. */
static const u8 host_word[GUESTCPU_WORDS] = {
	[GUESTCPU_1_ECX] = CPUID_1_ECX,
	[GUESTCPU_1_EDX] = CPUID_1_EDX,
	[GUESTCPU_7_EBX] = CPUID_7_0_EBX,
	[GUESTCPU_7_ECX] = CPUID_7_ECX,
	[GUESTCPU_7_EDX] = CPUID_7_EDX,
	[GUESTCPU_EXT_1_ECX] = CPUID_8000_0001_ECX,
	[GUESTCPU_EXT_1_EDX] = CPUID_8000_0001_EDX,
};

static const struct {
	u8 word;
	u8 bit;
	const char *name;
} features[] = {
	{ GUESTCPU_1_ECX, 0, "pni" },
	{ GUESTCPU_1_ECX, 1, "pclmulqdq" },
	{ GUESTCPU_1_ECX, 5, "vmx" },
	{ GUESTCPU_1_ECX, 9, "ssse3" },
	{ GUESTCPU_1_ECX, 12, "fma" },
	{ GUESTCPU_1_ECX, 13, "cx16" },
	{ GUESTCPU_1_ECX, 17, "pcid" },
	{ GUESTCPU_1_ECX, 19, "sse4_1" },
	{ GUESTCPU_1_ECX, 20, "sse4_2" },
	{ GUESTCPU_1_ECX, 21, "x2apic" },
	{ GUESTCPU_1_ECX, 22, "movbe" },
	{ GUESTCPU_1_ECX, 23, "popcnt" },
	{ GUESTCPU_1_ECX, 24, "tsc_deadline_timer" },
	{ GUESTCPU_1_ECX, 25, "aes" },
	{ GUESTCPU_1_ECX, 26, "xsave" },
	{ GUESTCPU_1_ECX, 28, "avx" },
	{ GUESTCPU_1_ECX, 29, "f16c" },
	{ GUESTCPU_1_ECX, 30, "rdrand" },
	{ GUESTCPU_1_EDX, 0, "fpu" },
	{ GUESTCPU_1_EDX, 1, "vme" },
	{ GUESTCPU_1_EDX, 2, "de" },
	{ GUESTCPU_1_EDX, 3, "pse" },
	{ GUESTCPU_1_EDX, 4, "tsc" },
	{ GUESTCPU_1_EDX, 5, "msr" },
	{ GUESTCPU_1_EDX, 6, "pae" },
	{ GUESTCPU_1_EDX, 7, "mce" },
	{ GUESTCPU_1_EDX, 8, "cx8" },
	{ GUESTCPU_1_EDX, 9, "apic" },
	{ GUESTCPU_1_EDX, 11, "sep" },
	{ GUESTCPU_1_EDX, 12, "mtrr" },
	{ GUESTCPU_1_EDX, 13, "pge" },
	{ GUESTCPU_1_EDX, 14, "mca" },
	{ GUESTCPU_1_EDX, 15, "cmov" },
	{ GUESTCPU_1_EDX, 16, "pat" },
	{ GUESTCPU_1_EDX, 17, "pse36" },
	{ GUESTCPU_1_EDX, 19, "clflush" },
	{ GUESTCPU_1_EDX, 23, "mmx" },
	{ GUESTCPU_1_EDX, 24, "fxsr" },
	{ GUESTCPU_1_EDX, 25, "sse" },
	{ GUESTCPU_1_EDX, 26, "sse2" },
	{ GUESTCPU_7_EBX, 0, "fsgsbase" },
	{ GUESTCPU_7_EBX, 1, "tsc_adjust" },
	{ GUESTCPU_7_EBX, 2, "sgx" },
	{ GUESTCPU_7_EBX, 3, "bmi1" },
	{ GUESTCPU_7_EBX, 4, "hle" },
	{ GUESTCPU_7_EBX, 5, "avx2" },
	{ GUESTCPU_7_EBX, 7, "smep" },
	{ GUESTCPU_7_EBX, 8, "bmi2" },
	{ GUESTCPU_7_EBX, 9, "erms" },
	{ GUESTCPU_7_EBX, 10, "invpcid" },
	{ GUESTCPU_7_EBX, 11, "rtm" },
	{ GUESTCPU_7_EBX, 14, "mpx" },
	{ GUESTCPU_7_EBX, 16, "avx512f" },
	{ GUESTCPU_7_EBX, 17, "avx512dq" },
	{ GUESTCPU_7_EBX, 18, "rdseed" },
	{ GUESTCPU_7_EBX, 19, "adx" },
	{ GUESTCPU_7_EBX, 20, "smap" },
	{ GUESTCPU_7_EBX, 21, "avx512ifma" },
	{ GUESTCPU_7_EBX, 23, "clflushopt" },
	{ GUESTCPU_7_EBX, 24, "clwb" },
	{ GUESTCPU_7_EBX, 26, "avx512pf" },
	{ GUESTCPU_7_EBX, 27, "avx512er" },
	{ GUESTCPU_7_EBX, 28, "avx512cd" },
	{ GUESTCPU_7_EBX, 29, "sha_ni" },
	{ GUESTCPU_7_EBX, 30, "avx512bw" },
	{ GUESTCPU_7_EBX, 31, "avx512vl" },
	{ GUESTCPU_7_ECX, 1, "avx512vbmi" },
	{ GUESTCPU_7_ECX, 2, "umip" },
	{ GUESTCPU_7_ECX, 3, "pku" },
	{ GUESTCPU_7_ECX, 5, "waitpkg" },
	{ GUESTCPU_7_ECX, 6, "avx512_vbmi2" },
	{ GUESTCPU_7_ECX, 8, "gfni" },
	{ GUESTCPU_7_ECX, 9, "vaes" },
	{ GUESTCPU_7_ECX, 10, "vpclmulqdq" },
	{ GUESTCPU_7_ECX, 11, "avx512_vnni" },
	{ GUESTCPU_7_ECX, 12, "avx512_bitalg" },
	{ GUESTCPU_7_ECX, 14, "avx512_vpopcntdq" },
	{ GUESTCPU_7_ECX, 16, "la57" },
	{ GUESTCPU_7_ECX, 22, "rdpid" },
	{ GUESTCPU_7_ECX, 24, "bus_lock_detect" },
	{ GUESTCPU_7_ECX, 25, "cldemote" },
	{ GUESTCPU_7_ECX, 27, "movdiri" },
	{ GUESTCPU_7_ECX, 28, "movdir64b" },
	{ GUESTCPU_7_ECX, 29, "enqcmd" },
	{ GUESTCPU_7_ECX, 30, "sgx_lc" },
	{ GUESTCPU_7_EDX, 4, "fsrm" },
	{ GUESTCPU_7_EDX, 8, "avx512_vp2intersect" },
	{ GUESTCPU_7_EDX, 10, "md_clear" },
	{ GUESTCPU_7_EDX, 14, "serialize" },
	{ GUESTCPU_7_EDX, 16, "tsxldtrk" },
	{ GUESTCPU_7_EDX, 20, "ibt" },
	{ GUESTCPU_7_EDX, 22, "amx_bf16" },
	{ GUESTCPU_7_EDX, 23, "avx512_fp16" },
	{ GUESTCPU_7_EDX, 24, "amx_tile" },
	{ GUESTCPU_7_EDX, 25, "amx_int8" },
	{ GUESTCPU_7_EDX, 29, "arch_capabilities" },
	{ GUESTCPU_EXT_1_ECX, 0, "lahf_lm" },
	{ GUESTCPU_EXT_1_ECX, 2, "svm" },
	{ GUESTCPU_EXT_1_ECX, 5, "abm" },
	{ GUESTCPU_EXT_1_ECX, 6, "sse4a" },
	{ GUESTCPU_EXT_1_ECX, 7, "misalignsse" },
	{ GUESTCPU_EXT_1_ECX, 8, "3dnowprefetch" },
	{ GUESTCPU_EXT_1_ECX, 11, "xop" },
	{ GUESTCPU_EXT_1_ECX, 16, "fma4" },
	{ GUESTCPU_EXT_1_ECX, 21, "tbm" },
	{ GUESTCPU_EXT_1_ECX, 22, "topoext" },
	{ GUESTCPU_EXT_1_ECX, 23, "perfctr_core" },
	{ GUESTCPU_EXT_1_EDX, 11, "syscall" },
	{ GUESTCPU_EXT_1_EDX, 20, "nx" },
	{ GUESTCPU_EXT_1_EDX, 22, "mmxext" },
	{ GUESTCPU_EXT_1_EDX, 25, "fxsr_opt" },
	{ GUESTCPU_EXT_1_EDX, 26, "pdpe1gb" },
	{ GUESTCPU_EXT_1_EDX, 27, "rdtscp" },
	{ GUESTCPU_EXT_1_EDX, 29, "lm" },
	{ GUESTCPU_EXT_1_EDX, 30, "3dnowext" },
	{ GUESTCPU_EXT_1_EDX, 31, "3dnow" },
};

static_assert(ARRAY_SIZE(features) <= GUESTCPU_FEATURES);

/**
 * guestcpu_compare() - what a guest's CPU lacks
 * @word: its features
 * @missing: GUESTCPU_FEATURES bits: those set that the host has and it lacks
 *
 * Context: any.
 */
void guestcpu_compare(const u32 word[GUESTCPU_WORDS], unsigned long *missing)
{
	unsigned int i;
	u32 host;

	bitmap_zero(missing, GUESTCPU_FEATURES);
	for (i = 0; i < ARRAY_SIZE(features); i++) {
		host = boot_cpu_data.x86_capability[host_word[features[i].word]];
		if (host & ~word[features[i].word] & BIT(features[i].bit))
			__set_bit(i, missing);
	}
}

/**
 * guestcpu_feature_name() - the name of a feature
 * @bit: its bit in &struct guestcpu.missing
 *
 * Context: any.
 * Return: as /proc/cpuinfo has it; NULL if there is none with that bit.
 */
const char *guestcpu_feature_name(unsigned int bit)
{
	return bit < ARRAY_SIZE(features) ? features[bit].name : NULL;
}
