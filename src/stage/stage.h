/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "image/appc-pod.h"
#include "network/pod-network.h"
#include "pod/pod-dir.h"
#include "selinux/pod-labels.h"
#include "stage/metadata.h"

/* Something that is to be mounted in an app's root. */
typedef struct StageBind {
        char *name;   /* where it is, in the app's place */
        char *target; /* resolved */
        bool read_only;
} StageBind;

typedef struct Stage Stage;

/* An app of a pod that is put together. Its place has what the pod is to see of it, its workshop what it is made of. */
typedef struct StageApp {
        Stage *stage;
        const AppcPodApp *app; /* borrowed from the manifest */
        int fd;                /* apps/APP of the pod */
        int place_fd;
        char *place; /* where that is; no colons in it but what --root= has */
        char *root;  /* the merged root, in there */
        int workshop_fd;
        int view_fd;    /* the root as the app will see it, or sees it; see view.h */
        char **targets; /* what of it is taken, by resolved path … */
        char **shared; /* … and what of that is the host's, too: nothing of the pod's is mounted in there */
        StageBind *binds;
        size_t n_binds;
} StageApp;

/* A pod while it is put together. Everything is mounted in stage1's own mount namespace, at a place that dies with it. */
struct Stage {
        PodDir pod; /* locked, running */
        AppcPod *manifest;
        PodLabels labels;
        StageApp *apps;
        size_t n_apps;
        bool boots;         /* a systemd of its own, which runs the apps: pod/service.h */
        bool vm;            /* a virtual machine: none of its processes is one of the host's */
        bool host;          /* on the host: nothing but its root is the app's own */
        int host_mounts_fd; /* the host's mount namespace, if `host`; else -EBADF */
        uid_t uid_base;     /* what the pod's root is on the host: 0 without a user namespace of its own */
        int userns_fd;      /* maps the pod's range, for MOUNT_ATTR_IDMAP; -EBADF without one */
        int place_fd;       /* a tmpfs of stage1's own … */
        char *place;        /* … and where it is */
        char *root; /* what nspawn makes the pod's root: the app's, or that of the systemd that it boots; in there */
        int image_fd;  /* of the stage1 image, which is locked as long as it is open; -EBADF: none */
        char **nspawn; /* arguments of systemd-nspawn that its parts have asked for */
        int *sockets;  /* listening, from systemd, for the app */
        char **socket_names;
        size_t n_sockets;
        Metadata metadata;
        size_t n_networks; /* of plugins, that the pod is to be in */
        int network_fd; /* the pod's network namespace, unless nspawn makes it, or it is the host's: -EBADF */
        pid_t network_helper; /* has the pod join its networks; 0: nobody does */
        PodNetwork network;   /* which it is in */
        AppcPod *other;       /* whose network it is in; NULL: its own, or the host's */
};

#define STAGE_NULL                                                                                          \
        (Stage) {                                                                                           \
                .pod.fd = -EBADF, .host_mounts_fd = -EBADF, .userns_fd = -EBADF, .image_fd = -EBADF,        \
                .place_fd = -EBADF, .network_fd = -EBADF, .metadata = {                                     \
                        .listening = -EBADF                                                                 \
                }                                                                                           \
        }

void stage_done(Stage *s);
#define _cleanup_stage_ _cleanup_(stage_done)

/* Adds an app, which is still nowhere. `app` may be NULL: a root that is no app's. There is room for as many as the first call says. */
int stage_add_app(Stage *s, const AppcPodApp *app, size_t room, StageApp **ret);

/* Is the pod's, or the app's annotation this value? */
bool stage_is(const Stage *s, const char *annotation, const char *value);
bool stage_app_is(const StageApp *a, const char *annotation, const char *value);

const char *stage_hostname(const Stage *s);

/* Notes that the app is to have it mounted. */
int stage_bind(StageApp *a, bool read_only, const char *name, const char *target);
