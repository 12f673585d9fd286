/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry volume VERB`.
 * Never: knows what a verb does.
 * Follows: gantry-volume(1). */

#include "basic/cli.h"
#include "basic/log.h"
#include "basic/str.h"
#include "volume-tool/volume-tool.h"

static const CliProgram program = {
        .name = "gantry-volume",
        .arguments = "[list]|rm [OPTION…] [VOLUME…]",
        .summary = "List named volumes and remove them.",
        .common = CLI_ROOT | CLI_TABLE,
};

static int run(int argc, char **argv) {
        _cleanup_(store_closep) Store *s = NULL;
        char **args;

        int r = cli_parse(&program, argc, argv, &args);
        if (r <= 0)
                return r;
        const char *verb = args[0] ? args[0] : "list";
        bool list = streq(verb, "list");
        if (!list && !streq(verb, "rm"))
                return log_error_errno(-EINVAL, "Unknown verb '%s'; see 'gantry volume --help'", verb);
        if (list && args[0] && args[1])
                return log_error_errno(-EINVAL, "No volume is wanted; see 'gantry volume --help'");

        r = store_open(cli_root, 0, &s);
        if (r < 0)
                return log_error_errno(r, "Cannot open the store '%s': %s", cli_root,
                                       store_strerror(cli_root, r).text);
        if (store_pods_fd(s) < 0)
                return log_error_errno(store_pods_fd(s),
                                       "Cannot look at the volumes of '%s': %m; they are root's", cli_root);
        r = cli_confine(CONFINE_GC, store_root_fd(s));
        if (r < 0)
                return r;

        return list ? volume_tool_list(s) : volume_tool_rm(s, args + 1);
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_FAILURE);
}
