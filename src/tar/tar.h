/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "basic/macro.h"

/* A tar, whichever program wrote it, read as a stream: its entries, one after the other, and their data.
 *
 * Understood are the formats of v7, POSIX (ustar, pax) and GNU tar (long names, large numbers), and the five
 * ways of writing a sparse file. It ends, as for Go's archive/tar, with two blocks of zeros, or one, or where
 * an entry could begin but nothing is left; what is behind that is nobody's.
 *
 * Every function returns 0 or -errno. What is wrong with the tar is -EBADMSG and in *reterr_why; after an
 * error only tar_reader_free() may be called. */
typedef struct TarReader TarReader;

typedef enum TarType {
        TAR_FILE,
        TAR_HARD_LINK,
        TAR_SYMLINK,
        TAR_CHARACTER,
        TAR_BLOCK,
        TAR_DIRECTORY,
        TAR_FIFO,
} TarType;

typedef struct TarPiece {
        uint64_t offset, size;
} TarPiece;

typedef struct TarXattr {
        const char *name; /* any bytes */
        const void *value;
        size_t size;
} TarXattr;

/* Valid until the next call of tar_reader_next(). Names are as they are there: not empty only. */
typedef struct TarEntry {
        const char *path;
        const char *link; /* of hard and symbolic links; may be "" */
        TarType type;
        mode_t mode; /* permissions only */
        int64_t uid, gid;
        int64_t mtime_sec;
        uint32_t mtime_nsec;
        int64_t major, minor; /* of device nodes */
        uint64_t size;        /* of a file, with its holes; not above INT64_MAX */
        bool sparse;
        const TarPiece *pieces; /* where a file's data goes */
        size_t n_pieces;
        const TarXattr *xattrs; /* in the tar's order; of two with the same name the later one counts */
        size_t n_xattrs;
} TarEntry;

typedef struct TarInput {
        /* The next bytes, valid until the next call. How many; 0 at the end; -errno, with *reterr_why if that
         * needs words. */
        ssize_t (*read)(void *userdata, const void **ret, char **reterr_why);

        /* Passes over that many bytes, or as many as there are. May be NULL: they are read, then. */
        int (*skip)(void *userdata, uint64_t size);

        /* Is shown every byte of the tar, in order, but for what tar_reader_data() returns. May be NULL. */
        int (*aside)(void *userdata, const void *data, size_t size);

        void *userdata;
} TarInput;

int tar_reader_new(const TarInput *input, TarReader **ret);
TarReader *tar_reader_free(TarReader *t);
DEFINE_CLEANUP(TarReader, tar_reader_free)

/* The next entry, wherever in the data of the one before the reader is. Returns 1; 0 at the end. */
int tar_reader_next(TarReader *t, TarEntry *ret, char **reterr_why);

/* The next bytes of a file and where in it they belong, in ascending order; what is left out is zero. Returns
 * 1; 0 when all have been read. */
int tar_reader_data(TarReader *t, uint64_t *ret_offset, const void **ret, size_t *ret_size,
                    char **reterr_why);

/* Reads to the end of the input what is behind the end of the tar. */
int tar_reader_drain(TarReader *t, char **reterr_why);

/* How much of the input has been used up: right after an entry, where its data begins. */
uint64_t tar_reader_position(const TarReader *t);

/* Whether it was the input's error that the last call returned. */
bool tar_reader_input_failed(const TarReader *t);
