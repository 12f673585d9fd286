/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of pod/settings-request and pod/settings-apps: command lines, and what several apps may ask for.
 * Never: needs the things that are named.
 * Follows: settings/settings-request.h, gantry-prepare(1). */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "asked.h"
#include "settings/settings-options.h"
#include "settings/settings-request.h"

static const CliProgram program = { .name = "test", .shared = pod_setting_options };

/* The settings of a command line; NULL and `why` if they cannot be meant so, or contradict each other. */
static PodSettings *read_line(const char *const *words, char **why) {
        _cleanup_(pod_settings_freep) PodSettings *s = calloc(1, sizeof(PodSettings));
        _cleanup_pod_request_ PodRequest request = {};
        char *argv[32] = { (char *) "test" };
        int argc = 1;

        assert_non_null(s);
        for (; words[argc - 1]; argc++)
                argv[argc] = (char *) words[argc - 1];
        assert_int_equal(pod_request_parse(&program, argc, argv, &request), 1);

        int r = pod_request_apply(&request, s, why);
        if (r >= 0)
                r = pod_settings_check(s, why);
        if (r < 0) {
                assert_int_equal(r, -EINVAL);
                assert_non_null(*why);
        }

        return r < 0 ? NULL : TAKE_PTR(s);
}

static PodSettings *accept(const char *const *words) {
        _cleanup_free_ char *why = NULL;

        PodSettings *s = read_line(words, &why);
        if (!s)
                fail_msg("%s: %s", words[0], why);
        return s;
}
#define ACCEPT(...) accept((const char *const[]) { __VA_ARGS__, NULL })

static void refuses(const char *expected, const char *const *words) {
        _cleanup_free_ char *why = NULL;

        if (read_line(words, &why))
                fail_msg("not refused: %s", expected);
        if (!strstr(why, expected))
                fail_msg("'%s' instead of '%s'", why, expected);
}
#define REFUSES(expected, ...) refuses(expected, (const char *const[]) { __VA_ARGS__, NULL })

static void is_list(char *const *list, const char *expected) {
        _cleanup_free_ char *text = NULL;

        assert_return_code(strv_join(list, "|", &text), 0);
        assert_string_equal(text ? text : "", expected);
}

static void test_one_app(void **state) {
        _cleanup_(pod_settings_freep) PodSettings *s =
                        ACCEPT("-m", "1G", "web", "--name=w", "--", "a", "--", "b");

        assert_int_equal(s->n_apps, 1);
        assert_string_equal(s->name, "w");
        assert_string_equal(s->apps[0]->image, "web");
        is_list(s->apps[0]->exec, "a|--|b");
        is_list(s->properties, "MemoryMax=1G");
        assert_null(s->apps[0]->properties);
        assert_string_equal(app_settings_property(s, s->apps[0], "MemoryMax"), "1G");

        _cleanup_(pod_settings_freep) PodSettings *by_setting = ACCEPT("--set=Image=db", "--app=x");
        assert_string_equal(by_setting->apps[0]->image, "db");
        assert_string_equal(by_setting->apps[0]->name, "x");
}

static void test_several_apps(void **state) {
        _cleanup_(pod_settings_freep) PodSettings *s =
                        ACCEPT("--name=p", "-m", "1G", "--property=MemoryMax=3G", "web", "--", "serve",
                               "---", "--app=db", "-m", "2G", "--set=After=web", "db", "---", "cache");

        assert_int_equal(s->n_apps, 3);
        assert_string_equal(s->apps[0]->image, "web");
        is_list(s->apps[0]->exec, "serve");
        is_list(s->apps[0]->properties, "MemoryMax=1G");
        assert_string_equal(s->apps[1]->name, "db");
        is_list(s->apps[1]->properties, "MemoryMax=2G");
        is_list(s->apps[1]->after, "web");
        assert_string_equal(s->apps[2]->image, "cache");
        assert_null(s->apps[2]->properties);
        is_list(s->properties, "MemoryMax=3G");
        assert_string_equal(app_settings_property(s, s->apps[1], "MemoryMax"), "2G");
        assert_null(app_settings_property(s, s->apps[2], "MemoryMax"));
}

static void test_several_images(void **state) {
        _cleanup_(pod_settings_freep) PodSettings *s =
                        ACCEPT("-m", "1G", "web", "db", "---", "-u", "5", "cache");

        assert_int_equal(s->n_apps, 3);
        assert_string_equal(s->apps[1]->image, "db");
        assert_string_equal(s->apps[2]->user, "5");
        is_list(s->properties, "MemoryMax=1G");
}

