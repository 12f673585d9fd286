/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of prepare/compose: what is asked for, put together with what an image has.
 * Never: runs what comes out of it.
 * Follows: prepare/compose.h, pod/annotations.h; App Container spec 0.8.11, "Isolators". */

#include "scratch.h"

#include "asked.h"
#include "pod/annotations.h"
#include "pod/capabilities.h"
#include "pod/capability-names.h"
#include "prepare/compose.h"
#include "settings/oci-app.h"
#include "settings/settings-apps.h"

#define WORDS(...) ((char **) (const char *const[]) { __VA_ARGS__, NULL })

static AppcPod *pod;
static const AppcPodApp *app;

static int setup(void **state) {
        return scratch_setup(state);
}

static int teardown(void **state) {
        pod = appc_pod_free(pod);
        return scratch_teardown(state);
}

/* As its image has it. */
static void begin_app(AppcPodApp *begun, const char *name, AppcApp *aci, const OciConfig *config,
                      const AppSettings *a) {
        begun->has_image_id = true;
        begun->image_id.algorithm = aci ? DIGEST_SHA512 : DIGEST_SHA256;
        assert_return_code(str_copy(name, &begun->name), 0);
        assert_return_code(aci ? pod_app_from_appc(aci, a, begun) : pod_app_from_oci(config, a, begun, NULL),
                           0);
}

/* The pod of an app of this image, asked for by settings of these words. */
static int compose(AppcApp *aci, char *const *words, char **reterr_why) {
        const OciConfig config = {
                .cmd = WORDS("serve"),
                .user = (char *) "www:web",
                .env = WORDS("A=1", "B=2"),
                .volumes = WORDS("/data", "/srv"),
        };
        _cleanup_(pod_settings_freep) PodSettings *s = calloc(1, sizeof(PodSettings));
        AppSettings *a;

        pod = appc_pod_free(pod);
        assert_return_code(appc_pod_new(1, &pod), 0);
        assert_return_code(pod_settings_add_app(s, &a), 0);
        assert_return_code(ask(s, a, words, NULL), 0);
        begin_app(&pod->apps[0], "web", aci, &config, a);

        assert_return_code(settings_complete_fly(s), 0);
        int r = compose_pod(s, "/store", pod, reterr_why);
        app = r < 0 ? NULL : &pod->apps[0];
        return r;
}

/* … which is one that can be written and read. */
static void is_composed(AppcApp *aci, char *const *words) {
        _cleanup_free_ char *why = NULL;
        _cleanup_blob_ Blob text = {};

        if (compose(aci, words, &why) != 0)
                fail_msg("%s: %s", words[0], why ? why : "?");
        assert_return_code(appc_pod_format(pod, &text), 0);
}
#define ASK(...) is_composed(NULL, WORDS(__VA_ARGS__))

static void refuses(AppcApp *aci, char *const *words, const char *expected) {
        _cleanup_free_ char *why = NULL;

        assert_true(compose(aci, words, &why) < 0);
        assert_non_null(why);
        if (!strstr(why, expected))
                fail_msg("%s", why);
}

static void says(const Pairs *pairs, const char *name, const char *expected) {
        const char *found = pairs_get(pairs, name);

        if (!streq_ptr(found, expected))
                fail_msg("%s is '%s', not '%s'", name, found ? found : "-", expected ? expected : "-");
}

static const char *isolator(const AppcIsolator *list, size_t n, const char *name) {
        static char text[2048];
        _cleanup_blob_ Blob blob = {};
        const Json *value = appc_isolator_get(list, n, name);

        if (!value)
                return "-";
        assert_return_code(json_format(value, false, &blob), 0);
        (void) snprintf(text, sizeof(text), "%.*s", (int) strcspn(blob.data, "\n"), (char *) blob.data);
        return text;
}
#define OF_APP(name) isolator(app->app->isolators, app->app->n_isolators, name)

static void test_nothing_asked(void **state) {
        ASK("Image=x");
        assert_int_equal(pod->annotations.n, 0);
        assert_int_equal(app->app->n_isolators, 0);
        assert_false(app->read_only_rootfs);
        says(&app->annotations, ANNOTATION_OCI_USER, "www:web");
        assert_int_equal(app->annotations.n, 2); /* and what is copied */
}

