/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry export`: what a pod has changed, as a layer.
 * Never: disturbs the pod; writes what another app or a volume has.
 * Follows: gantry-export(1); OCI image-spec, "Image Layer Filesystem Changeset". */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "basic/cli.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "basic/output.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "pod-tool/pack-output.h"
#include "pod-tool/pod-files.h"
#include "pod-tool/pod-tool.h"

static const char *app, *file = "-";

static const CliOption options[] = {
        { 0, "app", "APP", "Of this app of a pod that has several", cli_set_string, &app },
        { 'o', "output", "FILE", "Write to a file instead of standard output", cli_set_file, &file },
        {},
};

static const CliProgram program = {
        .name = "gantry-export",
        .arguments = "[OPTION…] POD",
        .summary = "Write what a pod has changed of its image as the tar of a layer.",
        .options = options,
        .common = CLI_ROOT,
};

/* The upper directory of its overlay. Returns the fd. */
static int open_changes(const PodDir *p, const char *name) {
        _cleanup_free_ char *path = NULL;

        int r = str_printf(&path, "apps/%s/upper", name);
        int fd = r < 0 ? r : open_beneath(p->fd, path, O_RDONLY | O_DIRECTORY);
        if (fd == -ENOENT)
                return log_error_errno(fd, "Cannot export pod '%s': it was never started", p->name);

        return fd < 0 ? log_error_errno(fd, "Cannot open the changes of pod '%s': %m", p->name) : fd;
}

static int export(const PodFiles *f, int changes_fd) {
        _cleanup_output_ Output output = OUTPUT_NULL;
        _cleanup_free_ char *why = NULL;

        if (streq(file, "-") && isatty(STDOUT_FILENO))
                return log_error_errno(-EINVAL, "Cannot write a tar to a terminal; use -o FILE");
        int r = output_open(file, &output);
        if (r >= 0)
                r = pack_to_fd(output.fd, changes_fd, ".", ".",
                               &(PackOptions) { .base = f->base, .is_changes = true }, &why);
        if (r >= 0)
                r = output_publish(&output);
        if (r < 0)
                return log_error_errno(r, "Cannot export pod '%s' to '%s': %s", f->dir.name, file,
                                       why ? why : strerror(-r));

        return 0;
}

static int run(int argc, char **argv) {
        _cleanup_pod_files_ PodFiles f = POD_FILES_NULL;
        char **args;

        int r = cli_parse(&program, argc, argv, &args);
        if (r <= 0)
                return r;
        if (strv_length(args) != 1)
                return log_error_errno(-EINVAL, "Which pod? Name one; see 'gantry list'");

        r = pod_files_find(args[0], app, &f);
        if (r < 0)
                return r;
        _cleanup_close_ int changes = open_changes(&f.dir, f.app);
        return changes < 0 ? changes : export(&f, changes);
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_FAILURE);
}
