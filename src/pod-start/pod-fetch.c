/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: ExecStart= of gantry-fetch@NAME.service: the images of a pod file are in the store before its pod is made.
 * Never: complains of a pod file: gantry@NAME.service comes next, and is where people look.
 * Follows: gantry.pod(5), "Pull=". */

#include <string.h>

#include "basic/cli.h"
#include "basic/log.h"
#include "basic/strv.h"
#include "pull/pull.h"
#include "settings/pod-file.h"

static const CliOption options[] = {
        { 0, "registry-socket", "PATH", "Leave the network to who listens there", cli_set_string,
          &pull_registry_socket },
        {},
};

static const CliProgram program = {
        .name = "pod-fetch",
        .arguments = "[OPTION…] NAME",
        .summary = "Fetch the images of a pod file; ExecStart= of gantry-fetch@NAME.service.",
        .options = options,
        .common = CLI_ROOT,
};

/* Of several images, all are tried. */
static int fetch_image(const PodFile *f, const AppSettings *app) {
        _cleanup_free_ char *image = NULL;
        PullMode mode = PULL_MISSING;

        int r = app->pull ? pull_set_mode(app->pull, &mode) : 0;
        if (r < 0)
                return log_error_errno(r, "Cannot use Pull= of pod file '%s': %m", f->name.name);

        return mode == PULL_NEVER ? 0
                                  : pull_image(app->image, mode, pod_settings_stage1(f->settings), &image);
}

static int fetch(const char *name) {
        _cleanup_pod_file_ PodFile *f = NULL;
        _cleanup_free_ char *why = NULL;
        int result = 0;

        int r = pod_file_load(name, &f, &why);
        if (r == -ENOMEM)
                return log_error_errno(r, "Cannot read pod file '%s': %m", name);
        if (r < 0 || f->n_problems > 0) {
                log_info("Nothing to fetch for pod file '%s', which cannot be used", name);
                return 0;
        }
        for (size_t i = 0; i < f->settings->n_apps; i++) {
                r = fetch_image(f, f->settings->apps[i]);
                if (r < 0)
                        result = r;
        }

        return result;
}

static int run(int argc, char **argv) {
        char **args;

        int r = cli_parse(&program, argc, argv, &args);
        if (r <= 0)
                return r;
        if (strv_length(args) != 1) {
                log_error("Which pod file? Give its name");
                return -EINVAL;
        }

        return fetch(args[0]);
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_FAILURE);
}
