/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* A port of the host that is one of the pod's: "[IP:]HOST[-LAST]:POD[-LAST][/PROTOCOL]", or "[IP:]HOST:NAME" of a port that an app declares. */
typedef struct PortSetting {
        char *host_ip; /* NULL: all */
        uint32_t host_port, count;
        uint32_t pod_port; /* 0: by name */
        char *name;
        char *protocol; /* "tcp", "udp" or "sctp"; NULL: by name */
} PortSetting;

void port_setting_done(PortSetting *p);
#define _cleanup_port_setting_ _cleanup_(port_setting_done)

/* -EINVAL and *reterr_why, which does not repeat the value. */
int port_setting_parse(const char *value, PortSetting *ret, char **reterr_why);
