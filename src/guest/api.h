/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "guest/place.h"

/* What a program expects to find in its root, of the kernel and for the time being: /dev, /run, /sys, /tmp; and where /proc is to be. In a
 * pod that boots that is for the systemd's root only. 0 or -errno. */
int api_mount(const Place *p);

/* In a process of the PID and cgroup namespaces that they are to show: /proc, of which one may change but little, and the cgroups. */
int api_mount_own(const Place *p, bool may_change_cgroups);
