/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the writing of a tar: headers, extended headers, blocks.
 * Never: knows where the files are.
 * Follows: POSIX.1-2017, pax, "pax Interchange Format"; GNU tar, "Storing Sparse Files", 1.0; "SCHILY.xattr." of star. */

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "basic/blob.h"
#include "tar/header.h"
#include "tar/writer.h"

#define NAME_SIZE 100u
#define OCTAL_7 INT64_C(07777777)
#define OCTAL_11 INT64_C(077777777777)

struct TarWriter {
        TarWrite write;
        void *userdata;
        uint64_t left; /* of the entry's data */
        uint64_t written;
};

int tar_writer_new(TarWrite write, void *userdata, TarWriter **ret) {
        TarWriter *w = malloc(sizeof(TarWriter));
        if (!w)
                return -ENOMEM;

        *w = (TarWriter) { .write = write, .userdata = userdata };
        *ret = w;
        return 0;
}

TarWriter *tar_writer_free(TarWriter *w) {
        free(w);
        return NULL;
}

static int put(TarWriter *w, const void *data, size_t size) {
        w->written += size;
        return size > 0 ? w->write(w->userdata, data, size) : 0;
}

/* Fills the block that has been begun. */
static int pad(TarWriter *w) {
        static const uint8_t zeros[TAR_BLOCK_SIZE];
        return put(w, zeros, -w->written % TAR_BLOCK_SIZE);
}

/* One record of an extended header, which begins with its own length. */
static void put_record(FILE *f, const char *key, const char *more, const void *value, size_t size) {
        size_t rest = strlen(key) + strlen(more) + size + 3, length = rest + 1;

        while (length != rest + (size_t) snprintf(NULL, 0, "%zu", length))
                length = rest + snprintf(NULL, 0, "%zu", length);
        fprintf(f, "%zu %s%s=", length, key, more);
        fwrite(value, 1, size, f);
        fputc('\n', f);
}

static void put_text(FILE *f, const char *key, const char *value) {
        put_record(f, key, "", value, strlen(value));
}

static void put_number(FILE *f, const char *key, int64_t value) {
        char text[24];

        (void) snprintf(text, sizeof(text), "%" PRId64, value);
        put_text(f, key, text);
}

static void put_time(FILE *f, const TarEntry *e) {
        bool negative = e->mtime_sec < 0 && e->mtime_nsec > 0; /* -2 and 750000000 is -1.25 */
        int64_t sec = negative ? e->mtime_sec + 1 : e->mtime_sec;
        uint32_t nsec = negative ? 1000000000 - e->mtime_nsec : e->mtime_nsec;
        char text[40];

        int n = snprintf(text, sizeof(text), "%s%" PRId64 ".%09" PRIu32, negative && sec == 0 ? "-" : "",
                         sec, nsec);
        while (n > 0 && text[n - 1] == '0')
                text[--n] = '\0';
        if (text[n - 1] == '.')
                text[n - 1] = '\0';
        put_text(f, "mtime", text);
}

static bool fits(int64_t value, int64_t max) {
        return value >= 0 && value <= max;
}

/* "offset\nsize\n" for each piece, after their number. GNU tar wants one at the end, be it empty. */
static int make_map(const TarEntry *e, Blob *ret) {
        const TarPiece *last = e->n_pieces > 0 ? &e->pieces[e->n_pieces - 1] : NULL;
        bool open_end = !last || last->offset + last->size < e->size;
        char *text = NULL;
        size_t size = 0;

        FILE *f = open_memstream(&text, &size);
        if (!f)
                return -ENOMEM;

        fprintf(f, "%zu\n", e->n_pieces + open_end);
        for (size_t i = 0; i < e->n_pieces; i++)
                fprintf(f, "%" PRIu64 "\n%" PRIu64 "\n", e->pieces[i].offset, e->pieces[i].size);
        if (open_end)
                fprintf(f, "%" PRIu64 "\n0\n", e->size);
        while (ftell(f) % TAR_BLOCK_SIZE != 0)
                fputc('\0', f);
        if (fclose(f) == EOF) {
                free(text);
                return -ENOMEM;
        }

        *ret = (Blob) { text, size };
        return 0;
}

static void put_sparse(FILE *f, const TarEntry *e) {
        put_number(f, "GNU.sparse.major", 1);
        put_number(f, "GNU.sparse.minor", 0);
        put_text(f, "GNU.sparse.name", e->path);
        put_number(f, "GNU.sparse.realsize", (int64_t) e->size);
}

