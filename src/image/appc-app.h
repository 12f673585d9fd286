/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/appc-isolator.h"
#include "image/appc-types.h"

/* The "app" section, of an image manifest and of a pod manifest alike. Members an image does not set are
 * NULL or 0; defaults of the spec are filled in where zero is not the default. */

typedef struct AppcMountPoint {
        char *name;
        char *path; /* absolute */
        bool read_only;
} AppcMountPoint;

typedef struct AppcPort {
        char *name;
        char *protocol;
        uint32_t port, count; /* 1…65535; port + count - 1 too */
        bool socket_activated;
} AppcPort;

typedef struct AppcApp {
        char **exec;
        char *user, *group; /* mandatory: name, number or path */
        uint32_t *supplementary_gids;
        size_t n_supplementary_gids;
        char **pre_start, **post_stop; /* command lines of the event handlers, or NULL */
        char *working_directory;       /* absolute, or NULL for "/" */
        Pairs environment;
        AppcMountPoint *mount_points;
        size_t n_mount_points;
        AppcPort *ports;
        size_t n_ports;
        AppcIsolator *isolators;
        size_t n_isolators;
        Pairs user_annotations, user_labels;
} AppcApp;

AppcApp *appc_app_free(AppcApp *app);
DEFINE_CLEANUP(AppcApp, appc_app_free)

/* JSON: AppcApp * (allocated), and one AppcPort. */
int appc_decode_app(const Json *value, void *member, const JsonPath *at);
int appc_encode_app(const void *member, Json **ret);
int appc_decode_port(const Json *value, void *member, const JsonPath *at);
int appc_encode_port(const void *member, Json **ret);
void appc_port_done(AppcPort *port);
