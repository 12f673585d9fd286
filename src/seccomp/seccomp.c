/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: from what an app may call to a filter.
 * Never: makes "no filter" of anything.
 * Follows: seccomp/seccomp.h. */

#include "image/digest.h"
#include "image/hasher.h"
#include "seccomp/cache.h"
#include "seccomp/compile.h"
#include "seccomp/default.h"
#include "seccomp/profile.h"
#include "seccomp/seccomp.h"
#include "seccomp/set.h"

/* To be changed with what compile.c makes of the same rules. */
#define CACHE_VERSION "gantry filter 1\n"

static int make_rules(const SeccompSpec *spec, SeccompRules *rules, char **reterr_why) {
        if (spec->profile.size > 0)
                return seccomp_profile_parse(spec->profile.data, spec->profile.size, spec->capabilities,
                                             rules, reterr_why);

        int r = seccomp_add_compatible(rules);
        if (r < 0)
                return r;
        if (spec->retain)
                return seccomp_retain(spec->retain, spec->capabilities, rules, reterr_why);
        if (spec->remove)
                return seccomp_remove(spec->remove, spec->capabilities, rules, reterr_why);

        return seccomp_default(spec->capabilities, rules);
}

static int make_key(const SeccompRules *rules, Digest *ret) {
        _cleanup_hasher_ Hasher *h = NULL;
        _cleanup_free_ char *compiler = NULL;
        _cleanup_blob_ Blob text = {};

        int r = seccomp_rules_format(rules, &text);
        if (r >= 0)
                r = seccomp_compiler(&compiler);
        if (r >= 0)
                r = hasher_new(DIGEST_SHA256, &h);
        if (r < 0)
                return r;

        hasher_update(h, CACHE_VERSION, strlen(CACHE_VERSION));
        hasher_update(h, compiler, strlen(compiler) + 1);
        hasher_update(h, text.data, text.size);
        hasher_final(h, ret);
        return 0;
}

int seccomp_filter_get(const SeccompSpec *spec, int cache_fd, Blob *ret, char **reterr_why) {
        _cleanup_rules_ SeccompRules rules = {};
        _cleanup_blob_ Blob filter = {};
        Digest key;

        int r = make_rules(spec, &rules, reterr_why);
        if (r >= 0)
                r = make_key(&rules, &key);
        if (r < 0)
                return r;
        if (cache_fd >= 0 && seccomp_cache_get(cache_fd, &key, ret) >= 0)
                return 0;

        r = seccomp_compile(&rules, &filter, reterr_why);
        if (r < 0)
                return r;
        if (cache_fd >= 0)
                (void) seccomp_cache_put(cache_fd, &key, &filter); /* the next one would only have to wait */

        *ret = TAKE_BLOB(filter);
        return 0;
}
