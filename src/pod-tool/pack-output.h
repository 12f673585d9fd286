/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pod-tool/pack.h"

/* A whole tar of one tree, to an fd. As pack_tree(). */
int pack_to_fd(int fd, int dir_fd, const char *name, const char *path, const PackOptions *o,
               char **reterr_why);
