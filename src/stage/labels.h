/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "stage/stage.h"

/* Sets `labels`. Logs. */
int labels_read(Stage *s);

/* Says what there is to say when the pod is started: SELinux may be only looking on. */
void labels_warn(const Stage *s);

/* Options of a mount, with one that makes `context` the label of all that is in it; without, if that is NULL. */
int labels_mount_options(const char *options, const char *context, char **ret);
