/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the decision whether an image may run here.
 * Never: lets a signature that does not help stand against one that does; admits without a rule that says so.
 * Follows: DESIGN.md section 4. */

#include <stdarg.h>
#include <stdio.h>

#include "basic/refuse.h"
#include "basic/str.h"
#include "trust/bundle.h"
#include "trust/cosign.h"
#include "trust/judge.h"
#include "trust/openpgp-verify.h"
#include "trust/simple-signing.h"

#define SOURCE_MAX 256U /* of a URL or path in a message */

/* Whom and what we look for in the signatures. */
typedef struct Search {
        TrustKey *const *keys;
        size_t n_keys;
        size_t threshold;          /* so many different keys */
        bool any_document;         /* no image is known yet: detached signatures only */
        const ClaimWanted *wanted; /* NULL then */
        uint64_t now;
} Search;

const char *trust_signature_kind_to_string(TrustSignatureKind kind) {
        static const char *const names[] = {
                [TRUST_SIGNATURE_COSIGN] = "cosign",
                [TRUST_SIGNATURE_BUNDLE] = "bundle",
                [TRUST_SIGNATURE_SIMPLE] = "simple-signing",
                [TRUST_SIGNATURE_OPENPGP] = "openpgp",
        };

        return names[kind];
}

/* What did not fit ends in a mark, and not in the middle of a character. */
static void mark_cut(char *text, size_t size) {
        static const char mark[] = "…";
        size_t end = size - sizeof(mark);

        while (end > 0 && ((uint8_t) text[end] & 0xc0) == 0x80)
                end--;
        memcpy(text + end, mark, sizeof(mark));
}

static void put(char *text, size_t size, const char *value) {
        if ((size_t) snprintf(text, size, "%s", value) >= size)
                mark_cut(text, size);
}

static void _printf_(2, 3) add_reason(TrustRecord *record, const char *format, ...) {
        size_t n = strlen(record->reason), room = sizeof(record->reason) - n;
        va_list ap;

        va_start(ap, format);
        int length = vsnprintf(record->reason + n, room, format, ap);
        va_end(ap);

        if (length < 0 || (size_t) length >= room)
                mark_cut(record->reason, sizeof(record->reason));
}

/* Escapes up to SOURCE_MAX bytes. */
static void add_foreign(TrustRecord *record, const char *text) {
        _cleanup_free_ char *escaped = str_escape(text, strlen(text), SOURCE_MAX);
        add_reason(record, "'%s'", escaped ? escaped : "?");
}

static int try_pem(const Search *search, const TrustSignature *s, const PemKey *key, TrustAttempt *attempt,
                   char **why) {
        size_t digest = 0;
        int r;

        if (!key || search->any_document)
                return -ENOKEY;

        if (s->kind == TRUST_SIGNATURE_BUNDLE)
                r = bundle_verify(key, s->data, search->wanted, &digest, why);
        else
                r = cosign_verify(key, s->data, s->base64, search->wanted, &digest, why);
        if (r >= 0)
                attempt->digest = digest;
        return r;
}

static int try_simple(const Search *search, const TrustSignature *s, const OpenPgpKey *key,
                      TrustAttempt *attempt, char **why) {
        SimpleSigned answer;
        int r;

        if (!key || search->any_document)
                return -ENOKEY;

        r = simple_signing_verify(key, s->data, search->now, search->wanted, &answer, why);
        if (r < 0)
                return r;

        attempt->digest = answer.digest;
        attempt->signed_at = answer.signed_at;
        return 0;
}

static int try_detached(const Search *search, const TrustSignature *s, const OpenPgpKey *key,
                        TrustAttempt *attempt, char **why) {
        static const OpenPgpDigest none = {};
        int r;

        if (!s->openpgp)
                return refuse(why, -EBADMSG, "%s", s->defect);
        if (!key)
                return -ENOKEY;

        /* Without a document openpgp_verify() finds the reason in the signature itself; no signature is on all zeros. */
        r = openpgp_verify(s->openpgp, s->has_document ? &s->document : &none, key, search->now, why);
        if (r >= 0)
                attempt->signed_at = s->openpgp->created;
        return r;
}

