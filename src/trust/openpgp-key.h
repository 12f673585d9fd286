/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "trust/openpgp-component.h"

#define OPENPGP_SUBKEYS_MAX 64U
#define OPENPGP_KEY_SIGNATURES_MAX 1024U
#define OPENPGP_FINGERPRINT_TEXT_MAX (2 * OPENPGP_FINGERPRINT_SIZE_MAX + 1)

/* One transferable public key. Everything in it has been verified; nothing depends on the time. */
typedef struct OpenPgpKey OpenPgpKey;

/* Reads exactly one key, armored or binary. -EBADMSG and *reterr_why (may be NULL). */
int openpgp_key_parse(const void *data, size_t size, OpenPgpKey **ret, char **reterr_why);
OpenPgpKey *openpgp_key_free(OpenPgpKey *key);
DEFINE_CLEANUP(OpenPgpKey, openpgp_key_free)
#define _cleanup_openpgp_key_ _cleanup_(openpgp_key_freep)

/* The primary key is number 0, the subkeys follow. NULL behind the end. */
const OpenPgpComponent *openpgp_key_at(const OpenPgpKey *key, size_t i);

const char *openpgp_key_fingerprint(const OpenPgpKey *key); /* of the primary key, upper hex */
char *const *openpgp_key_user_ids(const OpenPgpKey *key);   /* escaped */
