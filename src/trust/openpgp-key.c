/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: transferable public keys: which packets make one, and what its owner verifiably says about it.
 * Never: believes a self-signature it has not verified; asks what time it is; looks at other people's certifications.
 * Follows: RFC 9580 sections 5.2.1, 5.2.3.10 and 10.1. */

#include <stdio.h>

#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "image/digest.h"
#include "image/hasher.h"
#include "trust/armor.h"
#include "trust/openpgp-algorithm.h"
#include "trust/openpgp-key.h"
#include "trust/openpgp-packet.h"

#define USER_ID_MAX 1024U

struct OpenPgpKey {
        Blob packets; /* what the components point into */
        OpenPgpComponent components[1 + OPENPGP_SUBKEYS_MAX];
        size_t n_components;
        char **user_ids;
        char fingerprint[OPENPGP_FINGERPRINT_TEXT_MAX];
};

/* Where in the sequence of packets we are: most signatures speak about what stands before them. */
typedef struct Parser {
        OpenPgpKey *key;
        uint8_t at; /* tag of the packet before the signatures; 0: one we pass over */
        size_t n_signatures;

        Cursor user_id;               /* we are at */
        OpenPgpStatements statements; /* that came with it, or with the primary key alone */
        uint32_t revoked;             /* when they were; 0: they are not */
} Parser;

OpenPgpKey *openpgp_key_free(OpenPgpKey *key) {
        if (!key)
                return NULL;

        for (size_t i = 0; i < key->n_components; i++)
                openpgp_component_done(&key->components[i]);
        strv_free(key->user_ids);
        blob_done(&key->packets);
        free(key);
        return NULL;
}

static void parser_done(Parser *p) {
        openpgp_statements_done(&p->statements);
}

static OpenPgpComponent *primary_of(const Parser *p) {
        return &p->key->components[0];
}

static OpenPgpComponent *last_of(const Parser *p) {
        return &p->key->components[p->key->n_components - 1];
}

/* NULL where the signatures are about the primary key alone. */
static const Cursor *user_id_of(const Parser *p) {
        return p->at == OPENPGP_TAG_USER_ID ? &p->user_id : NULL;
}

/* A self-signature or back-signature that may count. Returns 1, or 0 and why not as the complaint of
 * `about`. */
static int verify_statement(const OpenPgpSignature *s, const OpenPgpComponent *signer,
                            const OpenPgpComponent *primary, const OpenPgpComponent *subkey,
                            const Cursor *user_id, OpenPgpComponent *about) {
        _cleanup_free_ char *why = NULL;
        int r;

        if (s->defect)
                return refuse(&about->complaint, 0, "has a self-signature that %s", s->defect);

        r = openpgp_algorithms_check(s->version, s->algorithm, s->hash, &why);
        if (r == -EBADMSG)
                return refuse(&about->complaint, 0, "has a self-signature that %s", why);
        if (r >= 0)
                r = openpgp_component_verify(signer, s, primary, subkey, user_id);
        if (r == -EKEYREJECTED)
                return refuse(&about->complaint, 0, "has a self-signature that is wrong");
        return r < 0 ? r : 1;
}

static OpenPgpStatement statement_of(const OpenPgpSignature *s) {
        return (OpenPgpStatement) {
                .created = s->created,
                .lifetime = s->lifetime,
                .key_lifetime = s->key_lifetime,
                .key_flags = s->key_flags,
        };
}

/* A subkey that signs must say itself that it belongs to this primary key, or anybody could adopt it.
 * Returns 1 or 0. */
static int verify_back_signature(const OpenPgpSignature *binding, const OpenPgpComponent *primary,
                                 OpenPgpComponent *subkey) {
        OpenPgpSignature back;
        int r;

        if (binding->embedded.n == 0)
                return refuse(&subkey->complaint, 0, "has no back-signature");

        r = openpgp_signature_parse(binding->embedded, &back);
        if (r < 0)
                return r;
        if (back.type == OPENPGP_BACK_SIGNATURE && back.lifetime == 0 &&
            openpgp_component_matches(subkey, &back))
                r = verify_statement(&back, subkey, primary, subkey, /* user_id= */ NULL, subkey);
        else
                r = refuse(&subkey->complaint, 0, "has no back-signature of its own");

        openpgp_signature_done(&back);
        return r;
}

static int take_binding(const OpenPgpComponent *primary, OpenPgpComponent *subkey,
                        const OpenPgpSignature *s) {
        int r;

        r = verify_statement(s, primary, primary, subkey, /* user_id= */ NULL, subkey);
        if (r > 0 && s->key_flags & OPENPGP_FLAG_SIGN)
                r = verify_back_signature(s, primary, subkey);
        return r > 0 ? openpgp_statements_add(&subkey->statements, statement_of(s)) : r;
}

