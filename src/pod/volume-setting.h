/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* Volume=[SOURCE:]TARGET[:OPTION,…] taken apart. */
typedef struct VolumeSetting {
        char *source; /* a path on the host, the name of a volume, or NULL: an empty one of the pod's own */
        char *target; /* absolute, without "." and ".." */
        bool read_only, not_recursive, no_copy;
} VolumeSetting;

void volume_setting_done(VolumeSetting *v);
#define _cleanup_volume_setting_ _cleanup_(volume_setting_done)

/* -EINVAL and *reterr_why ("its target must be …") if it is none. */
int volume_setting_parse(const char *text, VolumeSetting *ret, char **reterr_why);

static inline bool volume_setting_is_named(const VolumeSetting *v) {
        return v->source && v->source[0] != '/';
}

/* [a-zA-Z0-9][a-zA-Z0-9_.-]*, as docker and podman have it. */
bool volume_name_is_valid(const char *name);
