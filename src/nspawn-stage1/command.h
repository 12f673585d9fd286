/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "stage/stage.h"

/* The command line of systemd-nspawn, which is started while the pod is put together; strv, owned by the caller. */
int command_make(const Stage *s, char ***ret);

/* The settings that it waits for, when the pod was put together. */
int command_settings(const Stage *s, Blob *ret);
