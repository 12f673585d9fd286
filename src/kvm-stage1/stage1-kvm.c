/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the kvm level: ExecStart= of the unit of a pod in a virtual machine.
 * Never: runs a pod whose images the trust rules of this moment do not admit; mounts in the host's namespace.
 * Follows: docs/ARCHITECTURE.md, "The kvm level": holds the pod's lock, exits with the pod's status. */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "basic/cli.h"
#include "basic/log.h"
#include "basic/strv.h"
#include "kvm-stage1/virtual-machine.h"
#include "stage/claim.h"
#include "stage/labels.h"
#include "stage/limits.h"
#include "stage/load.h"
#include "stage/network.h"
#include "stage/place.h"
#include "stage/registration.h"
#include "stage/verdicts.h"

static const CliProgram program = {
        .name = "stage1-kvm",
        .arguments = "[OPTION…] UUID",
        .summary = "Run a prepared pod in a virtual machine; ExecStart= of its unit.",
        .common = CLI_ROOT,
};

/* qemu is nobody on the host but who has the pod's ids. */
static int check(const Stage *s) {
        return s->uid_base > 0 ? 0
                               : log_error_errno(-EINVAL,
                                                 "Cannot run pod '%s' in a virtual machine without user ids of its own",
                                                 s->pod.name);
}

static int make_places(Stage *s) {
        const char *what;

        int r = place_make(s, &what);
        for (size_t i = 0; r >= 0 && i < s->n_apps; i++) {
                what = "make the places of the apps";
                r = place_make_app(&s->apps[i]);
        }
        if (r < 0)
                return log_error_errno(r, "Cannot %s for pod '%s': %m", what, s->pod.name);

        return limits_take_oom_score(&s->apps[0]);
}

static int run_pod(Stage *s, VirtualMachine *m, Machine *machine) {
        PodEnd end = {};

        int status = virtual_machine_run(m, machine, &end);
        return claim_finish(&s->pod, status, &end, "its virtual machine");
}

/* The machine begins to boot while the images are judged: nothing of them runs before that is done. */
static int judge_and_run(Stage *s, Store *store, pid_t *verify) {
        _cleanup_(virtual_machine_freep) VirtualMachine *m = NULL;
        _cleanup_(machine_closep) Machine *machine = registration_begin(s);

        int r = network_begin(s);
        if (r >= 0)
                r = verdicts_ask(s, verify);
        if (r >= 0)
                r = virtual_machine_start(s, store, &m);
        if (r >= 0)
                r = network_hear(s);
        if (r >= 0)
                r = virtual_machine_join(m);
        int verdict = verdicts_hear(s, verify);
        if (r < 0 || verdict < 0)
                return verdict < 0 ? verdict : r;
        r = registration_claim(s, &machine);

        return r < 0 ? r : run_pod(s, m, machine);
}

static int start(const char *uuid) {
        _cleanup_stage_ Stage s = STAGE_NULL;
        _cleanup_(store_closep) Store *store = NULL;
        _cleanup_free_ pid_t *verify = NULL;

        int r = store_open(cli_root, 0, &store);
        if (r < 0)
                return log_error_errno(r, "Cannot open the store '%s': %s", cli_root,
                                       store_strerror(cli_root, r).text);
        r = claim_pod(store, uuid, &s.pod);
        if (r < 0)
                return r;

        s.vm = true;
        r = stage_load(&s, /* name= */ NULL);
        if (r >= 0)
                labels_warn(&s);
        if (r >= 0)
                r = check(&s);
        if (r >= 0)
                r = make_places(&s);
        if (r >= 0)
                r = network_open(&s);
        if (r < 0)
                return r;
        verify = calloc(s.n_apps, sizeof(pid_t));
        if (!verify)
                return log_error_errno(-ENOMEM, "Cannot judge the images of pod '%s': %m", uuid);

        return judge_and_run(&s, store, verify);
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

        /* First of all: an fd opened before would lead back into the host's namespace. */
        r = place_unshare();
        if (r < 0)
                return log_error_errno(r, "Cannot make a mount namespace: %m");

        return start(args[0]);
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_GANTRY);
}
