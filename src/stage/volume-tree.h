/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "stage/mounts.h"
#include "stage/stage.h"
#include "store/store.h"

/* What a volume is, as a detached mount in which the pod's ids are those of its files, without devices and set-user-ID programs.
 * All return an fd, or -errno and *reterr_why. */

/* A file or directory of the host, which volume_open_source() has opened. */
int volume_tree_of_host(const Stage *s, int source_fd, const Mount *m, char **reterr_why);
int volume_open_source(const AppcVolume *v, char **reterr_why);

/* `content_fd` is the directory of the image whose files go into one that nobody has used yet; -EBADF: nobody's do. */
int volume_tree_of_pod(const Stage *s, const AppcVolume *v, int content_fd, char **reterr_why);
int volume_tree_by_name(const Stage *s, Store *store, const Mount *m, const char *name, int content_fd,
                        char **reterr_why);
