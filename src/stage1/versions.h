/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "store/store.h"

/* What is in stage1/: of each kind the versions that this host has had, each locked shared by the pods that run on it. */
typedef enum Stage1Kind {
        STAGE1_IMAGE,  /* VERSION.erofs: a tree with the host's systemd, for pods that boot */
        STAGE1_INITRD, /* VERSION.initrd: the first root of virtual machines, for a kernel of the host */
        _STAGE1_KINDS,
} Stage1Kind;

#define STAGE1_VERSION_MAX 128 /* with the NUL */

/* Letters, digits, '.', '_', '~', '+' and '-'. */
bool stage1_version_is_valid(const char *version);

/* "VERSION.erofs", owned by the caller, and the reverse: NULL if it is none. */
int stage1_file_name(Stage1Kind kind, const char *version, char **ret);
char *stage1_version_of(const char *file_name);

/* The directory, where nobody but root gets: whoever may open an image can lock it. Made if `create`. Returns the fd,
 * -ENOENT if there is none. */
int stage1_dir_open(Store *s, bool create);

/* The names of all files, sorted; strv, owned by the caller. */
int stage1_list(int dir_fd, char ***ret);

/* Whether a pod runs on it (1, 0). */
int stage1_is_used(int dir_fd, const char *file_name);

/* Of whatever kind it is. -EBUSY: a pod runs on it. */
int stage1_remove(int dir_fd, const char *version);
