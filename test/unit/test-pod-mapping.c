/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of pod/oci-app and pod/nspawn: from an image's configuration to a command line.
 * Never: runs what it maps.
 * Follows: settings/oci-app.h, pod/nspawn.h, pod/init-config.h; OCI image-spec "Conversion to OCI Runtime Configuration". */

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "basic/str.h"
#include "basic/strv.h"
#include "pod/annotations.h"
#include "pod/init-config.h"
#include "pod/init-orders.h"
#include "pod/nspawn.h"
#include "pod/pod-networks.h"
#include "pod/service.h"
#include "settings/oci-app.h"

#define WORDS(...) ((char **) (const char *const[]) { __VA_ARGS__, NULL })
#define NO_WORDS ((char **) (const char *const[]) { NULL })
#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static AppcPod *pod;
static AppcPodApp *app;

static int setup(void **state) {
        pod = calloc(1, sizeof(AppcPod));
        if (!pod)
                return -1;
        pod->apps = app = calloc(1, sizeof(AppcPodApp));
        if (!app)
                return -1;
        pod->n_apps = 1;
        return str_copy("web", &app->name);
}

static int teardown(void **state) {
        pod = appc_pod_free(pod);
        return 0;
}

/* For another image in the same test. */
static void start_again(void) {
        teardown(NULL);
        assert_int_equal(setup(NULL), 0);
}

static void assert_words(char *const *words, char *const *expected) {
        assert_int_equal(strv_length(words), strv_length(expected));
        for (size_t i = 0; expected[i]; i++)
                assert_string_equal(words[i], expected[i]);
}

static const char *variable(const char *name) {
        return pairs_get(&app->app->environment, name);
}

static const char *annotation(const char *name) {
        return pairs_get(&app->annotations, name);
}

static const AppSettings nothing;

static void map(const OciConfig *config, char *const *arguments) {
        _cleanup_free_ char *why = NULL;

        start_again();
        assert_int_equal(pod_app_from_oci(config, &(AppSettings) { .exec = (char **) arguments }, app, &why),
                         0);
        assert_null(why);
}

/* What is executed */

static void executes(char **entrypoint, char **cmd, char *const *arguments, char *const *expected) {
        map(&(OciConfig) { .entrypoint = entrypoint, .cmd = cmd }, arguments);
        assert_words(app->app->exec, expected);
}

static void test_exec(void **state) {
        executes(NULL, WORDS("sh"), NULL, WORDS("sh"));
        executes(NULL, WORDS("sh", "-c", "true"), NO_WORDS, WORDS("sh", "-c", "true"));
        executes(WORDS("/entry"), NULL, NULL, WORDS("/entry"));
        executes(WORDS("/entry", "-x"), WORDS("serve", "now"), NULL, WORDS("/entry", "-x", "serve", "now"));

        /* Arguments take the place of Cmd, never of the entry point. */
        executes(NULL, WORDS("sh"), WORDS("ls", "-l"), WORDS("ls", "-l"));
        executes(WORDS("/entry"), WORDS("serve"), WORDS("ls"), WORDS("/entry", "ls"));
        executes(WORDS("/entry"), NULL, WORDS("ls"), WORDS("/entry", "ls"));
        executes(NULL, NULL, WORDS("ls", ""), WORDS("ls", ""));
}

static void enters(char **entrypoint, char **arguments, char *const *expected) {
        const OciConfig config = { .entrypoint = WORDS("/entry", "-x"), .cmd = WORDS("serve") };

        start_again();
        assert_int_equal(pod_app_from_oci(&config,
                                          &(AppSettings) { .entrypoint = entrypoint, .exec = arguments },
                                          app, NULL),
                         0);
        assert_words(app->app->exec, expected);
}

