/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry cat-manifest`: the manifest of a pod, byte for byte.
 * Never: interprets it.
 * Follows: gantry-cat-manifest(1). */

#include <stdio.h>

#include "basic/cli.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "pod-tool/pod-tool.h"

static const CliProgram program = {
        .name = "gantry-cat-manifest",
        .arguments = "[OPTION…] POD",
        .summary = "Print the manifest of a pod as it is on the disk.",
        .common = CLI_ROOT,
};

static int cat(const PodDir *p) {
        _cleanup_blob_ Blob text = {};

        int r = file_read_at(p->fd, "pod.json", APPC_DOCUMENT_MAX, &text);
        if (r < 0)
                return log_error_errno(r, "Cannot read the manifest of pod '%s': %m",
                                       p->name ? p->name : p->uuid);

        (void) fwrite(text.data, 1, text.size, stdout);
        return fflush(stdout) == EOF ? log_error_errno(errno, "Cannot print: %m") : 0;
}

static int run(int argc, char **argv) {
        _cleanup_pod_dir_ PodDir p = { .fd = -EBADF };
        char **args;

        int r = cli_parse(&program, argc, argv, &args);
        if (r <= 0)
                return r;
        r = pod_tool_one(args, &p);

        return r < 0 ? r : cat(&p);
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_FAILURE);
}
