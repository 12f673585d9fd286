/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry trust`: which verb is meant.
 * Never: trusts anything that the administrator has not seen and confirmed.
 * Follows: gantry-trust(1), gantry-trust.d(5). */

#include "basic/cli.h"
#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "trust-tool/trust-tool.h"

static TrustArguments arguments;

static const CliOption options[] = {
        { 0, "prefix", "NAME", "Images the rule is for, by whole components", cli_set_string,
          &arguments.prefix },
        { 0, "require", "WHAT", "signature (default), digest or nothing", cli_set_string,
          &arguments.require },
        { 0, "signed-name", "WHAT", "Name in a signature: repository (default) or any", cli_set_string,
          &arguments.signed_name },
        { 0, "fingerprint", "HEX", "Go on without asking if this is the key's", cli_set_string,
          &arguments.fingerprint },
        { 0, "allow-http", NULL, "Let keys be found and fetched over http", cli_set_true,
          &arguments.allow_http },
        { 'y', "yes", NULL, "Do not ask", cli_set_true, &arguments.yes },
        {},
};

static const CliProgram program = {
        .name = "gantry-trust",
        .arguments = "add|list|rm [OPTION…] [KEYFILE…]",
        .summary = "Add, list and remove trust rules.",
        .options = options,
        .common = CLI_TABLE,
};

static int run(int argc, char **argv) {
        char **args;

        int r = cli_parse(&program, argc, argv, &args);
        if (r <= 0)
                return r;

        const char *verb = args[0] ? args[0] : "list";
        arguments.files = args[0] ? args + 1 : args;
        if (streq(verb, "add"))
                return trust_add(&arguments);
        if (streq(verb, "list"))
                return trust_list(&arguments);
        if (streq(verb, "rm"))
                return trust_rm(&arguments);

        log_error("Unknown verb '%s'; see 'gantry trust --help'", verb);
        return -EINVAL;
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_FAILURE);
}
