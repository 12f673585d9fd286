/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of store/.
 * Never: touches a store but its own below the scratch directory.
 * Follows: store/store.h, store/layer.h, store/image-dir.h; DESIGN.md section 5. */

#include "scratch.h"

#include <grp.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <time.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "store/digest-list.h"
#include "store/image-dir.h"
#include "store/image-signatures.h"
#include "store/layer.h"
#include "store/store.h"

static Store *store;

static int setup(void **state) {
        return scratch_setup(state) < 0 || store_open(scratch_path("store"), STORE_CREATE, &store) < 0 ? -1
                                                                                                       : 0;
}

static int teardown(void **state) {
        store = store_close(store);
        return scratch_teardown(state);
}

/* Of an algorithm, with the first bytes `head` and all others `rest`. */
static Digest make_digest(DigestAlgorithm algorithm, uint32_t head, uint8_t rest) {
        Digest d = { .algorithm = algorithm };

        memset(d.bytes, rest, digest_size(algorithm));
        for (size_t i = 0; i < 4; i++)
                d.bytes[i] = head >> (24 - 8 * i);
        return d;
}

static Digest sha256(uint32_t head) {
        return make_digest(DIGEST_SHA256, head, 0xee);
}

/* "store/images/sha256-…/NAME" */
static const char *image_path(const Digest *id, const char *name) {
        static char path[512];
        char text[DIGEST_TEXT_MAX];

        digest_format_id(id, text);
        (void) snprintf(path, sizeof(path), "store/images/%s/%s", text, name);
        return path;
}

static const char *layer_path(const Digest *id) {
        static char path[512];
        char text[DIGEST_TEXT_MAX];

        digest_format_id(id, text);
        (void) snprintf(path, sizeof(path), "store/layers/%s.erofs", text);
        return path;
}

/* The tree */

static void test_open(void **state) {
        static const struct {
                const char *name;
                mode_t mode;
        } expected[] = {
                { "store", 0755 },
                { "store/incoming", 0711 }, /* to be passed, not to be listed */
                { "store/images", 0755 },
                { "store/images/refs", 0755 },
                { "store/layers", 0755 },
                { "store/pods", 0700 },
                { "store/pods/preparing", 0700 },
                { "store/pods/prepared", 0700 },
                { "store/pods/running", 0700 },
                { "store/pods/exited", 0700 },
                { "store/pods/garbage", 0700 },
        };
        Store *again = NULL;

        for (size_t i = 0; i < ELEMENTSOF(expected); i++)
                if (scratch_mode(expected[i].name) != (S_IFDIR | expected[i].mode))
                        fail_msg("%s: mode %o", expected[i].name, scratch_mode(expected[i].name));
        assert_int_equal(scratch_count("store"), 4);
        assert_int_equal(scratch_count("store/pods"), 5);

        assert_string_equal(store_path(store), scratch_path("store"));
        static int (*const fds[])(const Store *s) = { store_incoming_fd, store_images_fd, store_layers_fd,
                                                      store_pods_fd };
        for (size_t i = 0; i < ELEMENTSOF(fds); i++) {
                int fd = fds[i](store);
                assert_true(fd >= 0);
                assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
        }

        scratch_write("store/images/kept", "");
        assert_int_equal(store_open(scratch_path("store"), STORE_CREATE, &again), 0);
        again = store_close(again);
        assert_int_equal(store_open(scratch_path("store"), 0, &again), 0);
        assert_true(scratch_exists("store/images/kept"));
        assert_null(store_close(again));
        assert_null(store_close(NULL));
}

static void test_open_fails(void **state) {
        Store *s = NULL;

        assert_int_equal(store_open("relative", STORE_CREATE, &s), -EINVAL);
        assert_int_equal(store_open("", STORE_CREATE, &s), -EINVAL);
        assert_int_equal(store_open(scratch_path("missing"), 0, &s), -ENOENT);
        assert_false(scratch_exists("missing"));

        assert_int_equal(store_open(scratch_path("deep/down/store"), STORE_CREATE, &s), 0);
        s = store_close(s);
        assert_return_code(unlinkat(scratch.fd, "deep/down/store/layers", AT_REMOVEDIR), errno);
        assert_int_equal(store_open(scratch_path("deep/down/store"), 0, &s), -ENOENT); /* not a whole one */

        scratch_write("file", "");
        assert_int_equal(store_open(scratch_path("file"), 0, &s), -ENOTDIR);
        assert_null(s);

        /* Its directories are its own, not links to somewhere else. */
        scratch_mkdir("elsewhere");
        assert_return_code(symlinkat("../../../elsewhere", scratch.fd, "deep/down/store/layers"), errno);
        int r = store_open(scratch_path("deep/down/store"), STORE_CREATE, &s);
        assert_true(r == -ENOTDIR || r == -ELOOP);
}

