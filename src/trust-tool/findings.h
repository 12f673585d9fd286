/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "trust/rule.h"

/* What there is to say about the trust rules. */
typedef struct Findings {
        struct Finding {
                char *file, *text;
                unsigned line;
                bool is_error; /* else a warning */
        } * items;
        size_t n, n_errors;
} Findings;

/* The same about the same place is said once. 0 or -ENOMEM. */
int finding_error(Findings *f, RulePlace place, const char *format, ...) _printf_(3, 4);
int finding_warning(Findings *f, RulePlace place, const char *format, ...) _printf_(3, 4);

/* To stdout, as --json= asks. 0 or -errno. */
int findings_print(const Findings *f);

void findings_done(Findings *f);
#define _cleanup_findings_ _cleanup_(findings_done)
