/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what goes into an image while it is in memory, its identity, and its bytes.
 * Never: knows what a system needs; has anything of this moment or machine but what was put in.
 * Follows: docs/STAGE1.md; erofs/writer.h; cpio/writer.h. */

#include <string.h>
#include <sys/stat.h>

#include "basic/array.h"
#include "basic/str.h"
#include "cpio/writer.h"
#include "erofs/writer.h"
#include "image/hasher.h"
#include "stage1-tool/contents.h"

/* Changes whenever the same contents are to be another image. */
#define FORMAT "gantry stage1 1"

#define IMAGE_LIMIT (UINT64_C(256) * 1024 * 1024)

static void entry_done(ContentsEntry *e) {
        free(e->path);
        free(e->target);
        blob_done(&e->data);
}

void contents_done(Contents *c) {
        for (size_t i = 0; i < c->n; i++)
                entry_done(&c->list[i]);
        free(c->list);
        *c = (Contents) {};
}

static int add(Contents *c, const char *path, mode_t mode, ContentsEntry **ret) {
        ContentsEntry e = { .mode = mode };

        int r = array_reserve(&c->list, &c->allocated, c->n, sizeof(e));
        if (r >= 0)
                r = str_copy(path, &e.path);
        if (r < 0)
                return r;

        *ret = &c->list[c->n++];
        **ret = e;
        return 0;
}

int contents_add_directory(Contents *c, const char *path, mode_t permissions) {
        ContentsEntry *e;
        return add(c, path, S_IFDIR | permissions, &e);
}

int contents_add_link(Contents *c, const char *path, const char *target) {
        ContentsEntry *e;

        int r = add(c, path, S_IFLNK | 0777, &e);
        return r < 0 ? r : str_copy(target, &e->target);
}

int contents_add_text(Contents *c, const char *path, const char *text) {
        ContentsEntry *e;

        int r = add(c, path, S_IFREG | 0644, &e);
        if (r >= 0)
                r = str_copy(text, (char **) &e->data.data);
        if (r >= 0)
                e->data.size = strlen(text);

        return r;
}

int contents_add_file(Contents *c, const char *path, mode_t permissions, Blob *data) {
        ContentsEntry *e;

        int r = add(c, path, S_IFREG | permissions, &e);
        if (r >= 0)
                e->data = TAKE_BLOB(*data);

        return r;
}

static bool contains(const Contents *c, const char *path) {
        for (size_t i = 0; i < c->n; i++)
                if (streq(c->list[i].path, path))
                        return true;

        return false;
}

/* Where the host has /lib64/…, the image has /usr/lib64/… and a link. */
static int add_merging_link(Contents *c, const char *path) {
        _cleanup_free_ char *first = strndup(path, strcspn(path, "/")), *target = NULL;
        if (!first)
                return -ENOMEM;
        if (streq(first, "usr") || contains(c, first))
                return 0;

        int r = str_printf(&target, "usr/%s", first);
        return r < 0 ? r : contents_add_link(c, first, target);
}

int contents_add_program(Contents *c, const char *host_path, mode_t permissions, const ElfFile *elf,
                         Blob *data) {
        const char *path = host_path + strspn(host_path, "/");
        _cleanup_free_ char *merged = NULL;
        ContentsEntry *e;

        int r = add_merging_link(c, path);
        if (r >= 0)
                r = str_printf(&merged, "%s%s", startswith(path, "usr/") ? "" : "usr/", path);
        if (r >= 0 && contains(c, merged))
                return 0;
        if (r >= 0)
                r = add(c, merged, S_IFREG | permissions, &e);
        if (r < 0)
                return r;

        e->data = TAKE_BLOB(*data);
        e->build_id_size = elf->build_id_size;
        memcpy(e->build_id, elf->build_id, elf->build_id_size);
        return 0;
}

static int compare(const void *a, const void *b) {
        return strcmp(((const ContentsEntry *) a)->path, ((const ContentsEntry *) b)->path);
}

void contents_sort(Contents *c) {
        if (c->n > 0)
                qsort(c->list, c->n, sizeof(ContentsEntry), compare);
}

/* With its NUL, so that two texts are not one. */
static void add_words(Hasher *h, const char *text) {
        hasher_update(h, text, strlen(text) + 1);
}

static int identify_file(Hasher *h, const ContentsEntry *e) {
        char text[MAX(2 * ELF_BUILD_ID_MAX + 1, DIGEST_TEXT_MAX)];
        Digest d;

        if (e->build_id_size > 0)
                hex_encode(e->build_id, e->build_id_size, text);
        else {
                int r = digest_of(DIGEST_SHA256, e->data.data, e->data.size, &d);
                if (r < 0)
                        return r;
                digest_format(&d, text);
        }

        add_words(h, text);
        return 0;
}

static int identify_entry(Hasher *h, const ContentsEntry *e) {
        _cleanup_free_ char *mode = NULL;

        int r = str_printf(&mode, "%o", e->mode);
        if (r < 0)
                return r;

        add_words(h, e->path);
        add_words(h, mode);
        if (S_ISLNK(e->mode))
                add_words(h, e->target);
        return S_ISREG(e->mode) ? identify_file(h, e) : 0;
}

int contents_identify(const Contents *c, Digest *ret) {
        _cleanup_hasher_ Hasher *h = NULL;

        int r = hasher_new(DIGEST_SHA256, &h);
        if (r < 0)
                return r;

        add_words(h, FORMAT);
        for (size_t i = 0; r >= 0 && i < c->n; i++)
                r = identify_entry(h, &c->list[i]);
        if (r < 0)
                return r;

        hasher_final(h, ret);
        return 0;
}

static int write_entry(ErofsWriter *w, const ContentsEntry *e, char **reterr_why) {
        int r = erofs_writer_add(w,
                                 &(ErofsEntry) { .path = e->path,
                                                 .mode = e->mode,
                                                 .size = e->data.size,
                                                 .symlink = e->target },
                                 reterr_why);
        return r < 0 || e->data.size == 0 ? r : erofs_writer_data(w, 0, e->data.data, e->data.size);
}

int contents_write(const Contents *c, const Digest *id, int fd, char **reterr_why) {
        _cleanup_(erofs_writer_freep) ErofsWriter *w = NULL;

        int r = erofs_writer_new(fd, IMAGE_LIMIT, EROFS_UNIQUE, &w);
        for (size_t i = 0; r >= 0 && i < c->n; i++)
                r = write_entry(w, &c->list[i], reterr_why);

        return r < 0 ? r : erofs_writer_finish(w, id->bytes);
}

static int write_cpio_entry(CpioWriter *w, const ContentsEntry *e) {
        mode_t permissions = e->mode & 07777;

        return S_ISDIR(e->mode)   ? cpio_directory(w, e->path, permissions)
               : S_ISLNK(e->mode) ? cpio_link(w, e->path, e->target)
                                  : cpio_file(w, e->path, permissions, e->data.data, e->data.size);
}

int contents_write_cpio(const Contents *c, const Digest *id, int fd, char **reterr_why) {
        CpioWriter w = CPIO_WRITER(fd);
        int r = 0;

        for (size_t i = 0; r >= 0 && i < c->n; i++)
                r = write_cpio_entry(&w, &c->list[i]);

        return r < 0 ? r : cpio_end(&w);
}
