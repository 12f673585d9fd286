/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: cpio archives as the kernel reads them: headers, names, padding.
 * Never: reads one; knows owners, dates or devices; seeks.
 * Follows: the kernel's Documentation/driver-api/early-userspace/buffer-format.rst, "newc". */

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "cpio/writer.h"

#define HEADER_SIZE 110
#define ALIGNMENT 4
#define PATH_LIMIT 1024 /* with the NUL */
#define LAST "TRAILER!!!"

static int put(CpioWriter *w, const void *data, size_t size) {
        int r = fd_write_full(w->fd, data, size);
        if (r >= 0)
                w->size += size;

        return r;
}

static int pad(CpioWriter *w) {
        static const char zeros[ALIGNMENT];
        return put(w, zeros, -w->size % ALIGNMENT);
}

/* Magic, inode, mode, uid, gid, links, date, size, device and its own device, two numbers each, size of the name, checksum. */
static int put_header(CpioWriter *w, const char *path, mode_t mode, size_t size) {
        char header[HEADER_SIZE + PATH_LIMIT];
        size_t name_size = strlen(path) + 1;

        if (name_size > PATH_LIMIT)
                return -ENAMETOOLONG;
        if (size > UINT32_MAX)
                return -EFBIG;

        int n = snprintf(header, sizeof(header),
                         "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%s", w->entries, mode, 0,
                         0, S_ISDIR(mode) ? 2 : 1, 0, (unsigned) size, 0, 0, 0, 0, (unsigned) name_size, 0,
                         path);
        int r = put(w, header, n + 1);
        if (r >= 0)
                r = pad(w);
        if (r >= 0)
                w->entries++;

        return r;
}

static int put_entry(CpioWriter *w, const char *path, mode_t mode, const void *data, size_t size) {
        int r = put_header(w, path, mode, size);
        if (r >= 0 && size > 0)
                r = put(w, data, size);

        return r < 0 ? r : pad(w);
}

int cpio_directory(CpioWriter *w, const char *path, mode_t permissions) {
        return put_entry(w, path, S_IFDIR | permissions, /* data= */ NULL, 0);
}

int cpio_link(CpioWriter *w, const char *path, const char *target) {
        return put_entry(w, path, S_IFLNK | 0777, target, strlen(target));
}

int cpio_file(CpioWriter *w, const char *path, mode_t permissions, const void *data, size_t size) {
        return put_entry(w, path, S_IFREG | permissions, data, size);
}

int cpio_end(CpioWriter *w) {
        w->entries = 0; /* every archive ends alike */
        return put_entry(w, LAST, 0, /* data= */ NULL, 0);
}
