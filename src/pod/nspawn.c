/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: mapping A.
 * Never: runs anything.
 * Follows: systemd-nspawn(1); appc "Process environment"; DESIGN.md section 6. */

#include "basic/str.h"
#include "basic/strv.h"
#include "pod/annotation-list.h"
#include "pod/annotations.h"
#include "pod/capabilities.h"
#include "pod/capability-names.h"
#include "pod/init-config.h"
#include "pod/nspawn.h"

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

int nspawn_argv(const NspawnSpec *spec, const AppcPod *pod, const AppcPodApp *app, char ***ret) {
        static const char *const fixed[] = {
                "systemd-nspawn",
                "--quiet",
                "--settings=no", /* nothing but this line decides */
                "--keep-unit",   /* the pod's unit is the machine's unit */
                "--register=no", /* the stage does that, who knows what an earlier start has left */
                "--console=pipe",
                "--link-journal=no",
                "--resolv-conf=off",
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
                r = spec->uid_base > 0 ? strv_addf(&argv, "--private-users=%u:65536", spec->uid_base)
                                       : strv_add(&argv, "--private-users=no");
        if (r >= 0 && !host_network)
                r = strv_add(&argv, "--private-network");
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
