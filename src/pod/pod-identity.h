/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "pod/pod-level.h"

/* What a pod is called and which ids are its own: "NAME:FIRST-ID", with ":LEVEL" behind it if one was asked for, is what the symbolic link
 * `identity` in its directory points to. A link is there whole or not at all, is on the disk when its directory is, and is read by one system call: whoever looks for a free name or
 * range reads those of all pods. */
#define POD_IDENTITY "identity"
#define POD_IDENTITY_MAX 96

/* systemd's range for containers: 524288 … 1879048191, in steps of 65536. */
#define POD_UID_RANGE 65536U
#define POD_UID_MIN 0x00080000U
#define POD_UID_MAX 0x6FFF0000U

typedef struct PodIdentity {
        char name[POD_IDENTITY_MAX];
        uid_t uid_base;            /* 0: none that could be one */
        char level[POD_LEVEL_MAX]; /* "" then, too */
} PodIdentity;

/* -ENOENT if there is none, -EBADMSG if it is none of ours. */
int pod_identity_read(int dir_fd, const char *link, PodIdentity *ret);

/* In the pod's directory. `level` may be NULL: that of its range. -EEXIST if it has one. */
int pod_identity_write(int dir_fd, const char *name, uid_t uid_base, const char *level);
