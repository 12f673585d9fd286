/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: command lines of systemd-nspawn: mapping A, and what mapping B runs in.
 * Never: runs anything.
 * Follows: systemd-nspawn(1); appc "Process environment"; DESIGN.md section 6. */

#include <stdio.h>

#include "basic/str.h"
#include "basic/strv.h"
#include "pod/annotation-list.h"
#include "pod/annotations.h"
#include "pod/capabilities.h"
#include "pod/capability-names.h"
#include "pod/init-config.h"
#include "pod/nspawn.h"
#include "pod/pod-networks.h"

#define STAGE1_INIT "/usr/lib/systemd/systemd"

/* What nspawn leaves a container by itself; gantry-init takes away what is too much of it. */
#define BIT(name) CAPABILITY_BIT(CAP_##name)
#define NSPAWN_CAPABILITIES                                                                                 \
        (BIT(AUDIT_CONTROL) | BIT(AUDIT_WRITE) | BIT(CHOWN) | BIT(DAC_OVERRIDE) | BIT(DAC_READ_SEARCH) |    \
         BIT(FOWNER) | BIT(FSETID) | BIT(IPC_OWNER) | BIT(KILL) | BIT(LEASE) | BIT(LINUX_IMMUTABLE) |       \
         BIT(MKNOD) | BIT(NET_BIND_SERVICE) | BIT(NET_BROADCAST) | BIT(NET_RAW) | BIT(SETFCAP) |            \
         BIT(SETGID) | BIT(SETPCAP) | BIT(SETUID) | BIT(SYS_ADMIN) | BIT(SYS_BOOT) | BIT(SYS_CHROOT) |      \
         BIT(SYS_NICE) | BIT(SYS_PTRACE) | BIT(SYS_RESOURCE) | BIT(SYS_TTY_CONFIG))

static int add_capabilities(const AppcPodApp *app, char ***argv) {
        uint64_t mask;
        const char *name;

        int r = app_capabilities(app, &mask, NULL);
        for (unsigned i = 0; r >= 0 && (name = capability_name(i)); i++)
                if (mask & ~NSPAWN_CAPABILITIES & CAPABILITY_BIT(i))
                        r = strv_addf(argv, "--capability=%s", name);

        return r;
}

static int add_limits(const AppcPodApp *app, char ***argv) {
        _cleanup_strv_ char **limits = NULL;

        int r = annotation_list(&app->annotations, ANNOTATION_RLIMITS, &limits);
        STRV_FOREACH(limit, limits)
                if (r >= 0)
                        r = strv_addf(argv, "--rlimit=RLIMIT_%s", *limit);

        return r;
}

/* Where ports of the pod are to be the host's as well (prepare has seen to it that nspawn can do that). */
static int add_ports(const AppcPod *pod, char ***argv) {
        int r = 0;

        for (size_t i = 0; i < pod->n_ports; i++) {
                const AppcPodPort *port = &pod->ports[i];
                const AppcPort *target = pod_port_target(pod, port);

                for (uint32_t k = 0; r >= 0 && target && !target->socket_activated && k < target->count; k++)
                        r = strv_addf(argv, "--port=%s:%u:%u", target->protocol, port->host_port + k,
                                      target->port + k);
        }

        return r;
}

static int add_systemd_networks(const AppcPod *pod, char ***argv) {
        _cleanup_strv_ char **networks = NULL;

        int r = pod_systemd_networks(pod, &networks);
        STRV_FOREACH(network, networks) {
                _cleanup_free_ char *argument = NULL;

                if (r >= 0)
                        r = network_argument(*network, &argument);
                if (r >= 0)
                        r = strv_add(argv, argument);
        }

        return r < 0 ? r : add_ports(pod, argv);
}

/* Where the pod has networks of CNI, or another pod's, nspawn is in that namespace from the start: it cannot join one from within the pod's user
 * namespace. */
static int add_network(const AppcPod *pod, char ***argv) {
        switch (pod_network_kind(pod)) {
        case NETWORK_NONE: return strv_add(argv, "--private-network");
        case NETWORK_SYSTEMD: return add_systemd_networks(pod, argv);
        default: return 0;
        }
}

