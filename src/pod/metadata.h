/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/appc-pod.h"

/* What several programs know about the metadata service of a pod. */

#define METADATA_PATH "/acMetadata/v1"
#define METADATA_PORT 2        /* on the pod's own loopback, where only its root could take it */
#define METADATA_TOKEN_SIZE 32 /* hexadecimal digits: 128 bits */

#define HMAC_KEY_FILE "hmac-key" /* in the pod's directory */
#define HMAC_KEY_SIZE 64

/* Is it told of the service: an app of an appc image, or of an appc pod manifest. And is any of the pod's? */
bool app_has_metadata(const AppcPod *pod, const AppcPodApp *app);
bool pod_has_metadata(const AppcPod *pod);

/* Makes the pod's key if it has the service. */
int metadata_make_key(const AppcPod *pod, int pod_fd);

/* A UUID in any of its spellings, with or without hyphens, upper or lower case, as pods' directories are called. -EINVAL. */
int metadata_uuid(const char *text, char ret[static 37]);
