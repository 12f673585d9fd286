/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: one key of a certificate: its packet, its fingerprint, how it is hashed, what is said about it.
 * Never: decides which statements about it are to be believed.
 * Follows: RFC 9580 sections 5.2.4 and 5.5. */

#include <gcrypt.h>

#include "basic/refuse.h"
#include "trust/openpgp-algorithm.h"
#include "trust/openpgp-component.h"
#include "trust/openpgp-hash.h"

int openpgp_statements_add(OpenPgpStatements *list, OpenPgpStatement statement) {
        OpenPgpStatement *more = reallocarray(list->items, list->n + 1, sizeof(OpenPgpStatement));
        if (!more)
                return -ENOMEM;

        list->items = more;
        list->items[list->n++] = statement;
        return 0;
}

void openpgp_statements_done(OpenPgpStatements *list) {
        free(list->items);
        *list = (OpenPgpStatements) {};
}

void openpgp_component_done(OpenPgpComponent *c) {
        public_key_free(c->key);
        free(c->defect);
        free(c->complaint);
        openpgp_statements_done(&c->statements);
}

/* Keys and user ids are hashed with their kind and length in front. */
typedef struct Prefix {
        uint8_t bytes[5];
} Prefix;

static Cursor prefix_with_be32(uint8_t kind, size_t n, Prefix *p) {
        *p = (Prefix) { { kind, n >> 24 & 0xff, n >> 16 & 0xff, n >> 8 & 0xff, n & 0xff } };
        return cursor_of(p->bytes, 5);
}

static Cursor key_prefix(const OpenPgpComponent *c, Prefix *p) {
        if (c->version != 4)
                return prefix_with_be32(0x9b, c->body.n, p);

        *p = (Prefix) { { 0x99, c->body.n >> 8 & 0xff, c->body.n & 0xff } };
        return cursor_of(p->bytes, 3);
}

static void set_fingerprint(OpenPgpComponent *c) {
        Prefix prefix;
        Cursor head = key_prefix(c, &prefix);
        gcry_buffer_t parts[] = {
                { .data = (void *) head.p, .len = head.n },
                { .data = (void *) c->body.p, .len = c->body.n },
        };

        (void) gcry_md_hash_buffers(c->version == 4 ? GCRY_MD_SHA1 : GCRY_MD_SHA256, 0, c->fingerprint,
                                    parts, ELEMENTSOF(parts));
}

/* Reads the numbers. */
static int parse_material(OpenPgpComponent *c, Cursor material) {
        const OpenPgpAlgorithm *a = openpgp_algorithm(c->algorithm);
        int r;

        if (!a)
                return refuse(&c->defect, 0, "has the unknown algorithm %u", c->algorithm);
        if (!a->parse_key)
                return refuse(&c->defect, 0, "is of type %s, whose signatures are not accepted", a->name);
        if (a->is_legacy && c->version > 4)
                return refuse(&c->defect, 0, "is of type %s, which version %u does not have", a->name,
                              c->version);

        r = a->parse_key(material, &c->key, &c->defect);
        return r == -EBADMSG ? 0 : r;
}

int openpgp_component_parse(Cursor body, OpenPgpComponent *ret) {
        OpenPgpComponent c = { .body = body };
        uint32_t size;
        int r;

        if (!cursor_take_u8(&body, &c.version) || (c.version != 4 && c.version != 6))
                r = refuse(&c.defect, 0, "is of version %u, only 4 and 6 are accepted", c.version);
        else if (!cursor_take_be32(&body, &c.created) || !cursor_take_u8(&body, &c.algorithm) ||
                 (c.version == 6 && (!cursor_take_be32(&body, &size) || size != body.n)))
                r = refuse(&c.defect, 0, "is malformed");
        else {
                set_fingerprint(&c);
                r = parse_material(&c, body);
        }
        if (r < 0) {
                openpgp_component_done(&c);
                return r;
        }

        *ret = c;
        return 0;
}

const OpenPgpStatement *openpgp_component_statement(const OpenPgpComponent *c, uint64_t now) {
        const OpenPgpStatement *newest = NULL;

        for (size_t i = 0; i < c->statements.n; i++) {
                const OpenPgpStatement *s = &c->statements.items[i];

                if (s->created > now + OPENPGP_CLOCK_SKEW ||
                    (s->lifetime > 0 && (uint64_t) s->created + s->lifetime <= now))
                        continue;
                if (!newest || s->created > newest->created)
                        newest = s;
        }

        return newest;
}

void openpgp_component_id(const OpenPgpComponent *c, char ret[static OPENPGP_KEY_ID_TEXT_MAX]) {
        openpgp_format_key_id(openpgp_key_id(c->version, c->fingerprint), ret);
}

bool openpgp_component_matches(const OpenPgpComponent *c, const OpenPgpSignature *s) {
        if (s->version != c->version)
                return false;
        if (s->has_fingerprint)
                return memcmp(s->fingerprint, c->fingerprint, openpgp_fingerprint_size(c->version)) == 0;
        if (s->has_issuer)
                return memcmp(s->issuer, openpgp_key_id(c->version, c->fingerprint), sizeof(s->issuer)) == 0;
        return true;
}

int openpgp_component_verify(const OpenPgpComponent *signer, const OpenPgpSignature *s,
                             const OpenPgpComponent *primary, const OpenPgpComponent *subkey,
                             const Cursor *user_id) {
        Prefix prefixes[2];
        OpenPgpDigest digest;
        Cursor parts[4] = { key_prefix(primary, &prefixes[0]), primary->body };
        size_t n = 2;
        int r;

        if (subkey) {
                parts[n++] = key_prefix(subkey, &prefixes[1]);
                parts[n++] = subkey->body;
        } else if (user_id) {
                parts[n++] = prefix_with_be32(0xb4, user_id->n, &prefixes[1]);
                parts[n++] = *user_id;
        }

        r = openpgp_hash_parts(s, parts, n, &digest);
        if (r < 0)
                return r == -EOPNOTSUPP ? -EKEYREJECTED : r;

        return openpgp_check(s, &digest, signer->algorithm, signer->key);
}
