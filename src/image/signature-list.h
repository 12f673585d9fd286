/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/blob.h"
#include "image/digest.h"
#include "image/json.h"

#define SIMPLE_SIGNATURE_MAX (256U * 1024U) /* bytes of one simple signing message */

/* The answer of a registry that keeps signatures itself (X-Registry-Supports-Signatures). Its items are read one by
 * one: a bad one must not hide the others. */
typedef struct SignatureList {
        Json **items;
        size_t n_items;
} SignatureList;

/* -EBADMSG and *reterr_why if it is no such answer. */
int signature_list_parse(const void *data, size_t size, SignatureList *ret, char **reterr_why);
void signature_list_done(SignatureList *l);
#define _cleanup_signature_list_ _cleanup_(signature_list_done)

/* The i-th: 1 and its bytes if it is for the manifest of this digest, 0 if it is for another one or of a kind we do
 * not know; -EBADMSG and *reterr_why if it is not what it should be. */
int signature_list_get(const SignatureList *l, size_t i, const Digest *digest, Blob *ret, char **reterr_why);

/* Does it begin as an OpenPGP message with a signature does, compressed or not? What else may be kept in its place is
 * not for us. */
bool simple_signature_is_openpgp(const Blob *signature);
