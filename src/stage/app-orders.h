/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/blob.h"
#include "stage/stage.h"

/* What gantry-init is told about the app (INIT_ORDERS), and about one of its event handlers. On failure *reterr_why may say why. */
int app_orders(const StageApp *a, Blob *ret, char **reterr_why);
int app_handler_orders(const StageApp *a, char *const *exec, Blob *ret, char **reterr_why);

/* Notes them down in the app's directory, for the pod's root, and for `gantry exec` to begin with. Returns an fd of the file. */
int app_orders_keep(const StageApp *a, const Blob *orders);
