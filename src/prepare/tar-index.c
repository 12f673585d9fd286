/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: finding where the data of a tar's members begins and ends.
 * Never: reads that data; follows a name or link out of the archive.
 * Follows: POSIX.1-2017, pax; docker save's and skopeo's archives, in which layers may be links. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "basic/array.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "erofs/path.h"
#include "prepare/tar-index.h"
#include "registry/archive-members.h"
#include "tar/tar.h"

#define BUFFER_SIZE (64u * 1024)
#define TEXT_MAX (ARCHIVE_INDEX_MAX - sizeof("unpacked"))

typedef struct Indexer {
        TarReader *tar;
        int fd; /* borrowed */
        uint64_t size, position;
        uint8_t *buffer;
        char *text;
        size_t text_size, text_allocated;
        size_t *names; /* where in the text they are */
        size_t n_names, names_allocated;
} Indexer;

static void indexer_done(Indexer *x) {
        tar_reader_free(x->tar);
        free(x->buffer);
        free(x->text);
        free(x->names);
}

static ssize_t read_tar(void *userdata, const void **ret, char **reterr_why) {
        Indexer *x = userdata;
        ssize_t n;

        do
                n = pread(x->fd, x->buffer, BUFFER_SIZE, x->position);
        while (n < 0 && errno == EINTR);
        if (n < 0)
                return -errno;

        x->position += n;
        *ret = x->buffer;
        return n;
}

static int skip_tar(void *userdata, uint64_t size) {
        Indexer *x = userdata;

        x->position += MIN(size, x->position < x->size ? x->size - x->position : 0);
        return 0;
}

static int put(Indexer *x, const char *field, char **reterr_why) {
        size_t size = strlen(field) + 1;

        if (size > TEXT_MAX - x->text_size)
                return refuse(reterr_why, -EFBIG, "the names of its members are too long");

        int r = array_reserve(&x->text, &x->text_allocated, x->text_size + size, 1);
        if (r < 0)
                return r;

        memcpy(x->text + x->text_size, field, size);
        x->text_size += size;
        return 0;
}

/* The last field of a record. */
static int put_name(Indexer *x, const char *name, char **reterr_why) {
        if (x->n_names == ARCHIVE_MEMBERS_MAX)
                return refuse(reterr_why, -EFBIG, "it has more than %u members", ARCHIVE_MEMBERS_MAX);

        int r = array_reserve(&x->names, &x->names_allocated, x->n_names, sizeof(*x->names));
        if (r < 0)
                return r;

        x->names[x->n_names++] = x->text_size;
        return put(x, name, reterr_why);
}

static int put_number(Indexer *x, uint64_t number, char **reterr_why) {
        char text[24];

        (void) snprintf(text, sizeof(text), "%" PRIu64, number);
        return put(x, text, reterr_why);
}

static int put_file(Indexer *x, uint64_t offset, uint64_t size, const char *name, char **reterr_why) {
        int r = put(x, "file", reterr_why);
        if (r >= 0)
                r = put_number(x, offset, reterr_why);
        if (r >= 0)
                r = put_number(x, size, reterr_why);
        return r < 0 ? r : put_name(x, name, reterr_why);
}

static int put_link(Indexer *x, const char *target, const char *name, char **reterr_why) {
        int r = put(x, "link", reterr_why);
        if (r >= 0)
                r = put(x, target, reterr_why);
        return r < 0 ? r : put_name(x, name, reterr_why);
}

static int add_file(Indexer *x, const TarEntry *e, const char *name, char **reterr_why) {
        uint64_t offset = tar_reader_position(x->tar);

        if (e->sparse)
                return refuse(reterr_why, -EBADMSG, "it is a sparse file");
        if (offset > x->size || e->size > x->size - offset)
                return refuse(reterr_why, -EBADMSG, "it is cut short");

        return put_file(x, offset, e->size, name, reterr_why);
}

static int add_hard_link(Indexer *x, const char *target, const char *name, char **reterr_why) {
        char clean[EROFS_PATH_MAX];

        if (path_clean(target, clean, NULL) < 0)
                return refuse(reterr_why, -ENOLINK, "it is a hard link to outside of the archive");

        return put_link(x, clean, name, reterr_why);
}

static void pop_component(const char *path, size_t *size) {
        while (*size > 0 && path[--*size] != '/')
                ;
}

