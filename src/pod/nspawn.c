/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: mapping A.
 * Never: runs anything.
 * Follows: systemd-nspawn(1); appc "Process environment"; DESIGN.md section 6. */

#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <strings.h>

#include "basic/str.h"
#include "basic/strv.h"
#include "pod/init-config.h"
#include "pod/nspawn.h"
#include "pod/oci-app.h"

/* What appc and Docker leave an app by default; nspawn would leave it more. */
#define BIT(capability) (UINT64_C(1) << (capability))
#define DEFAULT_CAPABILITIES                                                                                \
        (BIT(CAP_AUDIT_WRITE) | BIT(CAP_CHOWN) | BIT(CAP_DAC_OVERRIDE) | BIT(CAP_FOWNER) |                  \
         BIT(CAP_FSETID) | BIT(CAP_KILL) | BIT(CAP_MKNOD) | BIT(CAP_NET_BIND_SERVICE) | BIT(CAP_NET_RAW) |  \
         BIT(CAP_SETFCAP) | BIT(CAP_SETGID) | BIT(CAP_SETPCAP) | BIT(CAP_SETUID) | BIT(CAP_SYS_CHROOT))

/* --bind-ro=SOURCE:DESTINATION with the colons and backslashes of SOURCE escaped. */
static int add_bind(char ***argv, const char *source, const char *destination) {
        _cleanup_free_ char *escaped = malloc(strlen(source) * 2 + 1);
        if (!escaped)
                return -ENOMEM;

        char *q = escaped;
        for (const char *p = source; *p; p++) {
                if (*p == ':' || *p == '\\')
                        *q++ = '\\';
                *q++ = *p;
        }
        *q = '\0';

        return strv_addf(argv, "--bind-ro=%s:%s", escaped, destination);
}

int nspawn_argv(const NspawnSpec *spec, const AppcPod *pod, const AppcPodApp *app, char ***ret) {
        static const char *const fixed[] = {
                "systemd-nspawn",
                "--quiet",
                "--settings=no", /* nothing but this line decides */
                "--keep-unit",   /* the pod's unit is the machine's unit */
                "--register=yes",
                "--console=pipe",
                "--link-journal=no",
                "--timezone=off", /* the image's own files stay as they are */
                "--kill-signal=SIGTERM",
                "--private-users-ownership=off", /* the layers come idmapped, the upper directory is the range's */
                "--bind-ro=/run/systemd/journal/socket", /* what the app logs by itself arrives in the host's journal */
                "--bind-ro=/run/systemd/journal/stdout",
                "--bind-ro=/run/systemd/journal/dev-log",
                NULL,
        };
        const char *network = pairs_get(&pod->annotations, ANNOTATION_NETWORK);
        bool host_network = network && streq(network, "host");
        _cleanup_strv_ char **argv = NULL;

        int r = strv_add_all(&argv, (char *const *) fixed);
        if (r >= 0)
                r = strv_addf(&argv, "--machine=%s", spec->machine);
        if (r >= 0)
                r = strv_addf(&argv, "--uuid=%s", spec->uuid);
        if (r >= 0)
                r = strv_addf(&argv, "--directory=%s", spec->root);
        if (r >= 0)
                r = strv_addf(&argv, "--private-users=%u:65536", spec->uid_base);
        if (r >= 0)
                r = strv_add(&argv, host_network ? "--resolv-conf=bind-host" : "--resolv-conf=off");
        if (r >= 0 && !host_network)
                r = strv_add(&argv, "--private-network");
        if (r >= 0 && app->read_only_rootfs)
                r = strv_add(&argv, "--read-only");
        if (r >= 0)
                r = add_bind(&argv, spec->init, INIT_PATH);
        if (r >= 0)
                r = add_bind(&argv, spec->init_config, INIT_CONFIG_PATH);
        if (r >= 0)
                r = strv_add(&argv, INIT_PATH);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(argv);
        return 0;
}

/* "SIGTERM", "TERM" or "15"; what OCI images write. */
static int parse_signal(const char *s) {
        const char *name = strncasecmp(s, "SIG", 3) == 0 ? s + 3 : NULL;
        uint64_t number;

        if (str_to_u64(s, &number) >= 0)
                return number >= 1 && number <= (uint64_t) SIGRTMAX ? (int) number : -EINVAL;

        for (int i = 1; i < SIGRTMIN; i++) {
                const char *known = sigabbrev_np(i);
                if (known && strcasecmp(known, name ? name : s) == 0)
                        return i;
        }

        /* SIGRTMIN+3 asks a systemd inside to shut down. */
        const char *plus = startswith(name ? name : s, "RTMIN+");
        if (plus && str_to_u64(plus, &number) >= 0 && number <= (uint64_t) (SIGRTMAX - SIGRTMIN))
                return SIGRTMIN + number;

        return -EINVAL;
}

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

static void add_environment(FILE *f, const AppcPodApp *app) {
        const Pairs *environment = &app->app->environment;

        if (!pairs_get(environment, "container"))
                add_variable(f, "container", "gantry");
        if (!pairs_get(environment, "AC_APP_NAME"))
                add_variable(f, "AC_APP_NAME", app->name);
        for (size_t i = 0; i < environment->n; i++)
                add_variable(f, environment->items[i].name, environment->items[i].value);
}

int nspawn_init_config(const AppcPodApp *app, Blob *ret) {
        const char *stop_signal = pairs_get(&app->annotations, ANNOTATION_STOP_SIGNAL);
        char *text = NULL;
        size_t size = 0;

        int sig = stop_signal ? parse_signal(stop_signal) : SIGTERM;
        if (sig < 0)
                return sig;

        FILE *f = open_memstream(&text, &size);
        if (!f)
                return -ENOMEM;

        add_user(f, app);
        fprintf(f, INIT_WORKING_DIRECTORY "=%s%c",
                app->app->working_directory ? app->app->working_directory : "/", 0);
        fprintf(f, INIT_CAPABILITIES "=%llx%c", (unsigned long long) DEFAULT_CAPABILITIES, 0);
        fprintf(f, INIT_NO_NEW_PRIVILEGES "=1%c", 0);
        fprintf(f, INIT_STOP_SIGNAL "=%d%c", sig, 0);
        add_environment(f, app);
        STRV_FOREACH(a, app->app->exec)
                fprintf(f, INIT_ARGUMENT "=%s%c", *a, 0);

        if (fclose(f) == EOF) {
                free(text);
                return -ENOMEM;
        }

        *ret = (Blob) { .data = text, .size = size };
        return 0;
}
