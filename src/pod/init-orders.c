/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what gantry-init is told about an app.
 * Never: tells it of what is the host's.
 * Follows: pod/init-config.h; appc "Process environment"; OCI runtime-spec, "Default Filesystems"; moby oci/defaults.go for what
 * is covered. */

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>

#include "basic/refuse.h"
#include "basic/signals.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "pod/annotation-list.h"
#include "pod/annotations.h"
#include "pod/capabilities.h"
#include "pod/capability-names.h"
#include "pod/init-config.h"
#include "pod/init-orders.h"
#include "pod/machine.h"
#include "pod/pod-networks.h"
#include "pod/service.h"
#include "pod/stage1-kind.h"

static void add_user(FILE *f, const AppcPodApp *app) {
        const char *oci = pairs_get(&app->annotations, ANNOTATION_OCI_USER),
                   *colon = oci ? strchr(oci, ':') : NULL;

        fprintf(f, INIT_USER "=%s%c", app->app->user, 0);
        if (!oci || (colon && colon[1]))
                fprintf(f, INIT_GROUP "=%s%c", app->app->group, 0);
        else
                fprintf(f, INIT_MEMBER_GROUPS "=1%c", 0);
        for (size_t i = 0; i < app->app->n_supplementary_gids; i++)
                fprintf(f, INIT_GROUP_ID "=%u%c", app->app->supplementary_gids[i], 0);
        if (oci)
                fprintf(f, INIT_MAKE_WORKING_DIRECTORY "=1%c", 0);
}

static void add_variable(FILE *f, const char *name, const char *value) {
        fprintf(f, INIT_ENVIRONMENT "=%s=%s%c", name, value, 0);
}

static void add_environment(FILE *f, const AppcPod *pod, const AppcPodApp *app) {
        const Pairs *environment = &app->app->environment;

        if (!pod_flies(pod) && !pairs_get(environment, "container"))
                add_variable(f, "container", "gantry");
        if (!pairs_get(environment, "AC_APP_NAME"))
                add_variable(f, "AC_APP_NAME", app->name);
        if (pairs_get(&app->annotations, ANNOTATION_TERMINAL) && !pairs_get(environment, "TERM"))
                add_variable(f, "TERM", "xterm");
        for (size_t i = 0; i < environment->n; i++)
                add_variable(f, environment->items[i].name, environment->items[i].value);
}

/* Each item of a list as a record of its own. */
static int add_list(FILE *f, const AppcPodApp *app, const char *annotation, const char *key) {
        _cleanup_strv_ char **list = NULL;

        int r = annotation_list(&app->annotations, annotation, &list);
        STRV_FOREACH(item, list)
                fprintf(f, "%s=%s%c", key, *item, 0);

        return r;
}

/* What shows the host's hardware, its kernel, or what else runs on it. */
static const char *const covered[] = {
        "/proc/acpi",
        "/proc/asound",
        "/proc/interrupts",
        "/proc/kallsyms",
        "/proc/kcore",
        "/proc/keys",
        "/proc/latency_stats",
        "/proc/sched_debug",
        "/proc/scsi",
        "/proc/sysrq-trigger",
        "/proc/timer_list",
        "/proc/timer_stats",
        "/sys/devices/virtual/powercap",
        "/sys/firmware",
        "/sys/kernel/debug",
        "/sys/kernel/tracing",
};

/* What else nspawn mounts over, most of it read-only; it covers some of the above, too, depending on its version. */
static const char *const covered_by_nspawn[] = {
        "/proc/apm", "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
};

/* In a pod that boots each app has a /proc that is not covered yet. */
static void add_covers(FILE *f, const char *key, const char *const *paths, size_t n,
                       char *const *uncovered) {
        for (size_t i = 0; i < n; i++)
                if (!strv_contains(uncovered, paths[i]) && !strv_contains(uncovered, "all"))
                        fprintf(f, "%s=%s%c", key, paths[i], 0);
}