/* What the header has no room for. */
static int make_extended(const TarEntry *e, uint64_t stored, Blob *ret) {
        char *text = NULL;
        size_t size = 0;

        FILE *f = open_memstream(&text, &size);
        if (!f)
                return -ENOMEM;

        if (e->sparse)
                put_sparse(f, e);
        else if (strlen(e->path) > NAME_SIZE)
                put_text(f, "path", e->path);
        if (e->link && strlen(e->link) > NAME_SIZE)
                put_text(f, "linkpath", e->link);
        if (stored > (uint64_t) OCTAL_11)
                put_number(f, "size", (int64_t) stored);
        if (!fits(e->uid, OCTAL_7))
                put_number(f, "uid", e->uid);
        if (!fits(e->gid, OCTAL_7))
                put_number(f, "gid", e->gid);
        if (e->mtime_nsec > 0 || !fits(e->mtime_sec, OCTAL_11))
                put_time(f, e);
        for (size_t i = 0; i < e->n_xattrs; i++)
                put_record(f, "SCHILY.xattr.", e->xattrs[i].name, e->xattrs[i].value, e->xattrs[i].size);

        if (fclose(f) == EOF) {
                free(text);
                return -ENOMEM;
        }

        *ret = (Blob) { text, size };
        return 0;
}

/* Digits and a NUL; what does not fit is in the extended header. */
static void set_field(uint8_t *block, size_t offset, size_t size, int64_t value, int64_t max) {
        int64_t n = fits(value, max) ? value : 0;

        for (size_t i = size - 1; i-- > 0; n >>= 3)
                block[offset + i] = '0' + (n & 7);
}

static void set_text(uint8_t *block, size_t offset, const char *text) {
        memcpy(block + offset, text, strnlen(text, NAME_SIZE));
}

static int put_header(TarWriter *w, char type, const char *path, const TarEntry *e, uint64_t stored) {
        uint8_t block[TAR_BLOCK_SIZE] = {};

        set_text(block, 0, path);
        set_field(block, 100, 8, e->mode & 07777, OCTAL_7);
        set_field(block, 108, 8, e->uid, OCTAL_7);
        set_field(block, 116, 8, e->gid, OCTAL_7);
        set_field(block, 124, 12, (int64_t) stored, OCTAL_11);
        set_field(block, 136, 12, e->mtime_sec, OCTAL_11);
        block[TAR_TYPE_OFFSET] = type;
        if (e->link)
                set_text(block, 157, e->link);
        memcpy(block + 257, "ustar\00000", 8);
        set_field(block, 329, 8, e->major, OCTAL_7);
        set_field(block, 337, 8, e->minor, OCTAL_7);
        tar_block_put_sum(block);

        return put(w, block, sizeof(block));
}

static int put_extended(TarWriter *w, const Blob *records) {
        static const TarEntry entry = { .mode = 0644 };

        if (records->size == 0)
                return 0;

        int r = put_header(w, 'x', "PaxHeader", &entry, records->size);
        if (r >= 0)
                r = put(w, records->data, records->size);

        return r < 0 ? r : pad(w);
}

static uint64_t size_of_data(const TarEntry *e) {
        uint64_t size = 0;

        if (e->type != TAR_FILE)
                return 0;
        if (!e->sparse)
                return e->size;
        for (size_t i = 0; i < e->n_pieces; i++)
                size += e->pieces[i].size;

        return size;
}

int tar_writer_add(TarWriter *w, const TarEntry *e) {
        static const char types[] = {
                [TAR_FILE] = '0',  [TAR_HARD_LINK] = '1', [TAR_SYMLINK] = '2', [TAR_CHARACTER] = '3',
                [TAR_BLOCK] = '4', [TAR_DIRECTORY] = '5', [TAR_FIFO] = '6',
        };
        _cleanup_blob_ Blob map = {}, records = {};
        uint64_t data = size_of_data(e);

        assert(w->left == 0);

        int r = e->sparse ? make_map(e, &map) : 0;
        if (r >= 0)
                r = make_extended(e, map.size + data, &records);
        if (r >= 0)
                r = pad(w);
        if (r >= 0)
                r = put_extended(w, &records);
        if (r >= 0)
                r = put_header(w, types[e->type], e->path, e, map.size + data);
        if (r >= 0)
                r = put(w, map.data, map.size);
        if (r >= 0)
                w->left = data;

        return r;
}

int tar_writer_data(TarWriter *w, const void *data, size_t size) {
        assert(size <= w->left);

        w->left -= size;
        return put(w, data, size);
}

int tar_writer_fill(TarWriter *w) {
        static const uint8_t zeros[64 * 1024];
        int r = 0;

        while (r >= 0 && w->left > 0)
                r = tar_writer_data(w, zeros, MIN(w->left, sizeof(zeros)));

        return r;
}

int tar_writer_finish(TarWriter *w) {
        static const uint8_t end[2 * TAR_BLOCK_SIZE];

        assert(w->left == 0);

        int r = pad(w);
        return r < 0 ? r : put(w, end, sizeof(end));
}
