/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the nspawn level: ExecStart= of a pod's unit.
 * Never: runs a pod whose images the trust rules of this moment do not admit; mounts in the host's
 * namespace.
 * Follows: docs/ARCHITECTURE.md, "The nspawn level": holds the pod's lock, exits with the pod's status. */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "basic/cli.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "basic/process.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "image/appc-pod.h"
#include "nspawn-stage1/boot.h"
#include "nspawn-stage1/command.h"
#include "nspawn-stage1/container.h"
#include "nspawn-stage1/credentials-arguments.h"
#include "nspawn-stage1/devices.h"
#include "pod/annotations.h"
#include "pod/pod-dir.h"
#include "stage/assemble.h"
#include "stage/claim.h"
#include "stage/files.h"
#include "stage/ip-filter.h"
#include "stage/labels.h"
#include "stage/limits.h"
#include "stage/load.h"
#include "stage/network.h"
#include "stage/orders.h"
#include "stage/other-pod.h"
#include "stage/place.h"
#include "stage/registration.h"
#include "stage/root.h"
#include "stage/services.h"
#include "stage/verdicts.h"

static const CliProgram program = {
        .name = "stage1-nspawn",
        .arguments = "[OPTION…] UUID",
        .summary = "Run a prepared pod under systemd-nspawn; ExecStart= of its unit.",
        .common = CLI_ROOT,
};

static int take_sockets(Stage *s) {
        int r = services_take(s);
        return r < 0 ? log_error_errno(r, "Cannot take the sockets of pod '%s': %m", s->pod.name) : 0;
}

static int open_metadata(Stage *s) {
        int r = metadata_open(s->manifest, s->pod.uuid, &s->metadata);
        return r < 0 ? log_error_errno(r, "Cannot listen for the metadata service of pod '%s': %m",
                                       s->pod.name)
                     : 0;
}

static int put_app_together(StageApp *a) {
        int r = devices_make(a);
        if (r >= 0)
                r = files_make(a);

        return r < 0 ? r : orders_make(a);
}

static int put_together(Store *store, Stage *s) {
        int r = assemble_roots(s, store);
        if (r >= 0)
                r = network_hear(s); /* the pod's /etc says what has become of it */
        for (size_t i = 0; r >= 0 && i < s->n_apps; i++)
                r = put_app_together(&s->apps[i]);

        return r < 0 || !s->boots ? r : boot_make(s, store);
}

/* It will not look at the pod before it has its settings. */
static int start_nspawn(Stage *s, char ***ret_command, Container **ret) {
        int r = assemble_places(s);
        if (r >= 0)
                r = limits_take_oom_score(&s->apps[0]);
        if (r >= 0)
                r = credentials_pass(s);
        if (r >= 0)
                r = s->boots ? boot_root(s) : str_copy(s->apps[0].root, &s->root);
        if (r < 0)
                return r;

        r = command_make(s, ret_command);
        if (r >= 0)
                r = container_start(s, *ret_command, ret);
        if (r < 0)
                return log_error_errno(r, "Cannot start systemd-nspawn for pod '%s': %m", s->pod.name);

        return 0;
}

static int run_pod(Stage *s, Container *container, Machine *machine) {
        PodEnd end = {};

        int status = container_run(container, machine, &end);
        return claim_finish(&s->pod, status, &end, "systemd-nspawn");
}

static int start(const char *uuid) {
        _cleanup_stage_ Stage s = STAGE_NULL;
        _cleanup_(store_closep) Store *store = NULL;
        _cleanup_(container_freep) Container *container = NULL;
        _cleanup_(machine_closep) Machine *machine = NULL;
        _cleanup_strv_ char **command = NULL;
        _cleanup_free_ pid_t *verify = NULL;

        int r = store_open(cli_root, 0, &store);
        if (r < 0)
                return log_error_errno(r, "Cannot open the store '%s': %s", cli_root,
                                       store_strerror(cli_root, r).text);
        r = claim_pod(store, uuid, &s.pod);
        if (r >= 0)
                r = stage_load(&s, /* name= */ NULL);
        if (r >= 0)
                labels_warn(&s);
        if (r >= 0)
                r = take_sockets(&s);
        if (r >= 0)
                r = open_metadata(&s);
        if (r < 0)
                return r;

        r = network_open(&s);
        if (r >= 0)
                r = other_pod_join(&s, store);
        if (r >= 0)
                r = ip_filter_check(&s);
        if (r >= 0)
                r = network_begin(&s);
        if (r >= 0)
                r = start_nspawn(&s, &command, &container);
        if (r < 0)
                return r;

        verify = calloc(s.n_apps, sizeof(pid_t));
        r = verify ? verdicts_ask(&s, verify)
                   : log_error_errno(-ENOMEM, "Cannot judge the images of pod '%s': %m", uuid);
        if (r < 0)
                return r;

        machine = registration_begin(&s);
        r = put_together(store, &s);
        int verdict = verdicts_hear(&s, verify);
        if (r < 0 || verdict < 0)
                return verdict < 0 ? verdict : r;
        r = registration_claim(&s, &machine);

        return r < 0 ? r : run_pod(&s, container, machine);
}

static int run(int argc, char **argv) {
        char **args;

        int r = cli_parse(&program, argc, argv, &args);
        if (r <= 0)
                return r;
        if (strv_length(args) != 1) {
                log_error("Which pod? Give its UUID");
                return -EINVAL;
        }

        /* First of all: an fd opened before would lead back into the host's namespace, and overlayfs
         * refuses those. */
        r = place_unshare();
        if (r < 0)
                return log_error_errno(r, "Cannot make a mount namespace: %m");

        return start(args[0]);
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_GANTRY);
}