/* Only there: elsewhere it could be a volume. */
static bool may_be_uncovered(const char *path) {
        return startswith(path, "/proc/") || startswith(path, "/sys/");
}

static void uncover(FILE *f, char *const *uncovered) {
        STRV_FOREACH(path, uncovered)
                if (may_be_uncovered(*path))
                        fprintf(f, INIT_UNMASK "=%s%c", *path, 0);
        if (!strv_contains(uncovered, "all"))
                return;
        for (size_t i = 0; i < ELEMENTSOF(covered_by_nspawn); i++)
                fprintf(f, INIT_UNMASK "=%s%c", covered_by_nspawn[i], 0);
        for (size_t i = 0; i < ELEMENTSOF(covered); i++)
                fprintf(f, INIT_UNMASK "=%s%c", covered[i], 0);
}

/* What is covered without being asked for. */
static int add_usual_covers(FILE *f, const AppcPod *pod, const AppcPodApp *app) {
        _cleanup_strv_ char **uncovered = NULL;

        if (pod_flies(pod))
                return 0;

        int r = annotation_list(&app->annotations, ANNOTATION_UNMASK, &uncovered);
        if (r < 0)
                return r;

        if (pod_boots(pod))
                add_covers(f, INIT_READ_ONLY, covered_by_nspawn, ELEMENTSOF(covered_by_nspawn), uncovered);
        else
                uncover(f, uncovered);
        add_covers(f, INIT_MASK, covered, ELEMENTSOF(covered), uncovered);

        return 0;
}

static int add_paths(FILE *f, const AppcPod *pod, const AppcPodApp *app) {
        int r = add_usual_covers(f, pod, app);
        if (r >= 0)
                r = add_list(f, app, ANNOTATION_MASK, INIT_MASK);
        return r < 0 ? r : add_list(f, app, ANNOTATION_READ_ONLY, INIT_READ_ONLY);
}

/* Where no device cgroup of the host's says which may be opened. */
static bool makes_no_devices(const AppcPod *pod) {
        return pod_boots(pod) || pod_is_virtual_machine(pod);
}

static int add_capabilities(FILE *f, const AppcPod *pod, const AppcPodApp *app, char **reterr_why) {
        uint64_t bound, ambient;

        int r = app_capabilities(app, &bound, reterr_why);
        if (r >= 0)
                r = app_ambient_capabilities(app, &ambient, reterr_why);
        if (r < 0)
                return r;

        if (makes_no_devices(pod) && service_has_own_devices(app))
                bound &= ~CAPABILITY_BIT(CAP_MKNOD);
        fprintf(f, INIT_CAPABILITIES "=%" PRIx64 "%c", bound, 0);
        if (ambient)
                fprintf(f, INIT_AMBIENT "=%" PRIx64 "%c", ambient, 0);
        if (app_has_no_new_privileges(app))
                fprintf(f, INIT_NO_NEW_PRIVILEGES "=1%c", 0);
        return 0;
}

/* Of the network namespace, if the pod has one of its own, and of the IPC namespace, which it always has. */
static bool sysctl_is_the_pods_own(const AppcPod *pod, const char *name) {
        static const char *const of_ipc[] = { "fs.mqueue.", "kernel.msg", "kernel.sem", "kernel.shm" };
        NetworkKind kind = pod_network_kind(pod);

        if (pod_flies(pod) || !in_charset(name, LOWERCASE UPPERCASE DIGITS "_-."))
                return false; /* a slash stands for a dot, and two dots for a way out */
        if (startswith(name, "net."))
                return kind != NETWORK_HOST && kind != NETWORK_POD;
        for (size_t i = 0; i < ELEMENTSOF(of_ipc); i++)
                if (startswith(name, of_ipc[i]))
                        return true;

        return false;
}