static void test_network(void **state) {
        ASK("Network=host", "UserNS=host", "HostName=db", "AddHost=a:10.0.0.1", "AddHost=b:::1",
            "DNS=1.1.1.1", "DNSSearch=a.b c.d", "DNSOption=ndots:1", "ListenStream=80", "ListenDatagram=53",
            "Label=a=b", "Annotation=c='d e'", "Sysctl=kernel.msgmax=1 kernel.sem='1 2'");
        says(&pod->annotations, ANNOTATION_NETWORK, "host");
        says(&pod->annotations, ANNOTATION_USER_NAMESPACE, "host");
        says(&pod->annotations, ANNOTATION_HOSTNAME, "db");
        says(&pod->annotations, ANNOTATION_HOSTS, "10.0.0.1 a\n::1 b");
        says(&pod->annotations, ANNOTATION_DNS, "nameserver 1.1.1.1\nsearch a.b c.d\noptions ndots:1");
        says(&pod->annotations, ANNOTATION_SOCKETS, "ListenStream=80\nListenDatagram=53");
        says(&pod->user_labels, "a", "b");
        says(&pod->user_annotations, "c", "d e");
        assert_string_equal(isolator(pod->isolators, pod->n_isolators, "os/unix/sysctl"),
                            "{\"kernel.msgmax\":\"1\",\"kernel.sem\":\"1 2\"}");

        ASK("UserNS=auto", "Network=none");
        says(&pod->annotations, ANNOTATION_USER_NAMESPACE, NULL);
        says(&pod->annotations, ANNOTATION_NETWORK, "none");
}

static void test_app(void **state) {
        ASK("WorkingDir=/srv", "StopSignal=INT", "Notify=yes", "Interactive=yes", "Terminal=yes",
            "ReadOnly=yes");
        assert_string_equal(app->app->working_directory, "/srv");
        says(&app->annotations, ANNOTATION_STOP_SIGNAL, "INT");
        says(&app->annotations, ANNOTATION_NOTIFY, "app");
        says(&app->annotations, ANNOTATION_STDIN, "open");
        says(&app->annotations, ANNOTATION_TERMINAL, "yes");
        assert_true(app->read_only_rootfs);

        ASK("Notify=no", "Interactive=no", "Terminal=no", "ReadOnly=no");
        says(&app->annotations, ANNOTATION_NOTIFY, NULL);
        says(&app->annotations, ANNOTATION_STDIN, NULL);
        says(&app->annotations, ANNOTATION_TERMINAL, NULL);
        assert_false(app->read_only_rootfs);
}

static void test_user(void **state) {
        static const struct {
                const char *words[3], *user, *group, *oci;
        } table[] = {
                { { "User=me" }, "me", "0", "me" }, /* the image's group was its user's */
                { { "User=me:us" }, "me", "us", "me:us" },
                { { "User=me", "Group=us" }, "me", "us", "me:us" },
                { { "Group=us" }, "www", "us", "www:us" },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                is_composed(NULL, (char *const *) table[i].words);
                assert_string_equal(app->app->user, table[i].user);
                assert_string_equal(app->app->group, table[i].group);
                says(&app->annotations, ANNOTATION_OCI_USER, table[i].oci);
        }
}

static void write_file(const char *name, const char *text, size_t size) {
        FILE *f = fopen(scratch_path(name), "w");

        assert_non_null(f);
        assert_int_equal(fwrite(text, 1, size, f), size);
        assert_int_equal(fclose(f), 0);
}

static void test_environment(void **state) {
        static const char text[] = "# comment\n\n  X=from file\nB=\"quoted\"\nA=file\n";
        _cleanup_free_ char *word = NULL;

        write_file("env", text, strlen(text));
        assert_return_code(setenv("GANTRY_TEST_PASSED", "x y", true), 0);
        assert_return_code(unsetenv("GANTRY_TEST_MISSING"), 0);
        assert_return_code(str_printf(&word, "EnvironmentFile=%s", scratch_path("env")), 0);
        ASK("Environment=A=mine 'C=a b'", word, "PassEnvironment=GANTRY_TEST_PASSED GANTRY_TEST_MISSING");
        says(&app->app->environment, "A", "mine");
        says(&app->app->environment, "B", "\"quoted\"");
        says(&app->app->environment, "C", "a b");
        says(&app->app->environment, "X", "from file");
        says(&app->app->environment, "GANTRY_TEST_PASSED", "x y");
        says(&app->app->environment, "GANTRY_TEST_MISSING", NULL);
        assert_non_null(pairs_get(&app->app->environment, "PATH"));
}

