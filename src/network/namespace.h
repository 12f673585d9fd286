/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/appc-pod.h"
#include "network/pod-network.h"

/* The network namespace of a pod. It has no name anywhere: it is there as long as an fd or a process is. */

/* A new one, its loopback up, with the pod's parameters of the kernel (os/unix/sysctl, of net.*), or none if `pod` is NULL. Returns an fd. */
int namespace_make(const AppcPod *pod, char **reterr_why);

/* One that looks as the pod's did, for plugins that find out there what to take back. Returns an fd. */
int namespace_make_stand_in(const PodNetwork *n);

/* Is there what the results say? -EREMOTEIO and *reterr_why if not. */
int namespace_check(int fd, const PodNetwork *n, char **reterr_why);

/* Calls it in there, and returns what it returns. */
int namespace_call(int fd, int (*call)(void *data), void *data);

/* In there: "net.ipv4.ip_forward". */
int namespace_set_parameter(const char *name, const char *value);
