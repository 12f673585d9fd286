/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "image/appc-pod.h"
#include "pod/pod-dir.h"

/* A pod while it is put together. Everything is mounted in stage1's own mount namespace, at a place that dies with it. */
typedef struct Stage {
        PodDir pod; /* locked, running */
        AppcPod *manifest;
        const AppcPodApp *app; /* its only one; borrowed from the manifest */
        int app_fd;            /* apps/APP of the pod */
        uid_t uid_base; /* what the pod's root is on the host: 0 without a user namespace of its own */
        int userns_fd;  /* maps the pod's range, for MOUNT_ATTR_IDMAP; -EBADF without one */
        int place_fd;   /* a tmpfs of stage1's own … */
        char *place;    /* … and where it is; no colons in it but what --root= has */
        char *root;     /* the merged root, in there */
        int view_fd;    /* the root as the pod will see it; see view.h */
        char **targets; /* what of it is taken, by resolved path */
        char **nspawn;  /* arguments of systemd-nspawn that its parts have asked for */
        int *sockets;   /* listening, from systemd, for the app */
        char **socket_names;
        size_t n_sockets;
} Stage;

#define STAGE_NULL                                                                                          \
        (Stage) {                                                                                           \
                .pod.fd = -EBADF, .app_fd = -EBADF, .userns_fd = -EBADF, .place_fd = -EBADF,                \
                .view_fd = -EBADF                                                                           \
        }

void stage_done(Stage *s);
#define _cleanup_stage_ _cleanup_(stage_done)

/* Is the pod's annotation this value? */
bool stage_is(const Stage *s, const char *annotation, const char *value);

/* "--bind=SOURCE:TARGET" (or "--bind-ro=") for nspawn, both escaped, to `s->nspawn`. */
int stage_bind(Stage *s, bool read_only, const char *source, const char *target);
