/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the question whether a key is to be trusted.
 * Never: takes a key that can vouch for nothing; takes silence for a yes.
 * Follows: gantry-trust(1). */

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "basic/process.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "trust-tool/key-choice.h"
#include "trust-tool/key-discovery.h"

void key_choice_done(KeyChoice *c) {
        for (size_t i = 0; i < c->n; i++)
                blob_done(&c->keys[i].data);
        free(c->keys);
        *c = (KeyChoice) {};
}

/* `place` is a path or a URL, here and below. */
static int look_at_key(const char *place, const Blob *key, KeySummary *ret) {
        char date[KEY_DATE_MAX];

        int r = key_summarize(key, ret);
        if (r < 0)
                return log_error_errno(r, "Cannot look at key file '%s': %s", place, user_strerror(r));
        if (!ret->usable)
                return log_error_errno(-EBADMSG, "Cannot use key file '%s': %s", place, ret->why);
        if (ret->revoked)
                return log_error_errno(-EKEYREVOKED, "Cannot use key file '%s': key %s was revoked", place,
                                       ret->fingerprint);
        if (key_has_expired(ret)) {
                key_format_date(ret->expires, date);
                return log_error_errno(
                                -EKEYEXPIRED,
                                "Cannot use key file '%s': key %s has expired on %s; ask for a newer copy",
                                place, ret->fingerprint, date);
        }

        return 0;
}

static void show(const char *prefix, const char *place, const KeySummary *s) {
        char date[KEY_DATE_MAX];

        fprintf(stderr, "Key file '%s' for images below '%s':\n  %s %s", place, prefix, s->algorithm,
                s->fingerprint);
        if (s->expires > 0) {
                key_format_date(s->expires, date);
                fprintf(stderr, ", expires %s", date);
        }
        fputc('\n', stderr);

        for (const char *id = s->user_ids; *id; id += strcspn(id, "\n") + 1)
                fprintf(stderr, "  %.*s\n", (int) strcspn(id, "\n"), id);
}

static bool is_expected(char *const *fingerprints, const char *real) {
        STRV_FOREACH(typed, fingerprints)
                if (key_same_fingerprint(*typed, real))
                        return true;

        return false;
}

static int confirm(const TrustArguments *a, const KeySummary *s) {
        char answer[16];

        if (a->fingerprints && !is_expected(a->fingerprints, s->fingerprint))
                return log_error_errno(-EKEYREJECTED, "Refused: the key's fingerprint is %s, not %s%s",
                                       s->fingerprint, a->fingerprints[0],
                                       a->fingerprints[1] ? " or another that was said" : "");
        if (a->fingerprints || a->yes)
                return 0;
        if (!isatty(STDIN_FILENO))
                return log_error_errno(
                                -ENOTTY,
                                "Cannot ask without a terminal: say --fingerprint=%s if that is the key you expect, or --yes",
                                s->fingerprint);

        fputs("Trust this key? [y/N] ", stderr);
        if (!fgets(answer, sizeof(answer), stdin) || (answer[0] != 'y' && answer[0] != 'Y'))
                return log_error_errno(-ECANCELED, "Not trusted");

        return 0;
}

static bool is_chosen(const KeyChoice *c, const char *fingerprint) {
        for (size_t i = 0; i < c->n; i++)
                if (streq(c->keys[i].summary.fingerprint, fingerprint))
                        return true;

        return false;
}

/* Takes the contents of `key` if it is confirmed. */
static int consider(const TrustArguments *a, const char *place, Blob *key, KeyChoice *c) {
        KeySummary summary = {};

        int r = look_at_key(place, key, &summary);
        if (r < 0 || is_chosen(c, summary.fingerprint))
                return r;
        show(a->prefix, place, &summary);
        r = confirm(a, &summary);
        if (r < 0)
                return r;

        struct ChosenKey *more = reallocarray(c->keys, c->n + 1, sizeof(*more));
        if (!more)
                return log_error_errno(-ENOMEM, "Cannot take key file '%s': %m", place);
        c->keys = more;
        c->keys[c->n++] = (struct ChosenKey) { .data = TAKE_BLOB(*key), .summary = summary };
        return 0;
}

static int choose_files(const TrustArguments *a, KeyChoice *c) {
        STRV_FOREACH(file, a->files) {
                _cleanup_blob_ Blob key = {};

                int r = file_read_at(AT_FDCWD, *file, TRUST_KEY_SIZE_MAX, &key);
                if (r < 0)
                        return log_error_errno(r, "Cannot read key file '%s': %m", *file);
                r = consider(a, *file, &key, c);
                if (r < 0)
                        return r;
        }

        return 0;
}

/* Nobody has named these: one that is not confirmed, or good for nothing, is left out. */
static bool may_be_left_out(int error) {
        return error == -ECANCELED || error == -EKEYREJECTED || error == -EKEYREVOKED ||
               error == -EKEYEXPIRED;
}

static int choose_published(const TrustArguments *a, KeyChoice *c) {
        const char *name = startswith(a->prefix, "aci:");
        _cleanup_strv_ char **urls = NULL;
        int result = -ECANCELED;

        int r = keys_discover(a, name ? name : a->prefix, &urls);
        if (r < 0)
                return r;

        STRV_FOREACH(url, urls) {
                _cleanup_blob_ Blob key = {};

                r = key_download(a, *url, &key);
                if (r >= 0)
                        r = consider(a, *url, &key, c);
                if (r >= 0)
                        result = 0;
                else if (!may_be_left_out(r))
                        return r;
        }

        return result;
}

int key_choice_make(const TrustArguments *a, KeyChoice *ret) {
        _cleanup_key_choice_ KeyChoice c = {};

        int r = strv_length(a->files) > 0 ? choose_files(a, &c) : choose_published(a, &c);
        if (r < 0)
                return r;

        *ret = c;
        c = (KeyChoice) {};
        return 0;
}
