/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the fly level: ExecStart= of the unit of a pod that has a root of its own, and else is the host's.
 * Never: runs a pod whose images the trust rules of this moment do not let fly; mounts in the host's namespace.
 * Follows: docs/ARCHITECTURE.md, "The fly level": holds the pod's lock, exits with the pod's status. */

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "basic/cli.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "fly-stage1/credentials.h"
#include "fly-stage1/flight.h"
#include "pod/stage1-kind.h"
#include "stage/assemble.h"
#include "stage/claim.h"
#include "stage/files.h"
#include "stage/ip-filter.h"
#include "stage/limits.h"
#include "stage/load.h"
#include "stage/orders.h"
#include "stage/place.h"
#include "stage/registration.h"
#include "stage/services.h"
#include "stage/verdicts.h"

static const CliProgram program = {
        .name = "stage1-fly",
        .arguments = "[OPTION…] UUID",
        .summary = "Run a prepared pod on the host itself; ExecStart= of its unit.",
        .common = CLI_ROOT,
};

/* It was made to, and has become nothing that needs a container: pod.json is what gantry-prepare wrote. */
static int check(const Stage *s) {
        return pod_flies(s->manifest) && s->n_apps == 1 && !s->boots
                               ? 0
                               : log_error_errno(-EINVAL,
                                                 "Cannot let pod '%s' fly: it was not prepared for that",
                                                 s->pod.name);
}

static int take_from_unit(Stage *s) {
        int r = services_take(s);
        if (r >= 0)
                r = metadata_open(s->manifest, s->pod.uuid, &s->metadata);

        return r < 0 ? log_error_errno(r, "Cannot take the sockets of pod '%s': %m", s->pod.name) : 0;
}

static int make_flight(Stage *s, Flight **ret) {
        int r = assemble_places(s);
        if (r >= 0)
                r = limits_take_oom_score(&s->apps[0]);
        if (r < 0)
                return r;

        r = flight_new(s, ret);
        return r < 0 ? log_error_errno(r, "Cannot make room for pod '%s': %m", s->pod.name) : 0;
}

static int make_read_only(const StageApp *a) {
        struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };

        if (a->app->read_only_rootfs &&
            mount_setattr(a->view_fd, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0)
                return log_error_errno(errno, "Cannot make the root of pod '%s' read-only: %m",
                                       a->stage->pod.name);

        return 0;
}

static int put_together(Store *store, Stage *s, Flight **ret) {
        StageApp *a = &s->apps[0];

        int r = make_flight(s, ret);
        if (r >= 0)
                r = assemble_roots(s, store);
        if (r >= 0)
                r = files_make(a);
        if (r >= 0)
                r = credentials_show(a);
        if (r >= 0)
                r = orders_make(a);

        return r < 0 ? r : make_read_only(a);
}

static int run_pod(Stage *s, Flight *flight, Machine *machine) {
        PodEnd end = {};

        int status = flight_run(flight, machine, &end);
        return claim_finish(&s->pod, status, &end, "it");
}

/* The images are judged while their roots are put together. */
static int judge_and_run(Stage *s, Store *store) {
        _cleanup_(flight_freep) Flight *flight = NULL;
        _cleanup_(machine_closep) Machine *machine = registration_begin(s);
        pid_t verify = 0;

        int r = verdicts_ask(s, &verify);
        if (r < 0)
                return r;
        r = put_together(store, s, &flight);
        int verdict = verdicts_hear(s, &verify);
        if (r < 0 || verdict < 0)
                return verdict < 0 ? verdict : r;
        r = registration_claim(s, &machine);

        return r < 0 ? r : run_pod(s, flight, machine);
}

/* Takes the fd. */
static int start(const char *uuid, int host_mounts_fd) {
        _cleanup_stage_ Stage s = STAGE_NULL;
        _cleanup_(store_closep) Store *store = NULL;

        s.host_mounts_fd = host_mounts_fd;
        int r = store_open(cli_root, 0, &store);
        if (r < 0)
                return log_error_errno(r, "Cannot open the store '%s': %s", cli_root,
                                       store_strerror(cli_root, r).text);
        r = claim_pod(store, uuid, &s.pod);
        if (r < 0)
                return r;

        s.host = true;
        r = stage_load(&s, /* name= */ NULL);
        if (r >= 0)
                r = check(&s);
        if (r >= 0)
                r = ip_filter_check(&s);
        if (r >= 0)
                r = take_from_unit(&s);

        return r < 0 ? r : judge_and_run(&s, store);
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

        /* First of all: an fd opened before would lead back into the host's namespace, as this one is to do. */
        _cleanup_close_ int host = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
        r = host < 0 ? -errno : place_unshare();
        if (r < 0)
                return log_error_errno(r, "Cannot make a mount namespace: %m");

        return start(args[0], TAKE_FD(host));
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_GANTRY);
}
