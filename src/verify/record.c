/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the words and records of a verdict.
 * Never: decides; prints foreign text unescaped.
 * Follows: DESIGN.md section 4. */

#include <stdio.h>
#include <time.h>

#include "basic/cli.h"
#include "basic/journal.h"
#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "image/hasher.h"
#include "verify/record.h"

/* The catalog has texts for these. */
#define MESSAGE_ADMITTED "5f7a9d3c6b1e4d0f8a2c7e94b3d65018"
#define MESSAGE_REFUSED "c21b08e6f4a94f6b9d37a5e0816c4d72"
#define MESSAGE_UNENFORCED "8e4d1f60a7b34c0c9f52d6b3e81a7c95"

#define SOURCE_MAX 4096U

static const char *rule_prefix(const Rule *rule) {
        return rule && rule->prefix ? rule->prefix : "";
}

static const char *rule_file(const Rule *rule) {
        return rule ? rule->file : "";
}

static const char *verdict_of(const TrustRecord *r) {
        return !r->admitted    ? "refused"
               : r->unenforced ? "admitted, but the rule is not enforced"
                               : "admitted";
}

static const StoredSignature *signature_of(const Judged *j, const TrustAttempt *a) {
        return a->number < j->evidence->n_signatures ? &j->evidence->signatures[a->number] : NULL;
}

static int set_source(Json *object, const Judged *j, const TrustAttempt *a) {
        const StoredSignature *s = signature_of(j, a);
        char digest[DIGEST_TEXT_MAX];
        Digest of_file;

        if (!s)
                return -EBADMSG;
        _cleanup_free_ char *source = str_escape(s->source, strlen(s->source), SOURCE_MAX);
        if (!source)
                return -ENOMEM;

        int r = digest_of(DIGEST_SHA256, s->signature.data, s->signature.size, &of_file);
        if (r < 0)
                return r;
        digest_format(&of_file, digest);

        r = json_set_string(object, "source", source);
        return r < 0 ? r : json_set_string(object, "digest", digest);
}

static int set_result(Json *object, const TrustAttempt *a) {
        int r = 0;

        if (a->key_id[0])
                r = json_set_string(object, "keyId", a->key_id);
        if (r >= 0)
                r = json_set_bool(object, "good", a->good);
        if (r >= 0 && !a->good)
                return json_set_string(object, "reason", a->reason);

        if (r >= 0)
                r = json_set_string(object, "key", a->fingerprint);
        if (r >= 0)
                r = json_set_string(object, "algorithm", a->algorithm);
        if (r >= 0 && a->signed_at > 0)
                r = json_set_int(object, "signed", a->signed_at);
        return r;
}

static int add_attempt(Json *array, const Judged *j, const TrustAttempt *a) {
        _cleanup_json_ Json *object = json_new_object();
        if (!object)
                return -ENOMEM;

        int r = json_set_string(object, "kind", trust_signature_kind_to_string(a->kind));
        if (r >= 0)
                r = set_source(object, j, a);
        if (r >= 0)
                r = set_result(object, a);
        return r < 0 ? r : json_append(array, TAKE_PTR(object));
}

static int set_attempts(Json *object, const Judged *j) {
        _cleanup_json_ Json *array = json_new_array();
        int r = array ? 0 : -ENOMEM;

        for (size_t i = 0; r >= 0 && i < j->answer->record.n_attempts; i++)
                r = add_attempt(array, j, &j->answer->record.attempts[i]);

        return r < 0 ? r : json_set(object, "signatures", TAKE_PTR(array));
}

static int set_image(Json *object, const Judged *j) {
        char text[DIGEST_TEXT_MAX];
        int r = 0;

        if (j->id) {
                digest_format_id(j->id, text);
                r = json_set_string(object, "id", text);
        }
        if (r >= 0)
                r = json_set_string(object, "reference", j->reference);
        return r < 0 ? r : json_set_string(object, "name", j->name);
}

static int set_rule(Json *object, const Judged *j) {
        const TrustRecord *record = &j->answer->record;
        char stage1s[RULE_STAGE1_TEXT_MAX];

        if (!j->rule)
                return 0;

        int r = json_set_string(object, "rule", rule_file(j->rule));
        if (r >= 0)
                r = json_set_string(object, "prefix", rule_prefix(j->rule));
        if (r >= 0)
                r = json_set_string(object, "require", rule_require_to_string(record->require));
        if (r >= 0 && record->threshold > 1)
                r = json_set_int(object, "threshold", record->threshold);
        if (r < 0)
                return r;

        rule_stage1_format(j->rule->allow_stage1, stage1s);
        return json_set_string(object, "allowStage1", stage1s);
}

static int set_verdict(Json *object, const TrustRecord *record) {
        int r = json_set_bool(object, "admitted", record->admitted);

        if (r >= 0 && record->unenforced)
                r = json_set_bool(object, "enforced", false);
        if (r >= 0 && record->reason[0])
                r = json_set_string(object, "reason", record->reason);
        return r < 0 ? r : json_set_int(object, "time", time(NULL));
}

int record_json(const Judged *j, Json **ret) {
        _cleanup_json_ Json *object = json_new_object();
        if (!object)
                return -ENOMEM;

        int r = set_image(object, j);
        if (r >= 0)
                r = set_rule(object, j);
        if (r >= 0)
                r = set_attempts(object, j);
        if (r >= 0)
                r = set_verdict(object, &j->answer->record);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(object);
        return 0;
}