/* Another entry point has no use for the arguments that the image has for its own. */
static void test_entrypoint(void **state) {
        enters(WORDS("/mine"), NULL, WORDS("/mine"));
        enters(WORDS("/mine", "-y"), WORDS("now"), WORDS("/mine", "-y", "now"));
        enters(WORDS(""), WORDS("ls", "-l"), WORDS("ls", "-l"));

        const AppcApp image = { .exec = WORDS("/server"), .user = (char *) "0", .group = (char *) "0" };
        start_again();
        assert_int_equal(pod_app_from_appc(&image,
                                           &(AppSettings) { .entrypoint = WORDS("/mine"),
                                                            .exec = WORDS("now") },
                                           app),
                         0);
        assert_words(app->app->exec, WORDS("/mine", "now"));
}

static void test_volumes_and_ports(void **state) {
        map(&(OciConfig) { .cmd = WORDS("sh"),
                           .volumes = WORDS("/data", "/srv//a:b/"),
                           .exposed_ports = WORDS("80/tcp", "53/udp", "8000-8010", "80", "x", "0", "9-8",
                                                  "1/TCP") },
            NULL);
        assert_int_equal(app->app->n_mount_points, 2);
        assert_string_equal(app->app->mount_points[0].name, "volume-0");
        assert_string_equal(app->app->mount_points[0].path, "/data");
        assert_string_equal(app->app->mount_points[1].path, "/srv/a:b");
        assert_int_equal(app->app->n_ports, 3);
        assert_string_equal(app->app->ports[0].name, "80-tcp");
        assert_string_equal(app->app->ports[1].protocol, "udp");
        assert_string_equal(app->app->ports[2].name, "8000-8010-tcp");
        assert_int_equal(app->app->ports[2].port, 8000);
        assert_int_equal(app->app->ports[2].count, 11);

        static const char *const bad[] = { "data", "/", "/a/../..", "/proc/x" };
        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                _cleanup_free_ char *why = NULL;

                start_again();
                assert_int_equal(pod_app_from_oci(&(OciConfig) { .cmd = WORDS("sh"),
                                                                 .volumes = WORDS(bad[i]) },
                                                  &nothing, app, &why),
                                 -EBADMSG);
                assert_non_null(strstr(why, "config.Volumes: its target"));
        }
}

static void test_nothing_to_execute(void **state) {
        assert_int_equal(pod_app_from_oci(&(OciConfig) {}, &nothing, app, NULL), -ENOEXEC);
        start_again();
        assert_int_equal(pod_app_from_oci(&(OciConfig) { .cmd = NO_WORDS, .entrypoint = NO_WORDS }, &nothing,
                                          app, NULL),
                         -ENOEXEC);
}

/* Who and where */

static void becomes(const char *oci, const char *user, const char *group) {
        map(&(OciConfig) { .cmd = WORDS("sh"), .user = (char *) oci }, NULL);
        assert_string_equal(app->app->user, user);
        assert_string_equal(app->app->group, group);
        assert_string_equal(annotation(ANNOTATION_OCI_USER), oci ? oci : "0");
}

static void test_user(void **state) {
        becomes(NULL, "0", "0");
        becomes("root", "root", "0");
        becomes("1000", "1000", "0");
        becomes("1000:2000", "1000", "2000");
        becomes("www:web", "www", "web");
        becomes("www:2000", "www", "2000");
        becomes("www:", "www", "0");
        becomes(":web", "0", "web");
        becomes(":", "0", "0");
        becomes("4294967295:x", "4294967295", "x"); /* whether that is anybody is found out in the pod */
}

static void works_in(const char *oci, const char *expected) {
        map(&(OciConfig) { .cmd = WORDS("sh"), .working_dir = (char *) oci }, NULL);
        assert_string_equal(app->app->working_directory, expected);
}

static void test_working_directory(void **state) {
        works_in(NULL, "/");
        works_in("/", "/");
        works_in("/srv/www", "/srv/www");
        works_in("srv", "/srv"); /* old images have these */
        works_in("../x", "/../x");
}