/* What is wrong is named, what may be secret is not. */
static void test_bad_environment(void **state) {
        static const struct {
                const char *text;
                size_t size;
                const char *why;
        } table[] = {
                { "A=1\nBARE\n", 9, "line 2: it must be NAME=VALUE" },
                { "TOP SECRET\n", 11, "line 1: it must be NAME=VALUE" },
                { "=SECRET\n", 8, "line 1: it must be NAME=VALUE" },
                { "9=SECRET\n", 9, "line 1: it must be NAME=VALUE" },
                { "A=\0SECRET", 9, "it is no text" },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_free_ char *word = NULL, *why = NULL;

                write_file("env", table[i].text, table[i].size);
                assert_return_code(str_printf(&word, "EnvironmentFile=%s", scratch_path("env")), 0);
                assert_true(compose(NULL, WORDS(word), &why) < 0);
                if (!strstr(why, table[i].why) || strstr(why, "SECRET"))
                        fail_msg("%s", why);
        }

        refuses(NULL, WORDS("EnvironmentFile=/nowhere/env"), "EnvironmentFile='/nowhere/env': No such file");
}

#define RETAIN "os/linux/capabilities-retain-set"
#define REMOVE "os/linux/capabilities-remove-set"
#define THIRTEEN                                                                                            \
        "\"CAP_DAC_OVERRIDE\",\"CAP_FOWNER\",\"CAP_FSETID\",\"CAP_KILL\",\"CAP_SETGID\",\"CAP_SETUID\","    \
        "\"CAP_SETPCAP\",\"CAP_NET_BIND_SERVICE\",\"CAP_NET_RAW\",\"CAP_SYS_CHROOT\",\"CAP_MKNOD\","        \
        "\"CAP_AUDIT_WRITE\",\"CAP_SETFCAP\""

static void test_capabilities(void **state) {
        ASK("AddCapability=CAP_SYS_TIME", "DropCapability=all");
        assert_string_equal(OF_APP(RETAIN), "{\"set\":[\"CAP_SYS_TIME\"]}");
        says(&app->annotations, ANNOTATION_AMBIENT, "CAP_SYS_TIME");

        ASK("DropCapability=CAP_CHOWN");
        assert_string_equal(OF_APP(RETAIN), "{\"set\":[" THIRTEEN "]}");
        says(&app->annotations, ANNOTATION_AMBIENT, NULL);

        ASK("DropCapability=all");
        assert_string_equal(OF_APP(RETAIN), "-");
        assert_string_equal(OF_APP(REMOVE), "{\"set\":[\"CAP_CHOWN\"," THIRTEEN "]}");

        ASK("AddCapability=all", "DropCapability=CAP_SYS_ADMIN");
        assert_non_null(strstr(OF_APP(RETAIN), "CAP_BPF"));
        assert_null(strstr(OF_APP(RETAIN), "CAP_SYS_ADMIN"));
        says(&app->annotations, ANNOTATION_AMBIENT, NULL);
}

static AppcApp image_with(AppcIsolator *isolators, size_t n) {
        static char *exec[] = { (char *) "/server", NULL };

        return (AppcApp) {
                .exec = exec,
                .user = (char *) "0",
                .group = (char *) "0",
                .isolators = isolators,
                .n_isolators = n,
        };
}

static AppcIsolator new_isolator(const char *name, const char *value) {
        AppcIsolator i = { .name = (char *) name };

        assert_return_code(json_parse(value, strlen(value), &i.value, NULL), 0);
        return i;
}

/* An ACI with one isolator. */
static void is_composed_with(const char *name, const char *value, char *const *words, const char *why) {
        AppcIsolator i = new_isolator(name, value);
        AppcApp image = image_with(&i, 1);

        if (why)
                refuses(&image, words, why);
        else
                is_composed(&image, words);
        json_unref(i.value);
}

