/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "stage/stage.h"
#include "store/store.h"

/* Where the pod is to be in the network of another one: opens that one's namespace and reads what it is, so that `network_fd`, `network` and `other`
 * say of it what they would say of the pod's own. Logs. */
int other_pod_join(Stage *s, Store *store);