static void test_environment(void **state) {
        map(&(OciConfig) { .cmd = WORDS("sh") }, NULL);
        assert_string_equal(variable("PATH"), DEFAULT_PATH);
        assert_int_equal(app->app->environment.n, 1);

        map(&(OciConfig) { .cmd = WORDS("sh"),
                           .env = WORDS("PATH=/bin", "A=1", "EMPTY=", "EQUALS=a=b", "BARE", "A=2",
                                        "lower.case-odd=x y\n") },
            NULL);
        assert_string_equal(variable("PATH"), "/bin");
        assert_string_equal(variable("A"), "2"); /* the last one counts */
        assert_string_equal(variable("EMPTY"), "");
        assert_string_equal(variable("EQUALS"), "a=b");
        assert_string_equal(variable("BARE"), "");
        assert_string_equal(variable("lower.case-odd"), "x y\n");
        assert_int_equal(app->app->environment.n, 6);
}

static void test_environment_without_name(void **state) {
        static const char *const nameless[] = { "=value", "=", "" };

        for (size_t i = 0; i < ELEMENTSOF(nameless); i++) {
                _cleanup_free_ char *why = NULL;

                start_again();
                assert_int_equal(pod_app_from_oci(&(OciConfig) { .cmd = WORDS("sh"),
                                                                 .env = WORDS("A=1", nameless[i]) },
                                                  &nothing, app, &why),
                                 -EBADMSG);
                assert_non_null(why);
                assert_non_null(strstr(why, "Env"));
        }
}

static void test_stop_signal(void **state) {
        map(&(OciConfig) { .cmd = WORDS("sh") }, NULL);
        assert_null(annotation(ANNOTATION_STOP_SIGNAL));
        map(&(OciConfig) { .cmd = WORDS("sh"), .stop_signal = (char *) "SIGQUIT" }, NULL);
        assert_string_equal(annotation(ANNOTATION_STOP_SIGNAL), "SIGQUIT");
}

/* What comes out is a pod manifest that can be written and read. */
static void test_valid_manifest(void **state) {
        _cleanup_(appc_pod_freep) AppcPod *read = NULL;
        _cleanup_free_ char *why = NULL;
        _cleanup_blob_ Blob text = {};

        map(&(OciConfig) { .cmd = WORDS("/bin/sh"),
                           .env = WORDS("A=1"),
                           .user = (char *) "www",
                           .stop_signal = (char *) "SIGINT" },
            NULL);
        assert_int_equal(appc_pod_format(pod, &text), 0);
        if (appc_pod_parse(text.data, text.size, &read, &why) != 0)
                fail_msg("%s", why);
        assert_string_equal(pairs_get(&read->apps[0].annotations, ANNOTATION_OCI_USER), "www");
}

/* An ACI's app */

static void test_appc(void **state) {
        uint32_t gids[] = { 5, 6 };
        Pair variables[] = { { (char *) "A", (char *) "1" } };
        AppcApp image = {
                .exec = WORDS("/bin/server", "-v"),
                .user = (char *) "www",
                .group = (char *) "web",
                .working_directory = (char *) "/srv",
                .supplementary_gids = gids,
                .n_supplementary_gids = 2,
                .environment = { variables, 1 },
        };

        assert_int_equal(pod_app_from_appc(&image, &(AppSettings) { .exec = WORDS("--more") }, app), 0);
        assert_words(app->app->exec, WORDS("/bin/server", "-v", "--more"));
        assert_string_equal(app->app->user, "www");
        assert_string_equal(app->app->group, "web");
        assert_string_equal(app->app->working_directory, "/srv");
        assert_int_equal(app->app->n_supplementary_gids, 2);
        assert_int_equal(app->app->supplementary_gids[1], 6);
        assert_string_equal(variable("A"), "1");
        assert_string_equal(variable("PATH"), DEFAULT_PATH);
        assert_null(annotation(ANNOTATION_OCI_USER));

        start_again();
        variables[0] = (Pair) { (char *) "PATH", (char *) "/bin" };
        image.working_directory = NULL;
        assert_int_equal(pod_app_from_appc(&image, &nothing, app), 0);
        assert_words(app->app->exec, WORDS("/bin/server", "-v"));
        assert_string_equal(variable("PATH"), "/bin");
        assert_null(app->app->working_directory);

        start_again();
        image.exec = NULL;
        assert_int_equal(pod_app_from_appc(&image, &nothing, app), -ENOEXEC);
        start_again();
        assert_int_equal(pod_app_from_appc(&image, &(AppSettings) { .exec = WORDS("ls") }, app), 0);
        assert_words(app->app->exec, WORDS("ls"));
}