/* About the primary key alone or as the owner of a user id. */
static int take_self_signature(Parser *p, const OpenPgpSignature *s) {
        OpenPgpComponent *primary = primary_of(p);

        int r = verify_statement(s, primary, primary, /* subkey= */ NULL, user_id_of(p), primary);
        return r > 0 ? openpgp_statements_add(&p->statements, statement_of(s)) : r;
}

/* Counts however weak its hash and whatever else it says: who wants the key revoked shall have it. But it
 * must verify. */
static int take_revocation(const OpenPgpComponent *primary, OpenPgpComponent *c, const OpenPgpSignature *s) {
        int r;

        r = openpgp_component_verify(primary, s, primary, c == primary ? NULL : c, /* user_id= */ NULL);
        if (r == -EKEYREJECTED)
                return 0;
        if (r < 0)
                return r;

        c->is_revoked = true;
        c->revocation_reason = s->revocation_reason;
        return 0;
}

/* Of the statements made here so far. */
static int take_statement_revocation(Parser *p, const OpenPgpSignature *s) {
        int r;

        r = openpgp_component_verify(primary_of(p), s, primary_of(p), /* subkey= */ NULL, user_id_of(p));
        if (r == -EKEYREJECTED)
                return 0;
        if (r < 0)
                return r;

        p->revoked = MAX(p->revoked, s->created > 0 ? s->created : UINT32_MAX);
        return 0;
}

static int use_signature(Parser *p, const OpenPgpSignature *s) {
        bool at_key = p->at == OPENPGP_TAG_KEY, at_user_id = p->at == OPENPGP_TAG_USER_ID,
             may_sign = p->at == OPENPGP_TAG_SUBKEY && !last_of(p)->defect; /* else nobody will ask */

        switch (s->type) {
        case OPENPGP_CERTIFICATION ... OPENPGP_CERTIFICATION_LAST:
                return at_user_id ? take_self_signature(p, s) : 0;
        case OPENPGP_DIRECT_KEY: return at_key ? take_self_signature(p, s) : 0;
        case OPENPGP_CERTIFICATION_REVOCATION:
                return at_user_id || at_key ? take_statement_revocation(p, s) : 0;
        case OPENPGP_SUBKEY_BINDING: return may_sign ? take_binding(primary_of(p), last_of(p), s) : 0;
        case OPENPGP_SUBKEY_REVOCATION: return may_sign ? take_revocation(primary_of(p), last_of(p), s) : 0;
        case OPENPGP_KEY_REVOCATION: return take_revocation(primary_of(p), primary_of(p), s);
        default: return 0;
        }
}

static int take_signature(Parser *p, Cursor body, char **reterr_why) {
        OpenPgpSignature s;
        int r;

        if (++p->n_signatures > OPENPGP_KEY_SIGNATURES_MAX)
                return refuse(reterr_why, -EBADMSG, "has more than %u signatures",
                              OPENPGP_KEY_SIGNATURES_MAX);

        r = openpgp_signature_parse(body, &s);
        if (r < 0)
                return r;

        if (s.material.n > 0 && openpgp_component_matches(primary_of(p), &s))
                r = use_signature(p, &s);

        openpgp_signature_done(&s);
        return r;
}

static int take_component(Parser *p, Cursor body, char **reterr_why) {
        if (p->key->n_components == ELEMENTSOF(p->key->components))
                return refuse(reterr_why, -EBADMSG, "has more than %u subkeys", OPENPGP_SUBKEYS_MAX);

        OpenPgpComponent *c = &p->key->components[p->key->n_components];
        int r = openpgp_component_parse(body, c);
        if (r < 0)
                return r;

        p->key->n_components++;
        if (!c->defect && c->version != primary_of(p)->version)
                return refuse(&c->defect, 0, "is of another version than its primary key");
        return 0;
}

/* At the end of the signatures that speak about one thing: what was not revoked counts. In version 6 only
 * what is said about the primary key alone is about the key, and the rest only about the user id. */
static int finish_statements(Parser *p) {
        bool counts = p->at == OPENPGP_TAG_KEY || primary_of(p)->version == 4;
        size_t n = p->statements.n, kept = 0;
        int r;

        p->statements.n = 0;
        for (size_t i = 0; i < n; i++) {
                if (p->statements.items[i].created <= p->revoked)
                        continue;
                kept++;
                r = counts ? openpgp_statements_add(&primary_of(p)->statements, p->statements.items[i]) : 0;
                if (r < 0)
                        return r;
        }
        p->revoked = 0;
        if (kept == 0 || p->at != OPENPGP_TAG_USER_ID)
                return 0;

        _cleanup_free_ char *escaped = str_escape(p->user_id.p, p->user_id.n, USER_ID_MAX);
        return escaped ? strv_add(&p->key->user_ids, escaped) : -ENOMEM;
}

