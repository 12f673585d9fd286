/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry stop`.
 * Never: removes anything of a pod.
 * Follows: gantry-stop(1). */

#include <string.h>

#include "basic/cli.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "pod-tool/pod-tool.h"
#include "unit/manager.h"

static bool force;

static const CliOption options[] = {
        { 'f', "force", NULL, "Kill at once instead of asking first", cli_set_true, &force },
        {},
};

static const CliProgram program = {
        .name = "gantry-stop",
        .arguments = "[OPTION…] POD…",
        .summary = "Stop pods: their stop signal, their grace, then SIGKILL.",
        .options = options,
        .common = CLI_ROOT,
};

static int stop(Store *s, const char *name) {
        _cleanup_(manager_closep) Manager *manager = NULL;
        _cleanup_free_ char *unit = NULL, *why = NULL;
        _cleanup_pod_dir_ PodDir p = { .fd = -EBADF };

        int r = pod_tool_find(s, name, &p);
        if (r < 0)
                return r;
        if (pod_dir_phase_now(&p) != POD_RUNNING) {
                log_info("Pod '%s' is not running", name);
                return 0;
        }

        r = pod_dir_unit_name(&p, &unit);
        if (r >= 0)
                r = manager_open(&manager);
        if (r >= 0)
                r = unit_stop(manager, unit, force, &why);
        if (r < 0)
                return log_error_errno(r, "Cannot stop pod '%s': %s", name, why ? why : strerror(-r));

        return 0;
}

static int run(int argc, char **argv) {
        char **names;

        int r = cli_parse(&program, argc, argv, &names);
        return r <= 0 ? r : pod_tool_each(names, stop);
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_FAILURE);
}
