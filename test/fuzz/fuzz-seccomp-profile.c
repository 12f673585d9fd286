/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: seccomp/profile under any bytes.
 * Never: compiles what comes of them, which takes too long.
 * Follows: seccomp/profile.h. */

#include "fuzz.h"
#include "pod/capability-names.h"
#include "seccomp/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_rules_ SeccompRules rules = {};
        _cleanup_free_ char *why = NULL;
        _cleanup_blob_ Blob text = {};
        bool forbids;

        int r = seccomp_profile_parse(data, size, CAPABILITIES_DEFAULT, &rules, &why);
        if (r < 0) {
                fuzz_check(r == -E2BIG || (r == -EBADMSG && why));
                return 0;
        }

        forbids = !seccomp_lets_through(rules.fallback);
        fuzz_check(rules.n <= SECCOMP_RULES_MAX);
        for (size_t i = 0; i < rules.n; i++) {
                forbids |= !seccomp_lets_through(rules.items[i].action);
                fuzz_check(rules.items[i].n_conditions <= SECCOMP_ARGUMENTS);
                for (size_t j = 0; j < rules.items[i].n_conditions; j++)
                        fuzz_check(rules.items[i].conditions[j].argument < SECCOMP_ARGUMENTS);
        }
        fuzz_check(forbids);
        fuzz_check(seccomp_rules_format(&rules, &text) == 0 && text.size > 0);
        return 0;
}