static int take_packet(Parser *p, OpenPgpPacket packet, char **reterr_why) {
        int r;

        switch (packet.tag) {
        case OPENPGP_TAG_SIGNATURE: return take_signature(p, packet.body, reterr_why);
        case OPENPGP_TAG_KEY:
                return refuse(reterr_why, -EBADMSG, "holds more than one key; use one file a key");
        case OPENPGP_TAG_SECRET_KEY:
        case OPENPGP_TAG_SECRET_SUBKEY:
                return refuse(reterr_why, -EBADMSG, "holds a private key; export the public one");
        case OPENPGP_TAG_TRUST: return 0;
        case OPENPGP_TAG_USER_ID:
        case OPENPGP_TAG_USER_ATTRIBUTE:
        case OPENPGP_TAG_SUBKEY: break;
        default:
                if (openpgp_tag_is_ignored(packet.tag))
                        return 0;
                return refuse(reterr_why, -EBADMSG, "holds an OpenPGP packet %u, which is no part of a key",
                              packet.tag);
        }

        r = finish_statements(p);
        if (r < 0)
                return r;

        p->at = packet.tag;
        if (packet.tag == OPENPGP_TAG_SUBKEY)
                return take_component(p, packet.body, reterr_why);
        if (packet.tag == OPENPGP_TAG_USER_ATTRIBUTE || packet.body.n > USER_ID_MAX)
                p->at = 0;
        p->user_id = packet.body;
        return 0;
}

/* A key about which its owner says nothing cannot be used. */
static int settle(OpenPgpComponent *c, bool is_primary) {
        if (c->defect || c->statements.n > 0)
                return 0;

        c->defect = TAKE_PTR(c->complaint);
        if (c->defect)
                return 0;
        return refuse(&c->defect, 0, "%s",
                      !is_primary       ? "is not bound by its primary key"
                      : c->version == 4 ? "has no self-signature"
                                        : "has no direct-key signature");
}

static int parse_packets(Parser *p, char **reterr_why) {
        Cursor c = cursor_of(p->key->packets.data, p->key->packets.size);
        OpenPgpPacket packet;
        int r;

        r = openpgp_packet_take(&c, &packet, reterr_why);
        if (r < 0)
                return r;
        if (packet.tag == OPENPGP_TAG_SECRET_KEY)
                return refuse(reterr_why, -EBADMSG, "holds a private key; export the public one");
        if (packet.tag != OPENPGP_TAG_KEY)
                return refuse(reterr_why, -EBADMSG, "does not begin with a public key");
        r = take_component(p, packet.body, reterr_why);
        if (r < 0)
                return r;
        if (primary_of(p)->defect)
                return refuse(reterr_why, -EBADMSG, "%s", primary_of(p)->defect);
        p->at = packet.tag;

        while (c.n > 0) {
                r = openpgp_packet_take(&c, &packet, reterr_why);
                if (r >= 0)
                        r = take_packet(p, packet, reterr_why);
                if (r < 0)
                        return r;
        }

        return finish_statements(p);
}

int openpgp_key_parse(const void *data, size_t size, OpenPgpKey **ret, char **reterr_why) {
        int r;

        r = crypto_init();
        if (r < 0)
                return r;

        _cleanup_openpgp_key_ OpenPgpKey *key = calloc(1, sizeof(OpenPgpKey));
        if (!key)
                return -ENOMEM;
        _cleanup_(parser_done) Parser parser = { .key = key };

        r = armor_or_binary(cursor_of(data, size), "PGP PUBLIC KEY BLOCK", &key->packets, reterr_why);
        if (r < 0)
                return r;
        r = parse_packets(&parser, reterr_why);
        if (r < 0)
                return r;

        for (size_t i = 0; i < key->n_components; i++) {
                r = settle(&key->components[i], i == 0);
                if (r < 0)
                        return r;
        }
        if (key->components[0].defect)
                return refuse(reterr_why, -EBADMSG, "%s", key->components[0].defect);

        for (size_t i = 0; i < openpgp_fingerprint_size(key->components[0].version); i++)
                snprintf(key->fingerprint + 2 * i, 3, "%02X", key->components[0].fingerprint[i]);

        *ret = TAKE_PTR(key);
        return 0;
}

const OpenPgpComponent *openpgp_key_at(const OpenPgpKey *key, size_t i) {
        return i < key->n_components ? &key->components[i] : NULL;
}

const char *openpgp_key_fingerprint(const OpenPgpKey *key) {
        return key->fingerprint;
}

char *const *openpgp_key_user_ids(const OpenPgpKey *key) {
        return key->user_ids;
}
