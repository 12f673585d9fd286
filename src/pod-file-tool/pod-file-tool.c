/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry pod`: which verb, which pod files are meant.
 * Never: starts a pod: systemctl does.
 * Follows: gantry-pod(1), gantry.pod(5). */

#include <string.h>

#include "basic/cli.h"
#include "basic/log.h"
#include "basic/str.h"
#include "pod-file-tool/pod-file-tool.h"

static const CliProgram program = {
        .name = "gantry-pod",
        .arguments = "check|cat|list [OPTION…] [FILE|NAME…]",
        .summary = "Check, show and list pod files.",
        .common = CLI_TABLE,
};

int pod_tool_load(const char *text, PodFile **ret) {
        _cleanup_free_ char *why = NULL;

        int r = strchr(text, '/') ? pod_file_load_path(text, ret, &why) : pod_file_load(text, ret, &why);
        if (r < 0)
                return log_error_errno(r, "Cannot read pod file '%s': %s", text, why ? why : strerror(-r));

        return 0;
}

static int run(int argc, char **argv) {
        static const struct {
                const char *name;
                int (*run)(char *const *files);
        } verbs[] = {
                { "check", pod_check },
                { "cat", pod_cat },
                { "list", pod_list },
        };
        char **args;

        int r = cli_parse(&program, argc, argv, &args);
        if (r <= 0)
                return r;

        const char *verb = args[0] ? args[0] : "list";
        for (size_t i = 0; i < ELEMENTSOF(verbs); i++)
                if (streq(verb, verbs[i].name))
                        return verbs[i].run(args[0] ? args + 1 : args);

        log_error("Unknown verb '%s'; see 'gantry pod --help'", verb);
        return -EINVAL;
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_FAILURE);
}
