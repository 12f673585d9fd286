/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pod/pod-dir.h"
#include "settings/pod-file.h"

/* Has systemd limit the unit of the pod file as the images of its pod ask for, as far as nobody has said otherwise. Logs. */
int image_limits_apply(const PodFile *f, const PodDir *p);
