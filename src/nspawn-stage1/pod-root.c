/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the root of a pod that does not run, for a program that wants to look at its files.
 * Never: runs anything; mounts in the host's namespace.
 * Follows: pod-root(8). */

#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include "basic/cli.h"
#include "basic/fd-pass.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "basic/strv.h"
#include "stage/assemble.h"
#include "stage/load.h"
#include "stage/place.h"
#include "stage/root.h"

static const CliProgram program = {
        .name = "pod-root",
        .arguments = "[OPTION…] UUID [APP]",
        .summary = "Mount the root of an app whose pod does not run, and hand it to the caller.",
        .common = CLI_ROOT,
};

/* The view is a mount of its own with all the others in it, and stays as long as somebody has it open, though this process's
 * mount namespace goes. */
static int hand_over(const Stage *s) {
        _cleanup_close_ int tree = open_tree(s->apps[0].workshop_fd, "view",
                                             OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
        int r = tree < 0 ? -errno : fd_pass(STDOUT_FILENO, tree);

        return r < 0 ? log_error_errno(r, "Cannot hand the root of pod '%s' over: %m", s->pod.name) : 0;
}

/* `app` may be NULL: the pod's only one. */
static int mount_app(const char *uuid, const char *app) {
        _cleanup_stage_ Stage s = STAGE_NULL;
        _cleanup_(store_closep) Store *store = NULL;

        int r = store_open(cli_root, 0, &store);
        if (r < 0)
                return log_error_errno(r, "Cannot open the store '%s': %s", cli_root,
                                       store_strerror(cli_root, r).text);
        r = pod_dir_open_any(store_pods_fd(store), uuid, &s.pod);
        if (r < 0)
                return log_error_errno(r, "Cannot find pod '%s': %m", uuid);

        r = stage_load(&s, app);
        if (r >= 0 && s.n_apps != 1)
                return log_error_errno(-ENOTUNIQ, "Which app of pod '%s'? It has several", s.pod.name);
        if (r >= 0)
                r = assemble_places(&s);
        if (r >= 0)
                r = assemble_roots(&s, store);

        return r < 0 ? r : hand_over(&s);
}

static int run(int argc, char **argv) {
        char **args;

        int r = cli_parse(&program, argc, argv, &args);
        if (r <= 0)
                return r;
        if (strv_length(args) < 1 || strv_length(args) > 2)
                return log_error_errno(
                                -EINVAL,
                                "Which pod, and which of its apps? Give the UUID of the one and the name of the other");

        r = place_unshare();
        if (r < 0)
                return log_error_errno(r, "Cannot make a mount namespace: %m");

        return mount_app(args[0], args[1]);
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_FAILURE);
}
