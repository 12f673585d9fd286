/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "nspawn-stage1/running-app.h"

/* What the exit status of a pod is whose apps (as many as the stage has) have all ended: that of the app that decides by ANNOTATION_END,
 * else of the one that failed first, else 0. `stopped`: it was asked to end. *ret_last is that app's last report. */
int pod_status(const Stage *s, const RunningApp *apps, bool stopped, InitStatus *ret_last);
