/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry stage1 VERB`.
 * Never: knows what a verb does.
 * Follows: gantry-stage1(1). */

#include "basic/cli.h"
#include "basic/log.h"
#include "basic/str.h"
#include "stage1-tool/stage1-tool.h"

static const CliProgram program = {
        .name = "gantry-stage1",
        .arguments = "[list]|build [image|initrd]|rm VERSION… [OPTION…]",
        .summary = "Build, list and remove what pods boot, made of this host's systemd and kernel.",
        .common = CLI_ROOT | CLI_TABLE,
};

static int dispatch(Store *s, const char *verb, char *const *rest) {
        if (streq(verb, "rm"))
                return stage1_tool_rm(s, rest);
        if (rest[0] && (!streq(verb, "build") || rest[1]))
                return log_error_errno(-EINVAL, "Too many arguments; see 'gantry stage1 --help'");

        return streq(verb, "build") ? stage1_tool_build(s, rest[0]) : stage1_tool_list(s);
}

static int run(int argc, char **argv) {
        _cleanup_(store_closep) Store *s = NULL;
        char **args;

        int r = cli_parse(&program, argc, argv, &args);
        if (r <= 0)
                return r;
        const char *verb = args[0] ? args[0] : "list";
        bool build = streq(verb, "build");
        if (!build && !streq(verb, "list") && !streq(verb, "rm"))
                return log_error_errno(-EINVAL, "Unknown verb '%s'; see 'gantry stage1 --help'", verb);

        r = store_open(cli_root, build ? STORE_CREATE : 0, &s);
        if (r < 0)
                return log_error_errno(r, "Cannot open the store '%s': %s", cli_root,
                                       store_strerror(cli_root, r).text);
        r = cli_confine(CONFINE_GC, store_root_fd(s));

        return r < 0 ? r : dispatch(s, verb, args[0] ? args + 1 : args);
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_FAILURE);
}
