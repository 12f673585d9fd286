/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the form in which a pod's name, user ids and level are on the disk.
 * Never: chooses them.
 * Follows: symlink(7); systemd's range of ids for containers (UIDS-GIDS.md). */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "basic/str.h"
#include "pod/pod-identity.h"

/* 0 if it is none that a pod can have. */
static uid_t parse_base(const char *text) {
        uint64_t base;

        if (str_to_u64(text, &base) < 0 || base < POD_UID_MIN || base > POD_UID_MAX ||
            base % POD_UID_RANGE != 0)
                return 0;

        return base;
}

/* FIRST-ID[:LEVEL] */
static void parse_ids(char *text, PodIdentity *identity) {
        char *level = strchr(text, ':');
        if (level)
                *level++ = '\0';

        uid_t base = parse_base(text);
        if (base == 0 || (level && pod_level_parse(level, identity->level) < 0))
                return;
        if (!level)
                pod_level_of_range(base, identity->level);
        identity->uid_base = base;
}

int pod_identity_read(int dir_fd, const char *link, PodIdentity *ret) {
        PodIdentity identity = {};

        ssize_t n = readlinkat(dir_fd, link, identity.name, sizeof(identity.name));
        if (n < 0)
                return errno == EINVAL ? -EBADMSG : -errno;
        if ((size_t) n == sizeof(identity.name))
                return -EBADMSG;

        char *colon = strchr(identity.name, ':');
        if (!colon)
                return -EBADMSG;
        *colon = '\0';
        parse_ids(colon + 1, &identity);

        *ret = identity;
        return 0;
}

int pod_identity_write(int dir_fd, const char *name, uid_t uid_base, const char *level) {
        char text[POD_IDENTITY_MAX];

        int n = snprintf(text, sizeof(text), "%s:%u%s%s", name, uid_base, level ? ":" : "",
                         level ? level : "");
        if ((size_t) n >= sizeof(text))
                return -ENAMETOOLONG;

        return symlinkat(text, dir_fd, POD_IDENTITY) < 0 ? -errno : 0;
}