/* All keys that counted, with blanks between them. */
static int list_keys(const TrustRecord *record, char **ret) {
        _cleanup_free_ char *text = NULL;
        const TrustAttempt *a;
        int r = str_copy("", &text);

        for (size_t i = 0; r >= 0 && (a = trust_record_next_good(record, &i));) {
                _cleanup_free_ char *before = TAKE_PTR(text);
                r = str_printf(&text, "%s%s%s", before, before[0] ? " " : "", a->fingerprint);
        }
        if (r < 0)
                return r;

        *ret = TAKE_PTR(text);
        return 0;
}

bool record_is_worth_logging(const Judged *j) {
        const TrustRecord *record = &j->answer->record;
        return record->reason[0] || record->require == RULE_REQUIRE_NOTHING;
}

void record_log(const Judged *j) {
        const TrustRecord *record = &j->answer->record;
        const char *id = !record->admitted    ? MESSAGE_REFUSED
                         : record->unenforced ? MESSAGE_UNENFORCED
                                              : MESSAGE_ADMITTED;
        const char *what = !record->admitted    ? "Refused"
                           : record->unenforced ? "Would have refused (Enforce=no)"
                                                : "Admitted";
        _cleanup_free_ char *keys = NULL;
        _cleanup_strv_ char **fields = NULL;

        int r = list_keys(record, &keys);
        if (r >= 0)
                r = strv_addf(&fields, "MESSAGE=%s image '%s'%s%s", what, j->reference,
                              record->reason[0] ? ": " : "", record->reason);
        if (r >= 0)
                r = strv_addf(&fields, "MESSAGE_ID=%s", id);
        if (r >= 0)
                r = strv_addf(&fields, "PRIORITY=%d", record->reason[0] ? LOG_WARNING : LOG_INFO);
        if (r >= 0)
                r = strv_add(&fields, "SYSLOG_IDENTIFIER=gantry-verify");
        if (r >= 0)
                r = strv_addf(&fields, "GANTRY_IMAGE=%s", j->name ? j->name : j->reference);
        if (r >= 0)
                r = strv_addf(&fields, "GANTRY_RULE=%s", rule_file(j->rule));
        if (r >= 0)
                r = strv_addf(&fields, "GANTRY_PREFIX=%s", rule_prefix(j->rule));
        if (r >= 0)
                r = strv_addf(&fields, "GANTRY_KEY=%s", keys);
        if (r >= 0)
                (void) journal_send(fields);
}

int record_refuse(const Judged *j) {
        return log_error_errno(-EACCES, "Refused image '%s': %s", j->reference, j->answer->record.reason);
}

static void print_attempt(const Judged *j, const TrustAttempt *a) {
        const StoredSignature *s = signature_of(j, a);
        _cleanup_free_ char *source = s ? str_escape(s->source, strlen(s->source), SOURCE_MAX) : NULL;

        printf("  Signature  %s (%s)\n", source ? source : "?", trust_signature_kind_to_string(a->kind));
        if (a->good)
                printf("             good: by %s key %s\n", a->algorithm, a->fingerprint);
        else
                printf("             no good: %s%s%s%s\n", a->key_id[0] ? "by " : "", a->key_id,
                       a->key_id[0] ? "; it " : "it ", a->reason);
}

static void print_rule(const Judged *j) {
        const TrustRecord *record = &j->answer->record;
        char stage1s[RULE_STAGE1_TEXT_MAX];

        if (!j->rule) {
                puts(j->name ? "  Rule       none"
                             : "  Rule       unknown: the archive, which has its name, was not opened");
                return;
        }

        printf("  Rule       %s in %s\n", rule_prefix(j->rule), rule_file(j->rule));
        printf("  Requires   %s", rule_require_to_string(record->require));
        if (record->threshold > 1)
                printf(", by %u different keys", record->threshold);
        rule_stage1_format(j->rule->allow_stage1, stage1s);
        printf("\n  Stage1     %s\n", stage1s);
}

/* Before what stderr has to say about it. */
static int flush(void) {
        return fflush(stdout) == EOF ? log_error_errno(errno, "Cannot show the verdict: %m") : 0;
}

int record_print_json(const Judged *j) {
        _cleanup_json_ Json *json = NULL;
        _cleanup_blob_ Blob text = {};

        int r = record_json(j, &json);
        if (r >= 0)
                r = json_format(json, cli_json == CLI_JSON_PRETTY, &text);
        if (r < 0)
                return log_error_errno(r, "Cannot show the verdict: %m");

        fputs(text.data, stdout);
        return flush();
}

int record_print(const Judged *j) {
        const TrustRecord *record = &j->answer->record;
        _cleanup_free_ char *reference = str_escape(j->reference, strlen(j->reference), SOURCE_MAX);
        char text[DIGEST_TEXT_MAX] = "";

        if (j->id)
                digest_format(j->id, text);
        printf("Image %s%s%s%s\n", reference ? reference : "?", j->id ? " (" : "", text, j->id ? ")" : "");
        print_rule(j);
        for (size_t i = 0; i < record->n_attempts; i++)
                print_attempt(j, &record->attempts[i]);
        printf("  Verdict    %s\n", verdict_of(record));
        if (record->unenforced)
                printf("             it would be refused: %s\n", record->reason);
        return flush();
}
