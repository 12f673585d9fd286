/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of pull/pull, with a gantry-fetch that only says what it was asked for.
 * Never: fetches anything.
 * Follows: gantry-run(1), "--pull=". */

#include "capture.h"
#include "scratch.h"

#include "basic/cli.h"
#include "basic/log.h"
#include "basic/str.h"
#include "image/digest.h"
#include "pull/pull.h"
#include "store/image-dir.h"

#define HEX "abababababababababababababababababababababababababababababababab"
#define KNOWN "sha256-" HEX
#define FETCHED "sha256:cdcd"
#define NAME "quay.io/coreos/etcd:v3"
#define URL "https://example.com/hello.aci"

static const char *root;

/* A store with one image of two names, and a directory that looks like a layout. */
static int setup(void **state) {
        static const ImageFile files[] = { { "manifest", "{}", 2 } };
        _cleanup_(store_closep) Store *s = NULL;
        static char path[512];
        Digest id;

        assert_int_equal(scratch_setup(state), 0);
        (void) snprintf(path, sizeof(path), "%s", scratch_path("store"));
        root = path;
        cli_root = path;
        assert_int_equal(store_open(root, STORE_CREATE, &s), 0);
        assert_int_equal(digest_parse_id(KNOWN, &id), 0);
        assert_int_equal(image_dir_publish(s, &id, files, 1), 0);
        assert_int_equal(image_ref_set(s, NAME, &id), 0);
        assert_int_equal(image_ref_set(s, URL, &id), 0);

        scratch_mkdir("layout");
        scratch_write("file.aci", "");
        scratch_write("gantry-fetch", "#!/bin/sh\n"
                                      "echo \"$*\" >\"${0%/*}/asked\"\n"
                                      "case $* in *broken*) echo refused >&2; exit 1 ;; esac\n"
                                      "echo " FETCHED "\n");
        assert_return_code(fchmodat(scratch.fd, "gantry-fetch", 0755, 0), errno);
        assert_return_code(setenv("GANTRY_EXEC_DIR", scratch.path, 1), errno);
        return 0;
}

static int teardown(void **state) {
        unsetenv("GANTRY_EXEC_DIR");
        return scratch_teardown(state);
}

/* Without asking. */
static void finds(const char *text, PullMode mode, const char *image) {
        _cleanup_free_ char *found = NULL;

        assert_int_equal(pull_image(text, mode, /* stage1= */ NULL, &found), 0);
        assert_string_equal(found, image);
        assert_false(scratch_exists("asked"));
}

static void fetches(const char *text, PullMode mode, const char *image) {
        _cleanup_free_ char *found = NULL;
        char asked[1024];

        assert_int_equal(pull_image(text, mode, /* stage1= */ NULL, &found), 0);
        assert_string_equal(found, image);
        (void) snprintf(asked, sizeof(asked), "--root=%s %s\n", root, text);
        scratch_expect("asked", asked);
        assert_return_code(unlinkat(scratch.fd, "asked", 0), errno);
}

typedef struct Call {
        const char *text;
        PullMode mode;
        const char *stage1;
} Call;

static int call(void *userdata) {
        const Call *c = userdata;
        char *image = NULL;

        return -pull_image(c->text, c->mode, c->stage1, &image);
}

static void fails(const char *text, PullMode mode, int error, const char *message) {
        _cleanup_captured_ Captured c = capture(call, &(Call) { text, mode });

        assert_exited(&c, error);
        if (!strstr(c.err, message))
                fail_msg("'%s' is not in: %s", message, c.err);
        assert_ptr_equal(strchr(c.err, '\n'), strrchr(c.err, '\n'));
}

/* What is refused by its name is not fetched. */
static void test_stage1(void **state) {
        _cleanup_free_ char *found = NULL;

        scratch_write("gantry-verify",
                      "#!/bin/sh\n"
                      "case $* in *--covered=quay.io/coreos/etcd:v4*--stage1=fly*) echo refused >&2; exit 1 ;; esac\n");
        assert_return_code(fchmodat(scratch.fd, "gantry-verify", 0755, 0), errno);

        _cleanup_captured_ Captured c =
                        capture(call, &(Call) { "quay.io/coreos/etcd:v4", PULL_MISSING, "fly" });
        assert_exited(&c, EACCES);
        assert_string_equal(c.err, "refused\n");
        assert_false(scratch_exists("asked"));
        assert_int_equal(pull_image("quay.io/coreos/etcd:v4", PULL_MISSING, "kvm", &found), 0);
        assert_true(scratch_exists("asked"));
}

