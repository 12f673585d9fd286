/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: trust/claim under any bytes.
 * Never: takes a claim that says neither digest nor name for one about them.
 * Follows: trust/claim.h. */

#include "basic/str.h"
#include "fuzz.h"
#include "trust/claim.h"

#define HEX "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static int check(Cursor payload, ClaimType type, RuleSignedName signed_name, const Reference *reference) {
        _cleanup_free_ char *why = NULL;
        size_t number = 99;
        Digest digest;

        fuzz_check(digest_parse("sha256:" HEX, &digest) == 0);
        const ClaimWanted wanted = {
                .digests = &digest,
                .n_digests = 1,
                .signed_name = signed_name,
                .reference = reference,
        };
        int r = claim_check(payload, type, &wanted, &number, &why);

        fuzz_check(r == 0 ? number == 0 && !why : r == -EPERM && number == 99 && why);
        return r;
}

/* What is the very name is the repository, and what is that is any name. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_reference_ Reference *reference = NULL;
        Cursor payload = cursor_of(data, size);
        bool good = false;

        fuzz_check(reference_parse("quay.io/coreos/etcd:v3.5", &reference, NULL) == 0);
        for (ClaimType type = CLAIM_COSIGN; type <= CLAIM_ATOMIC; type++) {
                int exact = check(payload, type, RULE_SIGNED_NAME_EXACT, reference),
                    repository = check(payload, type, RULE_SIGNED_NAME_REPOSITORY, reference),
                    any = check(payload, type, RULE_SIGNED_NAME_ANY, NULL);

                fuzz_check(exact < 0 || repository == 0);
                fuzz_check(repository < 0 || any == 0);
                fuzz_check(any < 0 || !good); /* not of both types */
                good = any == 0;
        }
        return 0;
}
