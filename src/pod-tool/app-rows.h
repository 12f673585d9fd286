/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/table.h"
#include "image/appc-pod.h"
#include "pod/pod-dir.h"

/* The apps of a pod, a row each: how each is doing, and what it is made of. */
int app_rows(const PodDir *p, const AppcPod *manifest, Table **ret);
