/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: transferable public keys: which packets make one, and what its owner verifiably says about it.
 * Never: believes a self-signature it has not verified; asks what time it is; looks at other people's certifications.
 * Follows: RFC 9580 sections 5.2.1, 5.2.4, 5.5 and 10.1. */

#include <gcrypt.h>
#include <stdio.h>

#include "basic/str.h"
#include "basic/strv.h"
#include "trust/armor.h"
#include "trust/openpgp-hash.h"
#include "trust/openpgp-key.h"
#include "trust/openpgp-packet.h"
#include "trust/refuse.h"

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

        /* the user id we are at */
        Cursor user_id;
        size_t first_statement; /* the first that came with it */
        uint32_t revoked;       /* when; 0: it is not */
} Parser;

static void component_done(OpenPgpComponent *c) {
        public_key_free(c->key);
        free(c->defect);
        free(c->complaint);
        free(c->statements);
}

OpenPgpKey *openpgp_key_free(OpenPgpKey *key) {
        if (!key)
                return NULL;

        for (size_t i = 0; i < key->n_components; i++)
                component_done(&key->components[i]);
        strv_free(key->user_ids);
        blob_done(&key->packets);
        free(key);
        return NULL;
}

static OpenPgpComponent *primary_of(const Parser *p) {
        return &p->key->components[0];
}

static OpenPgpComponent *last_of(const Parser *p) {
        return &p->key->components[p->key->n_components - 1];
}

bool openpgp_component_matches(const OpenPgpComponent *c, const OpenPgpSignature *s) {
        if (s->has_fingerprint)
                return memcmp(s->fingerprint, c->fingerprint, sizeof(c->fingerprint)) == 0;
        if (s->has_issuer)
                return memcmp(s->issuer, c->fingerprint + sizeof(c->fingerprint) - sizeof(s->issuer),
                              sizeof(s->issuer)) == 0;
        return true;
}

void openpgp_component_id(const OpenPgpComponent *c, char ret[static OPENPGP_KEY_ID_TEXT_MAX]) {
        openpgp_format_key_id(c->fingerprint + sizeof(c->fingerprint) - 8, ret);
}

/* Keys and user ids are hashed with their kind and length in front. */
typedef struct Prefix {
        uint8_t bytes[5];
} Prefix;

static Cursor key_prefix(const OpenPgpComponent *c, Prefix *p) {
        *p = (Prefix) { { 0x99, c->body.n >> 8 & 0xff, c->body.n & 0xff } };
        return cursor_of(p->bytes, 3);
}

static Cursor user_id_prefix(Cursor user_id, Prefix *p) {
        *p = (Prefix) { { 0xb4, 0, 0, user_id.n >> 8 & 0xff, user_id.n & 0xff } };
        return cursor_of(p->bytes, 5);
}

/* Verifies what `signer` says about the primary key, together with a subkey or a user id (NULL: neither). */
static int verify_over(const OpenPgpSignature *s, const OpenPgpComponent *signer,
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
                parts[n++] = user_id_prefix(*user_id, &prefixes[1]);
                parts[n++] = *user_id;
        }

        r = openpgp_hash_parts(s, parts, n, &digest);
        if (r < 0)
                return r == -EOPNOTSUPP ? -EKEYREJECTED : r;

        return openpgp_check(s, &digest, signer->algorithm, signer->key);
}

/* A self-signature or back-signature that may count. Returns 1, or 0 and why not as the complaint of
 * `about`. */
static int verify_statement(const OpenPgpSignature *s, const OpenPgpComponent *signer,
                            const OpenPgpComponent *primary, const OpenPgpComponent *subkey,
                            const Cursor *user_id, OpenPgpComponent *about) {
        int r;

        if (s->defect)
                return trust_refuse(&about->complaint, 0, "has a self-signature that %s", s->defect);

        const OpenPgpHashAlgorithm *a = openpgp_hash_algorithm(s->hash);
        if (!a || !a->is_accepted)
                return trust_refuse(&about->complaint, 0,
                                    "has a self-signature with %s, which is not accepted",
                                    a ? a->name : "an unknown hash algorithm");

        r = verify_over(s, signer, primary, subkey, user_id);
        if (r == -EKEYREJECTED)
                return trust_refuse(&about->complaint, 0, "has a self-signature that is wrong");
        return r < 0 ? r : 1;
}

