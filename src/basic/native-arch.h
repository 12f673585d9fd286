/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <linux/audit.h>

/* What seccomp calls the architecture that this program is for: the numbers of system calls mean something else in others. */
#if defined(__x86_64__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define NATIVE_ARCH AUDIT_ARCH_RISCV64
#elif defined(__s390x__)
#define NATIVE_ARCH AUDIT_ARCH_S390X
#elif defined(__powerpc64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define NATIVE_ARCH AUDIT_ARCH_PPC64LE
#else
#error "Which AUDIT_ARCH_* is this?"
#endif

/* Which argument of clone(2) has its flags. */
#ifdef __s390x__
#define NATIVE_CLONE_FLAGS 1
#else
#define NATIVE_CLONE_FLAGS 0
#endif