static void test_missing(void **state) {
        finds(NAME, PULL_MISSING, NAME);
        finds(KNOWN, PULL_MISSING, KNOWN);
        finds("sha256:abababab", PULL_MISSING, KNOWN);
        finds(URL, PULL_MISSING, KNOWN);
        fetches("quay.io/coreos/etcd:v4", PULL_MISSING, "quay.io/coreos/etcd:v4");
        fetches("aci:example.com/hello", PULL_MISSING, "aci:example.com/hello");
        fetches("https://example.com/other.aci", PULL_MISSING, FETCHED);
}

/* They may have changed. */
static void test_missing_files(void **state) {
        _cleanup_(store_closep) Store *s = NULL;
        char layout[256], name[256];
        Digest id;

        (void) snprintf(layout, sizeof(layout), "oci:%s:tag", scratch_path("layout"));
        (void) snprintf(name, sizeof(name), "%s", scratch_path("file.aci"));
        assert_int_equal(store_open(root, 0, &s), 0);
        assert_int_equal(digest_parse_id(KNOWN, &id), 0);
        assert_int_equal(image_ref_set(s, layout, &id), 0);

        fetches(layout, PULL_MISSING, layout);
        fetches(name, PULL_MISSING, FETCHED);
        finds(layout, PULL_NEVER, layout);
        fails(name, PULL_NEVER, ENOENT, "does not have it");
        fails("oci:/nowhere/at/all", PULL_MISSING, ENOENT, "/nowhere/at/all");
}

static void test_always(void **state) {
        fetches(NAME, PULL_ALWAYS, NAME);
        fetches(URL, PULL_ALWAYS, FETCHED);
        fetches(KNOWN, PULL_ALWAYS, FETCHED);
}

static void test_never(void **state) {
        finds(NAME, PULL_NEVER, NAME);
        finds(URL, PULL_NEVER, KNOWN);
        fails("quay.io/coreos/etcd:v4", PULL_NEVER, ENOENT, "--pull=never");
        cli_root = scratch_path("nothing");
        fails(NAME, PULL_NEVER, ENOENT, "--pull=never");
        assert_false(scratch_exists("asked"));
}

static void test_fails(void **state) {
        fails("quay.io/broken", PULL_MISSING, EACCES, "refused");
        fails("UPPER CASE", PULL_NEVER, EINVAL, "reference");
        assert_return_code(unlinkat(scratch.fd, "gantry-fetch", 0), errno);
        fails(NAME, PULL_ALWAYS, ENOENT, "Cannot run 'gantry-fetch'");
}

static void test_quiet(void **state) {
        _cleanup_free_ char *image = NULL;
        char asked[1024];

        cli_quiet = true;
        assert_int_equal(pull_image(NAME, PULL_ALWAYS, NULL, &image), 0);
        cli_quiet = false;
        (void) snprintf(asked, sizeof(asked), "--root=%s --quiet %s\n", root, NAME);
        scratch_expect("asked", asked);
}

static void test_mode(void **state) {
        PullMode mode = PULL_NEVER;

        assert_int_equal(pull_set_mode("missing", &mode), 0);
        assert_int_equal(mode, PULL_MISSING);
        assert_int_equal(pull_set_mode("always", &mode), 0);
        assert_int_equal(mode, PULL_ALWAYS);
        assert_int_equal(pull_set_mode("never", &mode), 0);
        assert_int_equal(mode, PULL_NEVER);
        assert_int_equal(pull_set_mode("Never", &mode), -EINVAL);
        assert_int_equal(pull_set_mode("", &mode), -EINVAL);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_stage1, setup, teardown),
                cmocka_unit_test_setup_teardown(test_missing, setup, teardown),
                cmocka_unit_test_setup_teardown(test_missing_files, setup, teardown),
                cmocka_unit_test_setup_teardown(test_always, setup, teardown),
                cmocka_unit_test_setup_teardown(test_never, setup, teardown),
                cmocka_unit_test_setup_teardown(test_fails, setup, teardown),
                cmocka_unit_test_setup_teardown(test_quiet, setup, teardown),
                cmocka_unit_test(test_mode),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
