/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the words and records of a verdict.
 * Never: decides; prints foreign text unescaped.
 * Follows: DESIGN.md section 4; sd_journal_send(3). */

#include <stdio.h>
#include <systemd/sd-journal.h>
#include <time.h>

#include "basic/log.h"
#include "basic/str.h"
#include "image/json.h"
#include "verify/record.h"

/* The catalog has texts for these. */
#define MESSAGE_ADMITTED "5f7a9d3c6b1e4d0f8a2c7e94b3d65018"
#define MESSAGE_REFUSED "c21b08e6f4a94f6b9d37a5e0816c4d72"

static const char *rule_prefix(const Rule *rule) {
        return rule && rule->prefix ? rule->prefix : "";
}

static const char *rule_file(const Rule *rule) {
        return rule ? rule->file : "";
}

int record_format(const Digest *id, const char *reference, const char *name, const Rule *rule,
                  const Answer *answer, Blob *ret) {
        _cleanup_json_ Json *j = json_new_object();
        char text[DIGEST_TEXT_MAX];

        if (!j)
                return -ENOMEM;

        digest_format_id(id, text);
        int r = json_set_string(j, "id", text);
        if (r >= 0)
                r = json_set_string(j, "reference", reference);
        if (r >= 0)
                r = json_set_string(j, "name", name);
        if (r >= 0)
                r = json_set_string(j, "rule", rule_file(rule));
        if (r >= 0)
                r = json_set_string(j, "prefix", rule_prefix(rule));
        if (r >= 0)
                r = json_set_string(j, "require", rule_require_to_string(answer->record.require));
        if (r >= 0 && answer->record.fingerprint[0])
                r = json_set_string(j, "key", answer->record.fingerprint);
        if (r >= 0 && answer->record.algorithm[0])
                r = json_set_string(j, "algorithm", answer->record.algorithm);
        if (r >= 0 && answer->record.signed_at > 0)
                r = json_set_int(j, "signed", answer->record.signed_at);
        if (r >= 0)
                r = json_set_int(j, "time", time(NULL));

        return r < 0 ? r : json_format(j, /* pretty= */ true, ret);
}

void record_log(const char *reference, const char *name, const Rule *rule, const Answer *answer) {
        bool admitted = answer->record.admitted;

        (void) sd_journal_send("MESSAGE=%s image '%s'%s%s", admitted ? "Admitted" : "Refused", reference,
                               admitted ? "" : ": ", answer->record.reason, "MESSAGE_ID=%s",
                               admitted ? MESSAGE_ADMITTED : MESSAGE_REFUSED, "PRIORITY=%d",
                               admitted ? LOG_INFO : LOG_WARNING, "GANTRY_IMAGE=%s", name ? name : reference,
                               "GANTRY_RULE=%s", rule_file(rule), "GANTRY_PREFIX=%s", rule_prefix(rule),
                               "GANTRY_KEY=%s", answer->record.fingerprint, NULL);
}

int record_refuse(const char *reference, const Answer *answer) {
        return log_error_errno(-EACCES, "Refused image '%s': %s", reference, answer->record.reason);
}

void record_print(const char *reference, const Rule *rule, const Answer *answer) {
        const TrustRecord *r = &answer->record;

        printf("Admitted image '%s' by rule '%s' in %s", reference, rule_prefix(rule), rule_file(rule));
        if (r->fingerprint[0])
                printf(", signed by %s key %s", r->algorithm, r->fingerprint);
        else
                printf(", which requires %s", rule_require_to_string(r->require));
        putchar('\n');
}
