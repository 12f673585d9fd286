/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry trust add`: key files into keys/, one rule into trust.d/.
 * Never: replaces a rule; writes anything before it is confirmed.
 * Follows: gantry-trust(1), gantry-trust.d(5). */

#include <fcntl.h>
#include <stdio.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "basic/process.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "image/appc-types.h"
#include "policy/policy.h"
#include "trust-tool/config-write.h"
#include "trust-tool/key-discovery.h"
#include "trust-tool/key-summary.h"
#include "trust-tool/trust-tool.h"

static bool needs_key(const TrustArguments *a) {
        return !a->require || streq(a->require, "signature");
}

/* `place` is a path or a URL, here and below. */
static int look_at_key(const char *place, const Blob *key, KeySummary *ret) {
        int r = key_summarize(key, ret);
        if (r < 0)
                return log_error_errno(r, "Cannot look at key file '%s': %s", place, user_strerror(r));
        if (!ret->valid)
                return log_error_errno(-EBADMSG, "Cannot use key file '%s': %s", place, ret->why);

        return 0;
}

static void show(const char *prefix, const char *place, const KeySummary *s) {
        char until[32] = "";
        time_t expires = s->expires;
        struct tm tm;

        if (expires > 0 && gmtime_r(&expires, &tm))
                (void) strftime(until, sizeof(until), ", expires %F", &tm);

        fprintf(stderr, "Key file '%s' for images below '%s':\n  %s %s%s%s\n", place, prefix, s->algorithm,
                s->fingerprint, until, s->revoked ? ", REVOKED" : "");
        if (s->user_id[0])
                fprintf(stderr, "  %s\n", s->user_id);
}

/* Fingerprints are written with blanks and in either case. */
static bool same_fingerprint(const char *typed, const char *real) {
        for (; *typed || *real; typed++) {
                if (*typed == ' ')
                        continue;
                if (strncasecmp(typed, real, 1) != 0)
                        return false;
                real++;
        }

        return true;
}

static int confirm(const TrustArguments *a, const KeySummary *s) {
        char answer[16];

        if (a->fingerprint && !same_fingerprint(a->fingerprint, s->fingerprint))
                return log_error_errno(-EKEYREJECTED, "Refused: the key's fingerprint is %s, not %s",
                                       s->fingerprint, a->fingerprint);
        if (a->fingerprint || a->yes)
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

/* A file name that a prefix gives: "quay.io/coreos" → "quay.io-coreos"; "*" → "any". */
static int base_name(const char *prefix, char **ret) {
        char *name;

        int r = str_copy(streq(prefix, "*") ? "any" : prefix, &name);
        if (r < 0)
                return r;
        for (char *p = name; *p; p++)
                if (!strchr(LOWERCASE UPPERCASE DIGITS ".-_", *p))
                        *p = '-';

        *ret = name;
        return 0;
}

/* Keys are named by their fingerprint: the same key for two prefixes is one file. */
static int write_key(const Blob *key, const KeySummary *s, char **ret_path) {
        _cleanup_free_ char *name = NULL, *path = NULL, *directory = NULL;
        const char *hex = startswith(s->fingerprint, "sha256:");

        int r = str_printf(&name, "%s.%s", hex ? hex : s->fingerprint, s->openpgp ? "asc" : "pem");
        if (r >= 0)
                r = config_path("keys", &directory);
        if (r >= 0)
                r = str_printf(&path, "%s/%s", directory, name);
        if (r < 0)
                return log_error_errno(r, "Cannot name a key file: %m");

        if (access(path, F_OK) < 0) {
                r = config_write("keys", name, key->data, key->size, /* replace= */ false);
                if (r < 0)
                        return r;
        }

        *ret_path = TAKE_PTR(path);
        return 0;
}

static int check_prefix(const char *prefix) {
        _cleanup_policy_ Policy policy = {};
        _cleanup_free_ char *why = NULL;
        const Rule *rule;

        int r = rule_prefix_check(prefix, &why);
        if (r < 0)
                return log_error_errno(r, "Cannot use '%s' as a prefix: %s", prefix,
                                       why ? why : strerror(-r));

        r = policy_load(NULL, &policy);
        if (r < 0)
                return log_error_errno(r, "Cannot read the trust rules: %m");
        for (size_t i = 0; (rule = rule_set_at(policy.rules, i)); i++)
                if (streq_ptr(rule->prefix, prefix))
                        return log_error_errno(
                                        -EEXIST,
                                        "Cannot add a rule for '%s': %s has one; use 'gantry trust rm --prefix=%s' first",
                                        prefix, rule->file, prefix);

        return 0;
}

static int add_key(const TrustArguments *a, const char *place, const Blob *key, FILE *rule) {
        _cleanup_free_ char *path = NULL;
        KeySummary summary = {};

        int r = look_at_key(place, key, &summary);
        if (r < 0)
                return r;
        show(a->prefix, place, &summary);
        r = confirm(a, &summary);
        if (r >= 0)
                r = write_key(key, &summary, &path);
        if (r < 0)
                return r;

        fprintf(rule, "Key=%s\n", path);
        return 0;
}

static int add_files(const TrustArguments *a, FILE *rule) {
        STRV_FOREACH(file, a->files) {
                _cleanup_blob_ Blob key = {};

                int r = file_read_at(AT_FDCWD, *file, TRUST_KEY_SIZE_MAX, &key);
                if (r < 0)
                        return log_error_errno(r, "Cannot read key file '%s': %m", *file);
                r = add_key(a, *file, &key, rule);
                if (r < 0)
                        return r;
        }

        return 0;
}

/* Nobody has named these: one that is not confirmed is left out. */
static int add_discovered(const TrustArguments *a, FILE *rule) {
        _cleanup_strv_ char **urls = NULL;
        int result = -ECANCELED;

        int r = keys_discover(a->prefix, a->allow_http, &urls);
        if (r < 0)
                return r;

        STRV_FOREACH(url, urls) {
                _cleanup_blob_ Blob key = {};

                r = key_download(*url, a->allow_http, &key);
                if (r >= 0)
                        r = add_key(a, *url, &key, rule);
                if (r >= 0)
                        result = 0;
                else if (r != -ECANCELED && r != -EKEYREJECTED)
                        return r;
        }

        return result;
}

static int add_keys(const TrustArguments *a, FILE *rule) {
        if (!needs_key(a))
                return 0;

        return strv_length(a->files) > 0 ? add_files(a, rule) : add_discovered(a, rule);
}

static int check_arguments(const TrustArguments *a) {
        bool signature = needs_key(a);

        if (!a->prefix)
                return log_error_errno(-EINVAL, "For which images? Say --prefix=NAME");
        if (!signature && !streq(a->require, "digest") && !streq(a->require, "nothing"))
                return log_error_errno(-EINVAL,
                                       "Cannot require '%s': it must be signature, digest or nothing",
                                       a->require);
        if (a->signed_name && !streq(a->signed_name, "repository") && !streq(a->signed_name, "any"))
                return log_error_errno(-EINVAL,
                                       "Cannot use '%s' as --signed-name=: it must be repository or any",
                                       a->signed_name);
        if (signature && strv_length(a->files) == 0 && !appc_identifier_is_valid(a->prefix))
                return log_error_errno(
                                -EINVAL,
                                "Which key? Name a file; or say --require=digest or --require=nothing");
        if (!signature && strv_length(a->files) > 0)
                return log_error_errno(-EINVAL, "A key is of no use with --require=%s", a->require);

        return check_prefix(a->prefix);
}

static int write_rule(const TrustArguments *a, const char *text, size_t size) {
        _cleanup_free_ char *base = NULL, *name = NULL;

        int r = base_name(a->prefix, &base);
        if (r >= 0)
                r = str_printf(&name, "%s.conf", base);
        if (r < 0)
                return log_error_errno(r, "Cannot name a rule file: %m");

        r = config_write("trust.d", name, text, size, /* replace= */ false);
        if (r >= 0)
                log_info("Images below '%s' are trusted now by trust.d/%s", a->prefix, name);

        return r;
}

int trust_add(const TrustArguments *a) {
        _cleanup_free_ char *text = NULL;
        size_t size = 0;

        int r = check_arguments(a);
        if (r < 0)
                return r;

        FILE *rule = open_memstream(&text, &size);
        if (!rule)
                return log_error_errno(-ENOMEM, "Cannot make a rule: %m");
        fprintf(rule, "[Trust]\nPrefix=%s\nRequire=%s\n", a->prefix, a->require ? a->require : "signature");
        if (a->signed_name)
                fprintf(rule, "SignedName=%s\n", a->signed_name);
        r = add_keys(a, rule);
        if (fclose(rule) == EOF)
                return log_error_errno(-ENOMEM, "Cannot make a rule: %m");

        return r < 0 ? r : write_rule(a, text, size);
}
