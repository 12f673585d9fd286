/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the order in which an image's signatures are looked for.
 * Never: reads what a signature or its payload says; gantry-verify does.
 * Follows: docs/ARCHITECTURE.md, "Fetch". */

#include "registry-client/attached-signatures.h"
#include "registry-client/signatures.h"
#include "registry-client/simple-signatures.h"

int signatures_find(SignatureSearch *s, const Digest *digests, size_t n_digests, char **reterr_why) {
        int r = 0;

        /* The administrator's own place first: who may write to the repository only must not be able to use up
         * what is looked at. */
        for (size_t i = 0; r >= 0 && i < n_digests; i++)
                r = simple_signatures_find_lookaside(s, &digests[i], reterr_why);
        for (size_t i = 0; r >= 0 && i < n_digests; i++) {
                r = attached_signatures_find(s, &digests[i], reterr_why);
                if (r >= 0)
                        r = simple_signatures_find(s, &digests[i], reterr_why);
        }

        return r;
}
