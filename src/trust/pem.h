/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/digest.h"
#include "trust/public-key.h"

/* A PEM "PUBLIC KEY" (SubjectPublicKeyInfo) or "RSA PUBLIC KEY" (PKCS #1). */
typedef struct PemKey {
        PublicKey *key;
        Digest fingerprint; /* SHA-256 of the SubjectPublicKeyInfo in DER, whichever of the two it is */
} PemKey;

/* Reads the one PEM block of a text; other text around it is passed over as OpenSSL does. -EBADMSG and
 * *reterr_why (may be NULL). */
int pem_key_parse(const void *data, size_t size, PemKey *ret, char **reterr_why);
void pem_key_done(PemKey *key);
