/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of pod/pod-file and pod/pod-file-unit.
 * Never: looks at the machine's own pod files.
 * Follows: settings/pod-file.h, gantry.pod(5). */

#include "scratch.h"

#include "basic/fd.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "settings/pod-file-unit.h"
#include "settings/pod-file.h"

#define ETC "etc/gantry/pods/"
#define RUN "run/gantry/pods/"
#define LIB "usr/lib/gantry/pods/"

static const char minimal[] = "[App]\nImage=example.com/web:1\n";

static int setup(void **state) {
        static const char *const directories[] = { ETC, RUN, LIB };

        if (scratch_setup(state) < 0)
                return -1;
        for (size_t i = 0; i < ELEMENTSOF(directories); i++)
                if (mkdir_parents(scratch_path(directories[i]), 0755) < 0)
                        return -1;
        return setenv("GANTRY_CONFIG_ROOT", scratch.path, 1);
}

static PodFile *load(const char *name) {
        _cleanup_free_ char *why = NULL;
        PodFile *f = NULL;

        int r = pod_file_load(name, &f, &why);
        if (r < 0)
                fail_msg("'%s': %s", name, why ? why : strerror(-r));
        return f;
}

static PodFile *load_good(const char *name) {
        PodFile *f = load(name);

        if (f->n_problems > 0)
                fail_msg("%s:%u: %s", f->problems[0].file, f->problems[0].line, f->problems[0].why);
        return f;
}

static void test_minimal(void **state) {
        scratch_write(ETC "web.pod", minimal);
        _cleanup_pod_file_ PodFile *f = load_good("web");
        assert_string_equal(f->settings->apps[0]->image, "example.com/web:1");
        assert_string_equal(f->settings->name, "web");
        assert_string_equal(f->name.unit, "gantry@web.service");
        assert_int_equal(strv_length(f->files), 1);
        assert_false(pod_file_shapes_unit(f));
}

static void test_missing(void **state) {
        _cleanup_free_ char *why = NULL;
        PodFile *f = NULL;

        assert_int_equal(pod_file_load("web", &f, &why), -ENOENT);
        assert_non_null(strstr(why, "no 'web.pod'"));
        scratch_write(LIB "web.pod", minimal);
        assert_return_code(symlinkat("/dev/null", scratch.fd, ETC "web.pod"), errno);
        assert_int_equal(pod_file_load("web", &f, &why), -ENOENT);
        assert_int_equal(pod_file_load("../web", &f, &why), -EINVAL);
        assert_null(f);
}

static void test_drop_ins(void **state) {
        scratch_write(LIB "a-b.pod", "[App]\nImage=one\nEnvironment=A=1\n[Pod]\nHostName=lib\n");
        scratch_mkdir(ETC "a-b.pod.d");
        scratch_mkdir(RUN "a-b.pod.d");
        scratch_mkdir(ETC "a-.pod.d");
        scratch_mkdir(ETC "pod.d");
        scratch_write(ETC "a-b.pod.d/20-x.conf", "[App]\nImage=two\n");
        scratch_write(RUN "a-b.pod.d/20-x.conf", "[App]\nImage=hidden\n");
        scratch_write(RUN "a-b.pod.d/10-y.conf", "[App]\nImage=early\nEnvironment=\nEnvironment=B=2\n");
        scratch_write(ETC "a-.pod.d/30-z.conf", "[Pod]\nHostName=dash\n");
        scratch_write(ETC "pod.d/05-all.conf", "[Pod]\nHostName=all\n");

        _cleanup_pod_file_ PodFile *f = load_good("a-b");
        assert_string_equal(f->settings->apps[0]->image, "two");
        assert_string_equal(f->settings->hostname, "dash");
        assert_int_equal(strv_length(f->settings->apps[0]->environment), 1);
        assert_string_equal(f->settings->apps[0]->environment[0], "B=2");
        assert_int_equal(strv_length(f->files), 5);
        assert_string_equal(f->files[1], scratch_path(ETC "pod.d/05-all.conf"));
}

static void test_fingerprint(void **state) {
        scratch_write(ETC "web.pod", minimal);
        _cleanup_pod_file_ PodFile *one = load_good("web"), *same = load_good("web");
        assert_string_equal(one->fingerprint, same->fingerprint);

        scratch_mkdir(ETC "web.pod.d");
        scratch_write(ETC "web.pod.d/x.conf", "# nothing\n");
        _cleanup_pod_file_ PodFile *other = load_good("web");
        assert_string_not_equal(one->fingerprint, other->fingerprint);
}

