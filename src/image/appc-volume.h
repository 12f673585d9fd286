/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/json-table.h"

typedef enum AppcVolumeKind {
        APPC_VOLUME_HOST,
        APPC_VOLUME_EMPTY,
} AppcVolumeKind;

typedef struct AppcVolume {
        char *name;
        AppcVolumeKind kind;
        char *source; /* HOST: absolute path on the host */
        bool read_only;
        bool not_recursive; /* HOST: mounts below source stay out */
        char *mode;         /* EMPTY: octal digits, or NULL for "0755" */
        uint32_t uid, gid;  /* EMPTY */
} AppcVolume;

void appc_volume_done(AppcVolume *volume);

/* JSON: one AppcVolume. */
int appc_decode_volume(const Json *value, void *member, const JsonPath *at);
int appc_encode_volume(const void *member, Json **ret);
