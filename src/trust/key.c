/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what a key file is, whatever its format.
 * Never: takes a file with two keys or a private one.
 * Follows: DESIGN.md section 4. */

#include "basic/refuse.h"
#include "basic/str.h"
#include "trust/key.h"

struct TrustKey {
        PemKey pem; /* if openpgp is NULL */
        OpenPgpKey *openpgp;
        char pem_fingerprint[DIGEST_TEXT_MAX];
};

TrustKey *trust_key_free(TrustKey *key) {
        if (!key)
                return NULL;

        pem_key_done(&key->pem);
        openpgp_key_free(key->openpgp);
        free(key);
        return NULL;
}

/* Packets, or OpenPGP's armor; all other text is taken for PEM. */
static bool is_openpgp(Cursor file) {
        static const char armor[] = "-----BEGIN PGP ";

        return file.n > 0 && (file.p[0] >= 0x80 || memmem(file.p, file.n, armor, strlen(armor)));
}

int trust_key_parse(const void *data, size_t size, TrustKey **ret, char **reterr_why) {
        int r;

        if (size > TRUST_KEY_SIZE_MAX)
                return refuse(reterr_why, -EBADMSG, "is larger than %u bytes", TRUST_KEY_SIZE_MAX);

        _cleanup_trust_key_ TrustKey *key = calloc(1, sizeof(TrustKey));
        if (!key)
                return -ENOMEM;

        if (is_openpgp(cursor_of(data, size)))
                r = openpgp_key_parse(data, size, &key->openpgp, reterr_why);
        else {
                r = pem_key_parse(data, size, &key->pem, reterr_why);
                if (r >= 0)
                        digest_format(&key->pem.fingerprint, key->pem_fingerprint);
        }
        if (r < 0)
                return r;

        *ret = TAKE_PTR(key);
        return 0;
}

TrustKeyKind trust_key_kind(const TrustKey *key) {
        return key->openpgp ? TRUST_KEY_OPENPGP : TRUST_KEY_PEM;
}

const PemKey *trust_key_pem(const TrustKey *key) {
        return key->openpgp ? NULL : &key->pem;
}

const OpenPgpKey *trust_key_openpgp(const TrustKey *key) {
        return key->openpgp;
}

/* The i-th public key in it; false behind the end. *ret is NULL for one that does not sign. */
static bool get_public_key(const TrustKey *key, size_t i, const PublicKey **ret) {
        const OpenPgpComponent *c = key->openpgp ? openpgp_key_at(key->openpgp, i) : NULL;

        *ret = c ? c->key : key->pem.key;
        return c || (!key->openpgp && i == 0);
}

static bool holds(const TrustKey *key, const PublicKey *wanted) {
        const PublicKey *held;

        for (size_t i = 0; get_public_key(key, i, &held); i++)
                if (held && public_key_is_same(held, wanted))
                        return true;
        return false;
}

bool trust_key_is_same(const TrustKey *a, const TrustKey *b) {
        const PublicKey *held;

        if (streq(trust_key_fingerprint(a), trust_key_fingerprint(b)))
                return true;
        for (size_t i = 0; get_public_key(a, i, &held); i++)
                if (held && holds(b, held))
                        return true;
        return false;
}

static const OpenPgpComponent *primary_of(const TrustKey *key) {
        return key->openpgp ? openpgp_key_at(key->openpgp, 0) : NULL;
}

const char *trust_key_fingerprint(const TrustKey *key) {
        return key->openpgp ? openpgp_key_fingerprint(key->openpgp) : key->pem_fingerprint;
}

const char *trust_key_algorithm(const TrustKey *key) {
        return public_key_name(key->openpgp ? primary_of(key)->key : key->pem.key);
}

char *const *trust_key_user_ids(const TrustKey *key) {
        return key->openpgp ? openpgp_key_user_ids(key->openpgp) : NULL;
}

uint64_t trust_key_created(const TrustKey *key) {
        return key->openpgp ? primary_of(key)->created : 0;
}

uint64_t trust_key_expires(const TrustKey *key) {
        const OpenPgpComponent *primary = primary_of(key);
        const OpenPgpStatement *newest = NULL;

        for (size_t i = 0; primary && i < primary->statements.n; i++)
                if (!newest || primary->statements.items[i].created > newest->created)
                        newest = &primary->statements.items[i];

        return newest && newest->key_lifetime > 0 ? (uint64_t) primary->created + newest->key_lifetime : 0;
}

bool trust_key_is_revoked(const TrustKey *key) {
        return key->openpgp && primary_of(key)->is_revoked;
}