static int push_component(char path[static EROFS_PATH_MAX], size_t *size, const char *p, size_t n) {
        if (*size + 1 + n >= EROFS_PATH_MAX)
                return -ENAMETOOLONG;

        if (*size > 0)
                path[(*size)++] = '/';
        memcpy(path + *size, p, n);
        *size += n;
        return 0;
}

/* What a link in the directory of `name` leads to, as far as names tell. */
static int resolve(const char *name, const char *target, char ret[static EROFS_PATH_MAX]) {
        const char *slash = strrchr(name, '/');
        size_t size = slash ? slash - name : 0;

        if (target[0] == '/')
                return -ENOLINK;

        memcpy(ret, name, size);
        for (const char *p = target; *p != '\0'; p += strspn(p, "/")) {
                size_t n = strcspn(p, "/");

                if (n == 2 && memcmp(p, "..", 2) == 0) {
                        if (size == 0)
                                return -ENOLINK;
                        pop_component(ret, &size);
                } else if (n != 1 || p[0] != '.') {
                        int r = push_component(ret, &size, p, n);
                        if (r < 0)
                                return r;
                }
                p += n;
        }

        ret[size] = '\0';
        return 0;
}

static int add_symlink(Indexer *x, const char *target, const char *name, char **reterr_why) {
        char resolved[EROFS_PATH_MAX];

        int r = resolve(name, target, resolved);
        if (r == -ENOLINK)
                return refuse(reterr_why, r, "it is a symbolic link to outside of the archive");
        return r < 0 ? r : put_link(x, resolved, name, reterr_why);
}

static int add_member(Indexer *x, const TarEntry *e, char **reterr_why) {
        char name[EROFS_PATH_MAX];

        int r = path_clean(e->path, name, reterr_why);
        if (r < 0)
                return r;
        if (e->type == TAR_DIRECTORY)
                return 0;
        if (name[0] == '\0')
                return refuse(reterr_why, -EBADMSG, "it has no name");

        switch (e->type) {
        case TAR_FILE: return add_file(x, e, name, reterr_why);
        case TAR_HARD_LINK: return add_hard_link(x, e->link, name, reterr_why);
        case TAR_SYMLINK: return add_symlink(x, e->link, name, reterr_why);
        default: return refuse(reterr_why, -EBADMSG, "it is neither file, directory nor link");
        }
}

static int refuse_member(const char *name, int r, const char *why, char **reterr_why) {
        _cleanup_free_ char *escaped = str_escape(name, strlen(name), 256);
        return refuse(reterr_why, r, "member '%s': %s", escaped ?: "…", why);
}

static int open_archive(Indexer *x) {
        TarInput input = { .read = read_tar, .skip = skip_tar, .userdata = x };

        x->buffer = malloc(BUFFER_SIZE);
        return x->buffer ? tar_reader_new(&input, &x->tar) : -ENOMEM;
}

static int index_members(Indexer *x, char **reterr_why) {
        TarEntry entry;

        for (;;) {
                _cleanup_free_ char *why = NULL;

                int r = tar_reader_next(x->tar, &entry, reterr_why);
                if (r <= 0)
                        return r;

                r = add_member(x, &entry, &why);
                if (r < 0)
                        return refuse_member(entry.path, r, why ?: strerror(-r), reterr_why);
        }
}

static int compare_names(const void *a, const void *b, void *text) {
        return strcmp((const char *) text + *(const size_t *) a, (const char *) text + *(const size_t *) b);
}

static int check_names(Indexer *x, char **reterr_why) {
        qsort_r(x->names, x->n_names, sizeof(*x->names), compare_names, x->text);
        for (size_t i = 1; i < x->n_names; i++)
                if (compare_names(&x->names[i - 1], &x->names[i], x->text) == 0)
                        return refuse_member(x->text + x->names[i], -EEXIST, "it is there twice",
                                             reterr_why);

        return 0;
}

int tar_index(int fd, uint64_t size, Blob *ret, char **reterr_why) {
        _cleanup_(indexer_done) Indexer x = { .fd = fd, .size = size };

        int r = open_archive(&x);
        if (r >= 0)
                r = index_members(&x, reterr_why);
        if (r >= 0)
                r = check_names(&x, reterr_why);
        if (r < 0)
                return r;

        *ret = (Blob) { TAKE_PTR(x.text), x.text_size };
        return 0;
}
