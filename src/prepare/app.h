/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/appc-pod.h"
#include "settings/settings.h"
#include "store/image-layers.h"

/* An image of the store as an app to be. */
typedef struct App {
        char *reference; /* under which it is judged at every start */
        char *name;      /* of the image, as trust rules see it */
        AppcPodApp manifest;
        LayerRecord *layers; /* bottom first, all of them in the store */
        size_t n_layers;
} App;

void app_done(App *app);

/* Reads the image, OCI or ACI, that the store knows as `text`, to execute what the settings say. `begun` is what a pod manifest
 * says of the app, or empty, and is taken, also on failure. The caller holds the store's lock until a pod refers to the image. Logs
 * what is wrong. */
int app_load(Store *s, const char *text, const AppSettings *settings, AppcPodApp *begun, App *ret);