static int add_common(const NspawnSpec *spec, const AppcPod *pod, char ***argv) {
        static const char *const fixed[] = {
                "systemd-nspawn",
                "--quiet",
                "--settings=trusted", /* the stage's: nspawn_settings() */
                "--keep-unit",        /* the pod's unit is the machine's unit */
                "--register=no",      /* the stage does that, who knows what an earlier start has left */
                "--console=pipe",
                "--link-journal=no",
                "--resolv-conf=off",
                "--timezone=off",                /* the image's own files stay as they are */
                "--private-users-ownership=off", /* the layers come idmapped, the upper directory is the range's */
                NULL,
        };

        int r = strv_add_all(argv, (char *const *) fixed);
        if (r >= 0)
                r = strv_addf(argv, "--machine=%s", spec->machine);
        if (r >= 0)
                r = strv_addf(argv, "--uuid=%s", spec->uuid);
        if (r >= 0 && spec->hostname)
                r = strv_addf(argv, "--hostname=%s", spec->hostname);
        if (r >= 0)
                r = strv_addf(argv, "--directory=%s", spec->root);
        if (r >= 0)
                r = spec->uid_base > 0 ? strv_addf(argv, "--private-users=%u:65536", spec->uid_base)
                                       : strv_add(argv, "--private-users=no");
        if (r >= 0)
                r = add_network(pod, argv);
        if (r >= 0 && spec->process_label)
                r = strv_addf(argv, "--selinux-context=%s", spec->process_label);
        if (r >= 0 && spec->file_label)
                r = strv_addf(argv, "--selinux-apifs-context=%s", spec->file_label);

        return r;
}

int nspawn_argv(const NspawnSpec *spec, const AppcPod *pod, const AppcPodApp *app, char ***ret) {
        _cleanup_strv_ char **argv = NULL;

        int r = add_common(spec, pod, &argv);
        if (r >= 0)
                r = strv_add(&argv, "--kill-signal=SIGTERM");
        if (r >= 0 && app->read_only_rootfs)
                r = strv_add(&argv, "--read-only");
        if (r >= 0)
                r = add_capabilities(app, &argv);
        if (r >= 0)
                r = add_limits(app, &argv);
        if (r >= 0)
                r = strv_add_all(&argv, spec->further);
        if (r >= 0)
                r = strv_add(&argv, INIT_PATH);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(argv);
        return 0;
}

/* What any of the apps may have, the systemd that starts them has to have. */
static int add_capabilities_of_all(const AppcPod *pod, char ***argv) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < pod->n_apps; i++)
                r = add_capabilities(&pod->apps[i], argv);

        return r;
}

int nspawn_argv_boot(const NspawnSpec *spec, const AppcPod *pod, char ***ret) {
        static const char *const booting[] = {
                "--kill-signal=SIGRTMIN+4", /* power off */
                "--notify-ready=yes",
                "--read-only",
                /* All that is there; the usual ten places more would be looked into for each unit and each drop-in. */
                "--setenv=SYSTEMD_UNIT_PATH=/etc/systemd/system:/usr/lib/systemd/system",
                NULL,
        };
        _cleanup_strv_ char **argv = NULL;

        int r = add_common(spec, pod, &argv);
        if (r >= 0)
                r = strv_add_all(&argv, (char *const *) booting);
        if (r >= 0)
                r = add_capabilities_of_all(pod, &argv);
        if (r >= 0)
                r = strv_add_all(&argv, spec->further);
        if (r >= 0)
                r = strv_add(&argv, STAGE1_INIT);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(argv);
        return 0;
}

/* A colon ends a path. */
static void print_path(FILE *f, const char *path) {
        for (const char *p = path; *p; p++)
                fprintf(f, "%s%c", *p == ':' || *p == '\\' ? "\\" : "", *p);
}

/* nspawn skips a line that it does not understand, and cuts the blanks off its end: no path is there. */
static int print_bind(FILE *f, const NspawnBind *b) {
        if (strchr(b->source, '\n') || strchr(b->target, '\n'))
                return -EILSEQ;

        fputs(b->read_only ? "BindReadOnly=" : "Bind=", f);
        print_path(f, b->source);
        fputc(':', f);
        print_path(f, b->target);
        fputs(":rbind\n", f);
        return 0;
}

static int print_settings(FILE *f, const NspawnBind *binds, size_t n, bool boots) {
        /* What the app logs by itself arrives in the host's journal. */
        static const NspawnBind journal[] = {
                { "/run/systemd/journal/socket", "/run/systemd/journal/socket", true },
                { "/run/systemd/journal/stdout", "/run/systemd/journal/stdout", true },
                { "/run/systemd/journal/dev-log", "/run/systemd/journal/dev-log", true },
        };
        int r = 0;

        fputs("[Files]\n", f);
        if (boots) /* it wants a directory of its own where these are */
                fputs("TemporaryFileSystem=/run/systemd:mode=0755\n", f);
        for (size_t i = 0; r >= 0 && i < ELEMENTSOF(journal); i++)
                r = print_bind(f, &journal[i]);
        for (size_t i = 0; r >= 0 && i < n; i++)
                r = print_bind(f, &binds[i]);

        return r;
}

int nspawn_settings(const NspawnBind *binds, size_t n, bool boots, Blob *ret) {
        char *text = NULL;
        size_t size;

        FILE *f = open_memstream(&text, &size);
        if (!f)
                return -ENOMEM;
        int r = print_settings(f, binds, n, boots);
        if (fclose(f) == EOF && r >= 0)
                r = -ENOMEM;
        if (r < 0) {
                free(text);
                return r;
        }

        *ret = (Blob) { .data = text, .size = size };
        return 0;
}
