/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/appc-pod.h"

/* Mapping B: an app → a [Service] for a systemd that supervises nothing else: the one in a pod of several apps. What of an image
 * is text stays with gantry-init (pod/init-orders.h); a unit says only what systemd is the one to do. */

typedef struct ServiceSpec {
        char *const *credentials; /* of that systemd's own, by name; or NULL */
        const char *disk;         /* the device that the app writes to, "/dev/block/8:0"; or NULL */
} ServiceSpec;

/* Where that systemd has the apps: for each a directory of its name, as gantry-init wants it (pod/init-config.h). */
#define SERVICE_APPS "/apps"

/* Whether it takes a systemd in the pod to run it. */
bool pod_boots(const AppcPod *pod);

/* Whether the app has a /dev of its own, which costs it CAP_MKNOD; where it has the pod's, it was given such a capability. */
bool service_has_own_devices(const AppcPodApp *app);

/* -EINVAL and *reterr_why: more than POD_APPS_MAX apps, names that are none or come twice, an order or an end that names an app which is not
 * there, an order that goes round in a circle. */
int pod_check_apps(const AppcPod *pod, char **reterr_why);

/* "app-NAME.service". -EINVAL: not the name of an app. */
int service_unit_name(const char *app, char **ret);

/* The text of an app's unit. -EINVAL and *reterr_why for what a unit cannot say. */
int service_unit(const AppcPod *pod, const AppcPodApp *app, const ServiceSpec *spec, char **ret,
                 char **reterr_why);

/* The text of default.target, which starts them all. */
int service_target(const AppcPod *pod, char **ret);

/* One more unit: while an app runs, or is about to run again, it is needed; when none does the pod ends. */
#define SERVICE_ALIVE "alive.target"
extern const char service_alive[];

/* In the image: it is there when the pod has its addresses. */
#define SERVICE_NETWORK "systemd-networkd-wait-online.service"
