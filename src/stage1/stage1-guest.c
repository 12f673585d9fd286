/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: opening a kernel of the host and the first root that goes with it.
 * Never: builds one; reads a file of the host.
 * Follows: docs/STAGE1.md, "Virtual machines". */

#include <string.h>

#include "basic/fd.h"
#include "stage1/build.h"
#include "stage1/stage1-guest.h"

void stage1_guest_done(Stage1Guest *g) {
        fd_close(g->kernel_fd);
        fd_close(g->initrd_fd);
        free(g->release);
        *g = STAGE1_GUEST_NULL;
}

/* "RELEASE-DIGITS.initrd" */
static int find_release(const char *name, char **ret) {
        const char *dash = strrchr(name, '-');

        if (!dash)
                return -EBADMSG;
        *ret = strndup(name, dash - name);
        return *ret ? 0 : -ENOMEM;
}

static int open_both(const Current *c, int dir_fd, void *userdata) {
        _cleanup_stage1_guest_ Stage1Guest g = STAGE1_GUEST_NULL;
        Stage1Guest *ret = userdata;

        g.kernel_fd = current_open_source(c, 0);
        if (g.kernel_fd < 0)
                return g.kernel_fd;
        g.initrd_fd = current_open_image(c, dir_fd);
        if (g.initrd_fd < 0)
                return g.initrd_fd;

        int r = find_release(c->image.path, &g.release);
        if (r < 0)
                return r;

        *ret = g;
        g = STAGE1_GUEST_NULL;
        return 0;
}

int stage1_guest_open(Store *s, Stage1Guest *ret, char **reterr_why) {
        return stage1_open_or_build(s, STAGE1_INITRD, open_both, ret, reterr_why);
}
