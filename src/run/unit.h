/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pod/pod-dir.h"
#include "unit/manager.h"

/* The unit of a prepared pod: what pod.json asks of it, the fields of its log, its commands. Started as unit_start() does;
 * without `detach`, with this process's standard output and error, unless `in` is a socket by which the stage is to talk with the caller
 * (pod/attach.h; else -EBADF). -EINVAL and *reterr_why: pod.json does not fit. */
int run_unit(Manager *m, const PodDir *p, const char *unit, bool detach, int in, char **reterr_why);
