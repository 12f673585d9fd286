/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry start`.
 * Never: starts a pod: gantry-run does.
 * Follows: gantry-start(1). */

#include "basic/cli.h"
#include "basic/log.h"
#include "pod-tool/control-app.h"

static const char *app;

static const CliOption options[] = {
        { 0, "app", "APP", "Which app of the pod", cli_set_string, &app },
        {},
};

static const CliProgram program = {
        .name = "gantry-start",
        .arguments = "--app=APP [OPTION…] POD",
        .summary = "Start an app of a running pod that has ended or was stopped.",
        .options = options,
        .common = CLI_ROOT,
};

static int run(int argc, char **argv) {
        char **names;

        int r = cli_parse(&program, argc, argv, &names);
        if (r <= 0)
                return r;
        if (!app)
                return log_error_errno(
                                -EINVAL,
                                "Which app? Name one with --app=; to start a pod, see 'gantry run --help'");

        return control_app(names, app, CONTROL_START);
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_FAILURE);
}
