/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of pod/service: what a pod manifest may ask for, and what units come of it.
 * Never: asks systemd, which test/system/test-services.sh does.
 * Follows: pod/service.h; systemd.service(5), systemd.exec(5). */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pod/annotations.h"
#include "pod/app-order.h"
#include "pod/service.h"
#include "unit-file.h"

#define APPS_BEYOND 1000

static AppcPod pod;
static AppcPodApp apps[APPS_BEYOND];
static AppcApp app;
static char names[APPS_BEYOND][16];

/* A pod of `n` apps, "a0" and so on, that ask for nothing. */
static void have(size_t n) {
        for (size_t i = 0; i < APPS_BEYOND; i++)
                pairs_done(&apps[i].annotations);
        app = (AppcApp) {};
        pod = (AppcPod) { .apps = apps, .n_apps = n };
        for (size_t i = 0; i < n; i++) {
                (void) snprintf(names[i], sizeof(names[i]), "a%zu", i);
                apps[i] = (AppcPodApp) { .name = names[i], .app = &app };
        }
}

static void annotate(size_t i, const char *name, const char *value) {
        assert_int_equal(pairs_set(&apps[i].annotations, name, value), 0);
}

static int teardown(void **state) {
        have(0);
        return 0;
}

static void fits(void) {
        _cleanup_free_ char *why = NULL;

        if (pod_check_apps(&pod, &why) < 0)
                fail_msg("%s", why);
}

static void fits_not(void) {
        assert_int_equal(pod_check_apps(&pod, /* reterr_why= */ NULL), -EINVAL);
}

static void is_refused(const char *expected) {
        _cleanup_free_ char *why = NULL;

        assert_int_equal(pod_check_apps(&pod, &why), -EINVAL);
        assert_string_equal(why, expected);
}

static void test_boots(void **state) {
        static char *const handler[] = { (char *) "true", NULL };

        have(1);
        assert_false(pod_boots(&pod));
        annotate(0, ANNOTATION_RESTART, "no");
        assert_false(pod_boots(&pod));
        annotate(0, ANNOTATION_RESTART, "on-failure");
        assert_true(pod_boots(&pod));
        have(1);
        app.post_stop = (char **) handler;
        assert_true(pod_boots(&pod));
        have(2);
        assert_true(pod_boots(&pod));
}

static void test_number(void **state) {
        have(64);
        fits();
        have(POD_APPS_MAX);
        fits();
        have(POD_APPS_MAX + 1);
        is_refused("129 apps; a pod can have 128");
        have(1000);
        is_refused("1000 apps; a pod can have 128");
}

static void test_names(void **state) {
        static const char *const refused[] = { "",    "..", "a/b", "a b",       "a%n",
                                               "a\n", "A",  "-a",  "a.service", "ä" };
        char longest[245];

        have(2);
        apps[1].name = names[0];
        is_refused("two apps are called 'a0'; give one another name with --app=");
        for (size_t i = 0; i < ELEMENTSOF(refused); i++) {
                _cleanup_free_ char *unit = NULL;

                assert_int_equal(service_unit_name(refused[i], &unit), -EINVAL);
        }
        apps[1].name = (char *) "a%n";
        is_refused("not a name that an app can have: 'a%n'");

        memset(longest, 'a', sizeof(longest));
        longest[244] = '\0';
        apps[1].name = longest;
        fits_not();
        longest[243] = '\0';
        fits();
}

static void test_order(void **state) {
        have(3);
        annotate(0, ANNOTATION_AFTER, "a1\na2");
        annotate(1, ANNOTATION_AFTER, "a2");
        annotate(0, ANNOTATION_REQUIRES, "a1");
        annotate(1, ANNOTATION_REQUIRES, "a0"); /* is no order */
        fits();

        annotate(2, ANNOTATION_AFTER, "a1");
        is_refused("apps wait for each other: a1 after a2 after a1");
        annotate(2, ANNOTATION_AFTER, "a2");
        is_refused("apps wait for each other: a2 after a2");
        annotate(2, ANNOTATION_AFTER, "a0");
        is_refused("apps wait for each other: a0 after a1 after a2 after a0");
        annotate(2, ANNOTATION_AFTER, "db");
        is_refused("After= of app 'a2' names an app that the pod does not have: 'db'");
        annotate(2, ANNOTATION_AFTER, "");
        annotate(2, ANNOTATION_REQUIRES, "../x\n");
        is_refused("Requires= of app 'a2' names an app that the pod does not have: '../x'");
}

