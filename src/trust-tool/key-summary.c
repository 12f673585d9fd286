/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: looking at a key file from a safe distance.
 * Never: parses a key in this process.
 * Follows: trust/key.h. */

#include <stdio.h>

#include "basic/worker.h"
#include "image/digest.h"
#include "trust-tool/key-summary.h"
#include "trust/key.h"

static void summarize(void *userdata, void *ret) {
        _cleanup_trust_key_ TrustKey *key = NULL;
        _cleanup_free_ char *why = NULL;
        const Blob *file = userdata;
        KeySummary *s = ret;

        if (trust_key_parse(file->data, file->size, &key, &why) < 0) {
                (void) snprintf(s->why, sizeof(s->why), "%s", why ? why : "out of memory");
                return;
        }

        char *const *user_ids = trust_key_user_ids(key);
        s->valid = true;
        s->openpgp = trust_key_kind(key) == TRUST_KEY_OPENPGP;
        s->revoked = trust_key_is_revoked(key);
        s->created = trust_key_created(key);
        s->expires = trust_key_expires(key);
        (void) snprintf(s->fingerprint, sizeof(s->fingerprint), "%s", trust_key_fingerprint(key));
        (void) snprintf(s->algorithm, sizeof(s->algorithm), "%s", trust_key_algorithm(key));
        (void) snprintf(s->user_id, sizeof(s->user_id), "%s", user_ids && user_ids[0] ? user_ids[0] : "");
}

int key_summarize(const Blob *file, KeySummary *ret) {
        int r = crypto_init();
        if (r < 0)
                return r;

        r = worker_run(&(Worker) { .work = summarize, .userdata = (void *) file, .user = "gantry-verify" },
                       ret, sizeof(*ret));
        if (r == -EPROTO) {
                *ret = (KeySummary) { .why = "the worker that reads keys died of it" };
                return 0;
        }

        return r;
}