/* Names */

static void test_app_name(void **state) {
        static const struct {
                const char *image, *app;
        } table[] = {
                { "127.0.0.1:5000/Team/web_server", "web-server" },
                { "docker.io/library/busybox", "busybox" },
                { "busybox", "busybox" },
                { "example.com/hello", "hello" },
                { "oci:/srv/images/Hello World", "hello-world" },
                { "a/UPPER", "upper" },
                { "a/--x--", "x" },
                { "a/x..__..y", "x-y" },
                { "a/9", "9" },
                { "a/...", "app" },
                { "a/", "app" },
                { "", "app" },
                { "a/Grüße", "gr-e" },
                { "a/x\n", "x" },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_free_ char *name = NULL;

                assert_int_equal(pod_app_name(table[i].image, &name), 0);
                assert_string_equal(name, table[i].app);
                assert_true(appc_name_is_valid(name));
        }
}

/* The command line */

static const NspawnSpec spec = {
        .machine = "web-1",
        .uuid = "0a1b2c3d-0000-4000-8000-00000000000a",
        .root = "/run/gantry/root",
        .uid_base = 1878982656,
        .further = (char *[]) { (char *) "--load-credential=a:a", NULL },
};

static void has(char *const *argv, const char *word) {
        if (!strv_contains(argv, word))
                fail_msg("'%s' is missing", word);
}

static void has_not(char *const *argv, const char *prefix) {
        STRV_FOREACH(word, argv)
                if (startswith(*word, prefix))
                        fail_msg("'%s' is there", *word);
}

static void test_command_line(void **state) {
        _cleanup_strv_ char **argv = NULL;

        assert_int_equal(nspawn_argv(&spec, pod, app, &argv), 0);
        assert_string_equal(argv[0], "systemd-nspawn");
        has(argv, "--settings=trusted"); /* which are the stage's */
        has(argv, "--keep-unit");
        has(argv, "--register=no"); /* that is the stage's */
        has(argv, "--console=pipe");
        has(argv, "--machine=web-1");
        has(argv, "--uuid=0a1b2c3d-0000-4000-8000-00000000000a");
        has(argv, "--directory=/run/gantry/root");
        has(argv, "--private-users=1878982656:65536");
        has(argv, "--private-users-ownership=off");
        has(argv, "--kill-signal=SIGTERM");
        has(argv, "--load-credential=a:a");

        /* Nothing of the app's is on it: gantry-init, the last word, finds that in its orders. */
        assert_string_equal(argv[strv_length(argv) - 1], INIT_PATH);
        for (size_t i = 1; i + 1 < strv_length(argv); i++)
                assert_non_null(startswith(argv[i], "--"));
        has_not(argv, "--as-pid2");
        has_not(argv, "--boot");
        has_not(argv, "--capability");
        has_not(argv, "--bind"); /* or nspawn would not look for binds in its settings */
        has_not(argv, "--tmpfs");
}

/* The settings file */

#define JOURNAL                                                                                             \
        "BindReadOnly=/run/systemd/journal/socket:/run/systemd/journal/socket:rbind\n"                      \
        "BindReadOnly=/run/systemd/journal/stdout:/run/systemd/journal/stdout:rbind\n"                      \
        "BindReadOnly=/run/systemd/journal/dev-log:/run/systemd/journal/dev-log:rbind\n"