/* The longest chain, and the densest order. */
static void test_long_order(void **state) {
        have(POD_APPS_MAX);
        for (size_t i = 1; i < POD_APPS_MAX; i++) {
                _cleanup_strv_ char **before = NULL;
                _cleanup_free_ char *list = NULL;

                for (size_t j = 0; j < i; j++)
                        assert_int_equal(strv_add(&before, names[j]), 0);
                assert_int_equal(strv_join(before, "\n", &list), 0);
                annotate(i, ANNOTATION_AFTER, list);
        }
        fits();
        annotate(0, ANNOTATION_AFTER, names[POD_APPS_MAX - 1]);
        fits_not();
}

/* The lines of the first app's unit, or NULL if it is refused. */
static char **write_unit(char *const *credentials) {
        _cleanup_free_ char *text = NULL, *why = NULL;

        int r = service_unit(&pod, &apps[0],
                             &(ServiceSpec) { .credentials = credentials, .disk = "/dev/block/8:0" }, &text,
                             &why);
        if (r >= 0) {
                char **lines = unit_file_lines(text);
                if (!lines)
                        fail_msg("no unit file: %s", text);
                return lines;
        }

        assert_int_equal(r, -EINVAL);
        return NULL;
}

static void has(char *const *lines, const char *line) {
        if (!strv_contains(lines, line))
                fail_msg("no '%s'", line);
}

static void test_plain_app(void **state) {
        static const char expected[] = "[Unit]\n"
                                       "Description=App a0\n"
                                       "DefaultDependencies=no\n"
                                       "Conflicts=shutdown.target\n"
                                       "Before=shutdown.target\n"
                                       "Wants=alive.target\n"
                                       "After=alive.target\n"
                                       "\n"
                                       "[Service]\n"
                                       "Type=notify\n"
                                       "NotifyAccess=all\n"
                                       "KillMode=mixed\n"
                                       "TimeoutStartSec=infinity\n"
                                       "StandardError=journal\nSyslogIdentifier=a0\n"
                                       "ExecStart=/apps/a0/gantry/init app /apps/a0\n";
        _cleanup_free_ char *text = NULL, *why = NULL;

        have(1);
        assert_int_equal(service_unit(&pod, &apps[0], &(ServiceSpec) {}, &text, &why), 0);
        assert_string_equal(text, expected);
}

static void test_everything(void **state) {
        static char *const handler[] = { (char *) "true", NULL }, *const credentials[] = { (char *) "token",
                                                                                           NULL };

        have(2);
        app.pre_start = app.post_stop = (char **) handler;
        annotate(0, ANNOTATION_AFTER, "a1");
        annotate(0, ANNOTATION_REQUIRES, "a1");
        assert_return_code(pairs_set(&pod.annotations, ANNOTATION_NETWORK, "veth"), 0);
        annotate(0, ANNOTATION_RESTART, "on-failure");
        annotate(0, ANNOTATION_STOP_TIMEOUT, "1min 30s");
        annotate(0, ANNOTATION_RLIMITS, "NOFILE=1024:2048\nCORE=infinity:infinity");
        annotate(0, ANNOTATION_SERVICE_PROPERTIES, "MemoryMax=10%\nWatchdogSec=5\nLoadCredential=key");
        _cleanup_strv_ char **lines = write_unit(credentials);
        has(lines, "Unit Requires=app-a1.service");
        has(lines, "Unit After=app-a1.service");
        has(lines, "Unit After=" SERVICE_NETWORK);
        has(lines, "Service ExecStartPre=/apps/a0/gantry/init app.pre-start /apps/a0");
        has(lines, "Service ExecStopPost=/apps/a0/gantry/init app.post-stop /apps/a0");
        has(lines, "Service LoadCredential=token");
        has(lines, "Service LimitNOFILE=1024:2048");
        has(lines, "Service LimitCORE=infinity:infinity");
        has(lines, "Service Restart=on-failure");
        has(lines, "Service TimeoutStopSec=1min 30s");
        has(lines, "Service MemoryMax=10%");
        has(lines, "Service WatchdogSec=5");
        has(lines, "Service LoadCredential=key");
        pairs_done(&pod.annotations);
}