static void test_templates(void **state) {
        scratch_write(ETC "web@.pod", "[App]\nImage=example.com/web:%i\nEnvironment=DIR=/%I\n");
        scratch_mkdir(ETC "web@blue.pod.d");
        scratch_mkdir(RUN "web@.pod.d");
        scratch_write(ETC "web@blue.pod.d/x.conf", "[Pod]\nHostName=%i-%p\n");
        scratch_write(RUN "web@.pod.d/y.conf", "[App]\nUser=1000\n");

        _cleanup_pod_file_ PodFile *blue = load_good("web@blue"), *red = load_good("web@red-1"),
                                   *template = load_good("web@");
        assert_string_equal(blue->settings->apps[0]->image, "example.com/web:blue");
        assert_string_equal(blue->settings->hostname, "blue-web");
        assert_string_equal(blue->settings->name, "web-blue");
        assert_string_equal(blue->settings->apps[0]->user, "1000");
        assert_string_equal(red->settings->apps[0]->environment[0], "DIR=/red/1");
        assert_null(red->settings->hostname);
        assert_string_equal(template->settings->apps[0]->image, "example.com/web:instance");

        scratch_write(ETC "web@blue.pod", minimal);
        _cleanup_pod_file_ PodFile *own = load_good("web@blue");
        assert_string_equal(own->settings->apps[0]->image, "example.com/web:1");
}

/* All problems of one file, "LINE: why\n" each. */
static void complains(const char *text, const char *const *expected) {
        scratch_write(ETC "web.pod", text);
        _cleanup_pod_file_ PodFile *f = load("web");
        size_t n = strv_length((char *const *) expected);

        for (size_t i = 0; i < MIN(f->n_problems, n); i++) {
                _cleanup_free_ char *line = NULL, *whole = NULL;

                assert_int_equal(str_printf(&line, "%u: %s", f->problems[i].line, f->problems[i].why), 0);
                if (!strstr(line, expected[i]))
                        fail_msg("'%s' instead of '%s'", line, expected[i]);
                assert_int_equal(pod_file_problem(f, i, &whole), 0);
                assert_non_null(strstr(whole, "/etc/gantry/pods/web.pod:"));
        }
        if (f->n_problems != n)
                fail_msg("%zu problems instead of %zu: %s", f->n_problems, n,
                         f->n_problems > n ? f->problems[n].why : expected[f->n_problems]);
}
#define COMPLAINS(text, ...) complains(text, (const char *const[]) { __VA_ARGS__, NULL })

static void test_problems(void **state) {
        COMPLAINS("# nothing\n", "1: there is no section [App]");
        COMPLAINS("[App]\nImage=x\nFoo=1\nrubbish\n[Pod]\nImage=y\n", "3: unknown key: 'Foo'",
                  "4: neither [Section] nor Key=value", "6: Image= belongs into section [App]");
        COMPLAINS("[Container]\nImage=x\nFoo=1\n[App]\nImage=x\nHostName=h\n",
                  "1: unknown section: 'Container'", "6: HostName= belongs into section [Pod]");
        COMPLAINS("[App]\nImage=x\n\n# c\nEnvironment=A=%t\n", "5: unknown specifier '%t'");
        COMPLAINS("[App]\nImage=x\n[Pod]\nMemory=many\n", "4: ");
}

/* The line from which on they do, and do to the end. */
static void test_contradictions(void **state) {
        COMPLAINS("[App]\nImage=x\n[Pod]\nNetwork=host\nSysctl=net.ipv4.ip_forward=1\n", "5: Sysctl=");
        COMPLAINS("[Pod]\nSysctl=net.ipv4.ip_forward=1\nNetwork=host\n[App]\nImage=x\n", "3: Sysctl=");
        COMPLAINS("[App]\nImage=x\nVolume=a:/data\nUser=1\nVolume=b:/data\n", "5: two volumes");
        COMPLAINS("[Pod]\nWatchdogSec=3\n[App]\nNotify=yes\nImage=x\nNotify=no\n", "6: WatchdogSec=");
        scratch_write(ETC "web.pod", "[Pod]\nWatchdogSec=3\n[App]\nNotify=yes\nImage=x\n");
        _cleanup_pod_file_ PodFile *f = load_good("web");
}