/* An image may give up what it has, and wish for what it gets only from whoever runs it. */
static void test_capabilities_of_image(void **state) {
        static const char wish[] = "{\"set\":[\"CAP_CHOWN\",\"CAP_SYS_ADMIN\",\"CAP_PONIES\"]}";

        is_composed_with(RETAIN, wish, WORDS("Image=x"), NULL);
        assert_string_equal(OF_APP(RETAIN), "{\"set\":[\"CAP_CHOWN\"]}");
        is_composed_with(RETAIN, wish, WORDS("AddCapability=CAP_SYS_ADMIN"), NULL);
        assert_string_equal(OF_APP(RETAIN), "{\"set\":[\"CAP_CHOWN\",\"CAP_SYS_ADMIN\"]}");
        is_composed_with(RETAIN, wish, WORDS("DropCapability=CAP_CHOWN"), NULL);
        assert_string_equal(OF_APP(RETAIN), "-");
        is_composed_with(REMOVE, "{\"set\":[\"CAP_CHOWN\"]}", WORDS("Image=x"), NULL);
        assert_string_equal(OF_APP(RETAIN), "{\"set\":[" THIRTEEN "]}");
        assert_string_equal(OF_APP(REMOVE), "-");

        is_composed_with("os/linux/no-new-privileges", "false", WORDS("Image=x"), NULL);
        assert_string_equal(OF_APP("os/linux/no-new-privileges"), "-");
        is_composed_with("os/linux/no-new-privileges", "true", WORDS("NoNewPrivileges=no"), NULL);
        assert_string_equal(OF_APP("os/linux/no-new-privileges"), "false");
        is_composed_with("os/linux/oom-score-adj", "-500", WORDS("Image=x"), NULL);
        assert_string_equal(OF_APP("os/linux/oom-score-adj"), "-");
        is_composed_with("os/linux/oom-score-adj", "500", WORDS("Image=x"), NULL);
        assert_string_equal(OF_APP("os/linux/oom-score-adj"), "500");
        is_composed_with("os/linux/oom-score-adj", "500", WORDS("OOMScoreAdjust=-5"), NULL);
        assert_string_equal(OF_APP("os/linux/oom-score-adj"), "-5");
        is_composed_with("example.com/unknown", "{\"a\":1}", WORDS("Image=x"), NULL);
        assert_string_equal(OF_APP("example.com/unknown"), "{\"a\":1}");
}

static void test_seccomp(void **state) {
        static const char name[] = "os/linux/seccomp-retain-set",
                          set[] = "{\"set\":[\"@docker/default-whitelist\"]}";

        is_composed_with(name, set, WORDS("Image=x"), NULL);
        assert_string_equal(OF_APP(name), set);
        is_composed_with(name, set, WORDS("SeccompProfile=unconfined"), NULL);
        assert_string_equal(OF_APP(name), "-");
        says(&app->annotations, ANNOTATION_SECCOMP, "unconfined");
        is_composed_with(name, set, WORDS("SeccompProfile=/p.json"), NULL);
        says(&app->annotations, ANNOTATION_SECCOMP, "profile");
        is_composed_with(name, set, WORDS("SystemCallFilter=~@mount ptrace"), NULL);
        assert_string_equal(OF_APP(name), "-");
        assert_string_equal(OF_APP("os/linux/seccomp-remove-set"), "{\"set\":[\"@mount\",\"ptrace\"]}");
        ASK("SystemCallFilter=@system-service");
        assert_string_equal(OF_APP(name), "{\"set\":[\"@system-service\"]}");
}

static void test_confinement(void **state) {
        ASK("Ulimit=nofile=1:2", "Ulimit=core=0", "Mask=/a:/b", "Unmask=all", "ReadOnlyPaths=/c",
            "AddDevice=/dev/null", "AddDevice=-/dev/kvm:r");
        says(&app->annotations, ANNOTATION_RLIMITS, "NOFILE=1:2\nCORE=0:0");
        says(&app->annotations, ANNOTATION_MASK, "/a\n/b");
        says(&app->annotations, ANNOTATION_UNMASK, "all");
        says(&app->annotations, ANNOTATION_READ_ONLY, "/c");
        says(&app->annotations, ANNOTATION_DEVICES, "/dev/null:/dev/null:rwm\n-/dev/kvm:/dev/kvm:r");
        says(&pod->annotations, ANNOTATION_UNIT_PROPERTIES,
             "DeviceAllow=/dev/null rwm\nDeviceAllow=/dev/kvm r");
}

/* Of each mount "NAME KIND SOURCE ro norbind PATH". */
static void mounts(const char *const *expected) {
        size_t n = 0;

        for (; expected[n]; n++) {
                _cleanup_free_ char *text = NULL;

                assert_true(n < app->n_mounts);
                const AppcVolume *v = appc_pod_find_volume(pod, app->mounts[n].volume);
                assert_non_null(v);
                assert_return_code(str_printf(&text, "%s %s%s%s%s %s", v->name,
                                              v->kind == APPC_VOLUME_HOST ? "host " : "empty",
                                              v->source ? v->source : "", v->read_only ? " ro" : "",
                                              v->not_recursive ? " norbind" : "", app->mounts[n].path),
                                   0);
                assert_string_equal(text, expected[n]);
        }
        assert_int_equal(app->n_mounts, n);
        assert_int_equal(pod->n_volumes, n);
}
#define MOUNTS(...) mounts((const char *const[]) { __VA_ARGS__, NULL })

