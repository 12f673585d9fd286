/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the administrator's copies of keys, and whether a rule has a key.
 * Never: lets an older copy of a key take a revocation back.
 * Follows: gantry-trust(1), "FILES". */

#include <fcntl.h>
#include <string.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "basic/process.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "trust-tool/config-write.h"
#include "trust-tool/key-store.h"

/* Keys are named by their fingerprint: the same key for two prefixes is one file. */
static int name_key(const KeySummary *s, char **ret) {
        const char *hex = startswith(s->fingerprint, "sha256:");

        return str_printf(ret, "%s.%s", hex ? hex : s->fingerprint, s->openpgp ? "asc" : "pem");
}

/* 1 if the copy there is, is the same. */
static int compare_copies(const char *path, const struct ChosenKey *key) {
        _cleanup_blob_ Blob old = {};
        KeySummary summary = {};

        int r = file_read_at(AT_FDCWD, path, TRUST_KEY_SIZE_MAX, &old);
        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return log_error_errno(r, "Cannot read key file '%s': %m", path);
        if (old.size == key->data.size && memcmp(old.data, key->data.data, old.size) == 0)
                return 1;

        r = key_summarize(&old, &summary);
        if (r < 0)
                return log_error_errno(r, "Cannot look at key file '%s': %s", path, user_strerror(r));
        if (summary.revoked)
                return log_error_errno(-EKEYREVOKED,
                                       "Cannot trust key %s: the copy in '%s' says that it was revoked",
                                       key->summary.fingerprint, path);
        return 0;
}

int key_store_write(const struct ChosenKey *key, char **ret_path) {
        _cleanup_free_ char *name = NULL, *directory = NULL, *path = NULL;

        int r = name_key(&key->summary, &name);
        if (r >= 0)
                r = config_path("keys", &directory);
        if (r >= 0)
                r = str_printf(&path, "%s/%s", directory, name);
        if (r < 0)
                return log_error_errno(r, "Cannot name a key file: %m");

        r = compare_copies(path, key);
        if (r == 0)
                r = config_write("keys", name, key->data.data, key->data.size, /* replace= */ true);
        if (r < 0)
                return r;

        *ret_path = TAKE_PTR(path);
        return 0;
}

int rule_find_key(const Policy *policy, const Rule *rule, const char *fingerprint, size_t *ret) {
        for (size_t i = 0; i < strv_length(rule->keys); i++) {
                const KeyFile *file = policy_find_key(policy, rule->keys[i]);
                KeySummary s = {};

                int r = file ? key_summarize(&file->data, &s) : 0;
                if (r < 0)
                        return log_error_errno(r, "Cannot look at key file '%s': %s", rule->keys[i],
                                               user_strerror(r));
                if (s.usable && key_same_fingerprint(fingerprint, s.fingerprint)) {
                        *ret = i;
                        return 1;
                }
        }

        return 0;
}
