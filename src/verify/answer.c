/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what is believed of a worker's answer.
 * Never: decides; trusts a number or a text because a worker sent it: it has read hostile bytes.
 * Follows: docs/SECURITY.md, "The worker". */

#include "basic/str.h"
#include "image/reference.h"
#include "verify/answer.h"

#define IS_TEXT(field) memchr(field, '\0', sizeof(field))

/* Nothing, or the name and the reference of one and the same ACI. */
static int check_names(const Answer *a) {
        _cleanup_reference_ Reference *name = NULL, *reference = NULL;

        if (!IS_TEXT(a->name) || !IS_TEXT(a->reference))
                return -EBADMSG;
        if (a->name[0] == '\0' && a->reference[0] == '\0')
                return 0;
        if (reference_parse(a->name, &name, NULL) < 0 || reference_parse(a->reference, &reference, NULL) < 0)
                return -EBADMSG;
        if (name->kind != REFERENCE_ACI || reference->kind != REFERENCE_ACI || name->version ||
            name->labels.n > 0 || !streq(name->name, reference->name))
                return -EBADMSG;

        return 0;
}

static int check_documents(const Answer *a, size_t n_signatures) {
        if (a->n_documents > ELEMENTSOF(a->documents))
                return -EBADMSG;
        for (size_t i = 0; i < a->n_documents; i++)
                if (a->documents[i].file >= n_signatures || a->documents[i].known > 1 ||
                    (a->documents[i].known && !openpgp_digest_is_sound(&a->documents[i].digest)))
                        return -EBADMSG;

        return 0;
}

static int check_attempts(TrustRecord *record, size_t n_signatures) {
        for (size_t i = 0; i < record->n_attempts; i++) {
                TrustAttempt *a = &record->attempts[i];

                if (a->number >= n_signatures)
                        return -EBADMSG;
                str_to_line(a->key_id);
                str_to_line(a->fingerprint);
                str_to_line(a->algorithm);
                str_to_line(a->reason);
        }

        return 0;
}

int answer_check(Answer *a, size_t n_signatures) {
        int r = trust_record_check(&a->record);
        if (r >= 0)
                r = check_attempts(&a->record, n_signatures);
        if (r >= 0)
                r = check_names(a);
        if (r >= 0)
                r = check_documents(a, n_signatures);
        if (r < 0)
                return r;

        str_to_line(a->record.reason);
        return 0;
}
