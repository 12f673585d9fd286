/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the records of pax headers.
 * Never: converts names: their bytes go through whatever hdrcharset says; minds records it does not know.
 * Follows: POSIX.1-2017, pax, "pax Extended Header"; SCHILY.* of star, LIBARCHIVE.* of bsdtar, GNU.sparse.* of
 *          GNU tar. */

#include <string.h>

#include "basic/array.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "tar/extended.h"
#include "tar/number.h"
#include "tar/xattr.h"

/* `at` is where in the struct it belongs. Values have a NUL behind them. */
typedef int (*SetRecord)(TarExtended *e, void *at, Cursor value, char **reterr_why);

typedef struct Record {
        const char *key;
        SetRecord set;
        size_t offset;
} Record;

void tar_extended_done(TarExtended *e) {
        free(e->xattrs);
        tar_map_done(&e->map);
        *e = (TarExtended) {};
}

void tar_extended_reset(TarExtended *e) {
        tar_map_reset(&e->map);
        *e = (TarExtended) { .xattrs = e->xattrs, .xattrs_allocated = e->xattrs_allocated, .map = e->map };
}

static int set_text(TarExtended *e, void *at, Cursor value, char **reterr_why) {
        if (memchr(value.p, 0, value.n))
                return refuse(reterr_why, -EBADMSG, "it has a NUL byte");

        *(const char **) at = value.n > 0 ? (const char *) value.p : NULL;
        return 0;
}

static int set_number(TarExtended *e, void *at, Cursor value, char **reterr_why) {
        TarOptional *to = at;

        if (value.n > 0 && !tar_number_decimal(value, &to->value))
                return refuse(reterr_why, -EBADMSG, "it is no number, or too large a one");

        to->set = value.n > 0;
        return 0;
}

static int set_mtime(TarExtended *e, void *at, Cursor value, char **reterr_why) {
        e->mtime_nsec = 0;
        if (value.n > 0 && !tar_number_time(value, &e->mtime.value, &e->mtime_nsec))
                return refuse(reterr_why, -EBADMSG, "it is no time, or too far away");

        e->mtime.set = value.n > 0;
        return 0;
}

static int set_map_number(TarExtended *e, bool half, Cursor value, char **reterr_why) {
        int64_t number;

        if (!tar_number_decimal(value, &number) || e->map.half != half)
                return refuse(reterr_why, -EBADMSG, "the map of a sparse file is damaged");

        return tar_map_add(&e->map, number, reterr_why);
}

static int set_map_offset(TarExtended *e, void *at, Cursor value, char **reterr_why) {
        return set_map_number(e, false, value, reterr_why);
}

static int set_map_size(TarExtended *e, void *at, Cursor value, char **reterr_why) {
        return set_map_number(e, true, value, reterr_why);
}

static int set_map(TarExtended *e, void *at, Cursor value, char **reterr_why) {
        return tar_map_add_list(&e->map, value, reterr_why);
}

static const Record records[] = {
        { "path", set_text, offsetof(TarExtended, path) },
        { "linkpath", set_text, offsetof(TarExtended, link) },
        { "uid", set_number, offsetof(TarExtended, uid) },
        { "gid", set_number, offsetof(TarExtended, gid) },
        { "size", set_number, offsetof(TarExtended, size) },
        { "mtime", set_mtime },
        { "GNU.sparse.major", set_number, offsetof(TarExtended, sparse_major) },
        { "GNU.sparse.minor", set_number, offsetof(TarExtended, sparse_minor) },
        { "GNU.sparse.name", set_text, offsetof(TarExtended, sparse_name) },
        { "GNU.sparse.size", set_number, offsetof(TarExtended, sparse_size) },
        { "GNU.sparse.realsize", set_number, offsetof(TarExtended, sparse_size) },
        { "GNU.sparse.numblocks", set_number, offsetof(TarExtended, sparse_pieces) },
        { "GNU.sparse.offset", set_map_offset },
        { "GNU.sparse.numbytes", set_map_size },
        { "GNU.sparse.map", set_map },
};

static int add_xattr(TarExtended *e, const char *name, Cursor value) {
        int r = array_reserve(&e->xattrs, &e->xattrs_allocated, e->n_xattrs, sizeof(*e->xattrs));
        if (r < 0)
                return r;

        e->xattrs[e->n_xattrs++] = (TarXattr) { name, value.p, value.n };
        return 0;
}

/* SCHILY.xattr.NAME=VALUE. bsdtar writes LIBARCHIVE.xattr.NAME=VALUE as well, encoded so that it is text. */
static int add_xattr_record(TarExtended *e, char *key, Cursor value, char **reterr_why) {
        char *name = (char *) startswith(key, "SCHILY.xattr.");

        if (!name) {
                name = (char *) startswith(key, "LIBARCHIVE.xattr.");
                if (!name)
                        return 0;

                int r = tar_xattr_decode(name, &value, reterr_why);
                if (r < 0)
                        return r;
        }

        return add_xattr(e, name, value);
}

/* An empty value takes back what was said before: then it is as the header says. */
static int apply_record(TarExtended *e, char *key, Cursor value, char **reterr_why) {
        for (size_t i = 0; i < ELEMENTSOF(records); i++)
                if (streq(key, records[i].key))
                        return records[i].set(e, (char *) e + records[i].offset, value, reterr_why);

        return add_xattr_record(e, key, value, reterr_why);
}

static int refuse_record(const char *key, int r, const char *why, char **reterr_why) {
        if (!why)
                return r;

        _cleanup_free_ char *name = str_escape(key, strlen(key), 64);
        return refuse(reterr_why, r, "its record '%s': %s", name ?: "…", why);
}

/* The length that a record begins with, which counts itself and the newline at the end. */
static bool take_record(Cursor *c, Cursor *ret) {
        const uint8_t *blank = memchr(c->p, ' ', MIN(c->n, (size_t) 20));
        Cursor digits, separator;
        int64_t size;

        if (!blank || !cursor_take(c, blank - c->p, &digits) || !tar_number_decimal(digits, &size) ||
            size < (int64_t) digits.n + 2 || !cursor_take(c, 1, &separator))
                return false;

        return cursor_take(c, size - digits.n - 1, ret) && ret->p[ret->n - 1] == '\n';
}

int tar_extended_parse(TarExtended *e, char *body, size_t size, bool keep, char **reterr_why) {
        Cursor c = cursor_of(body, size), record;

        while (c.n > 0) {
                _cleanup_free_ char *why = NULL;

                if (!take_record(&c, &record))
                        return refuse(reterr_why, -EBADMSG, "its records are damaged");

                char *key = body + (record.p - (uint8_t *) body), *end = key + record.n - 1;
                char *equals = memchr(key, '=', record.n);
                if (!equals || equals == key || memchr(key, 0, equals - key))
                        return refuse(reterr_why, -EBADMSG, "its records are damaged");
                *equals = *end = '\0';

                int r = keep ? apply_record(e, key, cursor_of(equals + 1, end - equals - 1), &why) : 0;
                if (r < 0)
                        return refuse_record(key, r, why, reterr_why);
        }

        return 0;
}
