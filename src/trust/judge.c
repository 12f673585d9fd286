/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the decision whether an image may run here.
 * Never: lets a signature that does not help stand against one that does; admits without a rule that says so.
 * Follows: DESIGN.md section 4. */

#include <stdarg.h>
#include <stdio.h>

#include "basic/str.h"
#include "trust/cosign.h"
#include "trust/judge.h"
#include "trust/openpgp-verify.h"
#include "trust/refuse.h"

#define SOURCE_MAX 256U /* of a URL or path in a message */

/* Whom and what we look for in the signatures. */
typedef struct Search {
        TrustKey *const *keys;
        size_t n_keys;
        const TrustSubject *subject; /* NULL: any document, OpenPGP only */
        const char *name;            /* that a payload must name; NULL: any */
        uint64_t now;
} Search;

static void record_init(TrustRecord *record, RuleRequire require) {
        *record = (TrustRecord) { .magic = TRUST_RECORD_MAGIC, .require = require, .signature = UINT32_MAX };
}

/* Adds to the reason; a mark at the end says that it did not fit. */
static void _printf_(2, 3) add_reason(TrustRecord *record, const char *format, ...) {
        size_t n = strlen(record->reason), room = sizeof(record->reason) - n;
        static const char mark[] = "…";
        va_list ap;

        va_start(ap, format);
        int length = vsnprintf(record->reason + n, room, format, ap);
        va_end(ap);

        if (length < 0 || (size_t) length >= room) {
                size_t end = sizeof(record->reason) - sizeof(mark);
                while (end > 0 && ((uint8_t) record->reason[end] & 0xc0) == 0x80)
                        end--; /* not in the middle of a character */
                memcpy(record->reason + end, mark, sizeof(mark));
        }
}

/* Escapes up to SOURCE_MAX bytes. */
static void add_foreign(TrustRecord *record, const char *text) {
        _cleanup_free_ char *escaped = str_escape(text, strlen(text), SOURCE_MAX);
        add_reason(record, "'%s'", escaped ? escaped : "?");
}

static int try_cosign(const Search *search, const TrustSignature *s, const TrustKey *key,
                      TrustRecord *record, char **why) {
        const PemKey *pem = trust_key_pem(key);
        size_t digest;
        int r;

        if (!pem || !search->subject)
                return -ENOKEY;

        r = cosign_verify(pem, s->payload, s->payload_size, s->base64, search->subject->digests,
                          search->subject->n_digests, search->name, &digest, why);
        if (r >= 0)
                record->digest = digest;
        return r;
}

static int try_openpgp(const Search *search, const TrustSignature *s, const TrustKey *key,
                       TrustRecord *record, char **why) {
        static const Digest none = {};
        int r;

        if (!trust_key_openpgp(key))
                return -ENOKEY;

        /* Without a document openpgp_verify() finds the reason in the signature itself; no signature is on all zeros. */
        r = openpgp_verify(s->openpgp, s->has_document ? &s->document : &none, trust_key_openpgp(key),
                           search->now, why);
        if (r >= 0)
                record->signed_at = s->openpgp->created;
        return r;
}

/* How much a failure says: a key that has nothing to do with the signature says least, a good signature on
 * something else or by an expired key says most. */
static int weight(int error) {
        switch (error) {
        case -ENOKEY: return 0;
        case -EKEYREJECTED: return 1;
        default: return 2;
        }
}

/* Tries one signature with all keys. Returns 0, or the failure that says most with its text. */
static int try_signature(const Search *search, const TrustSignature *s, TrustRecord *record,
                         char **reterr_why) {
        int r, best = 0;

        for (size_t i = 0; i < search->n_keys; i++) {
                const TrustKey *key = search->keys[i];
                _cleanup_free_ char *why = NULL;

                if (s->kind == TRUST_SIGNATURE_COSIGN)
                        r = try_cosign(search, s, key, record, &why);
                else
                        r = try_openpgp(search, s, key, record, &why);
                if (r == -ENOMEM)
                        return r;
                if (r >= 0) {
                        snprintf(record->fingerprint, sizeof(record->fingerprint), "%s",
                                 trust_key_fingerprint(key));
                        snprintf(record->algorithm, sizeof(record->algorithm), "%s",
                                 trust_key_algorithm(key));
                        return 0;
                }
                if (why && (best == 0 || weight(r) > weight(best))) {
                        best = r;
                        free(*reterr_why);
                        *reterr_why = TAKE_PTR(why);
                }
        }

        if (best < 0)
                return best;
        return trust_refuse(reterr_why, -ENOKEY, "needs %s, and none is trusted here",
                            s->kind == TRUST_SIGNATURE_COSIGN ? "a PEM key" : "an OpenPGP key");
}

