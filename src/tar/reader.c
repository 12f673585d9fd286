/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the order of a tar: which headers belong together, where an entry's data ends, where the tar does.
 * Never: holds data; guesses what a damaged header may have meant.
 * Follows: POSIX.1-2017, pax; GNU tar; Go's archive/tar, which most who make and take layers use. */

#include <inttypes.h>
#include <string.h>

#include "basic/refuse.h"
#include "basic/str.h"
#include "tar/extended.h"
#include "tar/sparse-blocks.h"

/* What all extended headers of one entry may have. */
#define EXTENDED_MAX (1u << 20)

struct TarReader {
        TarStream stream;
        uint8_t block[TAR_BLOCK_SIZE];
        TarHeader header;
        uint64_t header_position;
        TarExtended extended;
        const char *long_path, *long_link; /* GNU tar's, or NULL */
        bool have_extended;                /* and no entry yet that it belongs to */
        char *texts;                       /* EXTENDED_MAX bytes of extended headers, and their NULs */
        size_t texts_size;

        /* The data of the entry. */
        TarPiece whole; /* if it is not sparse */
        const TarPiece *piece;
        uint64_t piece_done;
        uint64_t left; /* of all pieces */
        unsigned padding;
};

int tar_reader_new(const TarInput *input, TarReader **ret) {
        _cleanup_(tar_reader_freep) TarReader *t = calloc(1, sizeof(*t));
        if (!t)
                return -ENOMEM;

        t->stream.input = *input;

        *ret = TAKE_PTR(t);
        return 0;
}

TarReader *tar_reader_free(TarReader *t) {
        if (!t)
                return NULL;

        tar_extended_done(&t->extended);
        free(t->texts);
        free(t);
        return NULL;
}

uint64_t tar_reader_position(const TarReader *t) {
        return t->stream.position;
}

bool tar_reader_input_failed(const TarReader *t) {
        return t->stream.failed;
}

static int cut_short(char **reterr_why) {
        return refuse(reterr_why, -EBADMSG, "it is cut short");
}

/* A block that must be there. */
static int read_block(TarReader *t, uint8_t ret[static TAR_BLOCK_SIZE], char **reterr_why) {
        int r = tar_stream_block(&t->stream, ret, reterr_why);
        return r == 0 ? cut_short(reterr_why) : r;
}

/* All that is left of an entry. That the padding of the last one is missing does not matter. */
static int end_entry(TarReader *t, char **reterr_why) {
        int r = tar_stream_pass(&t->stream, t->left, reterr_why);
        if (r == 0)
                return cut_short(reterr_why);
        if (r > 0)
                r = tar_stream_pass(&t->stream, t->padding, reterr_why);
        if (r < 0)
                return r;

        t->left = t->padding = 0;
        return 0;
}

/* Returns 1, or 0 at the end of the tar. */
static int next_header(TarReader *t, char **reterr_why) {
        uint8_t second[TAR_BLOCK_SIZE];

        t->header_position = t->stream.position;
        int r = tar_stream_block(&t->stream, t->block, reterr_why);
        if (r <= 0)
                return r;
        if (!tar_block_is_zero(t->block)) {
                r = tar_header_parse(t->block, &t->header, reterr_why);
                return r < 0 ? r : 1;
        }

        r = tar_stream_block(&t->stream, second, reterr_why);
        if (r > 0 && !tar_block_is_zero(second))
                return refuse(reterr_why, -EBADMSG, "it is zero, but not the end");
        return r < 0 ? r : 0;
}

/* The body of an extended header, with a NUL behind it, and valid until the entry's end. */
static int read_text(TarReader *t, char **ret, char **reterr_why) {
        int64_t size = t->header.size;

        if (size < 0)
                return refuse(reterr_why, -EBADMSG, "its size is negative");
        if (size >= EXTENDED_MAX - (int64_t) t->texts_size)
                return refuse(reterr_why, -EBADMSG,
                              "the extended headers of one entry are larger than %u bytes", EXTENDED_MAX);

        if (!t->texts)
                t->texts = malloc(EXTENDED_MAX + TAR_BLOCK_SIZE);
        if (!t->texts)
                return -ENOMEM;

        char *text = t->texts + t->texts_size;
        for (int64_t done = 0; done < size; done += TAR_BLOCK_SIZE) {
                int r = read_block(t, (uint8_t *) text + done, reterr_why);
                if (r < 0)
                        return r;
        }

        text[size] = '\0';
        t->texts_size += size + 1;
        *ret = text;
        return 0;
}

