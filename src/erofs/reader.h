/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "basic/blob.h"
#include "basic/macro.h"
#include "erofs/writer.h"

/* Reads what the writer wrote, and no other EROFS images, from a regular file. Nothing in there is believed:
 * what is not as the writer makes it is -EUCLEAN, what cannot be read another -errno. */
typedef struct ErofsReader ErofsReader;

typedef struct ErofsStat {
        uint64_t nid;
        mode_t mode; /* type and permissions */
        uint32_t uid, gid;
        int64_t mtime_sec;
        uint32_t mtime_nsec;
        uint64_t size;
        dev_t rdev;
        uint32_t nlink;
        /* for the reader */
        uint16_t format, xattr_count;
        uint32_t data;
} ErofsStat;

/* One name of a directory, one attribute of an inode. To return something else than 0 ends it with that. */
typedef int (*ErofsNameFunc)(const char *name, uint64_t nid, mode_t type, void *userdata);
typedef int (*ErofsXattrFunc)(const ErofsXattr *xattr, void *userdata);

/* `fd` is borrowed. */
int erofs_reader_open(int fd, ErofsReader **ret);
ErofsReader *erofs_reader_free(ErofsReader *reader);
DEFINE_CLEANUP(ErofsReader, erofs_reader_free)

/* The bytes given to erofs_writer_attach(). -ENODATA: there are none, nor a table of files. */
int erofs_reader_attachment(const ErofsReader *reader, Blob *ret);

/* Regular file `number`, as the writer counted. -ERANGE: it did not have as many. */
int erofs_reader_file(ErofsReader *reader, uint32_t number, ErofsStat *ret);

/* Directories that are there as parents only, without an entry that would have said what they are like: how many there
 * are, and whether one is (1, 0). */
uint32_t erofs_reader_n_implied(const ErofsReader *reader);
int erofs_reader_is_implied(ErofsReader *reader, uint64_t nid);

uint64_t erofs_reader_root(const ErofsReader *reader);
int erofs_reader_inode(const ErofsReader *reader, uint64_t nid, ErofsStat *ret);

/* Data of a file, all of which must be within its size (-EINVAL). Holes are zeros. */
int erofs_reader_data(const ErofsReader *reader, const ErofsStat *st, uint64_t offset, void *buf,
                      size_t size);

/* What is at `offset`, within the size: so many bytes of data (1) or of a hole (0). */
int erofs_reader_extent(const ErofsReader *reader, const ErofsStat *st, uint64_t offset, uint64_t *ret_size);

/* What a symbolic link says. */
int erofs_reader_symlink(const ErofsReader *reader, const ErofsStat *st, char **ret);

/* The names in a directory but "." and "..", in the order of their bytes. Directories below it have larger
 * numbers, so whoever descends comes to an end. */
int erofs_reader_list(const ErofsReader *reader, const ErofsStat *st, ErofsNameFunc func, void *userdata);

/* One name of a directory: 1, or 0 if it is not there. */
int erofs_reader_find(const ErofsReader *reader, const ErofsStat *st, const char *name, ErofsStat *ret);

/* The extended attributes, as erofs_writer_add() takes them. */
int erofs_reader_xattrs(const ErofsReader *reader, const ErofsStat *st, ErofsXattrFunc func, void *userdata);
