/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry rm`.
 * Never: removes a pod that somebody is alive in.
 * Follows: gantry-rm(1). */

#include "basic/cli.h"
#include "basic/log.h"
#include "pod-tool/pod-tool.h"

static const CliProgram program = {
        .name = "gantry-rm",
        .arguments = "[OPTION…] POD…",
        .summary = "Remove pods that have ended or were never started.",
        .common = CLI_ROOT,
};

static int rm(Store *s, const char *name) {
        _cleanup_pod_dir_ PodDir p = { .fd = -EBADF };

        int r = pod_tool_find(s, name, &p);
        if (r < 0)
                return r;

        r = pod_dir_lock(&p);
        if (r == -EWOULDBLOCK)
                return log_error_errno(r, "Cannot remove pod '%s': it is %s; use 'gantry stop %s' first",
                                       name, pod_phase_name(p.phase), name);
        if (r >= 0)
                r = pod_dir_remove(store_pods_fd(s), &p);
        if (r < 0 && r != -ENOENT)
                return log_error_errno(r, "Cannot remove pod '%s': %m", name);

        return 0;
}

static int run(int argc, char **argv) {
        char **names;

        int r = cli_parse(&program, argc, argv, &names);
        return r <= 0 ? r : pod_tool_each(names, rm);
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_FAILURE);
}