/* Returns 1 if the header belonged to another one. An image must not mean something else here than for those who run
 * it elsewhere: they pass over a global one, and of several pax headers in front of an entry the last counts. */
static int read_extended(TarReader *t, char **reterr_why) {
        TarExtended *e = &t->extended;
        char type = t->header.type, *text = NULL;
        int r;

        if (type == '\0' || !strchr("xgLK", type))
                return 0;

        r = read_text(t, &text, reterr_why);
        if (r < 0)
                return r;
        if (type == 'x')
                tar_extended_reset(e);
        if (type == 'L')
                t->long_path = text;
        else if (type == 'K')
                t->long_link = text;
        else
                r = tar_extended_parse(e, text, t->header.size, type == 'x', reterr_why);
        if (r < 0)
                return r;

        t->have_extended |= type != 'g';
        return 1;
}

static bool is_directory_name(const char *path) {
        size_t n = strlen(path);
        return n > 0 && path[n - 1] == '/';
}

static int refuse_type(char type, char **reterr_why) {
        _cleanup_free_ char *text = str_escape(&type, 1, 1);
        return refuse(reterr_why, -EBADMSG, "it is of the unknown type '%s'", text ?: "…");
}

static int parse_type(char type, const char *path, TarType *ret, char **reterr_why) {
        switch (type) {
        case '\0': *ret = is_directory_name(path) ? TAR_DIRECTORY : TAR_FILE; return 0;
        case '0':
        case '7': /* a file in one piece, in times when that was special */
        case 'S': *ret = TAR_FILE; return 0;
        case '1': *ret = TAR_HARD_LINK; return 0;
        case '2': *ret = TAR_SYMLINK; return 0;
        case '3': *ret = TAR_CHARACTER; return 0;
        case '4': *ret = TAR_BLOCK; return 0;
        case '5': *ret = TAR_DIRECTORY; return 0;
        case '6': *ret = TAR_FIFO; return 0;
        default: return refuse_type(type, reterr_why);
        }
}

/* How large the file is, and how much of it is in the tar. */
typedef struct Size {
        int64_t file, data;
} Size;

static bool has_all_pieces(const TarExtended *e) {
        return e->sparse_pieces.set && e->sparse_pieces.value == (int64_t) e->map.n;
}

/* GNU.sparse.*: version 1.0 has the map in front of the data, those before in the header. */
static int read_pax_map(TarReader *t, Size *size, char **reterr_why) {
        TarExtended *e = &t->extended;
        bool in_data = e->sparse_major.value == 1 && e->sparse_minor.value == 0;

        if (e->sparse_major.value > 0 && !in_data)
                return refuse(reterr_why, -EBADMSG, "it is a sparse file of an unknown version");
        if (!e->sparse_size.set || (!in_data && !has_all_pieces(e)) || (in_data && e->map.n > 0))
                return refuse(reterr_why, -EBADMSG, "it has only some of the records of a sparse file");

        size->file = e->sparse_size.value;
        return in_data ? tar_map_read_text(&e->map, &t->stream, &size->data, reterr_why) : 0;
}

static bool is_pax_sparse(const TarExtended *e) {
        return e->sparse_major.set || e->sparse_size.set || e->sparse_pieces.set || e->sparse_name ||
               e->map.n > 0 || e->map.half;
}

/* Returns 1 if the file is sparse. */
static int read_map(TarReader *t, Size *size, char **reterr_why) {
        TarExtended *e = &t->extended;
        int r;

        if (is_pax_sparse(e))
                r = read_pax_map(t, size, reterr_why);
        else if (t->header.type == 'S')
                r = tar_map_read_header(&e->map, &t->stream, t->block, &size->file, reterr_why);
        else
                return 0;
        if (r < 0)
                return r;
        if (size->file < 0)
                return refuse(reterr_why, -EBADMSG, "its size is negative");

        r = tar_map_check(&e->map, size->file, size->data, reterr_why);
        return r < 0 ? r : 1;
}

