/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: framing of packets, subpackets and numbers.
 * Never: knows what a packet means; joins partial lengths (only messages have them).
 * Follows: RFC 9580 sections 3.2, 4.2 and 5.2.3.7. */

#include "basic/refuse.h"
#include "trust/openpgp-packet.h"

/* Lengths of one, two and five octets; `two_end` is where the two-octet form ends. */
static bool take_length(Cursor *c, uint8_t two_end, uint32_t *ret) {
        uint8_t first, second;

        if (!cursor_take_u8(c, &first))
                return false;
        if (first < 192) {
                *ret = first;
                return true;
        }
        if (first < two_end) {
                if (!cursor_take_u8(c, &second))
                        return false;
                *ret = ((uint32_t) (first - 192) << 8) + second + 192;
                return true;
        }

        return first == 255 && cursor_take_be32(c, ret);
}

bool openpgp_take_length(Cursor *c, uint32_t *ret) {
        return take_length(c, 224, ret);
}

static bool take_old_length(Cursor *c, uint8_t type, uint32_t *ret) {
        uint8_t one;
        uint16_t two;

        switch (type) {
        case 0:
                if (!cursor_take_u8(c, &one))
                        return false;
                *ret = one;
                return true;
        case 1:
                if (!cursor_take_be16(c, &two))
                        return false;
                *ret = two;
                return true;
        case 2: return cursor_take_be32(c, ret);
        default: return false; /* indeterminate */
        }
}

int openpgp_packet_take(Cursor *c, OpenPgpPacket *ret, char **reterr_why) {
        uint32_t length;
        uint8_t header;
        Cursor body;

        if (!cursor_take_u8(c, &header) || !(header & 0x80))
                return refuse(reterr_why, -EBADMSG, "holds something that is not an OpenPGP packet");

        bool is_new = header & 0x40;
        if (!(is_new ? openpgp_take_length(c, &length) : take_old_length(c, header & 3, &length)))
                return refuse(reterr_why, -EBADMSG, "holds an OpenPGP packet without a definite length");
        if (length > OPENPGP_PACKET_MAX)
                return refuse(reterr_why, -EBADMSG, "holds an OpenPGP packet larger than %u bytes",
                              OPENPGP_PACKET_MAX);
        if (!cursor_take(c, length, &body))
                return refuse(reterr_why, -EBADMSG, "is cut off in the middle of an OpenPGP packet");

        *ret = (OpenPgpPacket) { .tag = is_new ? header & 0x3f : header >> 2 & 0x0f, .body = body };
        return 0;
}

bool openpgp_tag_is_ignored(uint8_t tag) {
        return tag == OPENPGP_TAG_MARKER || tag == OPENPGP_TAG_PADDING || tag >= OPENPGP_TAG_FIRST_IGNORED;
}

bool openpgp_take_mpi(Cursor *c, Cursor *ret) {
        Cursor number;
        uint16_t bits;

        if (!cursor_take_be16(c, &bits) || bits > OPENPGP_MPI_BITS_MAX ||
            !cursor_take(c, (bits + 7U) / 8, &number))
                return false;
        if (bits > 0 && number.p[0] >> ((bits - 1) % 8) != 1)
                return false;

        *ret = number;
        return true;
}

bool openpgp_take_subpacket(Cursor *c, uint8_t *ret_type, bool *ret_critical, Cursor *ret_body) {
        uint32_t length;
        uint8_t type;
        Cursor body;

        if (!take_length(c, 255, &length) || !cursor_take(c, length, &body) || !cursor_take_u8(&body, &type))
                return false;

        *ret_type = type & 0x7f;
        *ret_critical = type & 0x80;
        *ret_body = body;
        return true;
}
