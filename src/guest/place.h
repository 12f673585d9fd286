/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/stat.h>

#include "guest/config.h"

/* Where an app is put together: PLACES/NAME has its root and whatever else is to be seen in there. In a pod that boots the systemd mounts
 * that, in the root of its own, for much of it is below what it mounts first: the app's root is looked at in a view that has empty stand-ins
 * for these. */
#define PLACES "/apps"

typedef struct PlaceBind {
        char *source; /* as PLACES/NAME/… */
        char *target;
        bool read_only;
} PlaceBind;

typedef struct Place {
        const GuestApp *app;
        bool boots;
        char *path;
        char *root;
        int view_fd;      /* the root, or the view of it */
        char **targets;   /* those that are taken */
        PlaceBind *binds; /* pods that boot: what the systemd is to mount */
        size_t n_binds;
} Place;

#define PLACE_NULL                                                                                          \
        (Place) {                                                                                           \
                .view_fd = -EBADF                                                                           \
        }

/* Stacks the app's layers, whose disks are mounted, below a directory that it may write to. */
int place_make(const GuestApp *app, bool boots, Place *ret, char **reterr_why);
void place_done(Place *p);

/* In a pod that boots, before anything is looked up. */
int place_view(Place *p);

/* Mounts a file system of the kernel's at a path of the view, which it makes if it is missing and follows no further than the root. */
int place_mount_kernel(const Place *p, const char *path, const char *type, unsigned long flags,
                       const char *options);

/* In a process that has mounts of its own by now: the view is of those. */
int place_look_again(Place *p);

int place_make_read_only(const Place *p);

/* Shows something of the guest's own at such a path. */
int place_show(const Place *p, const char *source, const char *path, bool read_only);

/* Where `path` leads in there (basic/target.h), for something to be mounted. -EACCES: that is no place for it, -EBUSY: it is
 * taken, -ENOTEMPTY: it would hide something. */
int place_find_target(Place *p, const char *path, mode_t kind, char **ret);

/* Mounts a detached tree, or a file, at such a target. */
int place_mount(Place *p, int tree, const char *target, bool read_only);
