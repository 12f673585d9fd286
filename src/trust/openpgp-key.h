/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/cursor.h"
#include "trust/openpgp-signature.h"
#include "trust/public-key.h"

#define OPENPGP_SUBKEYS_MAX 64U
#define OPENPGP_KEY_SIGNATURES_MAX 1024U
#define OPENPGP_FINGERPRINT_SIZE 20U
#define OPENPGP_FINGERPRINT_TEXT_MAX (2 * OPENPGP_FINGERPRINT_SIZE + 1)

/* Clocks differ: what is dated up to five minutes ahead is not from the future. */
#define OPENPGP_CLOCK_SKEW 300U

/* What a verified self-signature says about a key; newer statements replace older ones. */
typedef struct OpenPgpStatement {
        uint32_t created;
        uint32_t lifetime;     /* of the statement; 0: no end */
        uint32_t key_lifetime; /* 0: no end */
        uint8_t key_flags;
} OpenPgpStatement;

/* A primary key or subkey with all that its owner verifiably said about it. */
typedef struct OpenPgpComponent {
        PublicKey *key;  /* NULL: an algorithm that does not sign, or is refused; see defect */
        char *defect;    /* why it cannot verify anything ("is a DSA key, …"), NULL if it can */
        char *complaint; /* the last of its self-signatures that was not accepted, and why */
        Cursor body;     /* of its packet, as self-signatures hash it */
        uint8_t algorithm;
        uint32_t created;
        uint8_t fingerprint[OPENPGP_FINGERPRINT_SIZE];
        OpenPgpStatement *statements;
        size_t n_statements;
        bool is_revoked;
        uint8_t revocation_reason;
} OpenPgpComponent;

/* One transferable public key. Everything in it has been verified; nothing depends on the time. */
typedef struct OpenPgpKey OpenPgpKey;

/* Reads exactly one key, armored or binary. -EBADMSG and *reterr_why (may be NULL). */
int openpgp_key_parse(const void *data, size_t size, OpenPgpKey **ret, char **reterr_why);
OpenPgpKey *openpgp_key_free(OpenPgpKey *key);
DEFINE_CLEANUP(OpenPgpKey, openpgp_key_free)
#define _cleanup_openpgp_key_ _cleanup_(openpgp_key_freep)

/* The primary key is number 0, the subkeys follow. NULL behind the end. */
const OpenPgpComponent *openpgp_key_at(const OpenPgpKey *key, size_t i);

/* The newest statement that counts at `now`: neither expired nor from the future. NULL if there is none. */
const OpenPgpStatement *openpgp_component_statement(const OpenPgpComponent *c, uint64_t now);

void openpgp_component_id(const OpenPgpComponent *c, char ret[static OPENPGP_KEY_ID_TEXT_MAX]);

/* The hints in a signature do not speak against this key. */
bool openpgp_component_matches(const OpenPgpComponent *c, const OpenPgpSignature *s);

const char *openpgp_key_fingerprint(const OpenPgpKey *key); /* of the primary key, upper hex */
char *const *openpgp_key_user_ids(const OpenPgpKey *key);   /* escaped */
