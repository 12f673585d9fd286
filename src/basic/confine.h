/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* gantry's programs by what they keep of what they might do; confine.c has a row for each. What reads archives, keys and requests keeps next to
 * nothing, and is in basic/sandbox.h instead. */
typedef enum Confinement {
        CONFINE_CLIENT,  /* registry-client: speaks with strangers */
        CONFINE_FETCH,   /* gantry-fetch: what it starts has the network from it */
        CONFINE_PREPARE, /* gantry-prepare, when it has the images */
        CONFINE_RUN,     /* gantry-run, when it has a prepared pod */
        CONFINE_CREDENTIALS, /* gantry-login, gantry-logout, registry/credential-agent.h: credential helpers have it from them */
        CONFINE_TRUST,  /* gantry-trust */
        CONFINE_VERIFY, /* gantry-verify */
        CONFINE_GC,     /* gantry-gc, gantry-volume, gantry-stage1, pod-exit: work on the store alone */
        CONFINE_IMAGE,  /* gantry-image */
        CONFINE_EXPORT, /* the same when it writes what the user wants, where he wants it */
        CONFINE_STAGE,  /* a pod's stage while the pod runs */
} Confinement;

/* Takes the rest from the calling process, and from all that it will start, for good: no_new_privs, capabilities, Landlock where the kernel has
 * it, seccomp. `directory_fd` is below what it may write, if that is one place: the store, or a quarantine; or -EBADF. 0 or -errno. */
int confine(Confinement c, int directory_fd);
