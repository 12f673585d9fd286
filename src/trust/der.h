/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/cursor.h"

/* The part of DER that public keys and ECDSA signatures need: definite lengths in their shortest form, tags
 * of one byte. A function that returns false has met something else. */

#define DER_INTEGER 0x02
#define DER_BIT_STRING 0x03
#define DER_NULL 0x05
#define DER_OID 0x06
#define DER_SEQUENCE 0x30

/* Takes one element with this tag and returns its contents. */
bool der_take(Cursor *c, uint8_t tag, Cursor *ret);

/* Takes an INTEGER that is positive and as short as possible; the sign byte is gone from *ret. */
bool der_take_positive(Cursor *c, Cursor *ret);

/* Takes a BIT STRING of whole bytes. */
bool der_take_bytes(Cursor *c, Cursor *ret);

#define DER_HEADER_MAX 6U

/* Writes the tag and the length of an element, as der_take() reads them; `length` fits into 32 bits. Returns
 * how many bytes that are. */
size_t der_format_header(uint8_t tag, size_t length, uint8_t ret[static DER_HEADER_MAX]);
