/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what a signature packet says.
 * Never: verifies it; believes the unhashed area more than as a hint; lets one bad packet spoil its neighbours.
 * Follows: RFC 9580 sections 5.2.3 and 10.4, with the acceptance rules of sections 9.5 and 13.2. */

#include <stdio.h>

#include "basic/refuse.h"
#include "basic/str.h"
#include "trust/armor.h"
#include "trust/openpgp-algorithm.h"
#include "trust/openpgp-packet.h"
#include "trust/openpgp-signature.h"

struct OpenPgpSignatures {
        Blob packets; /* what the signatures point into */
        OpenPgpSignature items[OPENPGP_SIGNATURES_MAX];
        size_t n_items;
};

typedef enum Subpacket {
        SUBPACKET_CREATED = 2,
        SUBPACKET_LIFETIME = 3,
        SUBPACKET_EXPORTABLE = 4,
        SUBPACKET_REVOCABLE = 7,
        SUBPACKET_KEY_LIFETIME = 9,
        SUBPACKET_CIPHERS = 11,
        SUBPACKET_ISSUER = 16,
        SUBPACKET_NOTATION = 20,
        SUBPACKET_HASHES = 21,
        SUBPACKET_COMPRESSIONS = 22,
        SUBPACKET_PRIMARY_USER_ID = 25,
        SUBPACKET_POLICY_URI = 26,
        SUBPACKET_KEY_FLAGS = 27,
        SUBPACKET_SIGNER_USER_ID = 28,
        SUBPACKET_REVOCATION_REASON = 29,
        SUBPACKET_FEATURES = 30,
        SUBPACKET_EMBEDDED = 32,
        SUBPACKET_FINGERPRINT = 33,
        SUBPACKET_AEAD = 34,
        SUBPACKET_RECIPIENT = 35,
        SUBPACKET_AEAD_SUITES = 39,
} Subpacket;

static bool take_all(Cursor body, void *ret, size_t size) {
        if (body.n != size)
                return false;

        memcpy(ret, body.p, size);
        return true;
}

static bool read_fingerprint(OpenPgpSignature *s, Cursor body) {
        uint8_t version;

        if (!cursor_take_u8(&body, &version) || version != s->version ||
            !take_all(body, s->fingerprint, openpgp_fingerprint_size(version)))
                return false;

        s->has_fingerprint = true;
        return true;
}

/* What helps to find the key, and what proves itself. */
static bool read_hint(OpenPgpSignature *s, uint8_t type, Cursor body) {
        switch (type) {
        case SUBPACKET_ISSUER:
                if (!take_all(body, s->issuer, sizeof(s->issuer)))
                        return false;
                s->has_issuer = true;
                return true;
        case SUBPACKET_FINGERPRINT: return read_fingerprint(s, body);
        case SUBPACKET_EMBEDDED: s->embedded = body; return true;
        default: return true;
        }
}

static void read_unhashed(OpenPgpSignature *s, Cursor area) {
        uint8_t type;
        bool critical;
        Cursor body;

        while (area.n > 0 && openpgp_take_subpacket(&area, &type, &critical, &body))
                (void) read_hint(s, type, body);
}

static bool read_u32(Cursor body, uint32_t *ret) {
        return cursor_take_be32(&body, ret) && body.n == 0;
}

static int malformed(OpenPgpSignature *s, uint8_t type) {
        return refuse(&s->defect, 0, "has a malformed subpacket %u", type);
}

