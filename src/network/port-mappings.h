/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/appc-pod.h"

/* A pod's published ports as plugins are told of them: the capability "portMappings", a list with an object for each port. */
#define PORT_MAPPINGS "portMappings"

/* Those that systemd listens on for the pod are none. *ret may be empty. */
int port_mappings_make(const AppcPod *pod, Json **ret, char **reterr_why);

/* Is one of them, of two lists, at the same place? Such a one of the first; NULL if not. */
const Json *port_mappings_find_common(const Json *a, const Json *b);

/* Does something on this host listen at one of them? -EADDRINUSE and *reterr_why. */
int port_mappings_check_free(const Json *mappings, char **reterr_why);

/* "127.0.0.1:8080/tcp"; owned by the caller. */
int port_mapping_describe(const Json *mapping, char **ret);