static void end_with(const char *end) {
        pairs_done(&pod.annotations);
        assert_int_equal(pairs_set(&pod.annotations, ANNOTATION_END, end), 0);
}

static void test_end(void **state) {
        static const struct {
                const char *end;
                bool success, failure;
        } known[] = { { "all", false, false },
                      { "any-failed", false, true },
                      { "app:a0", true, true },
                      { "app:a1", false, false } };

        have(2);
        for (size_t i = 0; i < ELEMENTSOF(known); i++) {
                end_with(known[i].end);
                fits();
                _cleanup_strv_ char **lines = write_unit(NULL);
                assert_int_equal(strv_contains(lines, "Unit SuccessAction=poweroff"), known[i].success);
                assert_int_equal(strv_contains(lines, "Unit FailureAction=poweroff"), known[i].failure);
        }
        end_with("app:db");
        is_refused("the pod is to end with an app that it does not have: 'db'");
        end_with("never");
        is_refused("a pod does not end like this: 'never'");
        pairs_done(&pod.annotations);
}

static void isolate(const char *name, const char *json) {
        static AppcIsolator isolator;
        _cleanup_free_ char *why = NULL;

        json_unref(isolator.value);
        isolator = (AppcIsolator) { .name = (char *) name };
        assert_int_equal(json_parse(json, strlen(json), &isolator.value, &why), 0);
        app.isolators = &isolator;
        app.n_isolators = 1;
}

static void test_isolators(void **state) {
        static const struct {
                const char *name, *value, *line;
        } known[] = {
                { "resource/memory", "{\"limit\":\"1G\"}", "Service MemoryMax=1000000000" },
                { "resource/memory", "{\"request\":\"1Ki\",\"limit\":\"1Ki\"}", "Service MemoryLow=1024" },
                { "resource/cpu", "{\"limit\":\"250m\"}", "Service CPUQuota=25.0%" },
                { "resource/cpu", "{\"limit\":\"1.5\"}", "Service CPUQuota=150.0%" },
                { "os/linux/cpu-shares", "2", "Service CPUWeight=1" },
                { "os/linux/cpu-shares", "262144", "Service CPUWeight=10000" },
                { "os/linux/oom-score-adj", "-500", "Service OOMScoreAdjust=-500" },
        };

        for (size_t i = 0; i < ELEMENTSOF(known); i++) {
                have(1);
                isolate(known[i].name, known[i].value);
                _cleanup_strv_ char **lines = write_unit(NULL);
                has(lines, known[i].line);
        }
        isolate("resource/memory", "{\"request\":\"2G\",\"limit\":\"1G\"}");
        assert_null(write_unit(NULL));
        isolate("resource/none", "null");
        _cleanup_strv_ char **lines = write_unit(NULL);
        assert_non_null(lines);
        isolate("resource/none", "null");
}

/* Of several apps each has its own; of one, the pod's unit has it. */
static void test_disk(void **state) {
        have(2);
        isolate("resource/block-bandwidth", "{\"default\":true,\"limit\":\"2M\"}");
        _cleanup_strv_ char **lines = write_unit(NULL);
        has(lines, "Service IOReadBandwidthMax=/dev/block/8:0 2000000");
        has(lines, "Service IOWriteBandwidthMax=/dev/block/8:0 2000000");

        isolate("resource/block-iops", "{\"default\":true,\"limit\":\"20\"}");
        _cleanup_strv_ char **others = write_unit(NULL);
        has(others, "Service IOReadIOPSMax=/dev/block/8:0 20");
        has(others, "Service IOWriteIOPSMax=/dev/block/8:0 20");

        have(1);
        isolate("resource/block-iops", "{\"default\":true,\"limit\":\"20\"}");
        _cleanup_strv_ char **alone = write_unit(NULL);
        assert_false(strv_contains(alone, "Service IOReadIOPSMax=/dev/block/8:0 20"));
}

/* What somebody gives later counts, for it comes later. */
static void test_precedence(void **state) {
        have(1);
        isolate("resource/memory", "{\"limit\":\"1G\"}");
        annotate(0, ANNOTATION_SERVICE_PROPERTIES, "MemoryMax=2G");
        _cleanup_strv_ char **lines = write_unit(NULL);
        size_t n = strv_length(lines);
        assert_string_equal(lines[n - 2], "Service MemoryMax=1000000000");
        assert_string_equal(lines[n - 1], "Service MemoryMax=2G");
}

