/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: mapping B: the unit of an app.
 * Never: says anything of nspawn, or writes a file; has an image's words in a command line.
 * Follows: systemd.service(5), systemd.exec(5), systemd.kill(5); appc "Process environment"; DESIGN.md section 6. */

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>

#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "image/appc-types.h"
#include "pod/annotation-list.h"
#include "pod/annotations.h"
#include "pod/capabilities.h"
#include "pod/capability-names.h"
#include "pod/init-config.h"
#include "pod/isolator-properties.h"
#include "pod/pod-networks.h"
#include "pod/resource-limit.h"
#include "pod/service-property.h"
#include "pod/service.h"
#include "pod/unit-text.h"

int service_unit_name(const char *app, char **ret) {
        _cleanup_free_ char *name = NULL;

        if (!appc_name_is_valid(app)) /* so there is nothing to escape */
                return -EINVAL;
        int r = str_printf(&name, "app-%s.service", app);
        if (r < 0)
                return r;
        if (strlen(name) > NAME_MAX)
                return -EINVAL;

        *ret = TAKE_PTR(name);
        return 0;
}

/* Without devices to be made or hardware to be driven. CAP_MKNOD is in the default: only who was given it by name is to have it. */
bool service_has_own_devices(const AppcPodApp *app) {
        uint64_t bound = 0, ambient = 0;

        (void) app_capabilities(app, &bound, /* reterr_why= */ NULL);
        (void) app_ambient_capabilities(app, &ambient, /* reterr_why= */ NULL);
        return !(bound & CAPABILITY_BIT(CAP_SYS_RAWIO)) && !(ambient & CAPABILITY_BIT(CAP_MKNOD));
}

static int put_apps(FILE *f, const AppcPodApp *app, const char *annotation, const char *key) {
        _cleanup_strv_ char **names = NULL;

        int r = annotation_list(&app->annotations, annotation, &names);
        STRV_FOREACH(name, names) {
                _cleanup_free_ char *unit = NULL;

                if (r >= 0)
                        r = service_unit_name(*name, &unit);
                if (r >= 0)
                        fprintf(f, "%s=%s\n", key, unit);
        }

        return r;
}

/* An end that an automatic restart follows is none. */
static void put_end(FILE *f, const AppcPod *pod, const AppcPodApp *app) {
        const char *end = pairs_get(&pod->annotations, ANNOTATION_END),
                   *main_app = end ? startswith(end, "app:") : NULL;
        bool is_main = main_app && streq(main_app, app->name);

        if (is_main)
                fputs("SuccessAction=poweroff\n", f);
        if (is_main || (end && streq(end, "any-failed")))
                fputs("FailureAction=poweroff\n", f);
}

/* Without default dependencies, which are on a whole system's targets: what stops at the end must be said. */
static int put_unit(FILE *f, const AppcPod *pod, const AppcPodApp *app) {
        fprintf(f,
                "[Unit]\nDescription=App %s\nDefaultDependencies=no\nConflicts=shutdown.target\nBefore=shutdown.target\n"
                "Wants=" SERVICE_ALIVE "\nAfter=" SERVICE_ALIVE "\n",
                app->name);
        put_end(f, pod, app);
        if (pod_network_kind(pod) == NETWORK_SYSTEMD)
                fputs("Wants=" SERVICE_NETWORK "\nAfter=" SERVICE_NETWORK "\n", f);
        int r = put_apps(f, app, ANNOTATION_REQUIRES, "Requires");

        return r < 0 ? r : put_apps(f, app, ANNOTATION_AFTER, "After");
}

/* gantry-init makes the app's root, too: systemd would read the list of all mounts for each path in that. */
static void put_command(FILE *f, const AppcPodApp *app, const char *key, const char *orders) {
        fprintf(f, "%s=" SERVICE_APPS "/%s/gantry/init %s " SERVICE_APPS "/%s\n", key, app->name, orders,
                app->name);
}

/* gantry-init says that the app is ready, or has it say so, and which process it is. How long it may take to start is the pod's
 * affair. */
static void put_process(FILE *f, const AppcPodApp *app) {
        fputs("Type=notify\nNotifyAccess=all\nKillMode=mixed\nTimeoutStartSec=infinity\n", f);
        /* What gantry-init says before the stage has given it the app's own streams. */
        fprintf(f, "StandardError=journal\nSyslogIdentifier=%s\n", app->name);
        if (app->app->pre_start)
                put_command(f, app, "ExecStartPre", INIT_ORDERS_PRE_START);
        put_command(f, app, "ExecStart", INIT_ORDERS);
        if (app->app->post_stop)
                put_command(f, app, "ExecStopPost", INIT_ORDERS_POST_STOP);
}

static int put_property(FILE *f, const char *assignment, char **reterr_why) {
        int r = service_property_check(assignment, reterr_why);
        return r < 0 ? r : unit_put_property(f, assignment);
}

/* An annotation that is the value of one property. */
static int put_annotation(FILE *f, const AppcPodApp *app, const char *annotation, const char *name,
                          char **reterr_why) {
        const char *value = pairs_get(&app->annotations, annotation);
        _cleanup_free_ char *assignment = NULL;

        if (!value)
                return 0;
        int r = str_printf(&assignment, "%s=%s", name, value);
        return r < 0 ? r : put_property(f, assignment, reterr_why);
}

