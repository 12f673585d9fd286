/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/blob.h"
#include "image/json.h"

/* What an app may call. At most one of profile, retain and remove; none of them: the default. */
typedef struct SeccompSpec {
        uint64_t capabilities; /* of the app: what is pointless without one is not allowed without it */
        Blob profile;          /* of OCI, Docker or podman; borrowed */
        const Json *retain;    /* the value of appc's isolator; borrowed */
        const Json *remove;    /* the same */
} SeccompSpec;

/* The filter, struct sock_filter[] for seccomp(2), never an empty one. Taken from the cache if it is there, else compiled
 * and put there; -EBADF for `cache_fd` is no cache. -EBADMSG or -EINVAL and *reterr_why for a specification that is
 * not to be followed. */
int seccomp_filter_get(const SeccompSpec *spec, int cache_fd, Blob *ret, char **reterr_why);
