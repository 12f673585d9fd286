/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "stage/stage.h"
#include "store/store.h"

/* Mounts what pod.json wants mounted in the app's root: volumes, and file systems in memory. Logs. */
int volumes_mount(StageApp *a, Store *store);
