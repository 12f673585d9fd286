/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/cursor.h"
#include "basic/macro.h"

/* A public key as bare numbers, checked before libgcrypt computes with it: some hostile keys make it abort. */
typedef struct PublicKey PublicKey;

typedef enum PublicKeyType {
        PUBLIC_KEY_RSA,
        PUBLIC_KEY_ECDSA,
        PUBLIC_KEY_ED25519,
        PUBLIC_KEY_ED448,
} PublicKeyType;

typedef enum EcCurve {
        EC_P256,
        EC_P384,
        EC_P521,
        EC_BRAINPOOL_P256, /* r1, all three; OpenPGP only */
        EC_BRAINPOOL_P384,
        EC_BRAINPOOL_P512,
        _EC_CURVE_MAX,
} EcCurve;

/* Constructors: -EBADMSG and *reterr_why (may be NULL) if the numbers are not a key we accept. */
int public_key_new_rsa(Cursor n, Cursor e, PublicKey **ret,
                       char **reterr_why); /* big-endian, no leading zeros */
int public_key_new_ecdsa(EcCurve curve, Cursor point, PublicKey **ret, char **reterr_why); /* 04 || X || Y */
int public_key_new_ed25519(Cursor point, PublicKey **ret, char **reterr_why);              /* 32 bytes */
int public_key_new_ed448(Cursor point, PublicKey **ret, char **reterr_why);                /* 57 bytes */
PublicKey *public_key_free(PublicKey *key);
DEFINE_CLEANUP(PublicKey, public_key_free)
#define _cleanup_public_key_ _cleanup_(public_key_freep)

PublicKeyType public_key_type(const PublicKey *key);
EcCurve public_key_curve(const PublicKey *key);    /* of an ECDSA key */
size_t public_key_size(const PublicKey *key);      /* of an RSA key's modulus, in bytes */
const char *public_key_name(const PublicKey *key); /* "RSA-3072", "ECDSA P-256", "Ed448" */

/* They have the same numbers. */
bool public_key_is_same(const PublicKey *a, const PublicKey *b);

/* What was signed: for RSA and ECDSA its digest, for EdDSA itself. */
typedef struct SignedMessage {
        const char *hash; /* libgcrypt's name of the digest, "sha256"; RSA looks at it */
        Cursor bytes;
} SignedMessage;

/* The numbers of a signature, big-endian; leading zeros may be missing. RSA has only `s`. For EdDSA they
 * are the two halves. */
typedef struct SignatureNumbers {
        Cursor r, s;
} SignatureNumbers;

/* 0; -EKEYREJECTED if that key did not sign that message, out of range numbers included; -ENOMEM. */
int public_key_verify(const PublicKey *key, SignedMessage message, SignatureNumbers signature);
