/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/cursor.h"
#include "trust/openpgp-signature.h"
#include "trust/public-key.h"

/* Clocks differ: what is dated up to five minutes ahead is not from the future. */
#define OPENPGP_CLOCK_SKEW 300U

/* What a verified self-signature says about a key; newer statements replace older ones. */
typedef struct OpenPgpStatement {
        uint32_t created;
        uint32_t lifetime;     /* of the statement; 0: no end */
        uint32_t key_lifetime; /* 0: no end */
        uint8_t key_flags;
} OpenPgpStatement;

typedef struct OpenPgpStatements {
        OpenPgpStatement *items;
        size_t n;
} OpenPgpStatements;

int openpgp_statements_add(OpenPgpStatements *list, OpenPgpStatement statement);
void openpgp_statements_done(OpenPgpStatements *list);

/* A primary key or subkey with all that its owner verifiably said about it. */
typedef struct OpenPgpComponent {
        PublicKey *key;  /* NULL: an algorithm that does not sign, or is refused; see defect */
        char *defect;    /* why it cannot verify anything ("is of type DSA, …"), NULL if it can */
        char *complaint; /* the last of its self-signatures that was not accepted, and why */
        Cursor body;     /* of its packet, as self-signatures hash it */
        uint8_t version; /* 4 or 6; another one is a defect */
        uint8_t algorithm;
        uint32_t created;
        uint8_t fingerprint[OPENPGP_FINGERPRINT_SIZE_MAX]; /* openpgp_fingerprint_size() of them */
        OpenPgpStatements statements;
        bool is_revoked;
        uint8_t revocation_reason;
} OpenPgpComponent;

/* Reads the body of a key packet. What is wrong with it becomes its defect. 0 or -ENOMEM. */
int openpgp_component_parse(Cursor body, OpenPgpComponent *ret);
void openpgp_component_done(OpenPgpComponent *c);

/* The newest statement that counts at `now`: neither expired nor from the future. NULL if there is none. */
const OpenPgpStatement *openpgp_component_statement(const OpenPgpComponent *c, uint64_t now);

void openpgp_component_id(const OpenPgpComponent *c, char ret[static OPENPGP_KEY_ID_TEXT_MAX]);

/* The version of a signature and the hints in it do not speak against this key. */
bool openpgp_component_matches(const OpenPgpComponent *c, const OpenPgpSignature *s);

/* Verifies what `signer` says about the primary key, together with a subkey or a user id (NULL: neither).
 * Just the arithmetic: 0, -EKEYREJECTED or -ENOMEM. */
int openpgp_component_verify(const OpenPgpComponent *signer, const OpenPgpSignature *s,
                             const OpenPgpComponent *primary, const OpenPgpComponent *subkey,
                             const Cursor *user_id);
