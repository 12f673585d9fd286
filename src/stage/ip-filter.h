/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "stage/stage.h"

/* Whether what the pod may not reach (IPAddressDeny=, RestrictNetworkInterfaces= of its unit) is kept from it. systemd goes on without a filter where
 * it cannot have one; a pod does not. Called before the stage leaves the unit's cgroup. Logs. */
int ip_filter_check(const Stage *s);
