/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: trust/openpgp-key under any bytes: packets, self-signatures, and the numbers of keys.
 * Never: expects more of a key than its header promises.
 * Follows: trust/openpgp-key.h. */

#include "basic/strv.h"
#include "fuzz.h"
#include "trust/openpgp-key.h"

#define NOW 1748736000 /* 2025-06-01 */

static void check_component(const OpenPgpComponent *c, bool is_primary) {
        fuzz_check(c->defect || (c->key && (c->version == 4 || c->version == 6)));
        fuzz_check(c->defect || c->statements.n > 0);
        fuzz_check(!is_primary || !c->defect);

        const OpenPgpStatement *s = openpgp_component_statement(c, NOW);
        fuzz_check(!s || s->created <= NOW + OPENPGP_CLOCK_SKEW);
}

static void check_key(const OpenPgpKey *key) {
        const OpenPgpComponent *c;

        for (size_t i = 0; (c = openpgp_key_at(key, i)); i++) {
                fuzz_check(i <= OPENPGP_SUBKEYS_MAX);
                check_component(c, i == 0);
        }

        const char *fingerprint = openpgp_key_fingerprint(key);
        fuzz_check(strlen(fingerprint) == 2 * openpgp_fingerprint_size(openpgp_key_at(key, 0)->version));
        fuzz_check(strspn(fingerprint, "0123456789ABCDEF") == strlen(fingerprint));
        STRV_FOREACH(user_id, openpgp_key_user_ids(key))
                fuzz_check(!strpbrk(*user_id, "\n\r\033"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_openpgp_key_ OpenPgpKey *key = NULL;
        _cleanup_free_ char *why = NULL;

        int r = openpgp_key_parse(data, size, &key, &why);
        fuzz_check(r == 0 || r == -EBADMSG);
        fuzz_check((r == 0) == !why && (r == 0) == !!key);
        if (key)
                check_key(key);
        return 0;
}