static int read_hashed_subpacket(OpenPgpSignature *s, uint8_t type, bool critical, Cursor body) {
        bool ok = true;

        switch (type) {
        case SUBPACKET_CREATED: ok = read_u32(body, &s->created); break;
        case SUBPACKET_LIFETIME: ok = read_u32(body, &s->lifetime); break;
        case SUBPACKET_KEY_LIFETIME: ok = read_u32(body, &s->key_lifetime); break;
        case SUBPACKET_KEY_FLAGS: ok = cursor_take_u8(&body, &s->key_flags); break;
        case SUBPACKET_REVOCATION_REASON: ok = cursor_take_u8(&body, &s->revocation_reason); break;

        case SUBPACKET_ISSUER:
        case SUBPACKET_FINGERPRINT:
        case SUBPACKET_EMBEDDED: ok = read_hint(s, type, body); break;

        case SUBPACKET_EXPORTABLE:
        case SUBPACKET_REVOCABLE:
        case SUBPACKET_CIPHERS:
        case SUBPACKET_HASHES:
        case SUBPACKET_COMPRESSIONS:
        case SUBPACKET_PRIMARY_USER_ID:
        case SUBPACKET_POLICY_URI:
        case SUBPACKET_SIGNER_USER_ID:
        case SUBPACKET_FEATURES:
        case SUBPACKET_AEAD:
        case SUBPACKET_AEAD_SUITES: break; /* known, and nothing to us */

        case SUBPACKET_RECIPIENT: return refuse(&s->defect, 0, "is for one recipient only");
        case SUBPACKET_NOTATION:
                if (critical)
                        return refuse(&s->defect, 0, "has an unknown critical notation");
                break;
        default:
                if (critical)
                        return refuse(&s->defect, 0, "has an unknown critical subpacket %u", type);
        }

        return ok ? 0 : malformed(s, type);
}

static int read_hashed(OpenPgpSignature *s, Cursor area) {
        unsigned n_created = 0;
        uint8_t type = 0;
        bool critical;
        Cursor body;
        int r;

        while (area.n > 0 && !s->defect) {
                if (!openpgp_take_subpacket(&area, &type, &critical, &body))
                        return refuse(&s->defect, 0, "has malformed subpackets");
                r = read_hashed_subpacket(s, type, critical, body);
                if (r < 0)
                        return r;
                n_created += type == SUBPACKET_CREATED;
        }

        if (!s->defect && n_created != 1)
                return refuse(&s->defect, 0, "does not have exactly one creation time");
        return 0;
}

static bool take_area(Cursor *c, uint8_t version, Cursor *ret) {
        uint16_t two;
        uint32_t four;

        if (version == 4)
                return cursor_take_be16(c, &two) && cursor_take(c, two, ret);
        return cursor_take_be32(c, &four) && cursor_take(c, four, ret);
}

static bool take_salt(Cursor *c, uint8_t version, Cursor *ret) {
        uint8_t size;

        return version == 4 || (cursor_take_u8(c, &size) && cursor_take(c, size, ret));
}

/* The fields of fixed places; leaves `material` empty if they are not all there. */
static bool take_fields(Cursor body, OpenPgpSignature *s, Cursor *ret_hashed, Cursor *ret_unhashed) {
        Cursor start = body, left16;

        if (!cursor_take_u8(&body, &s->version) || (s->version != 4 && s->version != 6) ||
            !cursor_take_u8(&body, &s->type) || !cursor_take_u8(&body, &s->algorithm) ||
            !cursor_take_u8(&body, &s->hash) || !take_area(&body, s->version, ret_hashed))
                return false;
        s->hashed = cursor_since(start, &body);

        if (!take_area(&body, s->version, ret_unhashed) || !cursor_take(&body, sizeof(s->left16), &left16) ||
            !take_salt(&body, s->version, &s->salt) || body.n == 0)
                return false;
        memcpy(s->left16, left16.p, sizeof(s->left16));
        s->material = body;
        return true;
}

static int check_salt(OpenPgpSignature *s) {
        const OpenPgpHashAlgorithm *h = openpgp_hash_algorithm(s->hash);

        if (s->version == 6 && h && h->salt_size > 0 && h->salt_size != s->salt.n)
                return refuse(&s->defect, 0, "has a salt of %zu bytes, for %s it is %u", s->salt.n, h->name,
                              h->salt_size);
        return 0;
}

int openpgp_signature_parse(Cursor body, OpenPgpSignature *ret) {
        OpenPgpSignature s = {};
        Cursor hashed, unhashed;
        int r;

        if (take_fields(body, &s, &hashed, &unhashed)) {
                read_unhashed(&s, unhashed);
                r = read_hashed(&s, hashed);
                if (r >= 0 && !s.defect)
                        r = check_salt(&s);
        } else if (s.version != 4 && s.version != 6)
                r = refuse(&s.defect, 0, "is of version %u, only 4 and 6 are accepted", s.version);
        else
                r = refuse(&s.defect, 0, "is malformed");
        if (r < 0)
                return r; /* no memory, so no defect either */

        *ret = s;
        return 0;
}

