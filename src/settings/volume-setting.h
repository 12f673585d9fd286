/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/appc-volume.h"

/* Volume=[SOURCE:]TARGET[:OPTION,…] taken apart. */
typedef struct VolumeSetting {
        char *source; /* a path on the host, the name of a volume, or NULL: an empty one of the pod's own */
        char *target; /* absolute, without "." and ".." */
        bool read_only, not_recursive, no_copy;
        bool shared; /* what is mounted in it is mounted on the host, too */
        bool relabel_shared, relabel_private;
} VolumeSetting;

void volume_setting_done(VolumeSetting *v);
#define _cleanup_volume_setting_ _cleanup_(volume_setting_done)

/* -EINVAL and *reterr_why ("its target must be …") if it is none. */
int volume_setting_parse(const char *text, VolumeSetting *ret, char **reterr_why);

static inline bool volume_setting_is_named(const VolumeSetting *v) {
        return v->source && v->source[0] != '/';
}

/* EmptyVolume=NAME[:mode=MODE,uid=UID,gid=GID]. -EINVAL and *reterr_why as above. */
int empty_volume_parse(const char *text, AppcVolume *ret, char **reterr_why);

/* Whether a source on the host is there, and no link leads to it. -ENOENT, … and *reterr_why if not. */
int volume_source_check(const char *path, char **reterr_why);
