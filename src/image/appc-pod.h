/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/appc-app.h"
#include "image/appc-volume.h"
#include "image/digest.h"

/* The pod manifest: what pod.json holds. What appc has no word for goes into annotations (pairs_get(),
 * pairs_set()), whose names are AC Identifiers. To build one, fill a zeroed struct with allocated members
 * and free it with appc_pod_free(). */

typedef struct AppcMount {
        char *volume;           /* the volume's name */
        char *path;             /* absolute, in the app's root */
        AppcVolume *app_volume; /* or NULL: takes the place of the pod's volume */
} AppcMount;

typedef struct AppcPodPort {
        char *name;         /* of the app's port */
        uint32_t host_port; /* 1…65535 */
        char *host_ip;      /* or NULL for all */
        AppcPort *pod_port; /* or NULL */
} AppcPodPort;

typedef struct AppcPodApp {
        char *name; /* AC Name, unique in the pod */
        bool has_image_id;
        Digest image_id; /* sha512 for an ACI, the manifest's sha256 for OCI */
        char *image_name;
        Pairs image_labels;
        AppcApp *app; /* or NULL: the image's own */
        bool read_only_rootfs;
        AppcMount *mounts;
        size_t n_mounts;
        Pairs annotations;
} AppcPodApp;

typedef struct AppcPod {
        AppcPodApp *apps;
        size_t n_apps;
        AppcVolume *volumes;
        size_t n_volumes;
        AppcIsolator *isolators;
        size_t n_isolators;
        Pairs annotations;
        AppcPodPort *ports;
        size_t n_ports;
        Pairs user_annotations, user_labels;
} AppcPod;

/* -EFBIG beyond APPC_DOCUMENT_MAX, -EBADMSG and *reterr_why if it is not a valid pod manifest. An app
 * without an image ID is a template's and passes. */
int appc_pod_parse(const void *data, size_t size, AppcPod **ret, char **reterr_why);
AppcPod *appc_pod_free(AppcPod *pod);

/* An empty pod of so many empty apps. */
int appc_pod_new(size_t n_apps, AppcPod **ret);
void appc_pod_app_done(AppcPodApp *app);
DEFINE_CLEANUP(AppcPod, appc_pod_free)

/* Writes it, indented. What is written parses to the same struct; a pod that would not parse is refused with
 * -EINVAL. */
int appc_pod_format(const AppcPod *pod, Blob *ret);

/* By name, or NULL; borrowed. */
const AppcPodApp *appc_pod_find_app(const AppcPod *pod, const char *name);
const Json *appc_pod_app_isolator(const AppcPodApp *app, const char *name);
const AppcVolume *appc_pod_find_volume(const AppcPod *pod, const char *name);
