/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the shape of a signed message, and the lengths that only messages have.
 * Never: unpacks what was unpacked; looks for the signed part in what holds more than that.
 * Follows: RFC 9580 sections 4.2.1.4, 5.4, 5.6, 5.9 and 10.3. */

#include "basic/refuse.h"
#include "trust/inflate.h"
#include "trust/openpgp-message.h"
#include "trust/openpgp-packet.h"

#define UNPACKED_MAX (1024U * 1024U)
#define FIRST_PIECE_MIN 512U
#define NEW_FORMAT 0xc0
#define COMPRESSED_TO_THE_END                                                                               \
        (0x80 | OPENPGP_TAG_COMPRESSED << 2 | 3) /* old format, no length: as gpg does */

static bool length_is_partial(uint8_t first) {
        return first >= 224 && first < 255;
}

/* A packet that was written before its length was known. */
static bool is_in_pieces(Cursor c) {
        uint8_t header, first;

        return cursor_take_u8(&c, &header) && cursor_take_u8(&c, &first) && length_is_partial(first) &&
               (header == (NEW_FORMAT | OPENPGP_TAG_COMPRESSED) ||
                header == (NEW_FORMAT | OPENPGP_TAG_LITERAL));
}

static bool take_piece(Cursor *c, Cursor *ret, bool *ret_last) {
        Cursor rest = *c;
        uint32_t length;
        uint8_t first;

        if (!cursor_take_u8(&rest, &first))
                return false;

        bool partial = length_is_partial(first);
        if (partial)
                length = UINT32_C(1) << (first & 0x1f);
        else {
                rest = *c;
                if (!openpgp_take_length(&rest, &length))
                        return false;
        }
        if (!cursor_take(&rest, length, ret))
                return false;

        *c = rest;
        *ret_last = !partial;
        return true;
}

/* Joins pieces up to the first one whose length is not partial. */
static int take_pieces(Cursor *c, Blob *ret, char **reterr_why) {
        _cleanup_blob_ Blob joined = { .data = malloc(OPENPGP_PACKET_MAX) };
        uint8_t *end = joined.data;
        bool last = false;
        Cursor piece;

        if (!joined.data)
                return -ENOMEM;

        while (!last) {
                if (!take_piece(c, &piece, &last) || (joined.size == 0 && piece.n < FIRST_PIECE_MIN))
                        return refuse(reterr_why, -EBADMSG,
                                      "holds an OpenPGP packet whose pieces are malformed");
                if (piece.n > OPENPGP_PACKET_MAX - joined.size)
                        return refuse(reterr_why, -EBADMSG, "holds an OpenPGP packet larger than %u bytes",
                                      OPENPGP_PACKET_MAX);
                if (piece.n > 0)
                        memcpy(end + joined.size, piece.p, piece.n);
                joined.size += piece.n;
        }

        *ret = TAKE_BLOB(joined);
        return 0;
}

/* Takes a packet that may have one of the two lengths which openpgp_packet_take() refuses. */
static int take_packet(Cursor *c, Blob *ret_joined, OpenPgpPacket *ret, char **reterr_why) {
        Cursor rest = *c;
        uint8_t header;

        if (cursor_take_u8(&rest, &header) && header == COMPRESSED_TO_THE_END) {
                *c = (Cursor) {};
                *ret = (OpenPgpPacket) { .tag = OPENPGP_TAG_COMPRESSED, .body = rest };
                return 0;
        }
        if (!is_in_pieces(*c))
                return openpgp_packet_take(c, ret, reterr_why);

        int r = take_pieces(&rest, ret_joined, reterr_why);
        if (r < 0)
                return r;

        *c = rest;
        *ret = (OpenPgpPacket) {
                .tag = header & 0x3f,
                .body = cursor_of(ret_joined->data, ret_joined->size),
        };
        return 0;
}

static int refuse_packet(uint8_t tag, char **reterr_why) {
        switch (tag) {
        case OPENPGP_TAG_ONE_PASS:
        case OPENPGP_TAG_SIGNATURE: return refuse(reterr_why, -EBADMSG, "has more than one signature");
        case OPENPGP_TAG_LITERAL: return refuse(reterr_why, -EBADMSG, "holds a document that is not signed");
        case OPENPGP_TAG_COMPRESSED:
                return refuse(reterr_why, -EBADMSG, "is compressed more than once, or inside its signature");
        default:
                return refuse(reterr_why, -EBADMSG,
                              "holds an OpenPGP packet %u, which no signed message has", tag);
        }
}

/* Takes a packet that must be of this tag. `ret_joined` is NULL for one that does not come in pieces. */
static int take_tag(Cursor *c, uint8_t tag, Blob *ret_joined, Cursor *ret, char **reterr_why) {
        OpenPgpPacket packet;
        int r;

        if (c->n == 0)
                return refuse(reterr_why, -EBADMSG, "is not a complete OpenPGP message");

        r = ret_joined ? take_packet(c, ret_joined, &packet, reterr_why)
                       : openpgp_packet_take(c, &packet, reterr_why);
        if (r < 0)
                return r;
        if (packet.tag != tag)
                return refuse_packet(packet.tag, reterr_why);

        *ret = packet.body;
        return 0;
}

