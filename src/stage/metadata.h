/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <poll.h>

#include "basic/blob.h"
#include "image/appc-pod.h"
#include "pod/metadata.h"

/* The metadata service of a pod, as the stage sees it: a socket on which somebody may knock, and a program that is started then. */
typedef struct Metadata {
        const AppcPod *pod;
        const char *uuid;
        int listening; /* -EBADF: not yet, or never */
        unsigned port; /* where, as the apps see it; 0: there is no service */
        bool host;     /* the network is not the pod's own: nobody listens in the pod */
        bool boots; /* a systemd is process 1: the stage listens, for there may be handlers before the apps */
        pid_t service;                       /* 0: nobody has asked */
        char token[METADATA_TOKEN_SIZE + 1]; /* of this start of the pod */
} Metadata;

#define METADATA_NONE                                                                                       \
        (Metadata) {                                                                                        \
                .listening = -EBADF                                                                         \
        }

/* Both are borrowed. 0 or -errno. */
int metadata_open(const AppcPod *pod, const char *uuid, Metadata *ret);
void metadata_close(Metadata *m);

/* In a network namespace that others use as well, at a port that is free there. 0 or -errno. */
int metadata_listen_at(Metadata *m, int namespace);

/* In a pod that boots, whose process 1 is there now by this pidfd. 0 or -errno. */
int metadata_listen(Metadata *m, int leader);

/* Appends what gantry-init has to do about it, and what it has to tell the app. */
int metadata_orders(const Metadata *m, const AppcPodApp *app, Blob *orders);

/* The socket that was made in the pod, which is taken. */
void metadata_take(Metadata *m, int fd);

/* For a loop: what to wait for, what to do then, and what to do when a child has ended. */
void metadata_poll(const Metadata *m, struct pollfd *ret);
void metadata_dispatch(Metadata *m, const struct pollfd *fd);
void metadata_reap(Metadata *m, pid_t pid, int status);
