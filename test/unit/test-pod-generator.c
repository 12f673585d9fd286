/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of pod-generator: what it writes for which pod file, and which instances it finds.
 * Never: asks systemd what it thinks of that (test/system/test-pod-files.sh does).
 * Follows: gantry.pod(5), systemd.generator(7). */

#include "scratch.h"

#include "basic/fd.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "config.h"
#include "pod-generator/instances.h"
#include "pod-generator/output.h"
#include "pod-generator/unit-text.h"

#define ETC "etc/gantry/pods/"
#define WANTS "etc/systemd/system/multi-user.target.wants/"

static int setup(void **state) {
        if (scratch_setup(state) < 0 || mkdir_parents(scratch_path(ETC), 0755) < 0 ||
            mkdir_parents(scratch_path(WANTS), 0755) < 0 || mkdirat(scratch.fd, "out", 0755) < 0)
                return -1;
        return setenv("GANTRY_CONFIG_ROOT", scratch.path, 1);
}

/* Writes the units of the pod file NAME, whose text is `text`, into out/. */
static void generate(const char *name, const char *text) {
        _cleanup_pod_file_ PodFile *f = NULL;
        _cleanup_free_ char *path = NULL, *why = NULL;

        assert_int_equal(str_printf(&path, ETC "%s.pod", name), 0);
        scratch_write(path, text);
        if (pod_file_load(name, &f, &why) < 0)
                fail_msg("%s", why);
        _cleanup_close_ int fd = open(scratch_path("out"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_return_code(fd, errno);
        assert_int_equal(output_write(fd, f), 0);
}

static void has(const char *name, const char *expected) {
        _cleanup_blob_ Blob text = {};

        assert_int_equal(file_read_at(scratch.fd, name, 64 * 1024, &text), 0);
        if (!strstr(text.data, expected))
                fail_msg("no '%s' in '%s'", expected, (char *) text.data);
}

static void has_not(const char *name, const char *unexpected) {
        _cleanup_blob_ Blob text = {};

        assert_int_equal(file_read_at(scratch.fd, name, 64 * 1024, &text), 0);
        if (strstr(text.data, unexpected))
                fail_msg("'%s' in '%s'", unexpected, (char *) text.data);
}

#define DROP_IN "out/gantry@web.service.d/10-pod.conf"

static void test_service(void **state) {
        generate("web", "[App]\nImage=example.com/web:1\n[Pod]\nPodName=www\nMemory=1G\n"
                        "[Unit]\nAfter=srv.mount\n[Service]\nNice=5\n");
        assert_int_equal(scratch_count("out"), 1);
        has(DROP_IN, "[Unit]\nDescription=Pod web\nSourcePath=");
        has(DROP_IN, "/etc/gantry/pods/web.pod\nAfter=srv.mount\n\n[Service]\n");
        has(DROP_IN, "Environment=\"GANTRY_POD_FILE_FINGERPRINT=");
        has(DROP_IN, "LogExtraFields=\"POD_NAME=www\"\nLogExtraFields=\"CONTAINER_NAME=www\"\n"
                     "LogExtraFields=\"APP_NAME=web\"\nLogExtraFields=\"IMAGE_NAME=example.com/web:1\"\n");
        has(DROP_IN, "\nMemoryMax=1G\n");
        has(DROP_IN, "\nNice=5\n");
        has_not(DROP_IN, "socket");
        has_not(DROP_IN, "gantry-fetch@");
}

/* The unit fails when it is started; what is wanted is wanted all the same. */
static void test_broken(void **state) {
        generate("web",
                 "[App]\nImage=x\nFoo=1\n[Pod]\nListenStream=80\nMemory=1G\n[Install]\nWantedBy=multi-user.target\n");
        has(DROP_IN, "SourcePath=");
        has_not(DROP_IN, "[Service]");
        assert_int_equal(scratch_count("out"), 2);
        assert_true(scratch_exists("out/multi-user.target.wants/gantry@web.service"));
}

static void test_sockets(void **state) {
        generate("web", "[App]\nImage=x\n[Pod]\nListenStream=8080\nListenStream=/run/x\n"
                        "[Install]\nWantedBy=sockets.target multi-user.target\n");
        has(DROP_IN, "Requires=gantry@web.socket\nAfter=gantry@web.socket\n");
        has("out/gantry@web.socket", "[Socket]\nListenStream=8080\nListenStream=/run/x\n");
        assert_true(scratch_exists("out/sockets.target.wants/gantry@web.socket"));
        assert_true(scratch_exists("out/multi-user.target.wants/gantry@web.service"));
        assert_int_equal(scratch_count("out"), 4);
}

/* Each app has a service of its own in the pod; what is the host's is the unit's. */
static void test_several_apps(void **state) {
        generate("web",
                 "[Pod]\nMemoryMax=2G\n[App a]\nImage=x\nMemoryMax=1G\nStopTimeout=5\nListenStream=80\n"
                 "LoadCredential=k:/k\n[App b]\nImage=y\nPull=always\nAddDevice=/dev/null\nStopSignal=INT\n");
        has(DROP_IN, "\nMemoryMax=2G\n");
        has_not(DROP_IN, "MemoryMax=1G");
        has(DROP_IN, "\nTimeoutStopSec=15000000us\n");
        has(DROP_IN, "\nLoadCredential=k:/k\n");
        has(DROP_IN, "\nDeviceAllow=/dev/null rwm\n");
        has(DROP_IN, "\nSuccessExitStatus=130\n");
        has(DROP_IN, "Requires=gantry-fetch@web.service\n");
        has(DROP_IN, "Requires=gantry@web.socket\n");
        has(DROP_IN, "\"POD_NAME=web\"");
        has_not(DROP_IN, "APP_NAME");
        has_not(DROP_IN, "IMAGE_NAME");
        has("out/gantry@web.socket", "[Socket]\nListenStream=80\n");
}

static void test_pull_always(void **state) {
        generate("web", "[App]\nImage=x\nPull=always\n");
        has(DROP_IN, "Requires=gantry-fetch@web.service\n");
}

static void test_stop_signal(void **state) {
        generate("web", "[App]\nImage=x\nStopSignal=INT\n");
        has(DROP_IN, "\nSuccessExitStatus=130\n");
}

static void test_escaping(void **state) {
        generate("web", "[App]\nImage=oci:/srv/100%%/\"a\\b\n[Pod]\nCPUQuota=20%%\n");
        has(DROP_IN, "LogExtraFields=\"IMAGE_NAME=oci:/srv/100%%/\\\"a\\\\b\"\n");
        has(DROP_IN, "CPUQuota=20%\n"); /* no specifiers there */
}

static void test_install(void **state) {
        char target[256];

        generate("web",
                 "[App]\nImage=x\n[Install]\nWantedBy=a.target\nRequiredBy=b.service\nUpheldBy=c.service\n"
                 "Alias=www@web.service\n");
        ssize_t n = readlinkat(scratch.fd, "out/a.target.wants/gantry@web.service", target,
                               sizeof(target) - 1);
        assert_return_code(n, errno);
        target[n] = '\0';
        assert_string_equal(target, GANTRY_UNIT_DIR "/gantry@.service");
        assert_true(scratch_exists("out/b.service.requires/gantry@web.service"));
        has("out/c.service.d/gantry@web.service.conf", "[Unit]\nUpholds=gantry@web.service\n");
        n = readlinkat(scratch.fd, "out/www@web.service", target, sizeof(target) - 1);
        assert_return_code(n, errno);
}

static void test_template(void **state) {
        _cleanup_pod_file_ PodFile *f = NULL;
        _cleanup_free_ char *text = NULL;

        scratch_write(ETC "web@.pod", "[App]\nImage=x:%i\n[Pod]\nListenStream=/run/%i\n");
        assert_int_equal(pod_file_load("web@a-b", &f, NULL), 0);
        assert_int_equal(unit_text_service(f, &text), 0);
        assert_non_null(strstr(text, "Requires=gantry@web@a-b.socket\n"));
        assert_non_null(strstr(text, "\"IMAGE_NAME=x:a-b\""));
        assert_non_null(strstr(text, "\"POD_NAME=web-a-b\""));
}

static void test_instances(void **state) {
        static const char *const expected[] = { "db@", "other@", "web", "db@enabled", "db@standard" };
        static const char *const links[] = { "gantry@db@enabled.service", "gantry@nothing@x.service",
                                             "gantry@web.service",        "gantry@db@.service",
                                             "gantry@.service",           "db@x.service" };
        _cleanup_strv_ char **names = NULL;

        scratch_write(ETC "db@.pod", "[App]\nImage=x\n[Install]\nDefaultInstance=standard\n");
        scratch_write(ETC "other@.pod", "[App]\nImage=x\n");
        scratch_write(ETC "web.pod", "[App]\nImage=x\n");
        for (size_t i = 0; i < ELEMENTSOF(links); i++) {
                _cleanup_free_ char *path = NULL;

                assert_int_equal(str_printf(&path, WANTS "%s", links[i]), 0);
                assert_return_code(symlinkat("/nowhere", scratch.fd, path), errno);
        }
        assert_int_equal(pod_file_list(&names), 0);
        assert_int_equal(instances_add(&names), 0);
        assert_int_equal(strv_length(names), ELEMENTSOF(expected));
        for (size_t i = 0; i < ELEMENTSOF(expected); i++)
                assert_string_equal(names[i], expected[i]);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, scratch_teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_service),   TEST(test_broken),       TEST(test_sockets), TEST(test_pull_always),
                TEST(test_escaping),  TEST(test_stop_signal),  TEST(test_install), TEST(test_template),
                TEST(test_instances), TEST(test_several_apps),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
