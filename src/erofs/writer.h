/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "basic/macro.h"

/* Entries of a layer in, in whatever order an archive has them; one EROFS image out. Data is written as
 * it comes, whole and in order; memory grows with the number of entries only. The same calls give the
 * same bytes on every machine.
 *
 * Within the layer the last entry of a name wins. Missing parents are made (root:root, 0755, the epoch);
 * a directory entry that comes later sets what they are. Those that get none are noted down behind the
 * file system as implied, for whoever stacks layers.
 *
 * Paths are relative and clean (erofs/path.h); "" is the root directory. Every function returns 0 or
 * -errno; after an error only erofs_writer_free() may be called. -EBADMSG, -ENOTDIR, -ENOLINK, -EEXIST
 * and their like speak of the archive and come with *reterr_why (may be NULL). */
typedef struct ErofsWriter ErofsWriter;

typedef enum ErofsWriterFlags {
        EROFS_UNIQUE = 1 << 0, /* an entry of a name that had one already is -EEXIST */
} ErofsWriterFlags;

typedef struct ErofsXattr {
        const char *name; /* user.*, trusted.*, security.* or system.posix_acl_{access,default} */
        const void *value;
        size_t size;
} ErofsXattr;

typedef struct ErofsEntry {
        const char *path; /* NULL for a regular file that is to have no name */
        mode_t mode;      /* type and permissions */
        uint32_t uid, gid;
        int64_t mtime_sec;
        uint32_t mtime_nsec;
        uint64_t size;   /* of a regular file */
        uint32_t pieces; /* of data, about; the rest of the file is stored as holes. 0: it is not sparse */
        const char *symlink; /* what a symbolic link says, at most 4095 bytes */
        dev_t rdev;
        const ErofsXattr *xattrs;
        size_t n_xattrs;
        bool implied; /* a directory that is there as a parent only; nobody has said what it is like */
} ErofsEntry;

/* Writes to `fd` (a regular file, from offset 0). -EBADF for `fd`: check everything, write nothing.
 * What would make the image larger than `max` bytes is -EFBIG. */
int erofs_writer_new(int fd, uint64_t max, ErofsWriterFlags flags, ErofsWriter **ret);
ErofsWriter *erofs_writer_free(ErofsWriter *w);
DEFINE_CLEANUP(ErofsWriter, erofs_writer_free)

/* How large the image may become, in bytes. */
uint64_t erofs_writer_max(const ErofsWriter *w);

/* Adds one entry. The data of a regular file follows by erofs_writer_data(). */
int erofs_writer_add(ErofsWriter *w, const ErofsEntry *entry, char **reterr_why);

/* Data of the file added last, in ascending order; what is left out is zero. */
int erofs_writer_data(ErofsWriter *w, uint64_t offset, const void *data, size_t size);

/* One more name for a file that is in the layer already. */
int erofs_writer_link(ErofsWriter *w, const char *path, const char *target, char **reterr_why);

/* `path` of the layers below is gone; with opaque, all below the directory `path` is. */
int erofs_writer_whiteout(ErofsWriter *w, const char *path, char **reterr_why);
int erofs_writer_opaque(ErofsWriter *w, const char *path, char **reterr_why);

/* Of what is no directory, only names that were given here are there in the end, once there is one; a regular file that
 * loses all of its names stays without. To be called when everything was added; what is not there does not matter. */
void erofs_writer_keep(ErofsWriter *w, const char *path);

/* More bytes that are kept behind the file system. If there are any, a table of all regular files is kept
 * there as well. */
int erofs_writer_attach(ErofsWriter *w, const void *data, size_t size);

/* Completes the image and gives it a UUID. */
int erofs_writer_finish(ErofsWriter *w, const uint8_t uuid[static 16]);
