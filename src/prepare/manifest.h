/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/appc-pod.h"
#include "settings/settings.h"
#include "store/store.h"

/* A pod manifest that somebody else has written, as `--pod-manifest=` has it. */

/* What it says with annotations of ours is in the settings, where each app is named, and is left out of the manifest.
 * -errno and *reterr_why: it is none, or says what is not for it to say. */
int manifest_parse(const void *data, size_t size, AppcPod **ret, PodSettings **ret_settings,
                   char **reterr_why);

/* The same for a file, when the sources of its volumes are there. */
int manifest_load(const char *path, AppcPod **ret, PodSettings **ret_settings, char **reterr_why);

/* The reference of an app's image: its ID if the store has that, else its name with its labels. */
int manifest_image(Store *s, const AppcPodApp *app, char **ret, char **reterr_why);

/* When the images have said what they have: mounts the volumes that have the names of mount points. Each app is told of the metadata
 * service. */
int manifest_complete(AppcPod *pod);
