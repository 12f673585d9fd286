/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry pod cat`: pod files and their drop-ins as they are on the disk.
 * Never: interprets them.
 * Follows: gantry-pod(1), after `systemctl cat`. */

#include <fcntl.h>
#include <stdio.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "basic/strv.h"
#include "pod-file-tool/pod-file-tool.h"

#define FILE_MAX (64 * 1024U)

static int print_file(const char *path, bool first) {
        _cleanup_blob_ Blob text = {};

        int r = file_read_at(AT_FDCWD, path, FILE_MAX, &text);
        if (r < 0)
                return log_error_errno(r, "Cannot read '%s': %m", path);

        printf("%s# %s\n", first ? "" : "\n", path);
        (void) fwrite(text.data, 1, text.size, stdout);
        if (text.size > 0 && ((const char *) text.data)[text.size - 1] != '\n')
                (void) putchar('\n');

        return 0;
}

int pod_cat(char *const *files) {
        bool first = true;
        int r = 0;

        if (!files[0]) {
                log_error("Which pod file? See 'gantry pod list'");
                return -EINVAL;
        }

        STRV_FOREACH(file, files) {
                _cleanup_pod_file_ PodFile *f = NULL;

                if (r >= 0)
                        r = pod_tool_load(*file, &f);
                STRV_FOREACH(path, r < 0 ? NULL : f->files) {
                        if (r >= 0)
                                r = print_file(*path, first);
                        first = false;
                }
        }
        if (r >= 0 && fflush(stdout) == EOF)
                return log_error_errno(errno, "Cannot print: %m");

        return r;
}
