/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what a seccomp filter answers, found out as the kernel does.
 * Never: applies it to anybody.
 * Follows: Documentation/networking/filter.rst, seccomp(2). */
#pragma once

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "basic/blob.h"

static bool filter_jumps(uint16_t code, uint32_t a, uint32_t k) {
        switch (BPF_OP(code)) {
        case BPF_JEQ: return a == k;
        case BPF_JGT: return a > k;
        case BPF_JGE: return a >= k;
        case BPF_JSET: return a & k;
        default: fail_msg("a jump of code %x", code); return false;
        }
}

/* What libseccomp writes is loads, jumps, AND and returns. */
static uint32_t filter_run(const Blob *filter, const struct seccomp_data *call) {
        const struct sock_filter *program = filter->data;
        size_t n = filter->size / sizeof(*program);
        uint32_t a = 0;

        for (size_t i = 0; i < n; i++) {
                uint16_t code = program[i].code;
                uint32_t k = program[i].k;

                if (code == (BPF_LD | BPF_W | BPF_ABS)) {
                        assert_true(k + sizeof(a) <= sizeof(*call));
                        memcpy(&a, (const char *) call + k, sizeof(a));
                } else if (code == (BPF_ALU | BPF_AND | BPF_K))
                        a &= k;
                else if (code == (BPF_JMP | BPF_JA))
                        i += k;
                else if (BPF_CLASS(code) == BPF_JMP && BPF_SRC(code) == BPF_K)
                        i += filter_jumps(code, a, k) ? program[i].jt : program[i].jf;
                else if (code == (BPF_RET | BPF_K))
                        return k;
                else
                        fail_msg("instruction %zu has code %x", i, code);
        }

        fail_msg("the filter does not end");
        return 0;
}

#define FILTER_ALLOW SECCOMP_RET_ALLOW
#define FILTER_ERRNO(e) (SECCOMP_RET_ERRNO | (e))