static int add_statement(OpenPgpComponent *c, const OpenPgpSignature *s) {
        OpenPgpStatement *more = reallocarray(c->statements, c->n_statements + 1, sizeof(OpenPgpStatement));
        if (!more)
                return -ENOMEM;

        c->statements = more;
        c->statements[c->n_statements++] = (OpenPgpStatement) {
                .created = s->created,
                .lifetime = s->lifetime,
                .key_lifetime = s->key_lifetime,
                .key_flags = s->key_flags,
        };
        return 0;
}

/* A subkey that signs must say itself that it belongs to this primary key, or anybody could adopt it.
 * Returns 1 or 0. */
static int verify_back_signature(const OpenPgpSignature *binding, const OpenPgpComponent *primary,
                                 OpenPgpComponent *subkey) {
        OpenPgpSignature back;
        int r;

        if (!subkey->key || binding->embedded.n == 0)
                return trust_refuse(&subkey->complaint, 0, "has no back-signature");

        r = openpgp_signature_parse(binding->embedded, &back);
        if (r < 0)
                return r;
        if (back.type == OPENPGP_BACK_SIGNATURE && back.lifetime == 0 &&
            openpgp_component_matches(subkey, &back))
                r = verify_statement(&back, subkey, primary, subkey, /* user_id= */ NULL, subkey);
        else
                r = trust_refuse(&subkey->complaint, 0, "has no back-signature of its own");

        openpgp_signature_done(&back);
        return r;
}

static int take_binding(const OpenPgpComponent *primary, OpenPgpComponent *subkey,
                        const OpenPgpSignature *s) {
        int r;

        r = verify_statement(s, primary, primary, subkey, /* user_id= */ NULL, subkey);
        if (r > 0 && s->key_flags & OPENPGP_FLAG_SIGN)
                r = verify_back_signature(s, primary, subkey);
        return r > 0 ? add_statement(subkey, s) : r;
}

/* About the primary key itself (`user_id` is NULL) or as the owner of a user id. */
static int take_self_signature(OpenPgpComponent *primary, const Cursor *user_id, const OpenPgpSignature *s) {
        int r = verify_statement(s, primary, primary, /* subkey= */ NULL, user_id, primary);
        return r > 0 ? add_statement(primary, s) : r;
}

/* Counts however weak its hash and whatever else it says: who wants the key revoked shall have it. But it
 * must verify. */
static int take_revocation(const OpenPgpComponent *primary, OpenPgpComponent *c, const OpenPgpSignature *s) {
        int r;

        r = verify_over(s, primary, primary, c == primary ? NULL : c, /* user_id= */ NULL);
        if (r == -EKEYREJECTED)
                return 0;
        if (r < 0)
                return r;

        c->is_revoked = true;
        c->revocation_reason = s->revocation_reason;
        return 0;
}

static int take_user_id_revocation(Parser *p, const OpenPgpSignature *s) {
        int r;

        r = verify_over(s, primary_of(p), primary_of(p), /* subkey= */ NULL, &p->user_id);
        if (r == -EKEYREJECTED)
                return 0;
        if (r < 0)
                return r;

        p->revoked = MAX(p->revoked, s->created > 0 ? s->created : UINT32_MAX);
        return 0;
}

static int use_signature(Parser *p, const OpenPgpSignature *s) {
        switch (s->type) {
        case OPENPGP_CERTIFICATION ... OPENPGP_CERTIFICATION_LAST:
                return p->at == OPENPGP_TAG_USER_ID ? take_self_signature(primary_of(p), &p->user_id, s) : 0;
        case OPENPGP_CERTIFICATION_REVOCATION:
                return p->at == OPENPGP_TAG_USER_ID ? take_user_id_revocation(p, s) : 0;
        case OPENPGP_SUBKEY_BINDING:
                return p->at == OPENPGP_TAG_SUBKEY ? take_binding(primary_of(p), last_of(p), s) : 0;
        case OPENPGP_SUBKEY_REVOCATION:
                return p->at == OPENPGP_TAG_SUBKEY ? take_revocation(primary_of(p), last_of(p), s) : 0;
        case OPENPGP_DIRECT_KEY: return take_self_signature(primary_of(p), /* user_id= */ NULL, s);
        case OPENPGP_KEY_REVOCATION: return take_revocation(primary_of(p), primary_of(p), s);
        default: return 0;
        }
}