static void test_devices(void **state) {
        have(1);
        assert_true(service_has_own_devices(&apps[0]));
        annotate(0, ANNOTATION_AMBIENT, "CAP_CHOWN");
        assert_true(service_has_own_devices(&apps[0]));
        annotate(0, ANNOTATION_AMBIENT, "CAP_MKNOD");
        assert_false(service_has_own_devices(&apps[0]));

        have(1);
        isolate("os/linux/capabilities-retain-set", "{\"set\":[\"CAP_SYS_RAWIO\"]}");
        assert_false(service_has_own_devices(&apps[0]));
}

static void try_text(char *const *plain, const char *text) {
        static const char *const slots[] = {
                ANNOTATION_AFTER,        ANNOTATION_REQUIRES, ANNOTATION_RESTART,
                ANNOTATION_STOP_TIMEOUT, ANNOTATION_RLIMITS,  ANNOTATION_SERVICE_PROPERTIES,
        };

        for (size_t i = 0; i < ELEMENTSOF(slots); i++) {
                have(1);
                annotate(0, slots[i], text);
                _cleanup_strv_ char **others = write_unit(NULL);
                assert_true(!others || text[strspn(text, "\n")] == '\0' ||
                            strv_length(others) > strv_length(plain));
        }
}

static void test_every_byte(void **state) {
        static const char *const around[] = { "",  "a",  "1", " ",          "\\",  "\"",
                                              "%", "a=", "=", "MemoryMax=", "a1\n" };
        _cleanup_strv_ char **plain = NULL;

        have(1);
        plain = write_unit(NULL);
        assert_non_null(plain);
        for (int byte = 1; byte < 256; byte++)
                for (size_t i = 0; i < ELEMENTSOF(around); i++) {
                        _cleanup_free_ char *text = NULL;

                        have(1);
                        assert_int_equal(str_printf(&text, "%c%s%c", byte, around[i], byte), 0);
                        try_text(plain, text);
                }
}

/* Names of credentials and what is no value of a property go no further. */
static void test_refused(void **state) {
        static const char *const properties[] = {
                "ExecStart=/bin/sh",
                "MemoryMax=1G\nUser=root",
                "Restart=always\tUser=root",
                "MemoryMax=%n",
                "User=root",
                "x",
                "MemoryMax=",
                "[Unit]",
                "#",
                "Restart=no\\",
        };
        static const char *const ids[] = { "a:/etc/shadow", "a b", "%n", "../a", "a\nb", "" };

        for (size_t i = 0; i < ELEMENTSOF(properties); i++) {
                have(1);
                annotate(0, ANNOTATION_SERVICE_PROPERTIES, properties[i]);
                _cleanup_strv_ char **lines = write_unit(NULL);
                if (lines)
                        fail_msg("'%s' passes", properties[i]);
        }
        for (size_t i = 0; i < ELEMENTSOF(ids); i++) {
                char *const list[] = { (char *) ids[i], NULL };

                have(1);
                _cleanup_strv_ char **lines = write_unit(list);
                if (lines)
                        fail_msg("'%s' passes", ids[i]);
        }
}

static void test_target(void **state) {
        _cleanup_free_ char *text = NULL;

        have(2);
        assert_int_equal(service_target(&pod, &text), 0);
        assert_string_equal(text, "[Unit]\nDescription=All apps\nDefaultDependencies=no\n"
                                  "Conflicts=shutdown.target\nBefore=shutdown.target\n"
                                  "Wants=app-a0.service\nAfter=app-a0.service\n"
                                  "Wants=app-a1.service\nAfter=app-a1.service\n");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_boots),      cmocka_unit_test(test_number),
                cmocka_unit_test(test_names),      cmocka_unit_test(test_order),
                cmocka_unit_test(test_long_order), cmocka_unit_test(test_plain_app),
                cmocka_unit_test(test_everything), cmocka_unit_test(test_isolators),
                cmocka_unit_test(test_precedence), cmocka_unit_test(test_end),
                cmocka_unit_test(test_devices),    cmocka_unit_test(test_every_byte),
                cmocka_unit_test(test_refused),    cmocka_unit_test(test_disk),
                cmocka_unit_test(test_target),
        };

        return cmocka_run_group_tests(tests, NULL, teardown);
}
