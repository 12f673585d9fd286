/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "trust/pem.h"

/* Verifies that `signature`, in the raw form that cosign makes (RSA PKCS #1 v1.5, DER of ECDSA, 64 bytes of
 * Ed25519), was made by `key` over the bytes of `message`. 0, -EKEYREJECTED with a text in *reterr_why (may be
 * NULL), or -ENOMEM. */
int pem_signature_verify(const PemKey *key, Cursor message, Cursor signature, char **reterr_why);
