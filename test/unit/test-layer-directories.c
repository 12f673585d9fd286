/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of prepare/layer-directories, of what the writer notes down for it, and that a copy of a layer has it.
 * Never: mounts a layer: test-directories.sh does.
 * Follows: prepare/layer-directories.h, docs/STORE.md, "Implied directories". */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "prepare/layer-copy.h"
#include "prepare/layer-directories.h"

#define LAYERS_MAX 300

static const uint8_t uuid[16] = { 1 };

typedef struct Layers {
        ErofsWriter *writer; /* of the uppermost, until the next one begins */
        int fds[LAYERS_MAX];
        ErofsReader *readers[LAYERS_MAX];
        size_t n;
} Layers;

static void end_layer(Layers *l) {
        if (!l->writer)
                return;

        assert_int_equal(erofs_writer_finish(l->writer, uuid), 0);
        l->writer = erofs_writer_free(l->writer);
        assert_int_equal(erofs_reader_open(l->fds[l->n - 1], &l->readers[l->n - 1]), 0);
}

static void layer(Layers *l) {
        end_layer(l);
        l->fds[l->n] = memfd_create("layer", MFD_CLOEXEC);
        assert_true(l->fds[l->n] >= 0);
        assert_int_equal(erofs_writer_new(l->fds[l->n++], UINT64_MAX, 0, &l->writer), 0);
}

static void layers_done(Layers *l) {
        erofs_writer_free(l->writer);
        for (size_t i = 0; i < l->n; i++) {
                erofs_reader_free(l->readers[i]);
                fd_close(l->fds[i]);
        }
}

static void directory(Layers *l, const char *path, mode_t mode) {
        static const ErofsXattr xattr = { "user.a", "b", 1 };

        assert_int_equal(erofs_writer_add(l->writer,
                                          &(ErofsEntry) { .path = path,
                                                          .mode = S_IFDIR | mode,
                                                          .uid = 7,
                                                          .gid = 8,
                                                          .mtime_sec = 9,
                                                          .mtime_nsec = 10,
                                                          .xattrs = &xattr,
                                                          .n_xattrs = mode & S_ISVTX ? 1 : 0 },
                                          NULL),
                         0);
}

static void file(Layers *l, const char *path) {
        assert_int_equal(erofs_writer_add(l->writer, &(ErofsEntry) { .path = path, .mode = S_IFREG }, NULL),
                         0);
}

static void whiteout(Layers *l, const char *path) {
        assert_int_equal(erofs_writer_whiteout(l->writer, path, NULL), 0);
}

static void opaque(Layers *l, const char *path) {
        assert_int_equal(erofs_writer_opaque(l->writer, path, NULL), 0);
}

typedef struct Description {
        ErofsReader *reader;
        FILE *to;
        const char *parent;
} Description;

static int describe_xattr(const ErofsXattr *x, void *userdata) {
        const Description *d = userdata;

        fprintf(d->to, " %s=%.*s", x->name, (int) x->size, (const char *) x->value);
        return 0;
}

/* "/ 755 0:0 0.0", then what is in it. */
static int describe(const char *name, uint64_t nid, mode_t type, void *userdata) {
        Description *d = userdata;
        _cleanup_free_ char *path = NULL;
        ErofsStat st;

        assert_int_equal(str_printf(&path, "%s%s%s", d->parent, streq(d->parent, "/") ? "" : "/", name), 0);
        assert_int_equal(erofs_reader_inode(d->reader, nid, &st), 0);
        fprintf(d->to, "%s %o %u:%u %d.%u", path, st.mode & 07777, st.uid, st.gid, (int) st.mtime_sec,
                st.mtime_nsec);
        assert_int_equal(erofs_reader_xattrs(d->reader, &st, describe_xattr, d), 0);
        fputc('\n', d->to);
        if (S_ISDIR(st.mode)) {
                Description below = { d->reader, d->to, path };
                assert_int_equal(erofs_reader_list(d->reader, &st, describe, &below), 0);
        }

        return 0;
}

static void expect(Layers *l, uint64_t entries, const char *expected) {
        _cleanup_(erofs_reader_freep) ErofsReader *reader = NULL;
        _cleanup_close_ int fd = memfd_create("layer", MFD_CLOEXEC);
        _cleanup_(erofs_writer_freep) ErofsWriter *w = NULL;
        _cleanup_free_ char *text = NULL;
        uint64_t n = 0;
        size_t size;

        end_layer(l);
        assert_int_equal(erofs_writer_new(fd, UINT64_MAX, 0, &w), 0);
        assert_int_equal(layer_directories(l->readers, l->n, w, &n), 0);
        assert_int_equal(n, entries);
        if (n == 0)
                return;

        assert_int_equal(erofs_writer_finish(w, uuid), 0);
        assert_int_equal(erofs_reader_open(fd, &reader), 0);
        assert_int_equal(erofs_reader_n_implied(reader), 0);
        Description d = { reader, open_memstream(&text, &size), "" };
        (void) describe("", erofs_reader_root(reader), S_IFDIR, &d);
        fclose(d.to);
        assert_string_equal(text, expected);
}

