/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/blob.h"
#include "image/appc-pod.h"

/* gantry-init's orders (pod/init-config.h) for an app of the pod; `credentials`: there are some for it. -EINVAL and
 * *reterr_why if the manifest asks for what cannot be: a stop signal, a capability or a kernel parameter that is none. */
int init_orders(const AppcPod *pod, const AppcPodApp *app, bool credentials, Blob *ret, char **reterr_why);

/* The same for one of the app's event handlers, whose command line is `exec`: it runs as the app does. */
int init_handler_orders(const AppcPod *pod, const AppcPodApp *app, char *const *exec, bool credentials,
                        Blob *ret, char **reterr_why);
