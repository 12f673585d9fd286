/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: whether what is in stage1/ is still right, and having it built if not.
 * Never: builds it: that is gantry-stage1; reads a file of the host.
 * Follows: gantry-stage1(1); docs/STAGE1.md. */

#include <string.h>

#include "basic/fd.h"
#include "basic/process.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "stage1/build.h"
#include "stage1/kernel-setting.h"

#define ATTEMPTS 3
#define OUTPUT_LIMIT ((size_t) 4096)

const char *stage1_kind_name(Stage1Kind kind) {
        static const char *const names[_STAGE1_KINDS] = {
                [STAGE1_IMAGE] = "image",
                [STAGE1_INITRD] = "initrd",
        };

        return names[kind];
}

/* A kernel that was chosen is noted down with where it was chosen from. */
static bool is_wanted(const Current *c, const char *kernel) {
        bool chosen = false;

        if (kernel)
                return streq(c->sources[0].path, kernel);
        for (const char *const *d = stage1_kernel_directories; *d && !chosen; d++)
                chosen = current_has_source(c, *d);

        return chosen;
}

static int holds(const Current *c, Stage1Kind kind, char **reterr_why) {
        _cleanup_free_ char *kernel = NULL;

        int r = kind == STAGE1_INITRD ? kernel_setting_load(&kernel, reterr_why) : 0;
        if (r < 0)
                return r;

        return kind != STAGE1_INITRD || is_wanted(c, kernel) ? current_holds(c) : 0;
}

int stage1_read_current(int dir_fd, Stage1Kind kind, Current *ret, char **reterr_why) {
        _cleanup_current_ Current c = {};

        int r = current_read(dir_fd, kind, &c);
        if (r < 0)
                return r == -EBADMSG ? -ENOENT : r;

        r = holds(&c, kind, reterr_why);
        if (r <= 0)
                return r == 0 ? -ENOENT : r;

        *ret = c;
        c = (Current) {};
        return 0;
}

static int open_current(Store *s, Stage1Kind kind, Stage1Open open, void *userdata, char **reterr_why) {
        _cleanup_free_ char *why = NULL;
        _cleanup_current_ Current c = {};

        _cleanup_close_ int dir_fd = stage1_dir_open(s, /* create= */ false);
        int r = dir_fd < 0 ? dir_fd : stage1_read_current(dir_fd, kind, &c, &why);
        if (r >= 0)
                r = open(&c, dir_fd, userdata);

        return r < 0 ? refuse(reterr_why, r, "%s", why ? why : strerror(-r)) : 0;
}

static int build(Store *s, Stage1Kind kind, char **reterr_why) {
        _cleanup_free_ char *output = NULL;
        _cleanup_strv_ char **argv = NULL;

        int r = program_command(&argv, "gantry-stage1", store_path(s), "build", stage1_kind_name(kind),
                                "--quiet", NULL);
        if (r < 0)
                return r;

        r = process_capture(&(Spawn) { .argv = argv, .in = -EBADF, .out = -EBADF, .err = -EBADF },
                            OUTPUT_LIMIT, &output);
        if (r < 0)
                return refuse(reterr_why, r, "'%s' cannot be run", argv[0]);

        return r > 0 ? refuse(reterr_why, -EIO, "'gantry stage1 build %s' failed", stage1_kind_name(kind))
                     : 0;
}

int stage1_open_or_build(Store *s, Stage1Kind kind, Stage1Open open, void *userdata, char **reterr_why) {
        int r = open_current(s, kind, open, userdata, reterr_why);

        /* Between the build and the look at what was built, the host may change again, or somebody remove it. */
        for (unsigned i = 0; r == -ENOENT && i < ATTEMPTS; i++) {
                r = build(s, kind, reterr_why);
                if (r < 0)
                        return r;
                r = open_current(s, kind, open, userdata, reterr_why);
        }

        return r;
}