static int put_limits(FILE *f, const AppcPodApp *app, char **reterr_why) {
        _cleanup_strv_ char **limits = NULL;

        int r = annotation_list(&app->annotations, ANNOTATION_RLIMITS, &limits);
        STRV_FOREACH(limit, limits) {
                _cleanup_free_ char *text = NULL;

                if (r >= 0)
                        r = resource_limit_read(*limit, &text, reterr_why);
                if (r >= 0)
                        fprintf(f, "Limit%s\n", text);
        }

        return r;
}

static void put_disk_limit(FILE *f, const AppcApp *app, const char *isolator, const char *what,
                           const char *disk) {
        uint64_t limit;

        if (isolator_disk_limit(app->isolators, app->n_isolators, isolator, &limit))
                fprintf(f, "IORead%sMax=%s %" PRIu64 "\nIOWrite%sMax=%s %" PRIu64 "\n", what, disk, limit,
                        what, disk, limit);
}

/* Any device is meant. What an app writes to is the one that counts. */
static void put_disk_limits(FILE *f, const AppcApp *app, const char *disk) {
        put_disk_limit(f, app, "resource/block-bandwidth", "Bandwidth", disk);
        put_disk_limit(f, app, "resource/block-iops", "IOPS", disk);
}

/* What counts more comes later. */
static int put_properties(FILE *f, const AppcPodApp *app, char **reterr_why) {
        _cleanup_strv_ char **properties = NULL, **asked = NULL;

        int r = isolator_properties(app->app->isolators, app->app->n_isolators, &properties, reterr_why);
        STRV_FOREACH(property, properties)
                if (r >= 0)
                        r = unit_put_property(f, *property);
        if (r >= 0)
                r = put_annotation(f, app, ANNOTATION_RESTART, "Restart", reterr_why);
        if (r >= 0)
                r = put_annotation(f, app, ANNOTATION_STOP_TIMEOUT, "TimeoutStopSec", reterr_why);
        if (r >= 0)
                r = annotation_list(&app->annotations, ANNOTATION_SERVICE_PROPERTIES, &asked);
        STRV_FOREACH(property, asked)
                if (r >= 0)
                        r = put_property(f, *property, reterr_why);

        return r;
}

static int put_credentials(FILE *f, char *const *credentials, char **reterr_why) {
        int r = 0;

        STRV_FOREACH(name, credentials) {
                _cleanup_free_ char *assignment = NULL;

                if (r >= 0 && !in_charset(*name, LOWERCASE UPPERCASE DIGITS "_-.")) /* a colon: a path */
                        r = refuse_foreign(reterr_why, "not the name of a credential", *name);
                if (r >= 0)
                        r = str_printf(&assignment, "LoadCredential=%s", *name);
                if (r >= 0)
                        r = put_property(f, assignment, reterr_why);
        }

        return r;
}

static int put_service(FILE *f, const AppcPod *pod, const AppcPodApp *app, const ServiceSpec *spec,
                       char **reterr_why) {
        fputs("\n[Service]\n", f);
        put_process(f, app);
        int r = put_credentials(f, spec->credentials, reterr_why);
        if (r >= 0)
                r = put_limits(f, app, reterr_why);
        if (spec->disk && pod->n_apps > 1) /* of one, the pod's unit has it */
                put_disk_limits(f, app->app, spec->disk);

        return r < 0 ? r : put_properties(f, app, reterr_why);
}

static int finish(FILE *f, int r) {
        if (r >= 0 && ferror(f))
                r = -ENOMEM;
        if (fclose(f) == EOF && r >= 0)
                r = -ENOMEM;

        return r;
}

int service_unit(const AppcPod *pod, const AppcPodApp *app, const ServiceSpec *spec, char **ret,
                 char **reterr_why) {
        _cleanup_free_ char *text = NULL;
        size_t size;

        FILE *f = open_memstream(&text, &size);
        if (!f)
                return -ENOMEM;
        int r = put_unit(f, pod, app);
        if (r >= 0)
                r = put_service(f, pod, app, spec, reterr_why);
        r = finish(f, r);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(text);
        return 0;
}

/* It wants them and does not require them: one that fails to start is no reason to stop the others. */
int service_target(const AppcPod *pod, char **ret) {
        _cleanup_free_ char *text = NULL;
        size_t size;
        int r = 0;

        FILE *f = open_memstream(&text, &size);
        if (!f)
                return -ENOMEM;
        fputs("[Unit]\nDescription=All apps\nDefaultDependencies=no\nConflicts=shutdown.target\nBefore=shutdown.target\n",
              f);
        for (size_t i = 0; i < pod->n_apps && r >= 0; i++) {
                _cleanup_free_ char *unit = NULL;

                r = service_unit_name(pod->apps[i].name, &unit);
                if (r >= 0)
                        fprintf(f, "Wants=%s\nAfter=%s\n", unit, unit);
        }
        r = finish(f, r);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(text);
        return 0;
}

const char service_alive[] = "[Unit]\n"
                             "Description=Any app\n"
                             "DefaultDependencies=no\n"
                             "StopWhenUnneeded=yes\n"
                             "SuccessAction=poweroff\n";
