/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: looking at a key file from a safe distance.
 * Never: parses a key in this process.
 * Follows: trust/key.h. */

#include <stdio.h>
#include <strings.h>
#include <time.h>

#include "basic/str.h"
#include "basic/strv.h"
#include "basic/worker.h"
#include "image/digest.h"
#include "image/hasher.h"
#include "trust-tool/key-summary.h"
#include "trust/key.h"

static void join_user_ids(const TrustKey *key, char *ret, size_t size) {
        size_t n = 0;

        STRV_FOREACH(id, trust_key_user_ids(key))
                if (n + strlen(*id) + 2 < size)
                        n += sprintf(ret + n, "%s\n", *id);
}

static void summarize(void *userdata, void *ret) {
        _cleanup_trust_key_ TrustKey *key = NULL;
        _cleanup_free_ char *why = NULL;
        const Blob *file = userdata;
        KeySummary *s = ret;

        if (trust_key_parse(file->data, file->size, &key, &why) < 0) {
                (void) snprintf(s->why, sizeof(s->why), "%s", why ? why : "out of memory");
                return;
        }

        s->usable = true;
        s->openpgp = trust_key_kind(key) == TRUST_KEY_OPENPGP;
        s->revoked = trust_key_is_revoked(key);
        s->created = trust_key_created(key);
        s->expires = trust_key_expires(key);
        (void) snprintf(s->fingerprint, sizeof(s->fingerprint), "%s", trust_key_fingerprint(key));
        (void) snprintf(s->algorithm, sizeof(s->algorithm), "%s", trust_key_algorithm(key));
        join_user_ids(key, s->user_ids, sizeof(s->user_ids));
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

bool key_same_fingerprint(const char *typed, const char *real) {
        for (; *typed || *real; typed++) {
                if (*typed == ' ')
                        continue;
                if (strncasecmp(typed, real, 1) != 0)
                        return false;
                real++;
        }

        return true;
}

bool key_has_expired(const KeySummary *s) {
        return s->expires > 0 && s->expires <= (uint64_t) time(NULL);
}

void key_format_date(uint64_t seconds, char ret[static KEY_DATE_MAX]) {
        time_t t = seconds;
        struct tm tm;

        if (!gmtime_r(&t, &tm) || strftime(ret, KEY_DATE_MAX, "%F", &tm) == 0)
                memcpy(ret, "?", 2);
}

int key_describe_validity(const KeySummary *s, char **ret) {
        char date[KEY_DATE_MAX];

        if (!s->usable)
                return str_printf(ret, "unusable: %s", s->why);
        if (s->revoked)
                return str_copy("revoked", ret);
        if (s->expires == 0)
                return str_copy("valid", ret);

        key_format_date(s->expires, date);
        return str_printf(ret, "%s %s", key_has_expired(s) ? "expired" : "expires", date);
}
