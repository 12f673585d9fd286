/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: a pod's way into its networks and out of them, for its stage, and for who comes after it.
 * Never: stays when that is done.
 * Follows: pod-network(8); docs/ARCHITECTURE.md, "Networks". */

#include "basic/cli.h"
#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "pod-network/steps.h"

static const CliProgram program = {
        .name = "pod-network",
        .arguments = "[OPTION…] join UUID NAMESPACE | leave UUID",
        .summary = "Have a pod join its networks, or leave them.",
        .common = CLI_ROOT,
};

static int run(int argc, char **argv) {
        _cleanup_(store_closep) Store *store = NULL;
        _cleanup_pod_dir_ PodDir p = { .fd = -EBADF };
        char **args;

        int r = cli_parse(&program, argc, argv, &args);
        if (r <= 0)
                return r;
        bool join = args[0] && streq(args[0], "join"), leave = args[0] && streq(args[0], "leave");
        if ((!join && !leave) || strv_length(args) != (join ? 3 : 2)) {
                log_error("What is it to do? Give 'join', a pod's UUID and a namespace, or 'leave' and a pod's UUID");
                return -EINVAL;
        }

        r = store_open(cli_root, 0, &store);
        if (r >= 0)
                r = pod_dir_open_any(store_pods_fd(store), args[1], &p);
        if (r < 0)
                return log_error_errno(r, "Cannot open pod '%s': %m", args[1]);

        return join ? pod_join(store, &p, args[2]) : pod_leave(&p);
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_FAILURE);
}
