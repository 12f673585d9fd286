/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry trust`: which verb is meant.
 * Never: trusts anything that the administrator has not seen and confirmed.
 * Follows: gantry-trust(1), gantry-trust.d(5). */

#include "basic/cli.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "registry/credential-agent.h"
#include "trust-tool/config-write.h"
#include "trust-tool/trust-tool.h"

static TrustArguments arguments = { .agent = -EBADF };

static const CliOption options[] = {
        { 0, "prefix", "NAME", "Images the rule is for, by whole components", cli_set_string,
          &arguments.prefix },
        { 0, "require", "WHAT", "signature (default), digest or nothing", cli_set_string,
          &arguments.require },
        { 0, "threshold", "N", "So many different keys must have signed", cli_set_string,
          &arguments.threshold },
        { 0, "signed-name", "WHAT", "Name in it: repository (default), exact or any", cli_set_string,
          &arguments.signed_name },
        { 0, "enforce", "BOOL", "no: log what would be refused, admit it", cli_set_string,
          &arguments.enforce },
        { 0, "allow-stage1", "WORDS", "What may run them, if not just nspawn and kvm", cli_set_string,
          &arguments.allow_stage1 },
        { 0, "fingerprint", "HEX", "Do not ask: each key must be one of these", cli_add_string,
          &arguments.fingerprints },
        { 0, "allow-http", NULL, "Let keys be found and fetched over http", cli_set_true,
          &arguments.allow_http },
        { 'y', "yes", NULL, "Do not ask", cli_set_true, &arguments.yes },
        {},
};

static const CliProgram program = {
        .name = "gantry-trust",
        .arguments = "add|list|rm|check [OPTION…] [FILE…]",
        .summary = "Add, list, remove and check trust rules.",
        .options = options,
        .common = CLI_TABLE,
};

int trust_load(Policy *ret) {
        int r = policy_load(NULL, ret);
        return r < 0 ? log_error_errno(r, "Cannot read the trust rules: %m") : 0;
}

/* The keys that a name's owner publishes may be behind a login. */
static int start_agent(void) {
        if (strv_length(arguments.files) > 0)
                return 0;

        int r = credential_agent_start(/* authfile= */ NULL, &arguments.agent);
        return r < 0 ? log_error_errno(r, "Cannot start the process that reads credentials: %m") : 0;
}

/* Who may not write the configuration is told so when there is something to write. */
static int enter_cage(bool writes) {
        _cleanup_close_ int directory = writes ? config_open("") : -EBADF;
        return cli_confine(CONFINE_TRUST, directory);
}

/* What would go unheard is refused: it was to make a difference. */
static int check_options(const TrustArguments *a, bool adds, bool writes) {
        bool rule = a->require || a->signed_name || a->threshold || a->enforce || a->allow_stage1 ||
                    a->allow_http;

        if (!adds && rule)
                return log_error_errno(
                                -EINVAL,
                                "What a rule says is for 'gantry trust add'; see 'gantry trust --help'");
        if (!writes && (a->prefix || a->fingerprints))
                return log_error_errno(
                                -EINVAL,
                                "All rules are shown, whatever --prefix= and --fingerprint= say; leave them out");

        return 0;
}

static int run(int argc, char **argv) {
        static const struct {
                const char *name;
                int (*run)(const TrustArguments *a);
                bool writes, asks;
        } verbs[] = {
                { "add", trust_add, true, true },
                { "list", trust_list },
                { "rm", trust_rm, true },
                { "check", trust_check },
        };
        char **args;

        int r = cli_parse(&program, argc, argv, &args);
        if (r <= 0)
                return r;

        const char *verb = args[0] ? args[0] : "list";
        arguments.files = args[0] ? args + 1 : args;
        for (size_t i = 0; i < ELEMENTSOF(verbs); i++) {
                if (!streq(verb, verbs[i].name))
                        continue;
                r = check_options(&arguments, verbs[i].asks, verbs[i].writes);
                if (r >= 0 && verbs[i].asks)
                        r = start_agent();
                if (r >= 0)
                        r = enter_cage(verbs[i].writes);
                return r < 0 ? r : verbs[i].run(&arguments);
        }

        log_error("Unknown verb '%s'; see 'gantry trust --help'", verb);
        return -EINVAL;
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_FAILURE);
}
