/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"
#include "trust/openpgp-key.h"
#include "trust/pem.h"

/* One public key of a trust rule, checked: it parses, its numbers are sane, its algorithm is one we verify,
 * and the self-signatures of an OpenPGP key hold. Whether it has expired is asked when a signature is
 * judged. */
typedef struct TrustKey TrustKey;

typedef enum TrustKeyKind {
        TRUST_KEY_PEM,     /* SubjectPublicKeyInfo: makes cosign signatures */
        TRUST_KEY_OPENPGP, /* transferable public key, armored or binary: makes detached signatures */
} TrustKeyKind;

#define TRUST_KEY_SIZE_MAX (1024U * 1024U)

/* Reads the contents of a key file. It holds exactly one key: of several we would have to guess which one
 * was meant. -EBADMSG and *reterr_why (may be NULL) otherwise: "holds a private key", "RSA-1024 is too
 * weak", … */
int trust_key_parse(const void *data, size_t size, TrustKey **ret, char **reterr_why);
TrustKey *trust_key_free(TrustKey *key);
DEFINE_CLEANUP(TrustKey, trust_key_free)
#define _cleanup_trust_key_ _cleanup_(trust_key_freep)

TrustKeyKind trust_key_kind(const TrustKey *key);
const PemKey *trust_key_pem(const TrustKey *key); /* NULL if it is of the other kind */
const OpenPgpKey *trust_key_openpgp(const TrustKey *key);

/* Who has signed with both may have been one: they hold a public key in common, whatever it is wrapped in. */
bool trust_key_is_same(const TrustKey *a, const TrustKey *b);

/* For people and records; all safe to print. */
const char *
trust_key_fingerprint(const TrustKey *key); /* 40 or 64 digits as gpg shows; PEM: "sha256:<hex of DER>" */
const char *trust_key_algorithm(const TrustKey *key); /* "Ed25519", "RSA-3072", "ECDSA P-256" */
char *const *trust_key_user_ids(const TrustKey *key); /* escaped, bound by a self-signature; NULL for PEM */
uint64_t trust_key_created(const TrustKey *key);      /* seconds since 1970; 0 for PEM */
uint64_t trust_key_expires(const TrustKey *key);      /* as its newest self-signature says; 0: never */
bool trust_key_is_revoked(const TrustKey *key);
