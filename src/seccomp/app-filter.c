/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: where a pod manifest says what an app may call.
 * Never: takes the absence of a profile for the permission to go without.
 * Follows: pod/annotations.h, ANNOTATION_SECCOMP; App Container spec 0.8.11, ace.md, "Linux Isolators". */

#include "basic/fd.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "pod/annotations.h"
#include "pod/capabilities.h"
#include "seccomp/app-filter.h"
#include "seccomp/cache.h"
#include "seccomp/profile.h"
#include "seccomp/seccomp.h"

static int get(const SeccompSpec *spec, Blob *ret, char **reterr_why) {
        _cleanup_close_ int cache = seccomp_cache_open(); /* it does without */
        return seccomp_filter_get(spec, cache, ret, reterr_why);
}

static int get_by_profile(uint64_t capabilities, int app_fd, Blob *ret, char **reterr_why) {
        _cleanup_blob_ Blob profile = {};

        int r = file_read_at(app_fd, SECCOMP_PROFILE_NAME, SECCOMP_PROFILE_MAX, &profile);
        if (r < 0)
                return refuse(reterr_why, r, "cannot read its seccomp profile");

        return get(&(SeccompSpec) { .capabilities = capabilities, .profile = profile }, ret, reterr_why);
}

int seccomp_app_filter(const AppcPodApp *app, int app_fd, Blob *ret, char **reterr_why) {
        const char *how = pairs_get(&app->annotations, ANNOTATION_SECCOMP);
        uint64_t capabilities;

        if (how && streq(how, "unconfined"))
                return 1;

        int r = app_capabilities(app, &capabilities, reterr_why);
        if (r < 0)
                return r;
        if (how)
                return get_by_profile(capabilities, app_fd, ret, reterr_why);

        return get(&(SeccompSpec) { .capabilities = capabilities,
                                    .retain = appc_pod_app_isolator(app, "os/linux/seccomp-retain-set"),
                                    .remove = appc_pod_app_isolator(app, "os/linux/seccomp-remove-set") },
                   ret, reterr_why);
}