static int begin_data(TarReader *t, TarEntry *e, char **reterr_why) {
        const TarOptional *said = &t->extended.size;
        Size size = { .data = said->set ? said->value : t->header.size };

        if (size.data < 0)
                return refuse(reterr_why, -EBADMSG, "its size is negative");

        /* Nothing but files has data, whatever the size says. */
        if (e->type != TAR_FILE)
                size.data = 0;
        size.file = size.data;
        t->padding = -(uint64_t) size.data % TAR_BLOCK_SIZE;

        int r = e->type == TAR_FILE ? read_map(t, &size, reterr_why) : 0;
        if (r < 0)
                return r;

        const TarMap *map = &t->extended.map;
        t->whole = (TarPiece) { 0, size.file };
        e->sparse = r > 0;
        e->pieces = e->sparse ? map->pieces : &t->whole;
        e->n_pieces = e->sparse ? map->n : 1;
        e->size = size.file;

        t->piece = e->pieces;
        t->piece_done = 0;
        t->left = size.data;
        return 0;
}

static int64_t choose(const TarOptional *extended, int64_t header) {
        return extended->set ? extended->value : header;
}

static int make_entry(TarReader *t, TarEntry *ret, char **reterr_why) {
        const TarExtended *x = &t->extended;
        const TarHeader *h = &t->header;
        TarEntry e = {
                .path = x->sparse_name ?: t->long_path ?: x->path ?: h->name,
                .link = t->long_link ?: x->link ?: h->link,
                .mode = h->mode & 07777,
                .uid = choose(&x->uid, h->uid),
                .gid = choose(&x->gid, h->gid),
                .mtime_sec = choose(&x->mtime, h->mtime),
                .mtime_nsec = x->mtime_nsec,
                .major = h->major,
                .minor = h->minor,
                .xattrs = x->xattrs,
                .n_xattrs = x->n_xattrs,
        };

        int r = parse_type(h->type, e.path, &e.type, reterr_why);
        if (r >= 0)
                r = begin_data(t, &e, reterr_why);
        if (r < 0)
                return r;

        *ret = e;
        return 1;
}

static int next_entry(TarReader *t, TarEntry *ret, char **reterr_why) {
        for (;;) {
                int r = next_header(t, reterr_why);
                if (r < 0 || (r == 0 && !t->have_extended))
                        return r;
                if (r == 0)
                        return refuse(reterr_why, -EBADMSG, "it is the end, but an entry was announced");

                r = read_extended(t, reterr_why);
                if (r < 0)
                        return r;
                if (r == 0)
                        return make_entry(t, ret, reterr_why);
        }
}

static int refuse_header(const TarReader *t, int r, const char *why, char **reterr_why) {
        if (!why)
                return r;
        if (t->stream.failed)
                return refuse(reterr_why, r, "%s", why);

        return refuse(reterr_why, r, "the header at byte %" PRIu64 ": %s", t->header_position, why);
}

int tar_reader_next(TarReader *t, TarEntry *ret, char **reterr_why) {
        _cleanup_free_ char *why = NULL;

        int r = end_entry(t, reterr_why);
        if (r < 0)
                return r;

        tar_extended_reset(&t->extended);
        t->long_path = t->long_link = NULL;
        t->have_extended = false;
        t->texts_size = 0;

        r = next_entry(t, ret, &why);
        if (r == 0 && t->stream.position == 0)
                return refuse(reterr_why, -EBADMSG, "it is empty, which not even a tar of nothing is");
        return r < 0 ? refuse_header(t, r, why, reterr_why) : r;
}

int tar_reader_data(TarReader *t, uint64_t *ret_offset, const void **ret, size_t *ret_size,
                    char **reterr_why) {
        if (t->left == 0)
                return 0;

        while (t->piece_done == t->piece->size) {
                t->piece++;
                t->piece_done = 0;
        }

        ssize_t n = tar_stream_take(&t->stream, t->piece->size - t->piece_done, ret, reterr_why);
        if (n <= 0)
                return n < 0 ? n : cut_short(reterr_why);

        *ret_offset = t->piece->offset + t->piece_done;
        *ret_size = n;
        t->piece_done += n;
        t->left -= n;
        return 1;
}

int tar_reader_drain(TarReader *t, char **reterr_why) {
        int r = tar_stream_pass(&t->stream, UINT64_MAX, reterr_why);
        return r < 0 ? r : 0;
}