static int take_signature(Parser *p, Cursor body, char **reterr_why) {
        OpenPgpSignature s;
        int r;

        if (++p->n_signatures > OPENPGP_KEY_SIGNATURES_MAX)
                return trust_refuse(reterr_why, -EBADMSG, "has more than %u signatures",
                                    OPENPGP_KEY_SIGNATURES_MAX);

        r = openpgp_signature_parse(body, &s);
        if (r < 0)
                return r;

        if (s.material.n > 0 && openpgp_component_matches(primary_of(p), &s))
                r = use_signature(p, &s);

        openpgp_signature_done(&s);
        return r;
}

/* Reads the numbers; what is wrong becomes the defect. */
static int parse_material(OpenPgpComponent *c, Cursor material) {
        int r;

        const OpenPgpAlgorithm *a = openpgp_algorithm(c->algorithm);
        if (!a)
                return trust_refuse(&c->defect, 0, "has the unknown algorithm %u", c->algorithm);
        if (!a->parse_key)
                return trust_refuse(&c->defect, 0, "is of type %s, whose signatures are not accepted",
                                    a->name);

        r = a->parse_key(material, &c->key, &c->defect);
        return r == -EBADMSG ? 0 : r;
}

static void set_fingerprint(OpenPgpComponent *c) {
        Prefix prefix;
        Cursor head = key_prefix(c, &prefix);
        gcry_buffer_t parts[] = {
                { .data = (void *) head.p, .len = head.n },
                { .data = (void *) c->body.p, .len = c->body.n },
        };

        (void) gcry_md_hash_buffers(GCRY_MD_SHA1, 0, c->fingerprint, parts, ELEMENTSOF(parts));
}

static int take_component(Parser *p, Cursor body, char **reterr_why) {
        uint8_t version;

        if (p->key->n_components == ELEMENTSOF(p->key->components))
                return trust_refuse(reterr_why, -EBADMSG, "has more than %u subkeys", OPENPGP_SUBKEYS_MAX);

        OpenPgpComponent *c = &p->key->components[p->key->n_components++];
        c->body = body;
        if (!cursor_take_u8(&body, &version) || version != 4)
                return trust_refuse(&c->defect, 0, "is an OpenPGP key of another version than 4");
        if (!cursor_take_be32(&body, &c->created) || !cursor_take_u8(&body, &c->algorithm))
                return trust_refuse(&c->defect, 0, "is malformed");

        set_fingerprint(c);
        return parse_material(c, body);
}

/* At the end of the signatures behind a user id: drops those that were revoked, lists it if any is left. */
static int finish_user_id(Parser *p) {
        OpenPgpComponent *primary = primary_of(p);
        size_t kept = p->first_statement;

        if (p->at != OPENPGP_TAG_USER_ID)
                return 0;

        for (size_t i = p->first_statement; i < primary->n_statements; i++)
                if (primary->statements[i].created > p->revoked)
                        primary->statements[kept++] = primary->statements[i];
        primary->n_statements = kept;
        if (kept == p->first_statement)
                return 0;

        _cleanup_free_ char *escaped = str_escape(p->user_id.p, p->user_id.n, USER_ID_MAX);
        return escaped ? strv_add(&p->key->user_ids, escaped) : -ENOMEM;
}

static int take_packet(Parser *p, OpenPgpPacket packet, char **reterr_why) {
        int r;

        switch (packet.tag) {
        case OPENPGP_TAG_SIGNATURE: return take_signature(p, packet.body, reterr_why);
        case OPENPGP_TAG_KEY:
                return trust_refuse(reterr_why, -EBADMSG, "holds more than one key; use one file a key");
        case OPENPGP_TAG_SECRET_KEY:
        case OPENPGP_TAG_SECRET_SUBKEY:
                return trust_refuse(reterr_why, -EBADMSG, "holds a private key; export the public one");
        case OPENPGP_TAG_TRUST: return 0;
        case OPENPGP_TAG_USER_ID:
        case OPENPGP_TAG_USER_ATTRIBUTE:
        case OPENPGP_TAG_SUBKEY: break;
        default:
                if (openpgp_tag_is_ignored(packet.tag))
                        return 0;
                return trust_refuse(reterr_why, -EBADMSG,
                                    "holds an OpenPGP packet %u, which is no part of a key", packet.tag);
        }

        r = finish_user_id(p);
        if (r < 0)
                return r;

        p->at = packet.tag;
        if (packet.tag == OPENPGP_TAG_SUBKEY)
                return take_component(p, packet.body, reterr_why);
        if (packet.tag == OPENPGP_TAG_USER_ATTRIBUTE || packet.body.n > USER_ID_MAX)
                p->at = 0;
        p->user_id = packet.body;
        p->first_statement = primary_of(p)->n_statements;
        p->revoked = 0;
        return 0;
}

