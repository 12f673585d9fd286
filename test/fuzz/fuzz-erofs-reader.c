/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the reader of sealed layers, under any bytes.
 * Never: leaves an image to its checksums, which whoever makes a bad image gets right.
 * Follows: erofs/reader.h. */

#include <endian.h>
#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "erofs/crc32c.h"
#include "erofs/format.h"
#include "erofs/path.h"
#include "erofs/reader.h"
#include "fuzz.h"

#define INODES_MAX 2000 /* to look at: names of one image may lead to the same ones again and again */
#define DATA_MAX ((uint64_t) 1024 * 1024)

typedef struct Walk {
        const ErofsReader *reader;
        unsigned inodes;
        char last[EROFS_NAME_MAX + 1];
} Walk;

static void set_checksums(uint8_t *data, size_t size) {
        if (size >= EROFS_BLOCK_SIZE) {
                ErofsSuper *super = (ErofsSuper *) (data + EROFS_SUPER_OFFSET);
                super->checksum = 0;
                super->checksum = htole32(crc32c(~0u, super, EROFS_BLOCK_SIZE - EROFS_SUPER_OFFSET));
        }
        if (size >= 2 * EROFS_BLOCK_SIZE) {
                ErofsFooter *footer = (ErofsFooter *) (data + size - sizeof(ErofsFooter));
                footer->checksum = htole32(crc32c(~0u, footer, offsetof(ErofsFooter, checksum)));
        }
}

/* -EUCLEAN is what an image can be guilty of; more memory than there is must not be asked for. */
static bool is_answer(int r) {
        return r >= 0 || r == -EUCLEAN;
}

static int check_xattr(const ErofsXattr *x, void *userdata) {
        static volatile uint8_t sum;

        fuzz_check(strlen(x->name) > 0);
        for (size_t i = 0; i < x->size; i++)
                sum += ((const uint8_t *) x->value)[i];
        return 0;
}

static void read_data(const Walk *w, const ErofsStat *st) {
        static uint8_t buffer[70000];

        for (uint64_t at = 0; at < MIN(st->size, DATA_MAX); at += sizeof(buffer)) {
                int r = erofs_reader_data(w->reader, st, at, buffer, MIN(sizeof(buffer), st->size - at));
                fuzz_check(is_answer(r));
        }
        if (st->size > 0)
                fuzz_check(is_answer(erofs_reader_data(w->reader, st, st->size - 1, buffer, 1)));
        fuzz_check(erofs_reader_data(w->reader, st, st->size, buffer, 1) == -EINVAL);
}

static int look_at_name(const char *name, uint64_t nid, mode_t type, void *userdata);

static void look_at(Walk *w, const ErofsStat *st) {
        fuzz_check(is_answer(erofs_reader_xattrs(w->reader, st, check_xattr, NULL)));

        if (S_ISREG(st->mode))
                read_data(w, st);
        else if (S_ISLNK(st->mode)) {
                _cleanup_free_ char *text = NULL;
                int r = erofs_reader_symlink(w->reader, st, &text);
                fuzz_check(is_answer(r) && (r < 0 || strlen(text) == st->size));
        } else if (S_ISDIR(st->mode)) {
                Walk below = { w->reader, w->inodes };
                int r = erofs_reader_list(w->reader, st, look_at_name, &below);
                fuzz_check(is_answer(r) || r == -ECANCELED);
                w->inodes = below.inodes;
        }
}

static int look_at_name(const char *name, uint64_t nid, mode_t type, void *userdata) {
        Walk *w = userdata;
        ErofsStat st;

        fuzz_check(strcmp(w->last, name) < 0 && !strchr(name, '/') && !streq(name, ".") &&
                   !streq(name, ".."));
        fuzz_check(strlen(name) <= EROFS_NAME_MAX);
        strcpy(w->last, name);

        if (w->inodes++ >= INODES_MAX)
                return -ECANCELED;
        int r = erofs_reader_inode(w->reader, nid, &st);
        fuzz_check(is_answer(r));
        if (r >= 0 && S_ISDIR(st.mode) == S_ISDIR(type))
                look_at(w, &st);
        return 0;
}

static void look_at_files(ErofsReader *reader) {
        Walk w = { reader };
        ErofsStat st;

        for (uint32_t i = 0; i < INODES_MAX; i++) {
                int r = erofs_reader_file(reader, i, &st);
                fuzz_check(is_answer(r) || r == -ERANGE);
                if (r < 0)
                        return;
                fuzz_check(S_ISREG(st.mode));
                look_at(&w, &st);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(erofs_reader_freep) ErofsReader *reader = NULL;
        _cleanup_close_ int fd = memfd_create("image", MFD_CLOEXEC);
        _cleanup_free_ uint8_t *image = malloc(size + 1);
        _cleanup_blob_ Blob attachment = {};
        ErofsStat root;

        fuzz_check(fd >= 0 && image);
        memcpy(image, data, size);
        set_checksums(image, size);
        fuzz_check(fd_write_full(fd, image, size) == 0);

        int r = erofs_reader_open(fd, &reader);
        fuzz_check(is_answer(r));
        if (r < 0)
                return 0;

        r = erofs_reader_attachment(reader, &attachment);
        fuzz_check(r == -ENODATA || (r == 0 && attachment.size > 0 && attachment.size < size));
        look_at_files(reader);
        if (erofs_reader_inode(reader, erofs_reader_root(reader), &root) >= 0)
                look_at(&(Walk) { reader }, &root);
        return 0;
}