/* What everybody may know of a store is open to everybody; the pods are not. */
static int open_as_somebody(void) {
        Store *s = NULL;

        if (setgroups(0, NULL) < 0 || setresuid(1, 1, 1) < 0 ||
            store_open(scratch_path("store"), 0, &s) != 0)
                return 1;
        if (store_images_fd(s) < 0 || store_layers_fd(s) < 0 || store_pods_fd(s) != -EACCES)
                return 2;
        store_close(s);
        return store_open(scratch_path("store"), STORE_CREATE, &s) == -EACCES ? 0 : 3;
}

/* Somebody else could change what has been judged. */
static void test_open_of_others(void **state) {
        Store *s = NULL;

        scratch_mkdir("others");
        assert_return_code(chmod(scratch_path("others"), 0777), errno);
        assert_int_equal(store_open(scratch_path("others"), STORE_CREATE, &s), -EPERM);
        assert_string_equal(store_strerror(scratch_path("others"), -EPERM).text,
                            "others may write there; name another one with --root=DIR, or change that");
        assert_string_equal(store_strerror(scratch_path("others"), -ENOENT).text, strerror(ENOENT));
        assert_return_code(chmod(scratch_path("others"), 0755), errno);
        if (geteuid() == 0) {
                assert_return_code(chown(scratch_path("others"), 65534, 65534), errno);
                assert_int_equal(store_open(scratch_path("others"), STORE_CREATE, &s), -EPERM);
                assert_string_equal(
                                store_strerror(scratch_path("others"), -EPERM).text,
                                "it belongs to user 65534; name another one with --root=DIR, or change that");
                assert_return_code(chown(scratch_path("others"), 0, 0), errno);
        }
        assert_return_code(store_open(scratch_path("others"), STORE_CREATE, &s), 0);
        store_close(s);
}

static void test_open_without_root(void **state) {
        int status;

        if (geteuid() != 0) {
                print_message("# skipped: a store of root's takes root\n");
                skip();
        }
        assert_return_code(chmod(scratch.path, 0755), errno);
        pid_t pid = fork();
        if (pid == 0)
                _exit(open_as_somebody());
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
}

/* The quarantine */

