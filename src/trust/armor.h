/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/blob.h"
#include "basic/cursor.h"

/* The text forms of binary documents: "-----BEGIN LABEL-----", base64, "-----END LABEL-----". LF or CRLF.
 * -EBADMSG and *reterr_why (may be NULL) for everything else, such as a private key where a public one is
 * wanted. */

/* OpenPGP: one block, only white space around it, headers passed over, the checksum at the end not looked
 * at. */
int armor_decode(Cursor text, const char *label, Blob *ret, char **reterr_why);

/* The same, or a binary document as it is: the first byte of an OpenPGP packet is no ASCII. */
int armor_or_binary(Cursor file, const char *label, Blob *ret, char **reterr_why);

/* PEM: one block without headers; text around it is passed over. */
int pem_decode(Cursor text, const char *label, Blob *ret, char **reterr_why);