static void test_settings_file(void **state) {
        static const NspawnBind binds[] = {
                { "/place/mounts/0", "/srv/a b ", false },
                { "/place:1/etc/hosts", "/etc/h:o\\sts", false },
                { "/place/gantry", "/run/gantry", true },
        };
        _cleanup_blob_ Blob alone = {}, boots = {};

        assert_int_equal(nspawn_settings(binds, ELEMENTSOF(binds), false, &alone), 0);
        assert_string_equal(alone.data, "[Files]\n" JOURNAL "Bind=/place/mounts/0:/srv/a b :rbind\n"
                                        "Bind=/place\\:1/etc/hosts:/etc/h\\:o\\\\sts:rbind\n"
                                        "BindReadOnly=/place/gantry:/run/gantry:rbind\n");
        assert_int_equal(alone.size, strlen(alone.data));

        assert_int_equal(nspawn_settings(binds, 0, true, &boots), 0);
        assert_string_equal(boots.data, "[Files]\nTemporaryFileSystem=/run/systemd:mode=0755\n" JOURNAL);
}

/* nspawn would read another setting in what comes after it. */
static void test_settings_lines(void **state) {
        static const NspawnBind target = { "/place/mounts/0", "/srv/a\nBind=/", false },
                                source = { "/pla\nce/mounts/0", "/srv", false };
        _cleanup_blob_ Blob text = {};

        assert_int_equal(nspawn_settings(&target, 1, false, &text), -EILSEQ);
        assert_int_equal(nspawn_settings(&source, 1, false, &text), -EILSEQ);
        assert_null(text.data);
}

static void test_network(void **state) {
        _cleanup_strv_ char **by_default = NULL, **none = NULL, **host = NULL;

        assert_int_equal(nspawn_argv(&spec, pod, app, &by_default), 0);
        has(by_default, "--private-network");
        has(by_default, "--resolv-conf=off");

        assert_int_equal(pairs_set(&pod->annotations, ANNOTATION_NETWORK, "none"), 0);
        assert_int_equal(nspawn_argv(&spec, pod, app, &none), 0);
        has(none, "--private-network");

        assert_int_equal(pairs_set(&pod->annotations, ANNOTATION_NETWORK, "host"), 0);
        assert_int_equal(nspawn_argv(&spec, pod, app, &host), 0);
        has_not(host, "--private-network");
        has(host, "--resolv-conf=off"); /* as are the files of /etc */
}

/* Those of systemd nspawn makes, and in those of others it is from the start. */
static void test_further_networks(void **state) {
        _cleanup_strv_ char **systemd = NULL, **other = NULL, **plugins = NULL;

        assert_int_equal(pairs_set(&pod->annotations, ANNOTATION_NETWORK, "zone:tier\nmacvlan:eth0"), 0);
        assert_true(pod_boots(pod));
        assert_int_equal(nspawn_argv_boot(&spec, pod, &systemd), 0);
        has_not(systemd, "--private-network");
        has(systemd, "--network-zone=tier");
        has(systemd, "--network-macvlan=eth0");

        assert_int_equal(pairs_set(&pod->annotations, ANNOTATION_NETWORK, "pod:web"), 0);
        assert_false(pod_boots(pod));
        assert_string_equal(pod_network_pod(pod), "web");
        assert_int_equal(nspawn_argv(&spec, pod, app, &other), 0);
        has_not(other, "--private-network");

        assert_int_equal(pairs_set(&pod->annotations, ANNOTATION_NETWORK, "zones:IP=10.0.0.1"), 0);
        assert_true(pod_has_networks(pod));
        assert_int_equal(nspawn_argv(&spec, pod, app, &plugins), 0);
        has_not(plugins, "--private-network");
}

