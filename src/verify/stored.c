/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: judging what is in the store, together with what it needs.
 * Never: looks for a dependency: which they are was written down when the image was completed.
 * Follows: docs/ARCHITECTURE.md, "How an image is judged"; store/image-dependencies.h. */

#include <stdio.h>

#include "basic/cli.h"
#include "basic/fd.h"
#include "basic/str.h"
#include "store/image-dependencies.h"
#include "store/image-dir.h"
#include "verify/record.h"
#include "verify/stored.h"

static int load(Store *s, const Digest *id, Reference *name, Evidence *ret) {
        _cleanup_reference_ Reference *taken = name;

        _cleanup_close_ int fd = image_dir_open(s, id);
        int r = fd < 0 ? fd : taken ? 0 : image_dir_reference(fd, &taken);
        if (r >= 0)
                r = evidence_load(fd, TAKE_PTR(taken), ret);
        if (r < 0)
                return r;

        ret->is_file = id->algorithm == DIGEST_SHA512; /* an ACI, which is not here any more */
        if (!ret->name || (!ret->is_file && (ret->n_digests == 0 || !digest_equal(&ret->digests[0], id))))
                return -EBADMSG;

        return 0;
}

int stored_judge(Store *s, const Policy *policy, const Digest *id, Reference *name, unsigned stage1s,
                 Evidence *ret_evidence, Answer *ret) {
        _cleanup_evidence_ Evidence e = EVIDENCE_NULL;

        int r = load(s, id, name, &e);
        if (r >= 0)
                r = judge_image(policy, &e, ret);
        if (r < 0)
                return r;
        trust_judge_stage1(judge_rule(policy, e.name), stage1s, &ret->record);

        *ret_evidence = e;
        e = EVIDENCE_NULL;
        return 0;
}

static void refuse(Answer *answer, const char *needed, const char *why) {
        TrustRecord *record = &answer->record;

        record->admitted = record->unenforced = 0;
        (void) snprintf(record->reason, sizeof(record->reason), "it needs '%s', %s", needed, why);
}

static int judge_one(Store *s, const Policy *policy, const ImageDependency *d, unsigned stage1s,
                     Answer *answer) {
        _cleanup_evidence_ Evidence e = EVIDENCE_NULL;
        _cleanup_free_ char *why = NULL;
        Answer its = {};

        int r = stored_judge(s, policy, &d->id, /* name= */ NULL, stage1s, &e, &its);
        if (r == -ENOENT) {
                refuse(answer, d->reference, "which is not in the store any more; fetch it again");
                return 0;
        }
        if (r < 0)
                return r;

        const Judged judged = {
                .reference = e.text,
                .name = e.name,
                .id = &d->id,
                .rule = judge_rule(policy, e.name),
                .evidence = &e,
                .answer = &its,
        };
        if (record_is_worth_logging(&judged))
                record_log(&judged);
        if (!cli_quiet && cli_json == CLI_JSON_OFF)
                (void) record_print(
                                &judged); /* whoever prints the whole verdict says so if nobody can be told */
        if (its.record.admitted)
                return 0;

        r = str_printf(&why, "which is refused: %s", its.record.reason);
        if (r >= 0)
                refuse(answer, d->reference, why);
        return r;
}

/* One image may be needed by several names. */
static bool is_first(const ImageDependencies *d, size_t number) {
        for (size_t i = 0; i < number; i++)
                if (digest_equal(&d->items[i].id, &d->items[number].id))
                        return false;

        return true;
}

int stored_judge_needed(Store *s, const Policy *policy, const Digest *id, unsigned stage1s, Answer *answer) {
        _cleanup_dependencies_ ImageDependencies d = {};

        _cleanup_close_ int fd = image_dir_open(s, id);
        int r = fd < 0 ? fd : image_dependencies_read(fd, &d);

        for (size_t i = 0; i < d.n && r >= 0 && answer->record.admitted; i++)
                if (is_first(&d, i))
                        r = judge_one(s, policy, &d.items[i], stage1s, answer);

        return r;
}