static void test_volumes(void **state) {
        ASK("Image=x");
        MOUNTS("volume-0 empty /data", "volume-1 empty /srv");
        says(&app->annotations, ANNOTATION_COPY_UP, "volume-0\nvolume-1");

        ASK("Volume=/host:/data:ro,norbind", "Volume=db:/var/db", "Volume=/cache",
            "Volume=x:/nocopy:nocopy");
        MOUNTS("volume-0 host /host ro norbind /data", "mount-1 host /store/volumes/db/data /var/db",
               "mount-2 empty /cache", "mount-3 host /store/volumes/x/data /nocopy", "volume-1 empty /srv");
        says(&app->annotations, ANNOTATION_COPY_UP, "mount-1\nmount-2\nvolume-1");

        ASK("Volume=/a:/data:z", "Volume=/b:/srv:Z", "Volume=db:/db:z,ro", "Volume=/c:/c");
        says(&app->annotations, ANNOTATION_RELABEL_SHARED, "volume-0\nmount-2");
        says(&app->annotations, ANNOTATION_RELABEL_PRIVATE, "volume-1");
        says(&app->annotations, ANNOTATION_PROPAGATE, NULL);

        ASK("Tmpfs=/data:size=1M", "Volume=/host:/srv", "ShmSize=64m");
        MOUNTS("volume-1 host /host /srv");
        says(&app->annotations, ANNOTATION_TMPFS, "/data:size=1M\n/dev/shm:mode=1777,size=64m");
        says(&app->annotations, ANNOTATION_COPY_UP, NULL);
}

static void test_read_only_tmpfs(void **state) {
        ASK("ReadOnly=yes");
        says(&app->annotations, ANNOTATION_TMPFS, "/tmp:mode=1777\n/var/tmp:mode=1777");
        ASK("ReadOnly=yes", "ReadOnlyTmpfs=no", "Tmpfs=/x");
        says(&app->annotations, ANNOTATION_TMPFS, "/x");
        ASK("ReadOnly=yes", "Volume=/var/tmp", "Tmpfs=/tmp:size=1M");
        says(&app->annotations, ANNOTATION_TMPFS, "/tmp:size=1M");
        ASK("ReadOnlyTmpfs=yes");
        says(&app->annotations, ANNOTATION_TMPFS, NULL);
}

/* An ACI's mount points have names; nothing is copied from where it wants something mounted. */
static void test_mount_points(void **state) {
        AppcMountPoint points[] = { { (char *) "mount-0", (char *) "/data", true },
                                    { (char *) "logs", (char *) "/log/" },
                                    { (char *) "run", (char *) "/run/" }, /* is there in every pod */
                                    { (char *) "cgroup", (char *) "/sys/fs/cgroup" } };
        AppcApp image = image_with(NULL, 0);

        image.mount_points = points;
        image.n_mount_points = ELEMENTSOF(points);
        is_composed(&image, WORDS("Volume=x:/other", "Volume=/host:/log"));
        MOUNTS("mount-1 host /store/volumes/x/data /other", "logs host /host /log", "mount-0 empty /data");
        says(&app->annotations, ANNOTATION_COPY_UP, "mount-1");
}

static void test_resources(void **state) {
        ASK("Memory=1.5g", "CPUQuota=150%", "Property=Nice=5");
        assert_string_equal(OF_APP("resource/memory"), "{\"limit\":\"1610612736\"}");
        assert_string_equal(OF_APP("resource/cpu"), "{\"limit\":\"1500m\"}");
        says(&pod->annotations, ANNOTATION_UNIT_PROPERTIES, "MemoryMax=1.5G\nCPUQuota=150%\nNice=5");
        ASK("Memory=50%");
        assert_string_equal(OF_APP("resource/memory"), "-");
}