void openpgp_signature_done(OpenPgpSignature *s) {
        free(s->defect);
        s->defect = NULL;
}

size_t openpgp_fingerprint_size(uint8_t version) {
        return version == 4 ? 20 : 32;
}

const uint8_t *openpgp_key_id(uint8_t version, const uint8_t *fingerprint) {
        return version == 4 ? fingerprint + 12 : fingerprint;
}

void openpgp_format_key_id(const uint8_t id[static 8], char ret[static OPENPGP_KEY_ID_TEXT_MAX]) {
        snprintf(ret, OPENPGP_KEY_ID_TEXT_MAX, "0x%02X%02X%02X%02X%02X%02X%02X%02X", id[0], id[1], id[2],
                 id[3], id[4], id[5], id[6], id[7]);
}

void openpgp_signature_issuer(const OpenPgpSignature *s, char ret[static OPENPGP_KEY_ID_TEXT_MAX]) {
        if (s->has_fingerprint)
                openpgp_format_key_id(openpgp_key_id(s->version, s->fingerprint), ret);
        else if (s->has_issuer)
                openpgp_format_key_id(s->issuer, ret);
        else
                ret[0] = '\0';
}

OpenPgpSignatures *openpgp_signatures_free(OpenPgpSignatures *list) {
        if (!list)
                return NULL;

        for (size_t i = 0; i < list->n_items; i++)
                openpgp_signature_done(&list->items[i]);
        blob_done(&list->packets);
        free(list);
        return NULL;
}

static int refuse_tag(uint8_t tag, char **reterr_why) {
        switch (tag) {
        case OPENPGP_TAG_ONE_PASS:
        case OPENPGP_TAG_COMPRESSED:
        case OPENPGP_TAG_LITERAL:
                return refuse(reterr_why, -EBADMSG, "is an inline message, not a detached signature");
        case OPENPGP_TAG_KEY:
                return refuse(reterr_why, -EBADMSG, "is a public key, not a detached signature");
        case OPENPGP_TAG_SECRET_KEY:
        case OPENPGP_TAG_SECRET_SUBKEY:
                return refuse(reterr_why, -EBADMSG, "is a private key, not a detached signature");
        default: return refuse(reterr_why, -EBADMSG, "holds an OpenPGP packet %u beside signatures", tag);
        }
}

static int parse_list(OpenPgpSignatures *list, char **reterr_why) {
        Cursor c = cursor_of(list->packets.data, list->packets.size);
        OpenPgpPacket packet;
        int r;

        while (c.n > 0) {
                r = openpgp_packet_take(&c, &packet, reterr_why);
                if (r < 0)
                        return r;
                if (openpgp_tag_is_ignored(packet.tag))
                        continue;
                if (packet.tag != OPENPGP_TAG_SIGNATURE)
                        return refuse_tag(packet.tag, reterr_why);
                if (list->n_items == ELEMENTSOF(list->items))
                        return refuse(reterr_why, -EBADMSG, "holds more than %u signatures",
                                      OPENPGP_SIGNATURES_MAX);

                r = openpgp_signature_parse(packet.body, &list->items[list->n_items]);
                if (r < 0)
                        return r;
                list->n_items++;
        }

        return list->n_items > 0 ? 0 : refuse(reterr_why, -EBADMSG, "holds no signature");
}

int openpgp_signatures_parse(const void *data, size_t size, OpenPgpSignatures **ret, char **reterr_why) {
        int r;

        if (size > OPENPGP_SIGNATURE_SIZE_MAX)
                return refuse(reterr_why, -EBADMSG, "is larger than %u bytes", OPENPGP_SIGNATURE_SIZE_MAX);

        _cleanup_openpgp_signatures_ OpenPgpSignatures *list = calloc(1, sizeof(OpenPgpSignatures));
        if (!list)
                return -ENOMEM;

        r = armor_or_binary(cursor_of(data, size), "PGP SIGNATURE", &list->packets, reterr_why);
        if (r < 0)
                return r;
        r = parse_list(list, reterr_why);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(list);
        return 0;
}

size_t openpgp_signatures_count(const OpenPgpSignatures *list) {
        return list->n_items;
}

const OpenPgpSignature *openpgp_signatures_at(const OpenPgpSignatures *list, size_t i) {
        return i < list->n_items ? &list->items[i] : NULL;
}