/* Admits if one of the signatures is good. */
static void search_signatures(const Search *search, const TrustSignature *signatures, size_t n,
                              TrustRecord *record) {
        int r;

        if (search->n_keys == 0) {
                add_reason(record, "there is no key to verify its signatures with");
                return;
        }

        add_reason(record, "none of its signatures is good: ");
        for (size_t i = 0; i < n && i < TRUST_SIGNATURES_MAX; i++) {
                _cleanup_free_ char *why = NULL;

                r = try_signature(search, &signatures[i], record, &why);
                if (r >= 0) {
                        record->admitted = 1;
                        record->signature = i;
                        record->reason[0] = '\0';
                        return;
                }

                add_reason(record, "%s", i > 0 ? "; " : "");
                add_foreign(record, signatures[i].source);
                add_reason(record, " %s", why ? why : "out of memory");
        }
}

/* The prefix of a command line: quoted if the shell would see something in it. */
static void add_command(TrustRecord *record, const char *name) {
        bool plain = in_charset(name, LOWERCASE UPPERCASE DIGITS "._~/:@-");

        add_reason(record, "; to trust who signs it: gantry trust add --prefix=");
        if (plain)
                add_reason(record, "%s", name);
        else
                add_foreign(record, name);
        add_reason(record, " KEYFILE");
}

static void judge_by_signature(const Rule *rule, const Search *search, const TrustSignature *signatures,
                               size_t n, TrustRecord *record) {
        if (n == 0) {
                add_reason(record, "it has no signature, and the rule for '%s' in '%s' requires one",
                           rule->prefix, rule->file);
                return;
        }

        search_signatures(search, signatures, n, record);
}

static void judge_by_digest(const Rule *rule, const TrustSubject *subject, TrustRecord *record) {
        if (subject->pinned) {
                record->admitted = 1;
                return;
        }

        add_reason(record, "the rule for '%s' in '%s' admits only references pinned by digest, which ",
                   rule->prefix, rule->file);
        add_foreign(record, subject->reference);
        add_reason(record, " is not");
}

void trust_judge(const Rule *rule, TrustKey *const *keys, size_t n_keys, const TrustSubject *subject,
                 const TrustSignature *signatures, size_t n_signatures, uint64_t now, TrustRecord *ret) {
        record_init(ret, rule ? rule->require : RULE_REQUIRE_SIGNATURE);

        if (!rule) {
                add_reason(ret, "no trust rule covers ");
                add_foreign(ret, subject->name);
                add_command(ret, subject->name);
                return;
        }
        if (rule->broken) {
                add_reason(ret, "the trust rule that governs ");
                add_foreign(ret, subject->name);
                add_reason(ret, " cannot be used: %s", rule->broken);
                return;
        }

        const Search search = {
                .keys = keys,
                .n_keys = n_keys,
                .subject = subject,
                .name = rule->signed_name == RULE_SIGNED_NAME_ANY ? NULL : subject->name,
                .now = now,
        };
        switch (rule->require) {
        case RULE_REQUIRE_SIGNATURE: judge_by_signature(rule, &search, signatures, n_signatures, ret); break;
        case RULE_REQUIRE_DIGEST: judge_by_digest(rule, subject, ret); break;
        case RULE_REQUIRE_NOTHING: ret->admitted = 1; break;
        }
}

void trust_judge_signer(TrustKey *const *keys, size_t n_keys, const TrustSignature *signatures,
                        size_t n_signatures, uint64_t now, TrustRecord *ret) {
        const Search search = { .keys = keys, .n_keys = n_keys, .now = now };

        record_init(ret, RULE_REQUIRE_SIGNATURE);
        if (n_signatures == 0)
                add_reason(ret, "it has no signature");
        else
                search_signatures(&search, signatures, n_signatures, ret);
}

static bool is_text(const char *field, size_t size) {
        return memchr(field, '\0', size);
}

int trust_record_check(const TrustRecord *r) {
        if (r->magic != TRUST_RECORD_MAGIC || r->admitted > 1 || r->require > RULE_REQUIRE_NOTHING ||
            !is_text(r->fingerprint, sizeof(r->fingerprint)) ||
            !is_text(r->algorithm, sizeof(r->algorithm)) || !is_text(r->reason, sizeof(r->reason)))
                return -EBADMSG;

        /* A refusal says why; an admission by signature says whose. */
        if (!r->admitted && r->reason[0] == '\0')
                return -EBADMSG;
        if (r->admitted && r->require == RULE_REQUIRE_SIGNATURE &&
            (r->signature == UINT32_MAX || r->fingerprint[0] == '\0'))
                return -EBADMSG;
        return 0;
}
