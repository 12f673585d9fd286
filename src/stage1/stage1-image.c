/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: whether the stage1 image there is is still that of the host's systemd, and having it built if not.
 * Never: builds one: that is gantry-stage1; reads a file of the host.
 * Follows: gantry-stage1(1); docs/STAGE1.md. */

#include <string.h>

#include "basic/fd.h"
#include "basic/process.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "stage1/current.h"
#include "stage1/stage1-image.h"
#include "stage1/versions.h"

#define ATTEMPTS 3
#define OUTPUT_LIMIT ((size_t) 4096)

/* -ENOENT: there is none, or none that is still right. Returns an fd. */
static int open_current(Store *s) {
        _cleanup_current_ Current c = {};

        _cleanup_close_ int dir_fd = stage1_dir_open(s, /* create= */ false);
        int r = dir_fd < 0 ? dir_fd : current_read(dir_fd, &c);
        if (r >= 0)
                r = current_holds(&c);
        if (r <= 0)
                return r == 0 || r == -EBADMSG ? -ENOENT : r;

        return current_open_image(&c, dir_fd);
}

static int build(Store *s, char **reterr_why) {
        _cleanup_free_ char *program = NULL, *root = NULL, *output = NULL;

        int r = program_path("gantry-stage1", &program);
        if (r >= 0)
                r = str_printf(&root, "--root=%s", store_path(s));
        if (r < 0)
                return r;

        char *argv[] = { program, (char *) "build", (char *) "--quiet", root, NULL };
        r = process_capture(&(Spawn) { .argv = argv, .in = -EBADF, .out = -EBADF, .err = -EBADF },
                            OUTPUT_LIMIT, &output);
        if (r < 0)
                return refuse(reterr_why, r, "'%s' cannot be run", program);

        return r > 0 ? refuse(reterr_why, -EIO, "'gantry stage1 build' failed") : 0;
}

int stage1_image_open(Store *s, int *ret_fd, char **reterr_why) {
        int fd = open_current(s);

        /* Between the build and the look at what was built, the host may change again, or somebody remove it. */
        for (unsigned i = 0; fd == -ENOENT && i < ATTEMPTS; i++) {
                int r = build(s, reterr_why);
                if (r < 0)
                        return r;
                fd = open_current(s);
        }
        if (fd < 0)
                return refuse(reterr_why, fd, "it cannot be opened: %s", strerror(-fd));

        *ret_fd = fd;
        return 0;
}