static void test_resources_of_image(void **state) {
        static const char memory[] = "resource/memory", both[] = "{\"request\":\"1Gi\",\"limit\":\"2Gi\"}";

        is_composed_with(memory, both, WORDS("Image=x"), NULL);
        says(&pod->annotations, ANNOTATION_UNIT_PROPERTIES, "MemoryMax=2147483648\nMemoryLow=1073741824");
        is_composed_with(memory, both, WORDS("Memory=3G", "MemoryLow=1M"), NULL);
        assert_string_equal(OF_APP(memory), "{\"limit\":\"3221225472\",\"request\":\"1Gi\"}");
        says(&pod->annotations, ANNOTATION_UNIT_PROPERTIES, "MemoryMax=3G\nMemoryLow=1M");
        is_composed_with(memory, both, WORDS("Memory=512M"), "more than the limit of 536870912");
        is_composed_with(memory, "{\"request\":2,\"limit\":1}", WORDS("Image=x"),
                         "more than the limit of 1");
        is_composed_with(memory, "{\"limit\":\"0\"}", WORDS("Image=x"), "its limit is 0");
        is_composed_with(memory, "{\"limit\":\"0\"}", WORDS("Memory=1G"), NULL);

        is_composed_with("resource/cpu", "{\"limit\":\"250m\"}", WORDS("Image=x"), NULL);
        says(&pod->annotations, ANNOTATION_UNIT_PROPERTIES, "CPUQuota=25.0%");
        is_composed_with("resource/cpu", "{\"limit\":\"250m\"}", WORDS("CPUQuota=100%"), NULL);
        says(&pod->annotations, ANNOTATION_UNIT_PROPERTIES, "CPUQuota=100%");
        is_composed_with("os/linux/cpu-shares", "1024", WORDS("Image=x"), NULL);
        says(&pod->annotations, ANNOTATION_UNIT_PROPERTIES, "CPUWeight=39");
        is_composed_with("os/linux/cpu-shares", "2", WORDS("CPUWeight=7"), NULL);
        says(&pod->annotations, ANNOTATION_UNIT_PROPERTIES, "CPUWeight=7");

        is_composed_with("resource/block-bandwidth", "{\"default\":true,\"limit\":\"2M\"}", WORDS("Image=x"),
                         NULL);
        says(&pod->annotations, ANNOTATION_UNIT_PROPERTIES,
             "IOReadBandwidthMax=/store 2000000\nIOWriteBandwidthMax=/store 2000000");
        is_composed_with("resource/block-iops", "{\"default\":true,\"limit\":\"20\"}",
                         WORDS("IOReadIOPSMax=/dev/sda 7"), NULL);
        says(&pod->annotations, ANNOTATION_UNIT_PROPERTIES,
             "IOReadIOPSMax=/store 20\nIOWriteIOPSMax=/store 20\nIOReadIOPSMax=/dev/sda 7");
}

/* A pod of two apps, "a" and "b", that each has its words. */
static int compose_two(char *const *of_pod, char *const *of_a, char *const *of_b, char **reterr_why) {
        const OciConfig config = { .cmd = WORDS("serve"), .volumes = WORDS("/data") };
        _cleanup_(pod_settings_freep) PodSettings *s = calloc(1, sizeof(PodSettings));

        pod = appc_pod_free(pod);
        assert_return_code(appc_pod_new(2, &pod), 0);
        for (size_t i = 0; i < 2; i++) {
                AppSettings *a;

                assert_return_code(pod_settings_add_app(s, &a), 0);
                a->has_service = true;
                assert_return_code(ask(s, a, i == 0 ? of_a : of_b, NULL), 0);
                begin_app(&pod->apps[i], i == 0 ? "a" : "b", NULL, &config, a);
        }
        assert_return_code(ask(s, NULL, of_pod, NULL), 0);

        return compose_pod(s, "/store", pod, reterr_why);
}

/* … of which one is looked at. */
static void look_at(size_t i) {
        _cleanup_blob_ Blob text = {};

        app = &pod->apps[i];
        assert_return_code(appc_pod_format(pod, &text), 0);
}

static void test_virtual_machine(void **state) {
        assert_return_code(compose_two(WORDS("Stage1=kvm", "RequireKVM=yes", "RWSize=1G"), WORDS("User=1"),
                                       WORDS("User=1"), NULL),
                           0);
        says(&pod->annotations, ANNOTATION_STAGE1, "kvm");
        says(&pod->annotations, ANNOTATION_REQUIRE_KVM, "yes");
        says(&pod->annotations, ANNOTATION_RW_SIZE, "1073741824");
        assert_return_code(compose_two(WORDS("Stage1=nspawn", "RequireKVM=no"), WORDS("User=1"),
                                       WORDS("User=1"), NULL),
                           0);
        says(&pod->annotations, ANNOTATION_STAGE1, NULL);
        says(&pod->annotations, ANNOTATION_REQUIRE_KVM, NULL);
}