/* A key about which its owner says nothing cannot be used. */
static int settle(OpenPgpComponent *c, bool is_primary) {
        if (c->defect || c->n_statements > 0)
                return 0;

        c->defect = TAKE_PTR(c->complaint);
        if (c->defect)
                return 0;
        return trust_refuse(&c->defect, 0,
                            is_primary ? "has no self-signature" : "is not bound by its primary key");
}

static int parse_packets(Parser *p, char **reterr_why) {
        Cursor c = cursor_of(p->key->packets.data, p->key->packets.size);
        OpenPgpPacket packet;
        int r;

        r = openpgp_packet_take(&c, &packet, reterr_why);
        if (r < 0)
                return r;
        if (packet.tag == OPENPGP_TAG_SECRET_KEY)
                return trust_refuse(reterr_why, -EBADMSG, "holds a private key; export the public one");
        if (packet.tag != OPENPGP_TAG_KEY)
                return trust_refuse(reterr_why, -EBADMSG, "does not begin with a public key");
        r = take_component(p, packet.body, reterr_why);
        if (r < 0)
                return r;
        if (primary_of(p)->defect)
                return trust_refuse(reterr_why, -EBADMSG, "%s", primary_of(p)->defect);

        while (c.n > 0) {
                r = openpgp_packet_take(&c, &packet, reterr_why);
                if (r >= 0)
                        r = take_packet(p, packet, reterr_why);
                if (r < 0)
                        return r;
        }

        return finish_user_id(p);
}

int openpgp_key_parse(const void *data, size_t size, OpenPgpKey **ret, char **reterr_why) {
        int r;

        r = crypto_init();
        if (r < 0)
                return r;

        _cleanup_openpgp_key_ OpenPgpKey *key = calloc(1, sizeof(OpenPgpKey));
        if (!key)
                return -ENOMEM;
        r = armor_or_binary(cursor_of(data, size), "PGP PUBLIC KEY BLOCK", &key->packets, reterr_why);
        if (r < 0)
                return r;
        r = parse_packets(&(Parser) { .key = key }, reterr_why);
        if (r < 0)
                return r;

        for (size_t i = 0; i < key->n_components; i++) {
                r = settle(&key->components[i], i == 0);
                if (r < 0)
                        return r;
        }
        if (key->components[0].defect)
                return trust_refuse(reterr_why, -EBADMSG, "%s", key->components[0].defect);

        for (size_t i = 0; i < OPENPGP_FINGERPRINT_SIZE; i++)
                snprintf(key->fingerprint + 2 * i, 3, "%02X", key->components[0].fingerprint[i]);

        *ret = TAKE_PTR(key);
        return 0;
}

const OpenPgpComponent *openpgp_key_at(const OpenPgpKey *key, size_t i) {
        return i < key->n_components ? &key->components[i] : NULL;
}

const OpenPgpStatement *openpgp_component_statement(const OpenPgpComponent *c, uint64_t now) {
        const OpenPgpStatement *newest = NULL;

        for (size_t i = 0; i < c->n_statements; i++) {
                const OpenPgpStatement *s = &c->statements[i];

                if (s->created > now + OPENPGP_CLOCK_SKEW ||
                    (s->lifetime > 0 && (uint64_t) s->created + s->lifetime <= now))
                        continue;
                if (!newest || s->created > newest->created)
                        newest = s;
        }

        return newest;
}

const char *openpgp_key_fingerprint(const OpenPgpKey *key) {
        return key->fingerprint;
}

char *const *openpgp_key_user_ids(const OpenPgpKey *key) {
        return key->user_ids;
}