static void test_several_apps(void **state) {
        scratch_write(ETC "shop.pod",
                      "[Pod]\nMemoryMax=3G\nEnd=app:web\n[App web]\nImage=x/web:%p\nAfter=db\nRequires=db\n"
                      "MemoryMax=1G\nRestart=always\n[App db]\nImage=x/db\nListenStream=5432\n");
        scratch_mkdir(ETC "shop.pod.d");
        scratch_write(ETC "shop.pod.d/x.conf", "[App db]\nUser=5\n[App log]\nImage=x/log\n");

        _cleanup_pod_file_ PodFile *f = load_good("shop");
        const PodSettings *s = f->settings;
        assert_int_equal(s->n_apps, 3);
        assert_string_equal(s->apps[0]->name, "web");
        assert_string_equal(s->apps[0]->image, "x/web:shop");
        assert_string_equal(s->apps[0]->after[0], "db");
        assert_string_equal(s->apps[0]->requires[0], "db");
        assert_int_equal(strv_length(s->apps[0]->properties), 2);
        assert_string_equal(s->apps[1]->user, "5");
        assert_string_equal(s->apps[1]->sockets[0], "ListenStream=5432");
        assert_string_equal(s->apps[2]->image, "x/log");
        assert_string_equal(s->properties[0], "MemoryMax=3G");
        assert_null(s->properties[1]);
        assert_string_equal(s->end, "app:web");
        assert_true(pod_file_shapes_unit(f));

        scratch_write(ETC "one.pod", "[App web]\nImage=x\nNice=1\nProperty=Nice=1\n");
        _cleanup_pod_file_ PodFile *bad = load("one");
        assert_int_equal(bad->n_problems, 1);
        scratch_write(ETC "one.pod",
                      "[App web]\nImage=x\nProperty=Nice=1\n"); /* the pod's unit: there is no other */
        _cleanup_pod_file_ PodFile *one = load_good("one");
        assert_string_equal(one->settings->apps[0]->name, "web");
}

static void test_problems_of_apps(void **state) {
        COMPLAINS("[App a]\nImage=x\n[App b]\nImage=x\n[App a]\nUser=1\n",
                  "5: there is such a section in this file already: 'App a'");
        COMPLAINS("[App]\nImage=x\n[App b]\nImage=x\nFoo=1\n", "3: [App] is for a pod of one app");
        COMPLAINS("[App b]\nImage=x\n[App]\nImage=x\n", "3: [App] is for a pod of one app");
        COMPLAINS("[App B_c]\nImage=x\n[Apple]\n[App a/../b]\n", "1: no app can be called so: it must be",
                  "3: unknown section: 'Apple'", "4: no app can be called so");
        COMPLAINS("[App a]\nImage=x\nAfter=c\n[App b]\nImage=x\n",
                  "3: After= of app 'a' names an app that the pod does not have: 'c'");
        COMPLAINS("[App a]\nImage=x\nAfter=b\n[App b]\nImage=x\nAfter=a\n",
                  "6: apps wait for each other: a after b after a");
        COMPLAINS("[App a]\nImage=x\n[App b]\nUser=1\n", "1: section [App b] does not say which Image=");
        COMPLAINS("[App a]\nImage=x\nAppName=c\n[App b]\nImage=x\nHostName=h\n",
                  "3: AppName= is for section [App]", "6: HostName= belongs into section [Pod]");
        COMPLAINS("[Pod]\nAfter=a\n[App a]\nImage=x\n", "2: After= belongs into section [App]");
        COMPLAINS("[App a]\nImage=x\nProperty=Nice=1\n[App b]\nImage=x\n", "5: Nice= cannot be set for one");
        COMPLAINS("[Pod]\nListenStream=80\n[App a]\nImage=x\n[App b]\nImage=x\n", "6: ListenStream= and");
        COMPLAINS("[Pod]\nEnd=app:c\n[App a]\nImage=x\n", "2: End=app:c: the pod has no app");
}

static void test_names(void **state) {
        scratch_write(ETC "a_b.pod", minimal);
        scratch_write(ETC "c_d.pod", "[App]\nImage=x\n[Pod]\nPodName=c-d\n");
        _cleanup_pod_file_ PodFile *bad = load("a_b"), *good = load_good("c_d");
        assert_int_equal(bad->n_problems, 1);
        assert_non_null(strstr(bad->problems[0].why, "PodName="));
        assert_string_equal(good->settings->name, "c-d");
}

static void test_systemd_sections(void **state) {
        _cleanup_strv_ char **wanted = NULL;

        scratch_write(ETC "web@.pod",
                      "[App]\nImage=x\n[Unit]\nAfter=%i.mount\nDescription=100%% of %t\n[Service]\nNice=1\n"
                      "[Install]\nWantedBy=a.target b.target\nWantedBy=\nWantedBy=c.target\nWantedBy=%i.target\n");
        _cleanup_pod_file_ PodFile *f = load_good("web@x");
        assert_int_equal(f->n_lines, 7);
        assert_string_equal(f->lines[0].value, "x.mount");
        assert_string_equal(f->lines[1].value, "100%% of %t");
        assert_int_equal(pod_file_install(f, "WantedBy", &wanted), 0);
        assert_int_equal(strv_length(wanted), 2);
        assert_string_equal(wanted[0], "c.target");
        assert_string_equal(wanted[1], "x.target");
        assert_true(pod_file_shapes_unit(f));
}

