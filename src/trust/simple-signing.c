/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: "simple signing" of container images: an OpenPGP message that holds a claim.
 * Never: reads the claim before its signature has been verified.
 * Follows: containers/image docs/containers-signature.5.md. */

#include "basic/refuse.h"
#include "trust/openpgp-hash.h"
#include "trust/openpgp-message.h"
#include "trust/openpgp-verify.h"
#include "trust/simple-signing.h"

static int parse_message(Cursor message, OpenPgpMessage *ret, char **reterr_why) {
        if (message.n > SIMPLE_SIGNATURE_MAX)
                return refuse(reterr_why, -EBADMSG, "is larger than %u bytes", SIMPLE_SIGNATURE_MAX);

        return openpgp_message_parse(message, ret, reterr_why);
}

static int verify_literal(const OpenPgpSignature *s, Cursor literal, const OpenPgpKey *key, uint64_t now,
                          char **reterr_why) {
        OpenPgpDigest digest = {};

        /* Of what cannot be hashed openpgp_verify() knows the reason without a digest. */
        int r = openpgp_hash_parts(s, &literal, 1, &digest);
        if (r < 0 && r != -EOPNOTSUPP)
                return r;

        return openpgp_verify(s, &digest, key, now, reterr_why);
}

int simple_signing_verify(const OpenPgpKey *key, Cursor message, uint64_t now, const ClaimWanted *wanted,
                          SimpleSigned *ret, char **reterr_why) {
        _cleanup_(openpgp_signature_done) OpenPgpSignature s = {};
        _cleanup_openpgp_message_ OpenPgpMessage m = {};
        size_t digest = 0;
        int r;

        r = parse_message(message, &m, reterr_why);
        if (r >= 0)
                r = openpgp_signature_parse(m.signature, &s);
        if (r >= 0)
                r = verify_literal(&s, m.literal, key, now, reterr_why);
        if (r >= 0)
                r = claim_check(m.literal, CLAIM_ATOMIC, wanted, &digest, reterr_why);
        if (r < 0)
                return r;

        *ret = (SimpleSigned) { .digest = digest, .signed_at = s.created };
        return 0;
}

int simple_signing_issuer(Cursor message, char ret[static OPENPGP_KEY_ID_TEXT_MAX]) {
        _cleanup_(openpgp_signature_done) OpenPgpSignature s = {};
        _cleanup_openpgp_message_ OpenPgpMessage m = {};
        int r;

        r = parse_message(message, &m, /* reterr_why= */ NULL);
        if (r >= 0)
                r = openpgp_signature_parse(m.signature, &s);
        if (r < 0)
                return r;

        openpgp_signature_issuer(&s, ret);
        return 0;
}
