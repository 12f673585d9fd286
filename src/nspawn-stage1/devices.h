/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "stage/stage.h"

/* Puts the devices that pod.json lists into the pod's /dev. Whether they can be opened the unit decides (DeviceAllow=). Logs. */
int devices_make(StageApp *a);
