/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the format of a tar archive of plain files.
 * Never: knows what is in them.
 * Follows: POSIX.1-2017, pax, "ustar Interchange Format"; GNU tar's base-256 for what is too large for it. */

#include <string.h>

#include "basic/fd.h"
#include "image-tool/archive.h"
#include "tar/header.h"

#define OCTAL_MAX ((UINT64_C(1) << 33) - 1)

typedef struct Header {
        char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], typeflag, linkname[100];
        char magic[6], version[2], uname[32], gname[32], major[8], minor[8], prefix[155], unused[12];
} Header;
_Static_assert(sizeof(Header) == TAR_BLOCK_SIZE, "ustar header");

static void write_octal(char *field, size_t size, uint64_t value) {
        field[size - 1] = '\0';
        for (size_t i = size - 1; i-- > 0; value >>= 3)
                field[i] = '0' + (value & 7);
}

/* Every tar of today reads the other form, too. */
static void write_size(char field[static 12], uint64_t value) {
        if (value <= OCTAL_MAX) {
                write_octal(field, 12, value);
                return;
        }

        field[0] = (char) 0x80;
        for (size_t i = 11; i > 0; i--, value >>= 8)
                field[i] = (char) (value & 0xff);
}

int archive_begin(int fd, const char *name, uint64_t size) {
        Header h = { .typeflag = '0', .magic = "ustar", .version = { '0', '0' } };
        size_t length = strlen(name);

        if (length > sizeof(h.name))
                return -ENAMETOOLONG;

        memcpy(h.name, name, length);
        write_octal(h.mode, sizeof(h.mode), 0644);
        write_octal(h.uid, sizeof(h.uid), 0);
        write_octal(h.gid, sizeof(h.gid), 0);
        write_size(h.size, size);
        write_octal(h.mtime, sizeof(h.mtime), 0);
        write_octal(h.major, sizeof(h.major), 0);
        write_octal(h.minor, sizeof(h.minor), 0);
        tar_block_put_sum((uint8_t *) &h);
        return fd_write_full(fd, &h, sizeof(h));
}

int archive_pad(int fd, uint64_t size) {
        static const char zeros[TAR_BLOCK_SIZE];
        return fd_write_full(fd, zeros, -size % TAR_BLOCK_SIZE);
}

int archive_add(int fd, const char *name, const void *data, size_t size) {
        int r = archive_begin(fd, name, size);
        if (r >= 0)
                r = fd_write_full(fd, data, size);

        return r < 0 ? r : archive_pad(fd, size);
}

int archive_end(int fd) {
        static const char zeros[2 * TAR_BLOCK_SIZE];
        return fd_write_full(fd, zeros, sizeof(zeros));
}
