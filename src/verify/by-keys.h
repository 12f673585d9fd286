/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "verify/evidence.h"

/* Keys given by hand. With `digest` it is the signature of an OCI image: in the file `signature` base64 over the
 * file `payload`, or without that a bundle or a simple-signing message. Else it is an OpenPGP one on the file
 * `document`. */
typedef struct ByKeys {
        char *const *keys;
        const char *signature, *digest, *payload, *name, *document;
} ByKeys;

/* Says on stdout which key signed, or logs why none did. 0, or -errno: not valid. */
int by_keys_verify(const ByKeys *b);

/* Reads a document and its signature (NULL: `document`.asc, which may be absent) as evidence. Logs. */
int by_keys_open(const char *document, const char *signature, Evidence *ret);
