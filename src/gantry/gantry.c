/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry VERB …`, which executes gantry-VERB.
 * Never: adds anything to what that does.
 * Follows: the convention of git(1) and others. */

#include <stdio.h>
#include <unistd.h>

#include "basic/log.h"
#include "basic/process.h"
#include "basic/str.h"
#include "config.h"

static const struct {
        const char *verb, *help;
} verbs[] = {
        { "fetch", "Download images that the trust rules admit" },
        { "login", "Log in to a registry" },
        { "logout", "Forget the password of a registry" },
        { "verify", "Judge an image against the trust rules" },
        { "trust", "Add, list, remove and check trust rules" },
        { "image", "List, show and remove images" },
        { "pod", "Check, show and list pod files" },
        { "prepare", "Make a pod of images, without starting it" },
        { "run", "Start a pod and follow it" },
        { "list", "List pods" },
        { "status", "Show pods, or wait for them" },
        { "cat-manifest", "Print the manifest of a pod" },
        { "logs", "Show what a pod printed" },
        { "exec", "Run one more command in a pod" },
        { "attach", "See what a pod prints, and type for it" },
        { "cp", "Copy files into and out of a pod" },
        { "export", "Write what a pod has changed as a layer" },
        { "start", "Start an app of a running pod again" },
        { "restart", "Stop an app of a running pod and start it again" },
        { "stop", "Stop pods, or an app of one" },
        { "rm", "Remove pods that have ended" },
        { "volume", "List and remove named volumes" },
        { "stage1", "Build, list and remove images of this host's systemd" },
        { "gc", "Remove ended pods, rubbish, and unused images for room" },
};

static int help(FILE *f) {
        fputs("gantry VERB [OPTION…] [ARGUMENT…]\n\nRun container images as systemd units, as far as the trust rules allow.\n\n",
              f);
        for (size_t i = 0; i < ELEMENTSOF(verbs); i++)
                fprintf(f, "  %-12s %s\n", verbs[i].verb, verbs[i].help);
        fputs("\n  -h, --help  Show this help\n  --version   Show the version\n\nSee 'man gantry', and 'gantry VERB --help'.\n",
              f);

        return f == stdout ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv) {
        _cleanup_free_ char *name = NULL, *path = NULL;

        if (argc < 2)
                return help(stderr);
        char *help_of[] = { argv[0], argv[1 + (argc > 2)], (char *) "--help", NULL };
        if (streq(argv[1], "help") && argc > 2)
                argv = help_of;
        if (streq(argv[1], "--help") || streq(argv[1], "-h") || streq(argv[1], "help"))
                return help(stdout);
        if (streq(argv[1], "--version")) {
                puts("gantry " GANTRY_VERSION);
                return EXIT_SUCCESS;
        }
        if (argv[1][0] == '-' || !in_charset(argv[1], LOWERCASE DIGITS "-")) {
                log_error("Unknown %s '%s'; see 'gantry --help'", argv[1][0] == '-' ? "option" : "verb",
                          argv[1]);
                return EXIT_FAILURE;
        }

        int r = str_printf(&name, "gantry-%s", argv[1]);
        if (r >= 0)
                r = program_path(name, &path);
        if (r < 0) {
                log_error_errno(r, "Cannot find 'gantry %s': %m", argv[1]);
                return EXIT_FAILURE;
        }

        execv(path, argv + 1);
        if (errno == ENOENT)
                log_error("Unknown verb '%s'; see 'gantry --help'", argv[1]);
        else
                log_error_errno(errno, "Cannot execute '%s': %m", path);
        return EXIT_FAILURE;
}
