/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/socket.h>

#include "image/appc-pod.h"

/* Which app a listening socket of the pod's is for: the one whose name it has, that asks to listen there, or that has a
 * socket-activated port there; else the first. `type`: SOCK_STREAM or SOCK_DGRAM. Borrowed. */
const AppcPodApp *pod_socket_owner(const AppcPod *pod, const char *name, int type,
                                   const struct sockaddr *address, socklen_t size);
