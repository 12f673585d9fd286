/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/appc-pod.h"
#include "image/oci.h"
#include "settings/settings.h"

/* An OCI image, or an ACI, as an app of a pod manifest. */

/* The app for the image's configuration, with the command line that the settings ask for: Exec= takes the place of
 * Cmd, Entrypoint= that of Entrypoint and Cmd. Fills `app->app` and annotations; the rest is the caller's.
 * -ENOEXEC: there is nothing to execute. -EBADMSG and *reterr_why: a configuration that cannot be mapped. */
int pod_app_from_oci(const OciConfig *config, const AppSettings *s, AppcPodApp *app, char **reterr_why);

/* The app of an ACI: Exec= is appended to its exec, Entrypoint= takes its place. -ENOEXEC as above. */
int pod_app_from_appc(const AppcApp *image_app, const AppSettings *s, AppcPodApp *app);

/* Who the app runs as, as OCI has it: "USER[:GROUP]", where a group that is not named is the user's own. */
int pod_app_set_user(AppcPodApp *app, const char *user);

/* An AC Name for the app from its image's name: "127.0.0.1:5000/Team/web_server" → "web-server". */
int pod_app_name(const char *image_name, char **ret);