static void test_read_only(void **state) {
        _cleanup_strv_ char **writable = NULL, **read_only = NULL;

        assert_int_equal(nspawn_argv(&spec, pod, app, &writable), 0);
        has_not(writable, "--read-only");
        app->read_only_rootfs = true;
        assert_int_equal(nspawn_argv(&spec, pod, app, &read_only), 0);
        has(read_only, "--read-only");
}

static void test_no_user_namespace(void **state) {
        _cleanup_strv_ char **argv = NULL;
        NspawnSpec host = spec;

        host.uid_base = 0;
        assert_int_equal(nspawn_argv(&host, pod, app, &argv), 0);
        has(argv, "--private-users=no");
}

static void test_labels(void **state) {
        _cleanup_strv_ char **none = NULL, **argv = NULL;
        NspawnSpec labelled = spec;

        assert_int_equal(nspawn_argv(&spec, pod, app, &none), 0);
        STRV_FOREACH(argument, none)
                assert_null(strstr(*argument, "selinux"));

        labelled.process_label = "u:r:container_t:s0:c1,c600";
        labelled.file_label = "u:object_r:container_file_t:s0:c1,c600";
        assert_int_equal(nspawn_argv(&labelled, pod, app, &argv), 0);
        has(argv, "--selinux-context=u:r:container_t:s0:c1,c600");
        has(argv, "--selinux-apifs-context=u:object_r:container_file_t:s0:c1,c600");
}

/* gantry-init's orders */

/* As a strv of its records. */
static char **orders(int expected) {
        _cleanup_free_ char *why = NULL;
        char **records = NULL;
        Blob text = {};

        assert_int_equal(init_orders(pod, app, false, &text, &why), expected);
        if (expected < 0) {
                assert_non_null(why);
                assert_null(text.data);
                return NULL;
        }

        const char *p = text.data, *end = p + text.size;
        assert_true(text.size > 0 && end[-1] == '\0'); /* whole records only */
        while (p < end) {
                assert_int_equal(strv_add(&records, p), 0);
                p += strlen(p) + 1;
        }
        blob_done(&text);
        return records;
}

static void test_orders(void **state) {
        map(&(OciConfig) { .cmd = WORDS("/bin/sh", "-c", "echo \"a\nb\"", ""),
                           .env = WORDS("PATH=/bin", "A=1=2"),
                           .working_dir = (char *) "/srv" },
            NULL);
        _cleanup_strv_ char **records = orders(0);

        /* 0x…: the 14 capabilities that appc and Docker leave an app. */
        assert_words(records,
                     WORDS("user=0", "member-groups=1", "make-cwd=1", "cwd=/srv", "caps=a80425fb", "nnp=1",
                           "stop-signal=15", "mask=/proc/acpi", "mask=/proc/asound", "mask=/proc/interrupts",
                           "mask=/proc/kallsyms", "mask=/proc/kcore", "mask=/proc/keys",
                           "mask=/proc/latency_stats", "mask=/proc/sched_debug", "mask=/proc/scsi",
                           "mask=/proc/sysrq-trigger", "mask=/proc/timer_list", "mask=/proc/timer_stats",
                           "mask=/sys/devices/virtual/powercap", "mask=/sys/firmware",
                           "mask=/sys/kernel/debug", "mask=/sys/kernel/tracing", "filter=1",
                           "env=container=gantry", "env=AC_APP_NAME=web", "env=PATH=/bin", "env=A=1=2",
                           "arg=/bin/sh", "arg=-c", "arg=echo \"a\nb\"", "arg="));
}

