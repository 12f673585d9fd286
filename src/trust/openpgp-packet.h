/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/cursor.h"

/* The grammar below signatures and keys. */

#define OPENPGP_PACKET_MAX 65535U /* so that every length we hash fits its two octets */
#define OPENPGP_MPI_BITS_MAX 16384U

typedef enum OpenPgpTag {
        OPENPGP_TAG_SIGNATURE = 2,
        OPENPGP_TAG_ONE_PASS = 4,
        OPENPGP_TAG_SECRET_KEY = 5,
        OPENPGP_TAG_KEY = 6,
        OPENPGP_TAG_SECRET_SUBKEY = 7,
        OPENPGP_TAG_COMPRESSED = 8,
        OPENPGP_TAG_MARKER = 10,
        OPENPGP_TAG_LITERAL = 11,
        OPENPGP_TAG_TRUST = 12,
        OPENPGP_TAG_USER_ID = 13,
        OPENPGP_TAG_SUBKEY = 14,
        OPENPGP_TAG_USER_ATTRIBUTE = 17,
        OPENPGP_TAG_PADDING = 21,
        OPENPGP_TAG_FIRST_IGNORED = 40, /* … to 63: not critical, whatever they are */
} OpenPgpTag;

typedef struct OpenPgpPacket {
        uint8_t tag;
        Cursor body;
} OpenPgpPacket;

/* Takes one packet of a known length. -EBADMSG and *reterr_why (may be NULL) otherwise. */
int openpgp_packet_take(Cursor *c, OpenPgpPacket *ret, char **reterr_why);

/* Takes a length as packets of the new format have it, unless it is partial. */
bool openpgp_take_length(Cursor *c, uint32_t *ret);

/* Nobody needs to look at a packet of this tag. */
bool openpgp_tag_is_ignored(uint8_t tag);

/* Takes a multiprecision integer in its shortest form; n = 0 is zero. */
bool openpgp_take_mpi(Cursor *c, Cursor *ret);

/* Takes one subpacket of a signature. */
bool openpgp_take_subpacket(Cursor *c, uint8_t *ret_type, bool *ret_critical, Cursor *ret_body);
