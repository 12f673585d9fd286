/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: trust/openpgp-signature, -hash and -verify under any bytes.
 * Never: is surprised by a good signature: some are in the corpus.
 * Follows: trust/openpgp-verify.h. */

#include "fuzz.h"
#include "trust/openpgp-verify.h"

#define NOW 1748736000 /* 2025-06-01 */
#define DOCUMENT "hello, world\n"

/* plain.gpg and v6-plain.gpg of test/corpus/openpgp-key */
static const char *const keys[] = {
        "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n"
        "xv8AAAAzBGWSAIAWCSsGAQQB2kcPAQEHQKqnxXduTL3aTWL7vL8ZaVF+IgaI6nA0\n"
        "jVeRtCTnAnnxzf8AAAAbU2NyaXB0IDxzY3JpcHRAZXhhbXBsZS5jb20+wv8AAABh\n"
        "BBMWCAAJBQJlut8AAhsDAAoJEHHN/DwkYkS8d5UA/2qLvG5orY8BtO8Wv8ERZTGp\n"
        "T6pX5VFMM+Era88kmOKDAP4/iPBIyL//RRjvpvA1CgcwjGwCFnfdu0SEfn5dpfx4\n"
        "Dg==\n"
        "-----END PGP PUBLIC KEY BLOCK-----\n",
        "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n"
        "xv8AAAAqBmWSAIAbAAAAIFZ3hnUA6uzRTJkIlsj+JjOxVgeReSl4VuOqDWgic2gi\n"
        "wv8AAACLBh8bCAAAAAkFAmW63wACGwMAAAAjIiEGnRYnAhIcylSgx64DqdCe9o/E\n"
        "34nN6qu9NYb/62nv0fNrWRAAAQIDBAUGBwgJCgsMDQ4P4mHJjRCB+r+lZkwNOvI5\n"
        "JuuecBdy8FYNzBGL8AAMHSkuZpDbuzc7/1OOsnOoahr8t6f0Dqg1RyqOVQAoxaNM\n"
        "B83/AAAAG1NjcmlwdCA8c2NyaXB0QGV4YW1wbGUuY29tPsL/AAAAiAYTGwgAAAAG\n"
        "BQJlut8AAAAAIyIhBp0WJwISHMpUoMeuA6nQnvaPxN+JzeqrvTWG/+tp79HztrwQ\n"
        "AAECAwQFBgcICQoLDA0ODwRp1VJKOlx/+I2GwVVgqfflxxWuthbKT5X5cT2JUeZl\n"
        "ejsOfCtWE/TCzD4g2u+fzlIDJI8XX/cndUzdS5cuVwM=\n"
        "-----END PGP PUBLIC KEY BLOCK-----\n",
};

static void check_verdict(const OpenPgpSignature *s, const OpenPgpDigest *digest, const char *key_text) {
        _cleanup_openpgp_key_ OpenPgpKey *key = NULL;
        _cleanup_free_ char *why = NULL;

        fuzz_check(openpgp_key_parse(key_text, strlen(key_text), &key, NULL) == 0);
        int r = openpgp_verify(s, digest, key, NOW, &why);
        fuzz_check(r <= 0 && r != -ENOMEM);
        fuzz_check((r == 0) == !why);
        fuzz_check(r < 0 || (!s->defect && digest->hash != 0 && s->type == OPENPGP_BINARY_DOCUMENT));
}

static void check_digest(const OpenPgpDigest *digest) {
        char text[OPENPGP_DIGEST_TEXT_MAX];
        OpenPgpDigest again;

        openpgp_digest_format(digest, text);
        fuzz_check(openpgp_digest_parse(text, &again) == 0);
        fuzz_check(memcmp(&again, digest, sizeof(again)) == 0);
}

static void check_signatures(const OpenPgpSignatures *list) {
        _cleanup_openpgp_hash_ OpenPgpHash *hash = NULL;
        size_t n = openpgp_signatures_count(list);

        fuzz_check(n > 0 && n <= OPENPGP_SIGNATURES_MAX);
        fuzz_check(openpgp_hash_new(list, &hash) == 0);
        openpgp_hash_update(hash, DOCUMENT, strlen(DOCUMENT));
        for (size_t i = 0; i < n; i++) {
                const OpenPgpSignature *s = openpgp_signatures_at(list, i);
                OpenPgpDigest digest = {};

                int r = openpgp_hash_final(hash, i, &digest);
                fuzz_check(r == 0 || r == -EOPNOTSUPP);
                if (r == 0)
                        check_digest(&digest);
                for (size_t k = 0; k < ELEMENTSOF(keys); k++)
                        check_verdict(s, &digest, keys[k]);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_openpgp_signatures_ OpenPgpSignatures *list = NULL;
        _cleanup_free_ char *why = NULL;

        int r = openpgp_signatures_parse(data, size, &list, &why);
        fuzz_check(r == 0 || r == -EBADMSG);
        fuzz_check((r == 0) == !why && (r == 0) == !!list);
        if (list)
                check_signatures(list);
        return 0;
}