static int add_sysctls(FILE *f, const AppcPod *pod, char **reterr_why) {
        const Json *sysctls = appc_isolator_get(pod->isolators, pod->n_isolators, "os/unix/sysctl"), *value;
        const char *name;

        for (void *i = NULL; json_next(sysctls, &i, &name, &value);) {
                if (!sysctl_is_the_pods_own(pod, name))
                        return refuse_foreign(reterr_why, "a kernel parameter that is the host's", name);
                if (startswith(name, "net.") && pod_has_networks(pod) && !pod_is_virtual_machine(pod))
                        continue; /* of a namespace that the stage has made */
                fprintf(f, INIT_SYSCTL "=%s=%s%c", name, json_text(value), 0);
        }

        return 0;
}

static int add_stop_signal(FILE *f, const AppcPodApp *app, char **reterr_why) {
        const char *name = pairs_get(&app->annotations, ANNOTATION_STOP_SIGNAL);

        int sig = name ? signal_parse(name) : SIGTERM;
        if (sig < 0)
                return refuse_foreign(reterr_why, "no such signal", name);

        fprintf(f, INIT_STOP_SIGNAL "=%d%c", sig, 0);
        return 0;
}

/* Where systemd puts an app's credentials they are called after its unit. */
static int add_credentials(FILE *f, const AppcPod *pod, const AppcPodApp *app) {
        _cleanup_free_ char *unit = NULL;

        int r = pod_boots(pod) ? service_unit_name(app->name, &unit) : 0;
        if (r < 0)
                return r;

        fprintf(f, INIT_CREDENTIALS "=%s%c", unit ? unit : app->name, 0);
        return 0;
}

static int add_confinement(FILE *f, const AppcPod *pod, const AppcPodApp *app, bool credentials) {
        const char *seccomp = pairs_get(&app->annotations, ANNOTATION_SECCOMP);

        if (!seccomp || !streq(seccomp, "unconfined"))
                fprintf(f, INIT_FILTER "=1%c", 0);

        return credentials ? add_credentials(f, pod, app) : 0;
}

static int write_orders(FILE *f, const AppcPod *pod, const AppcPodApp *app, char *const *exec,
                        bool credentials, char **reterr_why) {
        const char *directory = app->app->working_directory;

        add_user(f, app);
        if (pod_flies(pod))
                fprintf(f, INIT_HOST "=1%c", 0);
        fprintf(f, INIT_WORKING_DIRECTORY "=%s%c", directory ? directory : "/", 0);
        int r = add_capabilities(f, pod, app, reterr_why);
        if (r >= 0)
                r = add_stop_signal(f, app, reterr_why);
        if (r >= 0)
                r = add_paths(f, pod, app);
        if (r >= 0)
                r = add_sysctls(f, pod, reterr_why);
        if (r >= 0)
                r = add_confinement(f, pod, app, credentials);
        if (r < 0)
                return r;

        add_environment(f, pod, app);
        if (exec == app->app->exec && pairs_get(&app->annotations, ANNOTATION_TERMINAL))
                fprintf(f, INIT_TERMINAL "=1%c", 0);
        STRV_FOREACH(a, exec)
                fprintf(f, INIT_ARGUMENT "=%s%c", *a, 0);
        return 0;
}

int init_handler_orders(const AppcPod *pod, const AppcPodApp *app, char *const *exec, bool credentials,
                        Blob *ret, char **reterr_why) {
        _cleanup_free_ char *text = NULL;
        size_t size = 0;

        FILE *f = open_memstream(&text, &size);
        if (!f)
                return -ENOMEM;
        int r = write_orders(f, pod, app, exec, credentials, reterr_why);
        if (fclose(f) == EOF && r >= 0)
                r = -ENOMEM;
        if (r < 0)
                return r;

        *ret = (Blob) { .data = TAKE_PTR(text), .size = size };
        return 0;
}

int init_orders(const AppcPod *pod, const AppcPodApp *app, bool credentials, Blob *ret, char **reterr_why) {
        return init_handler_orders(pod, app, app->app->exec, credentials, ret, reterr_why);
}
