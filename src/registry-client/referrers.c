/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: picking out of a list of referrers what may be signatures.
 * Never: fetches any of it.
 * Follows: https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md, "Listing Referrers". */

#include "basic/str.h"
#include "registry-client/referrers.h"

#define BUNDLE "application/vnd.dev.sigstore.bundle" /* of any version: the manifest will tell */
#define PREDICATE_TYPE "dev.sigstore.bundle.predicateType"
#define SIGNATURE_PREDICATE "https://sigstore.dev/cosign/sign/v1"
#define UNNAMED_MAX 16U

/* Attestations are kept as bundles, too. Who is wrong about that only withholds a signature. */
static bool is_attestation(const OciDescriptor *d) {
        const char *predicate = pairs_get(&d->annotations, PREDICATE_TYPE);
        return predicate && !streq(predicate, SIGNATURE_PREDICATE);
}

static bool is_signature(const OciDescriptor *d) {
        return d->artifact_type && (startswith(d->artifact_type, BUNDLE) ||
                                    media_type_parse(d->artifact_type) == MEDIA_COSIGN_ARTIFACT);
}

static bool is_known(const Referrers *r, const Digest *digest) {
        for (size_t i = 0; i < r->n; i++)
                if (digest_equal(&r->items[i].digest, digest))
                        return true;

        return false;
}

void referrers_add(Referrers *r, const OciIndex *index, bool is_claimed) {
        for (size_t i = 0; i < index->n_manifests; i++) {
                const OciDescriptor *d = &index->manifests[i];
                bool unnamed = is_claimed && !d->artifact_type;

                if (d->media_type != MEDIA_MANIFEST || is_attestation(d) || (!unnamed && !is_signature(d)) ||
                    is_known(r, &d->digest))
                        continue;
                if (r->n == REFERRERS_MAX || (unnamed && r->n_unnamed == UNNAMED_MAX)) {
                        r->full = true;
                        continue;
                }

                r->items[r->n++] = (Referrer) {
                        .digest = d->digest,
                        .size = d->size,
                        .is_claimed = is_claimed,
                };
                r->n_unnamed += unnamed;
        }
}
