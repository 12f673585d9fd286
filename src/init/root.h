/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* In a pod that boots: makes the root of the app whose directory is `place` (pod/init-config.h) this process's root, in a mount
 * namespace of its own, with all that is mounted in there. 0 or -errno. */
int root_enter(const char *place);
