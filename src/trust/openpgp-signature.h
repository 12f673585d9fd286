/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/cursor.h"
#include "basic/macro.h"

#define OPENPGP_SIGNATURE_SIZE_MAX (64U * 1024U) /* of a file of detached signatures */
#define OPENPGP_SIGNATURES_MAX 32U               /* in one such file */

typedef enum OpenPgpSignatureType {
        OPENPGP_BINARY_DOCUMENT = 0x00,
        OPENPGP_CERTIFICATION = 0x10, /* … to 0x13 */
        OPENPGP_CERTIFICATION_LAST = 0x13,
        OPENPGP_SUBKEY_BINDING = 0x18,
        OPENPGP_BACK_SIGNATURE = 0x19,
        OPENPGP_DIRECT_KEY = 0x1f,
        OPENPGP_KEY_REVOCATION = 0x20,
        OPENPGP_SUBKEY_REVOCATION = 0x28,
        OPENPGP_CERTIFICATION_REVOCATION = 0x30,
} OpenPgpSignatureType;

#define OPENPGP_FLAG_CERTIFY 0x01
#define OPENPGP_FLAG_SIGN 0x02

#define OPENPGP_FINGERPRINT_SIZE_MAX 32U

/* One signature packet, read but not verified. The cursors point into what it was read from. Only the
 * hashed area is believed; from the other one come the hints which key to try, and the embedded back-
 * signature, which proves itself. */
typedef struct OpenPgpSignature {
        char *defect;    /* why it can never be valid, NULL if it may */
        uint8_t version; /* 4 or 6; another one is a defect */
        uint8_t type;
        uint8_t algorithm;
        uint8_t hash;
        uint8_t left16[2];
        uint32_t created;
        uint32_t lifetime;     /* of the signature in seconds; 0: no end */
        uint32_t key_lifetime; /* of the key it speaks about; 0: no end */
        uint8_t key_flags;     /* 0 if it has none */
        uint8_t revocation_reason;
        bool has_issuer;
        uint8_t issuer[8]; /* key id; a hint */
        bool has_fingerprint;
        uint8_t fingerprint
                        [OPENPGP_FINGERPRINT_SIZE_MAX]; /* of the key; a hint too, the hashed one if there are two */
        Cursor hashed;   /* version to the end of the hashed area: what the digest covers */
        Cursor salt;     /* what it covers before anything else; version 6 */
        Cursor material; /* n = 0: the packet is not even complete */
        Cursor embedded; /* body of the back-signature; n = 0 if there is none */
} OpenPgpSignature;

/* Reads the body of one signature packet. What is wrong with it becomes its defect, so that one bad
 * signature does not spoil others. 0 or -ENOMEM. */
int openpgp_signature_parse(Cursor body, OpenPgpSignature *ret);
void openpgp_signature_done(OpenPgpSignature *s);

/* The key it says it was made by: "0x0123456789ABCDEF"; "" if it does not say. */
#define OPENPGP_KEY_ID_TEXT_MAX 19
void openpgp_signature_issuer(const OpenPgpSignature *s, char ret[static OPENPGP_KEY_ID_TEXT_MAX]);

/* Of keys of version 4 and 6: in bytes, and which eight of them are the key id. */
size_t openpgp_fingerprint_size(uint8_t version);
const uint8_t *openpgp_key_id(uint8_t version, const uint8_t *fingerprint);
void openpgp_format_key_id(const uint8_t id[static 8], char ret[static OPENPGP_KEY_ID_TEXT_MAX]);

/* A file of detached signatures. */
typedef struct OpenPgpSignatures OpenPgpSignatures;

/* Armored or binary, nothing but signature packets. -EBADMSG and *reterr_why (may be NULL) for anything
 * else, such as an inline or cleartext-signed message: there the document is not the one we hold. */
int openpgp_signatures_parse(const void *data, size_t size, OpenPgpSignatures **ret, char **reterr_why);
OpenPgpSignatures *openpgp_signatures_free(OpenPgpSignatures *list);
DEFINE_CLEANUP(OpenPgpSignatures, openpgp_signatures_free)
#define _cleanup_openpgp_signatures_ _cleanup_(openpgp_signatures_freep)

size_t openpgp_signatures_count(const OpenPgpSignatures *list);
const OpenPgpSignature *openpgp_signatures_at(const OpenPgpSignatures *list, size_t i);