/* Nobody signs the name and the time in it, nor how it is to be read, unless that is: as it is. */
static int parse_literal(Cursor body, Cursor *ret, char **reterr_why) {
        uint8_t format, name_size;
        uint32_t time;
        Cursor name;

        if (!cursor_take_u8(&body, &format) || !cursor_take_u8(&body, &name_size) ||
            !cursor_take(&body, name_size, &name) || !cursor_take_be32(&body, &time))
                return refuse(reterr_why, -EBADMSG, "holds malformed literal data");
        if (format != 'b')
                return refuse(reterr_why, -EBADMSG, "holds a document that is not binary");

        *ret = body;
        return 0;
}

static int take_literal(Cursor *c, OpenPgpMessage *m, char **reterr_why) {
        Cursor body;

        int r = take_tag(c, OPENPGP_TAG_LITERAL, &m->joined, &body, reterr_why);
        return r < 0 ? r : parse_literal(body, &m->literal, reterr_why);
}

/* Behind the four octets: who signs, and that there is no further signature around this one. */
static bool one_pass_ends_well(Cursor c, uint8_t version) {
        uint8_t salt_size, flag;
        Cursor salt, signer;

        if (version == 6 && (!cursor_take_u8(&c, &salt_size) || !cursor_take(&c, salt_size, &salt)))
                return false;

        return cursor_take(&c, version == 6 ? 32 : 8, &signer) && cursor_take_u8(&c, &flag) && flag == 1 &&
               c.n == 0;
}

/* We need no announcement, but others act on it: it has to be that of the signature which follows. Both begin
 * with version and type; then one has hash and algorithm, the other algorithm and hash. */
static int check_one_pass(Cursor one_pass, Cursor signature, char **reterr_why) {
        Cursor told, is;

        if (!cursor_take(&one_pass, 4, &told) || (told.p[0] != 3 && told.p[0] != 6) ||
            !one_pass_ends_well(one_pass, told.p[0]))
                return refuse(reterr_why, -EBADMSG, "begins with a malformed one-pass signature");

        if (!cursor_take(&signature, 4, &is) || (told.p[0] == 6) != (is.p[0] == 6) || told.p[1] != is.p[1] ||
            told.p[2] != is.p[3] || told.p[3] != is.p[2])
                return refuse(reterr_why, -EBADMSG, "announces another signature than it has");
        return 0;
}

static int parse_one_pass(Cursor *c, Cursor one_pass, OpenPgpMessage *m, char **reterr_why) {
        int r;

        r = take_literal(c, m, reterr_why);
        if (r >= 0)
                r = take_tag(c, OPENPGP_TAG_SIGNATURE, /* ret_joined= */ NULL, &m->signature, reterr_why);
        return r < 0 ? r : check_one_pass(one_pass, m->signature, reterr_why);
}

static int parse_signed(Cursor c, OpenPgpMessage *m, char **reterr_why) {
        OpenPgpPacket first;

        /* What joins pieces here is refused below. */
        int r = take_packet(&c, &m->joined, &first, reterr_why);
        if (r < 0)
                return r;

        switch (first.tag) {
        case OPENPGP_TAG_ONE_PASS: r = parse_one_pass(&c, first.body, m, reterr_why); break;
        case OPENPGP_TAG_SIGNATURE:
                m->signature = first.body;
                r = take_literal(&c, m, reterr_why);
                break;
        default: r = refuse_packet(first.tag, reterr_why);
        }
        if (r < 0)
                return r;

        return c.n == 0 ? 0 : refuse(reterr_why, -EBADMSG, "goes on behind what is signed");
}

static int unpack(Cursor body, Blob *ret, char **reterr_why) {
        uint8_t algorithm;

        if (!cursor_take_u8(&body, &algorithm))
                return refuse(reterr_why, -EBADMSG, "holds malformed compressed data");

        switch (algorithm) {
        case 1: return inflate_all(body, INFLATE_RAW, UNPACKED_MAX, ret, reterr_why);
        case 2: return inflate_all(body, INFLATE_ZLIB, UNPACKED_MAX, ret, reterr_why);
        case 3: return refuse(reterr_why, -EBADMSG, "is compressed by BZip2, which is not accepted");
        default: return refuse(reterr_why, -EBADMSG, "is compressed by the unknown algorithm %u", algorithm);
        }
}

static int parse_message(Cursor message, OpenPgpMessage *m, char **reterr_why) {
        _cleanup_blob_ Blob joined = {};
        Cursor rest = message;
        OpenPgpPacket outer;
        int r;

        r = take_packet(&rest, &joined, &outer, reterr_why);
        if (r < 0)
                return r;
        if (outer.tag != OPENPGP_TAG_COMPRESSED)
                return parse_signed(message, m, reterr_why);
        if (rest.n > 0)
                return refuse(reterr_why, -EBADMSG, "goes on behind its compressed data");

        r = unpack(outer.body, &m->unpacked, reterr_why);
        return r < 0 ? r : parse_signed(cursor_of(m->unpacked.data, m->unpacked.size), m, reterr_why);
}

void openpgp_message_done(OpenPgpMessage *m) {
        blob_done(&m->unpacked);
        blob_done(&m->joined);
        *m = (OpenPgpMessage) {};
}

int openpgp_message_parse(Cursor message, OpenPgpMessage *ret, char **reterr_why) {
        _cleanup_openpgp_message_ OpenPgpMessage m = {};

        if (message.n > 0 && message.p[0] == '-')
                return refuse(reterr_why, -EBADMSG, "is armored or cleartext, not a binary message");

        int r = parse_message(message, &m, reterr_why);
        if (r < 0)
                return r;

        *ret = m;
        m = (OpenPgpMessage) {};
        return 0;
}