#define _cleanup_layers_ _cleanup_(layers_done)
#define ROOT "/ 755 0:0 0.0\n"
#define SAID(mode) " " mode " 7:8 9.10\n"

static void test_implied(void **state) {
        _cleanup_layers_ Layers l = {};
        ErofsStat root, st;

        layer(&l);
        file(&l, "a/b/c/f");
        directory(&l, "a/b", 0700);
        file(&l, "later/f");
        directory(&l, "later", 0700);
        whiteout(&l, "new");
        file(&l, "new/f"); /* what was there before is gone, and with it what it was like */
        opaque(&l, "opaque");
        file(&l, "gone/f");
        whiteout(&l, "gone");
        end_layer(&l);

        ErofsReader *r = l.readers[0];
        assert_int_equal(erofs_reader_n_implied(r), 4); /* the root, a, a/b/c, opaque */
        assert_int_equal(erofs_reader_is_implied(r, erofs_reader_root(r)), 1);
        assert_int_equal(erofs_reader_inode(r, erofs_reader_root(r), &root), 0);
        assert_int_equal(erofs_reader_find(r, &root, "a", &st), 1);
        assert_int_equal(erofs_reader_is_implied(r, st.nid), 1);
        assert_int_equal(erofs_reader_find(r, &st, "b", &st), 1);
        assert_int_equal(erofs_reader_is_implied(r, st.nid), 0);
        assert_int_equal(erofs_reader_find(r, &root, "new", &st), 1);
        assert_int_equal(erofs_reader_is_implied(r, st.nid), 0);
        assert_int_equal(erofs_reader_find(r, &root, "opaque", &st), 1);
        assert_int_equal(erofs_reader_is_implied(r, st.nid), 1);
        assert_int_equal(erofs_reader_find(r, &root, "zzz", &st), 0);
        assert_int_equal(erofs_reader_find(r, &root, "b", &st), 0);
        assert_int_equal(erofs_reader_find(r, &root, "later", &st), 1);
        assert_int_equal(erofs_reader_find(r, &st, "f", &st), 1);
        assert_int_equal(erofs_reader_find(r, &st, "x", &st), -ENOTDIR);
}

static void test_nothing(void **state) {
        _cleanup_layers_ Layers l = {};

        layer(&l);
        directory(&l, "a", 0700);
        file(&l, "b/f");
        expect(&l, 0, NULL);
        layer(&l); /* says something itself; has what nobody has said anything of; is the only one */
        directory(&l, "a", 0711);
        file(&l, "b/f");
        file(&l, "c/f");
        expect(&l, 0, NULL);
        assert_int_equal(layer_directories(NULL, 0, NULL, &(uint64_t) { 0 }), 0);
}

static void test_one(void **state) {
        _cleanup_layers_ Layers l = {};

        layer(&l);
        directory(&l, "tmp", 01777);
        directory(&l, "home", 0711);
        directory(&l, "home/u", 0700);
        directory(&l, "home/u/below", 0750);
        layer(&l);
        file(&l, "tmp/x");
        file(&l, "home/u/below/x");
        layer(&l);
        file(&l, "home/u/y");
        file(&l, "tmp/y");
        expect(&l, 5,
               ROOT "/home" SAID("711") "/home/u" SAID("700") "/home/u/below" SAID(
                               "750") "/tmp 1777 7:8 9.10 user.a=b\n");
}

/* The entry that counts is the uppermost; a parent of what is mended stays what it is. */
static void test_between(void **state) {
        _cleanup_layers_ Layers l = {};

        layer(&l);
        directory(&l, "p", 0700);
        directory(&l, "p/a", 0701);
        layer(&l);
        directory(&l, "p/a", 0702);
        layer(&l);
        directory(&l, "p", 0703);
        layer(&l);
        directory(&l, "p", 0704);
        file(&l, "p/a/x");
        expect(&l, 3, ROOT "/p" SAID("704") "/p/a" SAID("702"));
}

static void test_hidden(void **state) {
        _cleanup_layers_ Layers l = {};

        layer(&l);
        directory(&l, "white", 0700);
        directory(&l, "file", 0700);
        directory(&l, "opaque", 0700);
        directory(&l, "opaque/in", 0700);
        directory(&l, "now", 0700);
        directory(&l, "now/in", 0700);
        directory(&l, "again", 0700);
        layer(&l);
        whiteout(&l, "white");
        file(&l, "file");
        opaque(&l, "opaque");
        layer(&l);
        file(&l, "white/x");
        file(&l, "file/x");
        file(&l, "opaque/in/x");
        opaque(&l, "now");
        file(&l, "now/in/x");
        whiteout(&l, "again");
        file(&l, "again/x");
        expect(&l, 3, ROOT "/now" SAID("700") "/opaque" SAID("700"));
}