static void test_incoming(void **state) {
        _cleanup_free_ char *name = NULL, *other = NULL, *path = NULL;
        struct stat st;

        _cleanup_close_ int fd = store_incoming_new(store, "daemon", &name);
        _cleanup_close_ int second = store_incoming_new(store, "daemon", &other);
        assert_true(fd >= 0 && second >= 0);
        assert_string_not_equal(name, other);
        assert_null(strchr(name, '/'));
        assert_int_equal(scratch_count("store/incoming"), 2);

        assert_return_code(fstat(fd, &st), errno);
        assert_int_equal(st.st_mode, S_IFDIR | 0700);
        assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
        if (geteuid() == 0) {
                struct passwd *pw = getpwnam("daemon");
                assert_non_null(pw);
                assert_true(st.st_uid == pw->pw_uid && st.st_gid == pw->pw_gid);
        }

        /* gc asks like this. */
        _cleanup_close_ int gc = openat(store_incoming_fd(store), name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_int_equal(flock(gc, LOCK_EX | LOCK_NB), -1);
        assert_int_equal(errno, EWOULDBLOCK);
        fd = fd_close(fd);
        assert_return_code(flock(gc, LOCK_EX | LOCK_NB), errno);

        assert_int_equal(str_printf(&path, "store/incoming/%s/deep", name), 0);
        scratch_mkdir(path);
        assert_int_equal(store_incoming_remove(store, name), 0);
        assert_int_equal(store_incoming_remove(store, name), 0);
        assert_int_equal(scratch_count("store/incoming"), 1);
}

static void test_incoming_fails(void **state) {
        char *name = NULL;

        if (geteuid() != 0) {
                print_message("# skipped: only root gives directories away\n");
                skip();
        }
        assert_int_equal(store_incoming_new(store, "no-such-user", &name), -ESRCH);
        assert_null(name);
        assert_int_equal(scratch_count("store/incoming"), 0);
}

/* Layers */

static void publish_layer(const Digest *id, const char *text) {
        int fd = layer_create(store), is_new = !layer_exists(store, id);

        assert_true(fd >= 0);
        assert_int_equal(fd_write_full(fd, text, strlen(text)), 0);
        assert_int_equal(layer_publish(store, fd, id), is_new);
}

static void test_layers(void **state) {
        Digest a = sha256(0x01), b = make_digest(DIGEST_SHA512, 0x02, 0xaa);
        char text[16] = "";

        assert_int_equal(layer_exists(store, &a), 0);
        assert_int_equal(layer_open(store, &a), -ENOENT);
        publish_layer(&a, "layer a");
        publish_layer(&b, "layer b");
        assert_int_equal(layer_exists(store, &a), 1);
        scratch_expect(layer_path(&a), "layer a");
        assert_int_equal(scratch_mode(layer_path(&a)), S_IFREG | 0444);

        _cleanup_close_ int fd = layer_open(store, &b);
        assert_true(fd >= 0);
        assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
        assert_int_equal(fd_read_full(fd, text, sizeof(text)), 7);
        assert_string_equal(text, "layer b");
        assert_int_equal(write(fd, "x", 1), -1);

        assert_int_equal(layer_remove(store, &a), 0);
        assert_int_equal(layer_exists(store, &a), 0);
        assert_int_equal(layer_remove(store, &a), -ENOENT);
}

static void test_layer_abandoned(void **state) {
        int fd = layer_create(store);

        assert_int_equal(fd_write_full(fd, "half", 4), 0);
        assert_int_equal(scratch_count("store/layers"), 0);
        fd_close(fd);
        assert_int_equal(scratch_count("store/layers"), 0);
}

static void test_layer_twice(void **state) {
        Digest a = sha256(0x01);

        publish_layer(&a, "first");
        publish_layer(&a, "second");
        scratch_expect(layer_path(&a), "first");
        assert_int_equal(scratch_count("store/layers"), 1);
}

static void test_layer_names(void **state) {
        static const char *const others[] = { "README", "sha256-0123.erofs", ".erofs" };
        Digest all[] = { sha256(0x30), make_digest(DIGEST_SHA512, 0, 0) }, found;
        char name[200] = "";

        for (size_t i = 0; i < ELEMENTSOF(all); i++) {
                assert_true(layer_parse_name(layer_path(&all[i]) + strlen("store/layers/"), &found));
                assert_true(digest_equal(&found, &all[i]));
        }
        for (size_t i = 0; i < ELEMENTSOF(others); i++)
                assert_false(layer_parse_name(others[i], &found));
        memset(name, 'f', 170);
        strcat(name, ".erofs");
        assert_false(layer_parse_name(name, &found));
}

/* A link that somebody put there is not a layer. */
static void test_layer_link(void **state) {
        Digest a = sha256(0x01);

        scratch_write("outside", "not ours");
        assert_return_code(symlinkat(scratch_path("outside"), scratch.fd, layer_path(&a)), errno);
        assert_int_equal(layer_open(store, &a), -ELOOP);
        assert_int_equal(layer_remove(store, &a), 0);
        scratch_expect("outside", "not ours");
}

/* Images */

static const ImageFile files[] = {
        { "manifest", "{}", 2 },
        { "signatures/0.payload", "payload", 7 },
        { "signatures/0.signature", "signature", 9 },
        { "verdict.json", "", 0 },
};

static void publish_image(const Digest *id) {
        assert_int_equal(image_dir_publish(store, id, files, ELEMENTSOF(files)), 0);
}

static void test_image(void **state) {
        Digest id = sha256(0x01);
        _cleanup_blob_ Blob manifest = {}, payload = {};
        Blob none = {};

        assert_int_equal(image_dir_open(store, &id), -ENOENT);
        publish_image(&id);
        assert_int_equal(scratch_count("store/images"), 2); /* refs is the other */
        assert_int_equal(scratch_mode(image_path(&id, ".")), S_IFDIR | 0755);
        assert_int_equal(scratch_mode(image_path(&id, "manifest")), S_IFREG | 0444);
        assert_int_equal(scratch_mode(image_path(&id, "signatures/0.payload")), S_IFREG | 0444);

        _cleanup_close_ int fd = image_dir_open(store, &id);
        assert_true(fd >= 0);
        assert_int_equal(image_file_read(fd, "manifest", 2, &manifest), 0);
        assert_string_equal(manifest.data, "{}");
        assert_int_equal(image_file_read(fd, "signatures/0.payload", 100, &payload), 0);
        assert_string_equal(payload.data, "payload");
        assert_int_equal(image_file_read(fd, "manifest", 1, &none), -EFBIG);
        assert_int_equal(image_file_read(fd, "config", 100, &none), -ENOENT);
}

static void test_image_twice(void **state) {
        static const ImageFile other[] = { { "manifest", "other", 5 } };
        Digest id = sha256(0x01);

        publish_image(&id);
        assert_int_equal(image_dir_publish(store, &id, other, 1), -EEXIST);
        scratch_expect(image_path(&id, "manifest"), "{}");
        assert_int_equal(scratch_count(image_path(&id, ".")), 3);
        assert_int_equal(scratch_count("store/images"), 2); /* nothing temporary left */
}

/* Half an image is none. */
static void test_image_fails(void **state) {
        static const ImageFile twice[] = { { "manifest", "a", 1 },
                                           { "signatures/0", "b", 1 },
                                           { "manifest", "c", 1 } };
        Digest id = sha256(0x01);

        assert_int_equal(image_dir_publish(store, &id, twice, 3), -EEXIST);
        assert_int_equal(image_dir_open(store, &id), -ENOENT);
        assert_int_equal(scratch_count("store/images"), 1);
}

static void test_image_additions(void **state) {
        Digest id = sha256(0x01);

        publish_image(&id);
        _cleanup_close_ int fd = image_dir_open(store, &id);
        assert_int_equal(image_file_add(fd, "config", "config", 6), 0);
        assert_int_equal(image_file_add(fd, "config", "other", 5), 0); /* the first one stays */
        scratch_expect(image_path(&id, "config"), "config");
        assert_int_equal(scratch_mode(image_path(&id, "config")), S_IFREG | 0444);

        assert_int_equal(image_signature_add(fd, "1.signature", "new", 3), 0);
        assert_int_equal(image_signature_add(fd, "0.signature", "new", 3), 0);
        scratch_expect(image_path(&id, "signatures/1.signature"), "new");
        scratch_expect(image_path(&id, "signatures/0.signature"), "signature");

        assert_int_equal(image_dir_set_verdict(fd, "one", 3), 0);
        assert_int_equal(image_dir_set_verdict(fd, "two", 3), 0);
        scratch_expect(image_path(&id, "verdict.json"), "two");
        assert_int_equal(image_dir_set_index(fd, "index", 5), 0);
        assert_int_equal(image_dir_set_index(fd, "other", 5), 0);
        scratch_expect(image_path(&id, "index"), "other");
        assert_int_equal(scratch_count(image_path(&id, ".")), 5);
        assert_int_equal(scratch_count(image_path(&id, "signatures")), 3);
}

/* Those that came last stay, whether they are new or came again. */
static void test_signatures_trim(void **state) {
        Digest id = sha256(0x01);

        publish_image(&id);
        _cleanup_close_ int fd = image_dir_open(store, &id);
        assert_int_equal(image_signatures_trim(fd, 1), 0);
        for (unsigned i = 0; i < 6; i++) {
                static const char *const names[] = { "a", "b", "c", "ab", "d", "b" };
                _cleanup_free_ char *source = NULL, *bundle = NULL;

                assert_return_code(str_printf(&source, "%s.source", names[i]), 0);
                assert_return_code(str_printf(&bundle, "%s.bundle", names[i]), 0);
                assert_int_equal(image_signature_add(fd, source, "x", 1), 0);
                assert_int_equal(image_signature_add(fd, bundle, "x", 1), 0);
                usleep(20 * 1000); /* the clock of the file system ticks slowly */
        }

        assert_int_equal(image_signatures_trim(fd, 3), 0);
        assert_false(scratch_exists(image_path(&id, "signatures/a.source")));
        assert_false(scratch_exists(image_path(&id, "signatures/a.bundle")));
        assert_false(scratch_exists(image_path(&id, "signatures/c.bundle")));
        static const char *const left[] = { "signatures/ab.source", "signatures/ab.bundle",
                                            "signatures/b.bundle", "signatures/d.source" };
        for (size_t i = 0; i < ELEMENTSOF(left); i++)
                assert_true(scratch_exists(image_path(&id, left[i])));
}

static void test_image_without_signatures(void **state) {
        Digest id = sha256(0x01);

        assert_int_equal(image_dir_publish(store, &id, files, 1), 0);
        _cleanup_close_ int fd = image_dir_open(store, &id);
        assert_false(scratch_exists(image_path(&id, "signatures")));
        assert_int_equal(image_signature_add(fd, "0.signature", "new", 3), 0);
        scratch_expect(image_path(&id, "signatures/0.signature"), "new");
}

static void test_image_list(void **state) {
        Digest ids[] = { sha256(0x20), make_digest(DIGEST_SHA512, 0x01, 1), sha256(0x10) };
        _cleanup_free_ Digest *list = NULL;
        size_t n = 99;

        for (size_t i = 0; i < ELEMENTSOF(ids); i++)
                publish_image(&ids[i]);
        scratch_mkdir("store/images/.#sha256-half");
        scratch_mkdir("store/images/lost+found");
        assert_int_equal(image_dir_list(store, &list, &n), 0);
        assert_int_equal(n, 3);
        assert_true(digest_equal(&list[0], &ids[2]));
        assert_true(digest_equal(&list[1], &ids[0]));
        assert_true(digest_equal(&list[2], &ids[1]));
}

static void finds(const char *prefix, int expected, const Digest *expected_id) {
        Digest untouched = sha256(0xdead), id = untouched;

        int r = image_dir_find(store, prefix, &id);
        if (r != expected || !digest_equal(&id, expected_id ? expected_id : &untouched))
                fail_msg("'%s': %d", prefix, r);
}

static void test_image_find(void **state) {
        Digest a = sha256(0x12345678), b = sha256(0x12345679),
               c = make_digest(DIGEST_SHA512, 0x12345678, 0xaa);
        char whole[DIGEST_TEXT_MAX];

        finds("sha256-12345678", -ENOENT, NULL);
        publish_image(&a);
        publish_image(&b);
        publish_image(&c);
        finds("sha256-12345678", 0, &a);
        finds("sha256:12345678", 0, &a);
        finds("sha256:12345678ee", 0, &a);
        finds("sha256-12345679", 0, &b);
        finds("sha512-12345678", 0, &c);
        finds("sha256-12345670", -ENOENT, NULL);
        finds("sha256-12345678ff", -ENOENT, NULL);
        finds("sha384-12345678", -ENOENT, NULL);

        digest_format(&a, whole);
        finds(whole, 0, &a);
        digest_format_id(&a, whole);
        finds(whole, 0, &a);
        strcat(whole, "0");
        finds(whole, -ENOENT, NULL);

        Digest d = make_digest(DIGEST_SHA256, 0x12345678, 0xdd);
        publish_image(&d);
        finds("sha256-12345678", -ENOTUNIQ, NULL);
        finds("sha256-12345678dd", 0, &d);
        finds("sha256-12345678ee", 0, &a);
}

/* Names */

static void gets(const char *reference, int expected, const Digest *expected_id) {
        Digest untouched = sha256(0xdead), id = untouched;

        int r = image_ref_get(store, reference, &id);
        if (r != expected || !digest_equal(&id, expected_id ? expected_id : &untouched))
                fail_msg("'%s': %d", reference, r);
}

static const char *const odd_names[] = {
        "docker.io/library/busybox:latest",
        "[::1]:5000/team/app:1.0",
        "localhost:5000/a/b/c@sha256:0123456789012345678901234567890123456789012345678901234567890123",
        "oci:/srv/images/100%/%2f/a b:tag",
        "oci-archive:/srv/Ünïcode\n'\"\\.tar:x",
        "docker-archive:/../etc/passwd",
        "aci:example.com/hello:1.0,arch=amd64,os=linux",
        "%",
        "%2f",
        "/",
        "//",
};

static void test_refs(void **state) {
        Digest a = sha256(0xa), b = sha256(0xb);

        for (size_t i = 0; i < ELEMENTSOF(odd_names); i++) {
                gets(odd_names[i], -ENOENT, NULL);
                assert_int_equal(image_ref_set(store, odd_names[i], i % 2 ? &a : &b), 0);
        }
        for (size_t i = 0; i < ELEMENTSOF(odd_names); i++)
                gets(odd_names[i], 0, i % 2 ? &a : &b);
        assert_int_equal(scratch_count("store/images/refs"), ELEMENTSOF(odd_names));
        assert_int_equal(scratch_count("store/images"), 1);

        /* Fetched again, it names something else. */
        assert_int_equal(image_ref_set(store, odd_names[0], &a), 0);
        gets(odd_names[0], 0, &a);
        assert_int_equal(scratch_count("store/images/refs"), ELEMENTSOF(odd_names));
}

static int compare_strings(const void *a, const void *b) {
        return strcmp(*(const char *const *) a, *(const char *const *) b);
}

static void test_ref_list(void **state) {
        const char *sorted[ELEMENTSOF(odd_names)];
        Digest a = sha256(0xa);
        ImageRef *refs = NULL;
        struct timespec before, after;
        size_t n = 99;

        assert_int_equal(image_ref_list(store, &refs, &n), 0);
        assert_int_equal(n, 0);
        image_refs_free(refs, n);

        clock_gettime(CLOCK_REALTIME, &before);
        for (size_t i = 0; i < ELEMENTSOF(odd_names); i++)
                assert_int_equal(image_ref_set(store, odd_names[i], &a), 0);
        clock_gettime(CLOCK_REALTIME, &after);

        /* Not ours; neither stops the rest from being seen. */
        scratch_write("store/images/refs/not-a-digest", "hello\n");
        scratch_write("store/images/refs/empty", "");
        scratch_write("store/images/refs/bad%zz",
                      "sha256-0000000000000000000000000000000000000000000000000000000000000000\n");
        scratch_write("store/images/refs/cut%2",
                      "sha256-0000000000000000000000000000000000000000000000000000000000000000\n");
        scratch_write("store/images/refs/.#temporary", "");

        memcpy(sorted, odd_names, sizeof(sorted));
        qsort(sorted, ELEMENTSOF(sorted), sizeof(char *), compare_strings);
        assert_int_equal(image_ref_list(store, &refs, &n), 0);
        assert_int_equal(n, ELEMENTSOF(odd_names));
        for (size_t i = 0; i < n; i++) {
                assert_string_equal(refs[i].reference, sorted[i]);
                assert_true(digest_equal(&refs[i].id, &a));
                assert_in_range(refs[i].resolved_usec, (before.tv_sec - 1) * 1000000ULL,
                                (after.tv_sec + 1) * 1000000ULL);
        }
        image_refs_free(refs, n);

        gets("not-a-digest", -EBADMSG, NULL);
        gets("empty", -EBADMSG, NULL);
}

static void test_ref_too_long(void **state) {
        Digest a = sha256(0xa);
        char name[400];

        memset(name, 'n', sizeof(name));
        name[sizeof(name) - 1] = '\0';
        assert_int_equal(image_ref_set(store, name, &a), -ENAMETOOLONG);
        gets(name, -ENAMETOOLONG, NULL);
        memset(name, '/', sizeof(name));
        name[90] = '\0'; /* longer as a file name than it is */
        assert_int_equal(image_ref_set(store, name, &a), -ENAMETOOLONG);
        assert_int_equal(scratch_count("store/images/refs"), 0);
}

/* As long as a reference to a registry gets in practice: a deep name, pinned. */
static void test_ref_long(void **state) {
        static const char name[] =
                        "registry.internal.example.com:5000/department/team/project/component/subcomponent/image"
                        "@sha512:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
                        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
        Digest a = sha256(0xa);

        assert_int_equal(image_ref_set(store, name, &a), 0);
        gets(name, 0, &a);
}

static void resolves(const char *text, int expected, const Digest *expected_id) {
        _cleanup_reference_ Reference *reference = NULL;
        Digest untouched = sha256(0xdead), id = untouched;

        assert_int_equal(reference_parse(text, &reference, NULL), 0);
        int r = image_resolve(store, reference, &id);
        if (r != expected || !digest_equal(&id, expected_id ? expected_id : &untouched))
                fail_msg("'%s': %d", text, r);
}

static void test_resolve(void **state) {
        Digest a = sha256(0x12345678), b = make_digest(DIGEST_SHA256, 0x12345678, 0xdd);

        publish_image(&a);
        assert_int_equal(image_ref_set(store, "docker.io/library/busybox:latest", &a), 0);
        resolves("busybox", 0, &a);
        resolves("docker://docker.io/library/busybox:latest", 0, &a);
        resolves("busybox:1.0", -ENOENT, NULL);
        resolves("sha256:12345678", 0, &a);
        resolves("sha256-12345678ee", 0, &a);
        resolves("sha256:87654321", -ENOENT, NULL);
        publish_image(&b);
        resolves("sha256:12345678", -ENOTUNIQ, NULL);
}

static void test_image_remove(void **state) {
        Digest a = sha256(0xa), b = sha256(0xb);

        publish_image(&a);
        publish_image(&b);
        for (size_t i = 0; i < ELEMENTSOF(odd_names); i++)
                assert_int_equal(image_ref_set(store, odd_names[i], i == 1 ? &b : &a), 0);

        assert_int_equal(image_dir_remove(store, &a), 0);
        assert_int_equal(image_dir_open(store, &a), -ENOENT);
        for (size_t i = 0; i < ELEMENTSOF(odd_names); i++)
                gets(odd_names[i], i == 1 ? 0 : -ENOENT, i == 1 ? &b : NULL);
        assert_int_equal(scratch_count("store/images"), 2); /* b and refs, nothing temporary */
        assert_int_equal(scratch_count("store/images/refs"), 1);
        assert_int_equal(image_dir_remove(store, &a), -ENOENT);
        _cleanup_close_ int fd = image_dir_open(store, &b);
        assert_true(fd >= 0);
}

/* Who has it open goes on reading. */
static void test_image_remove_open(void **state) {
        Digest a = sha256(0xa);

        publish_image(&a);
        _cleanup_close_ int fd = image_dir_open(store, &a);
        _cleanup_close_ int manifest = open_beneath(fd, "manifest", O_RDONLY);
        char text[3] = "";

        assert_int_equal(image_dir_remove(store, &a), 0);
        assert_int_equal(fd_read_full(manifest, text, 2), 2);
        assert_string_equal(text, "{}");
        publish_image(&a); /* and it may come back */
}

/* Bare lists of digests */

static bool parse_any(const char *name, Digest *ret) {
        *ret = sha256(name[0]);
        return name[0] != '.';
}

static void test_digest_list(void **state) {
        _cleanup_free_ Digest *list = NULL;
        size_t n;

        scratch_mkdir("list");
        for (char name[] = "list/A"; name[5] <= 'Z'; name[5]++)
                scratch_write(name, "");
        _cleanup_close_ int fd = dir_open_at(scratch.fd, "list", 0);
        assert_int_equal(digest_list_at(fd, parse_any, &list, &n), 0);
        assert_int_equal(n, 26);
        for (size_t i = 0; i < n; i++) {
                Digest d = sha256('A' + i);
                assert_true(digest_equal(&list[i], &d));
        }
        assert_int_equal(digest_list_at(-EBADF, parse_any, &list, &n), -EBADF);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_open),
                TEST(test_open_fails),
                TEST(test_open_of_others),
                TEST(test_open_without_root),
                TEST(test_incoming),
                TEST(test_incoming_fails),
                TEST(test_layers),
                TEST(test_layer_abandoned),
                TEST(test_layer_twice),
                TEST(test_layer_names),
                TEST(test_layer_link),
                TEST(test_image),
                TEST(test_image_twice),
                TEST(test_image_fails),
                TEST(test_image_additions),
                TEST(test_image_without_signatures),
                TEST(test_signatures_trim),
                TEST(test_image_list),
                TEST(test_image_find),
                TEST(test_refs),
                TEST(test_ref_list),
                TEST(test_ref_too_long),
                TEST(test_ref_long),
                TEST(test_resolve),
                TEST(test_image_remove),
                TEST(test_image_remove_open),
                TEST(test_digest_list),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
