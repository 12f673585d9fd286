/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the in-toto statement that cosign puts under the signature of a bundle.
 * Never: is shown bytes whose signature has not been verified; takes what was stated for another purpose.
 * Follows: in-toto attestation framework, spec/v1/statement.md and resource_descriptor.md. */

#include "basic/refuse.h"
#include "basic/str.h"
#include "image/json-table.h"
#include "image/pairs.h"
#include "trust/statement.h"

#define DEPTH_MAX 16U
#define STATEMENT_TYPE "https://in-toto.io/Statement/v1"

/* Scans and bills of material are signed with the same keys and have the same form. */
#define PREDICATE_TYPE "https://sigstore.dev/cosign/sign/v1"

typedef struct Subject {
        Pairs digests; /* of one thing: "sha256" and hex, … */
} Subject;

typedef struct Statement {
        char *type;
        char *predicate_type;
        Subject *subjects;
        size_t n_subjects;
} Statement;

static void statement_done(Statement *s) {
        for (size_t i = 0; i < s->n_subjects; i++)
                pairs_done(&s->subjects[i].digests);
        free(s->subjects);
        free(s->type);
        free(s->predicate_type);
}

static int check_text(const Json *value, void *member, const JsonPath *at) {
        return json_text(value) ? 0 : json_refuse(at, "not a string");
}

static int check_object(const Json *value, void *member, const JsonPath *at) {
        return json_kind(value) == JSON_KIND_OBJECT ? 0 : json_refuse(at, "not an object");
}

/* What cosign writes, and a name, which says nothing about where an image is. */
static int decode_subject(const Json *value, void *member, const JsonPath *at) {
        static const JsonField fields[] = {
                { "name", check_text },
                { "digest", json_decode_map, offsetof(Subject, digests), JSON_MANDATORY },
                { "annotations", check_object },
                JSON_CLOSED,
        };

        return json_decode_object(value, fields, member, at);
}

/* Some versions of cosign leave the predicate out; it says nothing anyway. */
static int decode_statement(const Json *value, void *target, const JsonPath *at) {
        static const JsonField fields[] = {
                { "_type", json_decode_string, offsetof(Statement, type), JSON_MANDATORY },
                { "predicateType", json_decode_string, offsetof(Statement, predicate_type), JSON_MANDATORY },
                { "subject", decode_subject, offsetof(Statement, subjects), JSON_MANDATORY,
                  JSON_ITEMS(Statement, subjects) },
                { "predicate", check_object },
                JSON_CLOSED,
        };

        return json_decode_object(value, fields, target, at);
}

static bool names_digest(const Statement *s, const Digest *digest) {
        char text[DIGEST_TEXT_MAX];

        digest_format(digest, text);
        char *hex = strchr(text, ':');
        *hex++ = '\0';
        for (size_t i = 0; i < s->n_subjects; i++) {
                const char *found = pairs_get(&s->subjects[i].digests, text);
                if (found && streq(found, hex))
                        return true;
        }

        return false;
}

static int refuse_digest(const Statement *s, char **reterr_why) {
        _cleanup_free_ char *text = NULL;

        if (s->n_subjects == 0 || s->subjects[0].digests.n == 0)
                return refuse(reterr_why, -EPERM, "signs no digest");

        const Pair *first = &s->subjects[0].digests.items[0];
        int r = str_printf(&text, "%s:%s", first->name, first->value);
        return r < 0 ? r : refuse_quoting(reterr_why, -EPERM, "signs another digest", text);
}

static int check_statement(const Statement *s, const ClaimWanted *wanted, size_t *ret_digest,
                           char **reterr_why) {
        if (!streq(s->type, STATEMENT_TYPE))
                return refuse_quoting(reterr_why, -EPERM, "signs a statement of an unknown type", s->type);
        if (!streq(s->predicate_type, PREDICATE_TYPE))
                return refuse_quoting(reterr_why, -EPERM, "signs something else than a container image",
                                      s->predicate_type);
        if (wanted->signed_name == RULE_SIGNED_NAME_EXACT)
                return refuse(reterr_why, -EPERM,
                              "does not say the image's name, and SignedName=exact asks for it");

        for (size_t i = 0; i < wanted->n_digests; i++)
                if (names_digest(s, &wanted->digests[i])) {
                        *ret_digest = i;
                        return 0;
                }

        return refuse_digest(s, reterr_why);
}

int statement_check(Cursor payload, const ClaimWanted *wanted, size_t *ret_digest, char **reterr_why) {
        _cleanup_(statement_done) Statement statement = {};
        _cleanup_json_ Json *json = NULL;
        _cleanup_free_ char *why = NULL;

        int r = json_parse_shallow(payload.p, payload.n, DEPTH_MAX, &json, &why);
        if (r >= 0)
                r = json_decode(json, decode_statement, &statement, &why);
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                return refuse(reterr_why, -EPERM, "signs what is no in-toto statement: %s", why);

        return check_statement(&statement, wanted, ret_digest, reterr_why);
}