/* A group that OCI does not name is the user's own; appc always names one. */
static void test_groups(void **state) {
        static const struct {
                const char *oci;
                const char *const expected[3];
        } table[] = {
                { "www", { "user=www", "member-groups=1" } },
                { "www:", { "user=www", "member-groups=1" } },
                { "www:web", { "user=www", "group=web" } },
                { ":7", { "user=0", "group=7" } },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                map(&(OciConfig) { .cmd = WORDS("sh"), .user = (char *) table[i].oci }, NULL);
                _cleanup_strv_ char **records = orders(0);
                assert_string_equal(records[0], table[i].expected[0]);
                assert_string_equal(records[1], table[i].expected[1]);
        }

        uint32_t gids[] = { 5, 4294967294 };
        AppcApp image = { .exec = WORDS("sh"),
                          .user = (char *) "www",
                          .group = (char *) "0",
                          .supplementary_gids = gids,
                          .n_supplementary_gids = 2 };
        start_again();
        assert_int_equal(pod_app_from_appc(&image, &nothing, app), 0);
        _cleanup_strv_ char **records = orders(0);
        assert_string_equal(records[0], "user=www");
        assert_string_equal(records[1], "group=0");
        assert_string_equal(records[2], "gid=5");
        assert_string_equal(records[3], "gid=4294967294");
        assert_string_equal(records[4], "cwd=/");
        has_not(records, "member-groups");
        has_not(records, "make-cwd"); /* an ACI's directory has to be there */
}

static void test_variables_of_its_own(void **state) {
        map(&(OciConfig) { .cmd = WORDS("sh"), .env = WORDS("container=docker", "AC_APP_NAME=mine") }, NULL);
        _cleanup_strv_ char **records = orders(0);

        has(records, "env=container=docker");
        has(records, "env=AC_APP_NAME=mine");
        has_not(records, "env=container=gantry");
        has_not(records, "env=AC_APP_NAME=web");
}

static void stops_with(const char *text, int expected) {
        char record[32];

        map(&(OciConfig) { .cmd = WORDS("sh"), .stop_signal = (char *) text }, NULL);
        _cleanup_strv_ char **records = orders(expected < 0 ? expected : 0);
        if (expected < 0)
                return;

        (void) snprintf(record, sizeof(record), "stop-signal=%d", expected);
        has(records, record);
}

static void test_stop_signals(void **state) {
        stops_with(NULL, SIGTERM);
        stops_with("SIGTERM", SIGTERM);
        stops_with("TERM", SIGTERM);
        stops_with("15", SIGTERM);
        stops_with("SIGKILL", SIGKILL);
        stops_with("SIGWINCH", SIGWINCH);
        stops_with("SIGUSR1", SIGUSR1);
        stops_with("SIGRTMIN+3", SIGRTMIN + 3);
        stops_with("RTMIN+0", SIGRTMIN);
        stops_with("1", 1);
        stops_with("64", 64); /* SIGRTMAX */

        stops_with("SIGRTMIN+31", -EINVAL);
        stops_with("SIGRTMIN+", -EINVAL);
        stops_with("SIGRTMIN-1", -EINVAL);
        stops_with("0", -EINVAL);
        stops_with("65", -EINVAL);
        stops_with("-15", -EINVAL);
        stops_with("99999999999999999999", -EINVAL);
        stops_with("SIGNONSENSE", -EINVAL);
        stops_with("SIG", -EINVAL);
        stops_with("SIGSIGTERM", -EINVAL);
        stops_with("SIG15", -EINVAL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_exec),
                TEST(test_entrypoint),
                TEST(test_nothing_to_execute),
                TEST(test_volumes_and_ports),
                TEST(test_user),
                TEST(test_working_directory),
                TEST(test_environment),
                TEST(test_environment_without_name),
                TEST(test_stop_signal),
                TEST(test_valid_manifest),
                TEST(test_appc),
                TEST(test_app_name),
                TEST(test_command_line),
                TEST(test_settings_file),
                TEST(test_settings_lines),
                TEST(test_network),
                TEST(test_further_networks),
                TEST(test_read_only),
                TEST(test_no_user_namespace),
                TEST(test_labels),
                TEST(test_orders),
                TEST(test_groups),
                TEST(test_variables_of_its_own),
                TEST(test_stop_signals),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