/* All that is not taken away; what the image says of that does not count. */
static void test_fly(void **state) {
        uint64_t mask;

        ASK("Stage1=fly");
        says(&pod->annotations, ANNOTATION_STAGE1, "fly");
        says(&pod->annotations, ANNOTATION_NETWORK, "host");
        says(&pod->annotations, ANNOTATION_USER_NAMESPACE, "host");
        says(&app->annotations, ANNOTATION_SECCOMP, "unconfined");
        says(&app->annotations, ANNOTATION_AMBIENT, NULL);
        assert_false(app_has_no_new_privileges(app));
        assert_return_code(app_capabilities(app, &mask, NULL), 0);
        assert_true(mask == CAPABILITIES_ALL);

        ASK("Stage1=fly", "Volume=/a:/data:rshared,ro", "Volume=/b:/srv");
        MOUNTS("volume-0 host /a ro /data", "volume-1 host /b /srv");
        says(&app->annotations, ANNOTATION_PROPAGATE, "volume-0");

        ASK("Stage1=fly", "NoNewPrivileges=yes", "DropCapability=CAP_SYS_BOOT", "SystemCallFilter=~reboot");
        says(&app->annotations, ANNOTATION_SECCOMP, NULL);
        assert_true(app_has_no_new_privileges(app));
        assert_return_code(app_capabilities(app, &mask, NULL), 0);
        assert_true(mask == (CAPABILITIES_ALL & ~CAPABILITY_BIT(CAP_SYS_BOOT)));
}

static void test_two_apps(void **state) {
        assert_return_code(compose_two(WORDS("End=any-failed", "SharePID=yes", "MemoryMax=3G",
                                             "SetCredential=c:x"),
                                       WORDS("MemoryMax=1G", "CPUQuota=50%", "Restart=always",
                                             "StopTimeout=5", "RestartSec=1", "ListenStream=80",
                                             "LoadCredential=k:/k"),
                                       WORDS("After=a", "Requires=a", "AddDevice=/dev/null"), NULL),
                           0);
        says(&pod->annotations, ANNOTATION_END, "any-failed");
        says(&pod->annotations, ANNOTATION_SHARE_PID, "yes");
        says(&pod->annotations, ANNOTATION_SOCKETS, "ListenStream=80");
        says(&pod->annotations, ANNOTATION_UNIT_PROPERTIES,
             "MemoryMax=3G\nSetCredential=c:x\nTimeoutStopSec=15000000us\nLoadCredential=k:/k\nDeviceAllow=/dev/null rwm");
        look_at(0);
        says(&app->annotations, ANNOTATION_SOCKETS, "ListenStream=80");
        says(&app->annotations, ANNOTATION_RESTART, "always");
        says(&app->annotations, ANNOTATION_STOP_TIMEOUT, "5");
        says(&app->annotations, ANNOTATION_SERVICE_PROPERTIES,
             "LoadCredential=c\nLoadCredential=k\nMemoryMax=1G\nCPUQuota=50%\nRestartSec=1");
        says(&app->annotations, ANNOTATION_AFTER, NULL);
        assert_string_equal(OF_APP("resource/memory"), "{\"limit\":\"1073741824\"}");
        look_at(1);
        says(&app->annotations, ANNOTATION_AFTER, "a");
        says(&app->annotations, ANNOTATION_REQUIRES, "a");
        says(&app->annotations, ANNOTATION_SERVICE_PROPERTIES, "LoadCredential=c");
        assert_string_equal(OF_APP("resource/memory"), "-");

        _cleanup_free_ char *why = NULL;
        assert_int_equal(compose_two(WORDS("Network=none"), WORDS("EnvironmentFile=/nowhere/env"),
                                     WORDS("User=1"), &why),
                         -ENOENT);
        assert_non_null(strstr(why, "app 'a': EnvironmentFile='/nowhere/env'"));
        assert_int_equal(compose_two(WORDS("Network=none"), WORDS("After=c"), WORDS("User=1"), &why),
                         -EINVAL);
        assert_non_null(strstr(why, "names an app that the pod does not have"));
}

