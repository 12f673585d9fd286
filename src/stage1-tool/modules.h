/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/blob.h"
#include "stage1/current.h"

/* What the kernel of a release has beside itself, as depmod has written it down. */
typedef struct Modules {
        char *directory; /* "/usr/lib/modules/RELEASE" */
        Blob dependencies, builtin;
        bool signed_only; /* it may refuse others */
} Modules;

void modules_done(Modules *m);
#define _cleanup_modules_ _cleanup_(modules_done)

/* Notes down what it reads in `sources`. */
int modules_load(int root_fd, const char *release, Current *sources, Modules *ret, char **reterr_why);

/* The files of a module and of those it needs, below the directory, in the order in which they are to be loaded: strv, owned by the caller, NULL
 * if it is part of the kernel. '-' and '_' are the same. -ENOENT: neither. */
int modules_find(const Modules *m, const char *name, char ***ret);

/* One of these files as the kernel takes it: unpacked, and without its signature unless that is to be kept. Returns an fd of the file on the
 * host, for current_add_source(). */
int module_read(int root_fd, const char *path, bool keep_signature, Blob *ret, char **reterr_why);