static int try_key(const Search *search, const TrustSignature *s, const TrustKey *key, TrustAttempt *attempt,
                   char **why) {
        switch (s->kind) {
        case TRUST_SIGNATURE_COSIGN:
        case TRUST_SIGNATURE_BUNDLE: return try_pem(search, s, trust_key_pem(key), attempt, why);
        case TRUST_SIGNATURE_SIMPLE: return try_simple(search, s, trust_key_openpgp(key), attempt, why);
        case TRUST_SIGNATURE_OPENPGP: return try_detached(search, s, trust_key_openpgp(key), attempt, why);
        default: return -EOPNOTSUPP;
        }
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

/* Tries one signature with all keys, until it turns out to be none at all. Returns 0 and whose it is, or the failure that
 * says most with its text. */
static int try_keys(const Search *search, const TrustSignature *s, TrustAttempt *attempt,
                    const TrustKey **ret_key, char **reterr_why) {
        int r, best = 0;

        for (size_t i = 0; i < search->n_keys && best != -EBADMSG; i++) {
                const TrustKey *key = search->keys[i];
                _cleanup_free_ char *why = NULL;

                r = try_key(search, s, key, attempt, &why);
                if (r == -ENOMEM)
                        return r;
                if (r >= 0) {
                        put(attempt->fingerprint, sizeof(attempt->fingerprint), trust_key_fingerprint(key));
                        put(attempt->algorithm, sizeof(attempt->algorithm), trust_key_algorithm(key));
                        *ret_key = key;
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
        return refuse(reterr_why, -ENOKEY, "needs %s, and none is trusted here",
                      s->kind == TRUST_SIGNATURE_COSIGN || s->kind == TRUST_SIGNATURE_BUNDLE
                                      ? "a PEM key"
                                      : "an OpenPGP key");
}

/* Whom it claims to be by: not believed, but people want to know. Empty if it does not say. */
static void name_key(const TrustSignature *s, char ret[static TRUST_KEY_ID_MAX]) {
        char id[OPENPGP_KEY_ID_TEXT_MAX] = "";
        _cleanup_free_ char *hint = NULL;

        if (s->kind == TRUST_SIGNATURE_OPENPGP && s->openpgp)
                openpgp_signature_issuer(s->openpgp, id);
        else if (s->kind == TRUST_SIGNATURE_SIMPLE)
                (void) simple_signing_issuer(s->data, id);
        else if (s->kind == TRUST_SIGNATURE_BUNDLE)
                (void) bundle_key_hint(s->data, &hint);

        put(ret, TRUST_KEY_ID_MAX, hint ? hint : id);
}

/* The key that made it, or NULL. */
static const TrustKey *try_signature(const Search *search, const TrustSignature *s, TrustAttempt *ret) {
        TrustAttempt attempt = { .number = s->number, .kind = s->kind };
        _cleanup_free_ char *why = NULL;
        const TrustKey *key = NULL;

        name_key(s, attempt.key_id);
        int r = try_keys(search, s, &attempt, &key, &why);
        if (r >= 0)
                attempt.good = 1;
        else
                put(attempt.reason, sizeof(attempt.reason), why ? why : "out of memory");

        *ret = attempt;
        return key;
}

/* Two signatures by one key are worth one. */
static bool is_new_key(const TrustKey *const *signers, size_t n, const TrustKey *key) {
        for (size_t i = 0; i < n; i++)
                if (trust_key_is_same(signers[i], key))
                        return false;
        return true;
}

static void explain_failure(const TrustSignature *signatures, TrustRecord *record) {
        const char *separator = "";

        if (record->n_keys > 0)
                add_reason(record,
                           "%u of the %u keys that are required have signed it; no other signature is good",
                           record->n_keys, record->threshold);
        else
                add_reason(record, "none of its signatures is good");
        for (size_t i = 0; i < record->n_attempts; i++) {
                const TrustAttempt *attempt = &record->attempts[i];

                if (attempt->good)
                        continue;
                add_reason(record, "%s ", *separator ? separator : ":");
                add_foreign(record, signatures[i].source);
                add_reason(record, " %s", attempt->reason);
                separator = ";";
        }
}

/* Admits if enough keys have signed. */
static void search_signatures(const Search *search, const TrustSignature *signatures, size_t n,
                              TrustRecord *record) {
        const TrustKey *signers[TRUST_SIGNATURES_MAX];

        record->threshold = search->threshold;
        if (search->n_keys == 0) {
                add_reason(record, "there is no key to verify its signatures with");
                return;
        }

        for (size_t i = 0; i < n && i < TRUST_SIGNATURES_MAX && record->n_keys < search->threshold; i++) {
                const TrustKey *key = try_signature(search, &signatures[i],
                                                    &record->attempts[record->n_attempts++]);
                if (key && is_new_key(signers, record->n_keys, key))
                        signers[record->n_keys++] = key;
        }

        if (record->n_keys >= search->threshold)
                record->admitted = 1;
        else
                explain_failure(signatures, record);
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
                add_reason(record, "it has no signature, and the rule for '%s' in '%s' requires one%s",
                           rule->prefix, rule->file,
                           search->wanted->n_digests > 0
                                           ? "; gantry-registries.d(5) says where they are looked for"
                                           : "");
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
        add_foreign(record, subject->text);
        add_reason(record, " is not");
}

static void judge_by_rule(const Rule *rule, TrustKey *const *keys, size_t n_keys,
                          const TrustSubject *subject, const TrustSignature *signatures, size_t n,
                          uint64_t now, TrustRecord *record) {
        const ClaimWanted wanted = {
                .digests = subject->digests,
                .n_digests = subject->n_digests,
                .signed_name = rule->signed_name,
                .reference = subject->reference,
        };
        const Search search = {
                .keys = keys,
                .n_keys = n_keys,
                .threshold = rule->threshold,
                .wanted = &wanted,
                .now = now,
        };

        switch (rule->require) {
        case RULE_REQUIRE_SIGNATURE: judge_by_signature(rule, &search, signatures, n, record); break;
        case RULE_REQUIRE_DIGEST: judge_by_digest(rule, subject, record); break;
        case RULE_REQUIRE_NOTHING: record->admitted = 1; break;
        }

        if (!record->admitted && !rule->enforce)
                record->admitted = record->unenforced = 1;
}

void trust_judge(const Rule *rule, TrustKey *const *keys, size_t n_keys, const TrustSubject *subject,
                 const TrustSignature *signatures, size_t n_signatures, uint64_t now, TrustRecord *ret) {
        *ret = (TrustRecord) {
                .magic = TRUST_RECORD_MAGIC,
                .require = rule ? rule->require : RULE_REQUIRE_SIGNATURE,
        };

        if (!rule) {
                add_reason(ret, "no trust rule covers ");
                add_foreign(ret, subject->name);
                add_command(ret, subject->name);
        } else if (rule->broken) {
                add_reason(ret, "the trust rule that governs ");
                add_foreign(ret, subject->name);
                add_reason(ret, " cannot be used: %s", rule->broken);
        } else
                judge_by_rule(rule, keys, n_keys, subject, signatures, n_signatures, now, ret);
}

void trust_judge_stage1(const Rule *rule, unsigned stage1s, TrustRecord *record) {
        char asked[RULE_STAGE1_TEXT_MAX], allowed[RULE_STAGE1_TEXT_MAX], needed[RULE_STAGE1_TEXT_MAX];

        if (!record->admitted || (stage1s & ~rule->allow_stage1) == 0)
                return;

        const RulePlace *place = &rule->places[RULE_ALLOW_STAGE1];
        rule_stage1_format(stage1s, asked);
        rule_stage1_format(rule->allow_stage1, allowed);
        rule_stage1_format(rule->allow_stage1 | stage1s, needed);
        record->admitted = record->unenforced = 0;
        record->reason[0] = '\0';
        add_reason(record, "the rule for '%s' in '%s' does not allow stage1 %s, but %s; ", rule->prefix,
                   rule->file, asked, allowed);
        if (place->file)
                add_reason(record, "line %u of '%s' would with AllowStage1=%s", place->line, place->file,
                           needed);
        else
                add_reason(record, "a line AllowStage1=%s in it would", needed);
}

void trust_judge_signer(TrustKey *const *keys, size_t n_keys, const TrustSignature *signatures,
                        size_t n_signatures, uint64_t now, TrustRecord *ret) {
        const Search search = {
                .keys = keys,
                .n_keys = n_keys,
                .threshold = 1,
                .any_document = true,
                .now = now,
        };

        *ret = (TrustRecord) { .magic = TRUST_RECORD_MAGIC, .require = RULE_REQUIRE_SIGNATURE };
        if (n_signatures == 0)
                add_reason(ret, "it has no signature");
        else
                search_signatures(&search, signatures, n_signatures, ret);
}

const TrustAttempt *trust_record_next_good(const TrustRecord *record, size_t *i) {
        while (*i < record->n_attempts) {
                const TrustAttempt *attempt = &record->attempts[(*i)++];
                if (attempt->good)
                        return attempt;
        }

        return NULL;
}

static bool is_text(const char *field, size_t size) {
        return memchr(field, '\0', size);
}

/* A good attempt says whose, another one why not. */
static bool attempt_is_sound(const TrustAttempt *a) {
        return a->kind < _TRUST_SIGNATURE_KIND_MAX && a->good <= 1 &&
               is_text(a->key_id, sizeof(a->key_id)) && is_text(a->fingerprint, sizeof(a->fingerprint)) &&
               is_text(a->algorithm, sizeof(a->algorithm)) && is_text(a->reason, sizeof(a->reason)) &&
               (a->good ? a->fingerprint : a->reason)[0] != '\0';
}

int trust_record_check(const TrustRecord *r) {
        bool is_signed = r->threshold > 0 && r->n_keys >= r->threshold;

        if (r->magic != TRUST_RECORD_MAGIC || r->admitted > 1 || r->unenforced > r->admitted ||
            r->require > RULE_REQUIRE_NOTHING || r->n_attempts > TRUST_SIGNATURES_MAX ||
            r->n_keys > r->n_attempts || !is_text(r->reason, sizeof(r->reason)))
                return -EBADMSG;
        for (size_t i = 0; i < r->n_attempts; i++)
                if (!attempt_is_sound(&r->attempts[i]))
                        return -EBADMSG;

        /* A refusal says why, also one that is not enforced; an admission has what the rule requires. */
        if ((!r->admitted || r->unenforced) != (r->reason[0] != '\0'))
                return -EBADMSG;
        if (r->admitted && !r->unenforced && r->require == RULE_REQUIRE_SIGNATURE && !is_signed)
                return -EBADMSG;
        return 0;
}