/* Volumes of a name are shared if it is the pod's; what images want for themselves is not. */
static void test_shared_volumes(void **state) {
        assert_return_code(compose_two(WORDS("EmptyVolume=shared-too shared:mode=1777,uid=5,gid=6"),
                                       WORDS("Volume=shared:/s", "Volume=db:/db"),
                                       WORDS("Volume=shared:/t:ro,nocopy", "Volume=db:/x"), NULL),
                           0);
        assert_int_equal(pod->n_volumes, 5);
        look_at(0);
        assert_int_equal(app->n_mounts, 3);
        assert_string_equal(app->mounts[0].volume, "shared");
        assert_string_equal(appc_pod_find_volume(pod, "shared")->mode, "1777");
        assert_int_equal(appc_pod_find_volume(pod, "shared")->gid, 6);
        assert_string_equal(app->mounts[1].volume, "mount-1");
        assert_string_equal(app->mounts[2].volume, "volume-0");
        assert_null(app->mounts[0].app_volume);
        says(&app->annotations, ANNOTATION_COPY_UP, "shared\nmount-1\nvolume-0");
        look_at(1);
        assert_string_equal(app->mounts[0].volume, "shared");
        assert_true(app->mounts[0].app_volume->read_only);
        assert_string_equal(app->mounts[1].volume, "mount-3");
        assert_string_equal(appc_pod_find_volume(pod, "mount-3")->source, "/store/volumes/db/data");
        assert_string_equal(app->mounts[2].volume, "mount-4");
        assert_string_equal(app->mounts[2].path, "/data");
        says(&app->annotations, ANNOTATION_COPY_UP, "mount-3\nmount-4");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

/* The image says that it is activated by them, the pod manifest where. */
/* What nspawn cannot publish, and what could send past a filter. */
static void test_networks_of_systemd(void **state) {
        refuses(NULL, WORDS("Network=zone:a", "PublishPort=127.0.0.1:80:80"), "one address of the host");
        refuses(NULL, WORDS("Network=zone:a", "PublishPort=80:80/sctp"), "tcp and udp");
        refuses(NULL, WORDS("Network=macvlan:eth0", "PublishPort=80:80"), "of no use");
        refuses(NULL, WORDS("Network=zone:a", "IPAddressDeny=any"), "by CAP_NET_RAW");
        refuses(NULL, WORDS("Network=host", "UserNS=host", "IPAddressDeny=any"), "by CAP_NET_RAW");
        refuses(NULL,
                WORDS("Network=zone:a", "IPAddressDeny=any", "AddCapability=CAP_NET_ADMIN",
                      "DropCapability=CAP_NET_RAW"),
                "by CAP_NET_ADMIN");

        ASK("Network=zone:a", "PublishPort=80:80/udp");
        ASK("Network=zone:a", "IPAddressDeny=any", "DropCapability=CAP_NET_RAW");
        ASK("Network=default", "IPAddressDeny=any");
}

static void test_ports_that_activate(void **state) {
        AppcPort ports[] = {
                { (char *) "web", (char *) "tcp", 80, 2, true },
                { (char *) "dns", (char *) "udp", 53, 1, true },
                { (char *) "plain", (char *) "tcp", 1, 1, false },
                { (char *) "nowhere", (char *) "tcp", 9, 1, true },
                { (char *) "last", (char *) "tcp", 10, 2, true },
        };
        AppcPodPort at[] = {
                { .name = (char *) "web", .host_port = 8080 },
                { .name = (char *) "dns", .host_port = 5353, .host_ip = (char *) "::1" },
                { .name = (char *) "plain", .host_port = 5 },
                { .name = (char *) "last", .host_port = 65535, .host_ip = (char *) "10.0.0.1" },
        };
        AppcApp image = { .ports = ports, .n_ports = ELEMENTSOF(ports) };
        AppcPodApp one = { .name = (char *) "a", .app = &image };
        AppcPod manifest = { .apps = &one, .n_apps = 1, .ports = at, .n_ports = ELEMENTSOF(at) };
        _cleanup_(pod_settings_freep) PodSettings *s = calloc(1, sizeof(PodSettings));
        AppSettings *a;

        assert_return_code(pod_settings_add_app(s, &a), 0);
        assert_return_code(ask(s, a, WORDS("Image=x", "ListenStream=/run/x"), NULL), 0);
        assert_return_code(compose_sockets(s, &manifest), 0);
        says(&manifest.annotations, ANNOTATION_SOCKETS,
             "ListenStream=/run/x\nListenStream=8080\nListenStream=8081\nListenDatagram=[::1]:5353\n"
             "ListenStream=10.0.0.1:65535");
        pairs_done(&manifest.annotations);

        assert_ptr_equal(pod_port_of(&manifest, &ports[0]), &at[0]);
        assert_null(pod_port_of(&manifest, &ports[2]));
        assert_null(pod_port_of(&manifest, &ports[3]));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_nothing_asked),
                TEST(test_network),
                TEST(test_app),
                TEST(test_user),
                TEST(test_environment),
                TEST(test_bad_environment),
                TEST(test_capabilities),
                TEST(test_capabilities_of_image),
                TEST(test_seccomp),
                TEST(test_confinement),
                TEST(test_volumes),
                TEST(test_read_only_tmpfs),
                TEST(test_mount_points),
                TEST(test_two_apps),
                TEST(test_virtual_machine),
                TEST(test_fly),
                TEST(test_shared_volumes),
                TEST(test_resources),
                TEST(test_resources_of_image),
                TEST(test_networks_of_systemd),
                TEST(test_ports_that_activate),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