static void test_systemd_problems(void **state) {
        COMPLAINS("[App]\nImage=x\n[Service]\nExecStart=/bin/true\nType=simple\nRestart=always\n",
                  "4: ExecStart= cannot be changed", "5: Type= cannot be changed");
        COMPLAINS("[App]\nImage=x\n[Install]\nAlso=x.service\nWantedBy=../x.target\nWantedBy=x\nAlias=web.service\n"
                  "DefaultInstance=x\nAlias=other@web.service\n",
                  "4: a generator cannot do", "5: not the name of a unit: '../x.target'",
                  "6: not the name of a unit: 'x'", "7: systemd cannot know an instance",
                  "8: DefaultInstance= is for templates");
}

static void test_shapes(void **state) {
        static const char *const shaping[] = { "[Unit]\nAfter=x.mount\n", "[Service]\nNice=1\n",
                                               "[Pod]\nMemory=1G\n", "[Pod]\nListenStream=80\n" };

        scratch_write(ETC "web.pod", "[App]\nImage=x\n[Install]\nWantedBy=x.target\n[Pod]\nHostName=h\n");
        _cleanup_pod_file_ PodFile *plain = load_good("web");
        assert_false(pod_file_shapes_unit(plain));
        for (size_t i = 0; i < ELEMENTSOF(shaping); i++) {
                _cleanup_free_ char *text = NULL;

                assert_int_equal(str_printf(&text, "%s%s", minimal, shaping[i]), 0);
                scratch_write(ETC "web.pod", text);
                _cleanup_pod_file_ PodFile *f = load_good("web");
                assert_true(pod_file_shapes_unit(f));
        }
}

static void test_unreadable_drop_in(void **state) {
        scratch_write(ETC "web.pod", minimal);
        scratch_mkdir(ETC "web.pod.d");
        scratch_mkdir(ETC "web.pod.d/x.conf");
        _cleanup_pod_file_ PodFile *f = load("web");
        assert_int_equal(f->n_problems, 1);
        assert_string_equal(f->problems[0].file, scratch_path(ETC "web.pod.d/x.conf"));
        assert_non_null(strstr(f->problems[0].why, "cannot be read"));
}

static void test_path(void **state) {
        _cleanup_pod_file_ PodFile *f = NULL, *none = NULL;
        _cleanup_free_ char *why = NULL;

        assert_return_code(unsetenv("GANTRY_CONFIG_ROOT"), errno);
        scratch_write("db.pod", minimal);
        scratch_mkdir("db.pod.d");
        scratch_write("db.pod.d/x.conf", "[App]\nUser=5\n");
        assert_int_equal(pod_file_load_path(scratch_path("db.pod"), &f, &why), 0);
        assert_string_equal(f->settings->name, "db");
        assert_string_equal(f->settings->apps[0]->user, "5");
        assert_int_equal(pod_file_load_path(scratch_path("nothing.pod"), &none, &why), -ENOENT);
        assert_int_equal(pod_file_load_path(scratch_path("db.conf"), &none, &why), -EINVAL);
        assert_non_null(strstr(why, "NAME.pod"));
}

static void test_list(void **state) {
        _cleanup_strv_ char **names = NULL;

        scratch_write(ETC "web.pod", minimal);
        scratch_write(LIB "web.pod", minimal);
        scratch_write(RUN "db@.pod", minimal);
        scratch_write(LIB "masked.pod", minimal);
        scratch_write(ETC "masked.pod", "");
        scratch_write(ETC "web.conf", minimal);
        assert_int_equal(pod_file_list(&names), 0);
        assert_int_equal(strv_length(names), 2);
        assert_string_equal(names[0], "db@");
        assert_string_equal(names[1], "web");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, scratch_teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_minimal),
                TEST(test_missing),
                TEST(test_drop_ins),
                TEST(test_fingerprint),
                TEST(test_templates),
                TEST(test_problems),
                TEST(test_contradictions),
                TEST(test_several_apps),
                TEST(test_problems_of_apps),
                TEST(test_names),
                TEST(test_systemd_sections),
                TEST(test_systemd_problems),
                TEST(test_shapes),
                TEST(test_unreadable_drop_in),
                TEST(test_path),
                TEST(test_list),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
