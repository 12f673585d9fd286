/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pod/pod-dir.h"

/* Gives the pod being prepared its name, a range of 65536 user ids that no other pod has, and `level` or, if that is NULL, the one of this
 * range (pod/pod-level.h); brings all that is in it to the disk, and moves it to prepared. -EEXIST if a pod of this name is being
 * prepared, prepared or running; -EADDRINUSE if any has this level. Who chooses has `pods_fd` locked; who writes has not. */
int pod_dir_commit(int pods_fd, PodDir *p, const char *name, const char *level);

/* 1 if a pod of this name is being prepared, prepared or running, 0 if there is none now. */
int pod_name_is_taken(int pods_fd, const char *name);
