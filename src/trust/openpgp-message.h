/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/blob.h"
#include "basic/cursor.h"

/* A document with one signature on it in one binary file, as `gpg --sign` writes it. Nothing is verified yet.
 * The cursors point into the blobs, or into what it was read from. */
typedef struct OpenPgpMessage {
        Blob unpacked;    /* all of it, if it was compressed */
        Blob joined;      /* the document's packet, if that came in pieces */
        Cursor literal;   /* the document */
        Cursor signature; /* body of the signature packet */
} OpenPgpMessage;

/* Accepts
 *
 *         one-pass signature, literal data, signature
 *         signature, literal data
 *
 * either of them compressed once or not at all, and nothing else. -EBADMSG and *reterr_why (may be NULL). */
int openpgp_message_parse(Cursor message, OpenPgpMessage *ret, char **reterr_why);

void openpgp_message_done(OpenPgpMessage *m);
#define _cleanup_openpgp_message_ _cleanup_(openpgp_message_done)
