/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: registry/auth-file under any bytes, read and edited.
 * Never: believes that an edit has succeeded which cannot be read.
 * Follows: registry/auth-file.h. */

#include "basic/str.h"
#include "fuzz.h"
#include "registry/auth-file.h"

static void check_entries(const AuthFile *f) {
        for (size_t i = 0; i < f->n_entries; i++) {
                const AuthEntry *e = &f->entries[i];
                _cleanup_free_ char *key = NULL;

                fuzz_check(auth_key_normalise(e->key, &key) == 0 && streq(key, e->key));
                fuzz_check(e->credentials.identity_token ||
                           (e->credentials.user && e->credentials.password));
                fuzz_check(auth_file_find(f, e->key));
        }
}

/* A login is found afterwards, a logout takes it away again. */
static void check_edits(const uint8_t *data, size_t size) {
        _cleanup_auth_file_ AuthFile after = {}, without = {};
        _cleanup_blob_ Blob edited = {}, removed = {};

        if (auth_file_set(data, size, "quay.io", "user", "password", &edited, NULL) < 0)
                return;

        fuzz_check(auth_file_parse(edited.data, edited.size, &after, NULL) == 0);
        const AuthEntry *e = auth_file_find(&after, "quay.io");
        fuzz_check(e && streq(e->key, "quay.io") && streq(e->credentials.password, "password"));

        fuzz_check(auth_file_remove(edited.data, edited.size, "quay.io", &removed, NULL) == 1);
        fuzz_check(auth_file_parse(removed.data, removed.size, &without, NULL) == 0);
        fuzz_check(!auth_file_find(&without, "quay.io"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_auth_file_ AuthFile f = {}, legacy = {};
        _cleanup_free_ char *why = NULL;

        int r = auth_file_parse(data, size, &f, &why);
        fuzz_check(r == 0 || r == -EBADMSG || r == -EFBIG);
        fuzz_check((r == -EBADMSG) == (why != NULL));
        check_entries(&f);
        if (r == 0)
                check_edits(data, size);

        if (auth_file_parse_legacy(data, size, &legacy, NULL) == 0)
                check_entries(&legacy);
        return 0;
}
