/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the bytes of a tar on their way to a file or pipe.
 * Never: knows what is in it.
 * Follows: setvbuf(3). */

#include <fcntl.h>
#include <stdio.h>

#include "basic/fd.h"
#include "pod-tool/pack-output.h"

#define BUFFER_SIZE ((size_t) 256 * 1024)

static int write_some(void *userdata, const void *data, size_t size) {
        return fwrite(data, 1, size, userdata) == size ? 0 : errno > 0 ? -errno : -EIO;
}

/* A stream of its own over it. */
static FILE *open_stream(int fd) {
        _cleanup_close_ int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
        FILE *f = copy < 0 ? NULL : fdopen(copy, "w");

        if (f) {
                TAKE_FD(copy);
                (void) setvbuf(f, NULL, _IOFBF, BUFFER_SIZE);
        }
        return f;
}

int pack_to_fd(int fd, int dir_fd, const char *name, const char *path, const PackOptions *o,
               char **reterr_why) {
        _cleanup_(tar_writer_freep) TarWriter *w = NULL;
        _cleanup_fclose_ FILE *f = open_stream(fd);
        if (!f)
                return -errno;

        int r = tar_writer_new(write_some, f, &w);
        if (r >= 0)
                r = pack_tree(w, dir_fd, name, path, o, reterr_why);
        if (r >= 0)
                r = tar_writer_finish(w);
        if (r >= 0 && fflush(f) == EOF)
                r = -errno;

        return r;
}
