/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/appc-pod.h"
#include "image/oci.h"

/* An OCI image as an app of a pod manifest. What appc has no word for: */
#define ANNOTATION_IMAGE "gantry/image"       /* the reference that the image is judged by */
#define ANNOTATION_OCI_USER "gantry/oci-user" /* config.User as it is: "user[:group]", group optional */
#define ANNOTATION_STOP_SIGNAL "gantry/stop-signal" /* "SIGINT" */

/* The app for the image's configuration; `arguments` (may be empty) take the place of Cmd. Fills
 * `app->app` and annotations; the rest is the caller's. -ENOEXEC: there is nothing to execute. -EBADMSG
 * and *reterr_why: a configuration that cannot be mapped. */
int pod_app_from_oci(const OciConfig *config, char *const *arguments, AppcPodApp *app, char **reterr_why);

/* The app of an ACI: `arguments` are appended to its exec. -ENOEXEC as above. */
int pod_app_from_appc(const AppcApp *image_app, char *const *arguments, AppcPodApp *app);

/* An AC Name for the app from its image's name: "127.0.0.1:5000/Team/web_server" → "web-server". */
int pod_app_name(const char *image_name, char **ret);