/* What hides a directory from the uppermost layer hides it from this. */
static void test_hidden_above(void **state) {
        _cleanup_layers_ Layers l = {};

        layer(&l);
        directory(&l, "white", 0700);
        directory(&l, "opaque", 0700);
        directory(&l, "opaque/in", 0700);
        layer(&l);
        file(&l, "white/x");
        file(&l, "opaque/in/x");
        layer(&l);
        whiteout(&l, "white");
        opaque(&l, "opaque");
        expect(&l, 2, ROOT "/opaque" SAID("700"));
}

/* That a directory was opaque where its entry is must not be so on top. */
static void test_opaque_entry(void **state) {
        _cleanup_layers_ Layers l = {};

        layer(&l);
        directory(&l, "a", 0700);
        opaque(&l, "a");
        layer(&l);
        file(&l, "a/x");
        expect(&l, 2, ROOT "/a" SAID("700"));
}

/* Of the root, its mode and owner are to be seen. */
static void test_root(void **state) {
        _cleanup_layers_ Layers l = {};

        layer(&l);
        assert_int_equal(erofs_writer_add(l.writer,
                                          &(ErofsEntry) { .path = "",
                                                          .mode = S_IFDIR | 0755,
                                                          .mtime_sec = 5 },
                                          NULL),
                         0);
        layer(&l);
        file(&l, "x");
        expect(&l, 0, NULL);
        layer(&l);
        directory(&l, "", 0711);
        layer(&l);
        file(&l, "x");
        expect(&l, 1, "/" SAID("711"));
}

static void test_many_layers(void **state) {
        _cleanup_layers_ Layers l = {};

        layer(&l);
        directory(&l, "a", 0700);
        for (size_t i = 1; i < LAYERS_MAX; i++) {
                layer(&l);
                for (size_t k = 0; k < 10; k++) {
                        char path[32];

                        (void) snprintf(path, sizeof(path), "a/%zu/f", k);
                        file(&l, path);
                }
        }
        expect(&l, 2, ROOT "/a" SAID("700"));
}

/* Directories of many blocks, and more below each other than a stack would take. */
static void test_large(void **state) {
        _cleanup_layers_ Layers l = {};
        char deep[4000] = "d";
        uint64_t n;

        while (strlen(deep) < sizeof(deep) - 3)
                strcat(deep, "/d");
        for (size_t k = 0; k < 2; k++) {
                layer(&l);
                for (size_t i = 0; i < 5000; i++) {
                        char path[32];

                        (void) snprintf(path, sizeof(path), "many/%zu%s", i, k > 0 ? "/f" : "");
                        if (k == 0)
                                directory(&l, path, 0700);
                        else
                                file(&l, path);
                }
                directory(&l, deep, 0700);
        }
        layer(&l);
        strcat(deep, "/f");
        file(&l, deep);
        end_layer(&l);

        _cleanup_(erofs_writer_freep) ErofsWriter *w = NULL;
        assert_int_equal(erofs_writer_new(-EBADF, UINT64_MAX, 0, &w), 0);
        assert_int_equal(layer_directories(l.readers, l.n, w, &n), 0);
        assert_int_equal(n, 1 + 1 + 5000 + strlen(deep) / 2);
        assert_int_equal(erofs_writer_finish(w, uuid), 0);
}

/* Of a layer that has only some files of another one, the directories that nobody asked for say nothing either. */
static void test_copy(void **state) {
        _cleanup_layers_ Layers l = {};
        _cleanup_whitelist_ AppcWhitelist kept = {};
        uint64_t n;

        layer(&l);
        directory(&l, "kept", 0700);
        directory(&l, "not", 0700);
        file(&l, "not/f");
        file(&l, "implied/f");
        layer(&l);
        assert_int_equal(appc_whitelist_of((char *[]) { (char *) "/kept", (char *) "/not/f",
                                                        (char *) "/implied", NULL },
                                           &kept),
                         0);
        assert_int_equal(layer_copy(l.readers[0], &kept, l.writer, &n), 0);
        end_layer(&l);
        assert_int_equal(erofs_reader_n_implied(l.readers[1]), 3); /* the root, not, implied */
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_implied),      cmocka_unit_test(test_nothing),
                cmocka_unit_test(test_one),          cmocka_unit_test(test_between),
                cmocka_unit_test(test_hidden),       cmocka_unit_test(test_hidden_above),
                cmocka_unit_test(test_opaque_entry), cmocka_unit_test(test_root),
                cmocka_unit_test(test_many_layers),  cmocka_unit_test(test_large),
                cmocka_unit_test(test_copy),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