static void test_refused(void **state) {
        REFUSES("no image is named", "--name=p");
        REFUSES("no image is named between", "web", "---", "--app=x");
        REFUSES("no image is named between", "web", "---");
        REFUSES("PodName= is of the whole pod", "web", "---", "--name=p", "db");
        REFUSES("Property= is of the whole pod", "web", "---", "--property=Nice=1", "db");
        REFUSES("MemoryMax= is of the whole pod", "a", "---", "--set=MemoryMax=1", "b", "c");
        REFUSES("User= is of an app", "-u", "5", "web", "db");
        REFUSES("are for one image", "web", "db", "--", "x");
        REFUSES("two images are named", "--set=Image=x", "web");
        REFUSES("two command lines", "--set=Exec=x", "web", "--", "y");
        REFUSES("KEY=VALUE", "--set==x", "web");
        REFUSES("two apps are called 'web'", "x/web", "y/web:1");
        REFUSES("After= of app 'web' names an app that the pod does not have: 'db'", "--set=After=db",
                "web");
        REFUSES("a after b after a", "--app=a", "--set=After=b", "x", "---", "--app=b", "--set=After=a",
                "y");
        REFUSES("End=app:x: the pod has no app", "--end=app:x", "web", "db");
}

static void test_services(void **state) {
        REFUSES("IOReadIOPSMax= cannot be set for one of several apps", "a", "---",
                "--set=IOReadIOPSMax=/dev/sda 5", "b");
        REFUSES("Notify=yes is missing", "a", "---", "--set=WatchdogSec=5", "b");
        REFUSES("are for one of several apps", "--socket=80", "a", "b");
        REFUSES("different credentials of one ID", "--load-credential=k:/a", "a", "---",
                "--load-credential=k:/b", "b");

        _cleanup_(pod_settings_freep) PodSettings *s =
                        ACCEPT("--restart=always", "--socket=80", "--load-credential=k:/a",
                               "--device=/dev/null", "a", "---", "--load-credential=k:/a",
                               "--set-credential=l:x", "--cpus=1", "b", "---", "c");
        _cleanup_strv_ char **of_pod = NULL, **of_a = NULL, **of_b = NULL, **of_c = NULL, **sockets = NULL;

        assert_return_code(pod_settings_unit_properties(s, &of_pod), 0);
        is_list(of_pod,
                "TimeoutStopSec=30000000us|LoadCredential=k:/a|DeviceAllow=/dev/null rwm|LoadCredential=k:/a|SetCredential=l:x");
        assert_return_code(app_settings_service_properties(s, s->apps[0], &of_a), 0);
        is_list(of_a, "LoadCredential=k|Restart=always");
        assert_return_code(app_settings_service_properties(s, s->apps[1], &of_b), 0);
        is_list(of_b, "LoadCredential=k|LoadCredential=l|CPUQuota=100%");
        assert_return_code(app_settings_service_properties(s, s->apps[2], &of_c), 0);
        is_list(of_c, "");
        assert_return_code(pod_settings_sockets(s, &sockets), 0);
        is_list(sockets, "ListenStream=80");
        assert_true(pod_settings_has_sockets(s));
}

/* Options beside a pod file. */
static void test_added(void **state) {
        _cleanup_(pod_settings_freep) PodSettings *s = calloc(1, sizeof(PodSettings));
        char *const words[] = { (char *) "Pull=never", (char *) "Label=a=b", NULL },
                    *const none[] = { NULL }, *const image[] = { (char *) "x", NULL };
        PodGroup group = { .words = (char **) words, .images = none };
        const PodRequest request = { .groups = &group, .n = 1 };
        _cleanup_free_ char *why = NULL;
        AppSettings *app;

        assert_non_null(s);
        for (size_t i = 0; i < 2; i++) {
                assert_return_code(pod_settings_add_app(s, &app), 0);
                app->has_service = true;
        }
        assert_return_code(pod_request_apply(&request, s, &why), 0);
        assert_string_equal(s->apps[0]->pull, "never");
        assert_string_equal(s->apps[1]->pull, "never");
        is_list(s->labels, "a=b");

        group.images = image;
        assert_int_equal(pod_request_apply(&request, s, &why), -EINVAL);
        assert_non_null(strstr(why, "named already"));
}

static void test_names(void **state) {
        static const struct {
                const char *image, *name;
        } table[] = {
                { "quay.io/team/web_server:1", "web-server" },
                { "aci:example.com/hello:1.0", "hello" },
                { "sha256:0123456789abcdef", NULL },
                { "/srv/x.aci", NULL },
                { "", NULL },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_free_ char *name = NULL;

                assert_return_code(app_settings_name(&(AppSettings) { .image = (char *) table[i].image },
                                                     &name),
                                   0);
                if (!streq_ptr(name, table[i].name))
                        fail_msg("%s: %s", table[i].image, name ? name : "-");
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_one_app),        cmocka_unit_test(test_several_apps),
                cmocka_unit_test(test_several_images), cmocka_unit_test(test_refused),
                cmocka_unit_test(test_services),       cmocka_unit_test(test_added),
                cmocka_unit_test(test_names),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
