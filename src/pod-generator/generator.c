/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: gantry-generator: what systemd has to know of pod files before it starts anything.
 * Never: fails the boot for a file that is wrong; looks into /var, which is not there yet; speaks with anybody.
 * Follows: systemd.generator(7), gantry.pod(5). */

#include <fcntl.h>
#include <string.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "basic/cli.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "pod-generator/instances.h"
#include "pod-generator/output.h"

static const CliProgram program = {
        .name = "gantry-generator",
        .arguments = "[OPTION…] NORMAL [EARLY LATE]",
        .summary = "Tell systemd of the pod files; one of its generators.",
};

/* systemd gives its generators nothing that they could write to, and no journal runs at the first of its calls. */
static void find_log(void) {
        if (!getenv("SYSTEMD_SCOPE"))
                return;

        _cleanup_close_ int fd =
                        sd_journal_stream_fd("gantry-generator", LOG_ERR, /* level_prefix= */ false);
        if (fd < 0)
                fd = open("/dev/kmsg", O_WRONLY | O_NOCTTY | O_CLOEXEC);
        if (fd >= 0)
                (void) dup2(fd, STDERR_FILENO);
}

static int generate(int output_fd, const char *name) {
        _cleanup_pod_file_ PodFile *f = NULL;
        _cleanup_free_ char *why = NULL;

        int r = pod_file_load(name, &f, &why);
        if (r < 0)
                return log_error_errno(r, "Cannot use pod file '%s': %s", name, why ? why : strerror(-r));

        for (size_t i = 0; i < f->n_problems; i++) {
                _cleanup_free_ char *problem = NULL;

                if (pod_file_problem(f, i, &problem) >= 0)
                        log_error("%s", problem);
        }

        r = output_write(output_fd, f);
        if (r < 0)
                return log_error_errno(r, "Cannot write the unit of pod file '%s': %m", name);

        return 0;
}

static int run(int argc, char **argv) {
        _cleanup_strv_ char **names = NULL;
        char **args;

        int r = cli_parse(&program, argc, argv, &args);
        if (r <= 0)
                return r;
        if (!args[0]) {
                log_error("Whereto? systemd gives its generators three directories");
                return -EINVAL;
        }

        find_log();
        _cleanup_close_ int output_fd = open(args[0], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (output_fd < 0)
                return log_error_errno(errno, "Cannot open '%s': %m", args[0]);

        r = pod_file_list(&names);
        if (r >= 0)
                r = instances_add(&names);
        if (r < 0) /* those that were found are better than none */
                log_error_errno(r, "Cannot look for pod files: %m");

        STRV_FOREACH(name, names)
                if (!endswith(*name, "@"))
                        (void) generate(output_fd, *name);

        return 0;
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_FAILURE);
}
