/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of pod/settings: each key with good and bad values, resets, contradictions, and the unit's properties.
 * Never: needs the things that the values name.
 * Follows: settings/settings.h, settings/volume-setting.h, gantry.pod(5). */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "asked.h"

#include "settings/settings-options.h"
#include "settings/settings.h"
#include "settings/volume-setting.h"

#define OF_APP 0x10000U /* in front of an offset in AppSettings */
#define AT(member) offsetof(PodSettings, member)
#define IN(member) (OF_APP + offsetof(AppSettings, member))

static PodSettings *settings;
static AppSettings *app;

static int setup(void **state) {
        settings = calloc(1, sizeof(PodSettings));
        return settings ? pod_settings_add_app(settings, &app) : -1;
}

static int teardown(void **state) {
        settings = pod_settings_free(settings);
        return 0;
}

static void set(const char *key, const char *value) {
        _cleanup_free_ char *why = NULL;

        if (pod_settings_set(settings, app, key, value, &why) != 0)
                fail_msg("%s=%s: %s", key, value, why);
        assert_null(why);
}

/* The reason ends so, and nothing has changed. */
static void refuse_value(const char *key, const char *value, const char *expected) {
        _cleanup_free_ char *why = NULL;

        if (pod_settings_set(settings, app, key, value, &why) != -EINVAL)
                fail_msg("%s=%s is not refused", key, value);
        assert_non_null(why);
        if (!strstr(why, expected))
                fail_msg("%s=%s: %s", key, value, why);
        assert_null(strchr(why, '\n'));
}

static void *member_at(size_t offset) {
        return offset >= OF_APP ? (char *) app + offset - OF_APP : (char *) settings + offset;
}

static const char *one(size_t offset) {
        return *(char **) member_at(offset);
}

static const char *list(size_t offset) {
        static char text[512];
        _cleanup_free_ char *joined = NULL;

        assert_return_code(strv_join(*(char ***) member_at(offset), "|", &joined), 0);
        (void) snprintf(text, sizeof(text), "%s", joined ? joined : "");
        return text;
}

/* Keys with one value: what is written, what is kept. */
static void test_single_values(void **state) {
        static const struct {
                const char *key, *value;
                size_t offset;
                const char *kept;
        } table[] = {
                { "PodName", "web-1.example", AT(name), "web-1.example" },
                { "HostName", "db", AT(hostname), "db" },
                { "Stage1", "nspawn", AT(stage1), "nspawn" },
                { "Stage1", "kvm", AT(stage1), "kvm" },
                { "Stage1", "fly", AT(stage1), "fly" },
                { "RequireKVM", "on", AT(require_kvm), "yes" },
                { "RWSize", "1.5G", AT(rw_size), "1610612736" },
                { "UserNS", "auto", AT(user_namespace), "auto" },
                { "UserNS", "host", AT(user_namespace), "host" },
                { "SecurityLabelDisable", "on", AT(label_disable), "yes" },
                { "SecurityLabelType", "spc_t", AT(label_type), "spc_t" },
                { "SecurityLabelFileType", "my_file_t", AT(label_file_type), "my_file_t" },
                { "SecurityLabelLevel", "s0:c42,c17", AT(label_level), "s0:c17,c42" },
                { "SharePID", "on", AT(share_pid), "yes" },
                { "End", "app:web", AT(end), "app:web" },
                { "AppName", "web-1", IN(name), "web-1" },
                { "Image", "quay.io/team/web:1", IN(image), "quay.io/team/web:1" },
                { "Pull", "never", IN(pull), "never" },
                { "User", "www-data", IN(user), "www-data" },
                { "User", "1000:0", IN(user), "1000:0" },
                { "User", "a.b_c$:wheel", IN(user), "a.b_c$:wheel" },
                { "Group", "4294967294", IN(group), "4294967294" },
                { "WorkingDir", "/srv//www/./x/", IN(working_directory), "/srv/www/x" },
                { "WorkingDir", "/", IN(working_directory), "/" },
                { "ShmSize", "64m", IN(shm), "/dev/shm:mode=1777,size=64m" },
                { "ReadOnly", "true", IN(read_only), "yes" },
                { "ReadOnlyTmpfs", "0", IN(read_only_tmpfs), "no" },
                { "NoNewPrivileges", "off", IN(no_new_privileges), "no" },
                { "Notify", "on", IN(notify), "yes" },
                { "Interactive", "yes", IN(interactive), "yes" },
                { "Terminal", "1", IN(terminal), "yes" },
                { "SeccompProfile", "unconfined", IN(seccomp_profile), "unconfined" },
                { "SeccompProfile", "/etc/p.json", IN(seccomp_profile), "/etc/p.json" },
                { "OOMScoreAdjust", "-1000", IN(oom_score_adjust), "-1000" },
                { "StopSignal", "SIGRTMIN+3", IN(stop_signal), "SIGRTMIN+3" },
                { "StopSignal", "int", IN(stop_signal), "int" },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                set(table[i].key, table[i].value);
                assert_string_equal(one(table[i].offset), table[i].kept);
        }
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                set(table[i].key, "");
                assert_null(one(table[i].offset));
        }
}

static void test_lists(void **state) {
        static const struct {
                const char *key, *value;
                size_t offset;
                const char *kept;
        } table[] = {
                { "AddHost", "db.example:10.0.0.1", AT(hosts), "10.0.0.1 db.example" },
                { "AddHost", "six:::1", AT(hosts), "::1 six" },
                { "AddHost", "six:[2001:db8::1]", AT(hosts), "2001:db8::1 six" },
                { "Network", "none", AT(networks), "none" },
                { "Network", "host", AT(networks), "host" },
                { "Network", "pod:web", AT(networks), "pod:web" },
                { "Network", "zone:tier,macvlan:eth0 ipvlan:eth0.1", AT(networks),
                  "zone:tier|macvlan:eth0|ipvlan:eth0.1" },
                { "Network", "veth", AT(networks), "veth" },
                { "Network", "default:IP=10.77.0.9;MAC=02:00:00:00:00:01,web", AT(networks),
                  "default:IP=10.77.0.9;MAC=02:00:00:00:00:01|web" },
                { "PublishPort", "8080:80 [::1]:5353:53/udp", AT(ports), "8080:80|[::1]:5353:53/udp" },
                { "PublishPort", "127.0.0.1:8000-8009:9000-9009/sctp", AT(ports),
                  "127.0.0.1:8000-8009:9000-9009/sctp" },
                { "PublishPort", "8080:http", AT(ports), "8080:http" },
                { "DNS", "1.1.1.1 2001:db8::53", AT(dns), "1.1.1.1|2001:db8::53" },
                { "DNSSearch", "example.com,lan .", AT(dns_search), "example.com|lan|." },
                { "DNSOption", "ndots:2", AT(dns_options), "ndots:2" },
                { "Sysctl", "net.ipv4.ip_forward=1", AT(sysctls), "net.ipv4.ip_forward=1" },
                { "Sysctl", "\"net.ipv4.ping_group_range=0 1000\" kernel.sem='1 2 3 4'", AT(sysctls),
                  "net.ipv4.ping_group_range=0 1000|kernel.sem=1 2 3 4" },
                { "Sysctl", "kernel.msgmax=1 kernel.shmmax=2 fs.mqueue.msg_max=3", AT(sysctls),
                  "kernel.msgmax=1|kernel.shmmax=2|fs.mqueue.msg_max=3" },
                { "ListenStream", "8080", AT(sockets), "ListenStream=8080" },
                { "ListenStream", "127.0.0.1:80", AT(sockets), "ListenStream=127.0.0.1:80" },
                { "ListenStream", "[::1]:80", AT(sockets), "ListenStream=[::1]:80" },
                { "ListenStream", "/run/web.sock", AT(sockets), "ListenStream=/run/web.sock" },
                { "ListenDatagram", "@name", AT(sockets), "ListenDatagram=@name" },
                { "EmptyVolume", "a b-1:mode=1777,uid=5", AT(empty_volumes), "a|b-1:mode=1777,uid=5" },
                { "After", "db cache", IN(after), "db|cache" },
                { "Requires", "db", IN(requires), "db" },
                { "Label", "a=b 'c=d e' f=", AT(labels), "a=b|c=d e|f=" },
                { "Annotation", "a=b", AT(annotations), "a=b" },
                { "Environment", "A=1 \"B=two words\" C=a=b D=\\n", IN(environment),
                  "A=1|B=two words|C=a=b|D=\n" },
                { "PassEnvironment", "A B,C", IN(pass_environment), "A|B|C" },
                { "EnvironmentFile", "/etc/web.env", IN(environment_files), "/etc/web.env" },
                { "Volume", "/srv/www:/www:ro,norbind", IN(volumes), "/srv/www:/www:ro,norbind" },
                { "Tmpfs", "/cache", IN(tmpfs), "/cache" },
                { "Tmpfs", "/a\\:b//c:size=64M,mode=1777,noexec,nr_inodes=1k", IN(tmpfs),
                  "/a\\:b/c:size=64M,mode=1777,noexec,nr_inodes=1k" },
                { "AddDevice", "/dev/fuse", IN(devices), "/dev/fuse:/dev/fuse:rwm" },
                { "AddDevice", "-/dev/kvm:r", IN(devices), "-/dev/kvm:/dev/kvm:r" },
                { "AddDevice", "/dev/sda:/dev/disk\\:1:rw", IN(devices), "/dev/sda:/dev/disk\\:1:rw" },
                { "AddCapability", "net_admin,CAP_SYS_TIME all", IN(add_capabilities),
                  "CAP_NET_ADMIN|CAP_SYS_TIME|all" },
                { "DropCapability", "CAP_CHOWN ALL", IN(drop_capabilities), "CAP_CHOWN|all" },
                { "SystemCallFilter", "~@mount ptrace", IN(system_calls), "~@mount|ptrace" },
                { "Mask", "/proc/x:/sys//y", IN(masks), "/proc/x|/sys/y" },
                { "Unmask", "ALL:/proc/acpi", IN(unmasks), "all|/proc/acpi" },
                { "ReadOnlyPaths", "/etc", IN(read_only_paths), "/etc" },
                { "Ulimit", "nofile=1024:4096", IN(limits), "NOFILE=1024:4096" },
                { "Ulimit", "RLIMIT_CORE=unlimited", IN(limits), "CORE=infinity:infinity" },
                { "Ulimit", "nproc=5:-1", IN(limits), "NPROC=5:infinity" },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                set(table[i].key, table[i].value);
                assert_string_equal(list(table[i].offset), table[i].kept);
                set(table[i].key, "");
                assert_string_equal(list(table[i].offset), "");
        }

        set("Volume", "/a");
        set("Volume", "/b");
        assert_string_equal(list(IN(volumes)), "/a|/b");
        set("ListenStream", "1");
        set("ListenDatagram", "2");
        assert_string_equal(list(AT(sockets)), "ListenStream=1|ListenDatagram=2");
}

static void test_commands(void **state) {
        set("Exec", "/bin/sh -c 'echo \"a b\"\\n'");
        assert_string_equal(list(IN(exec)), "/bin/sh|-c|echo \"a b\"\n");
        set("Exec", "again");
        assert_string_equal(list(IN(exec)), "again");
        set("Exec", "");
        assert_null(app->exec);

        set("Entrypoint", "[\"/bin/a b\", \"-x\"]");
        assert_string_equal(list(IN(entrypoint)), "/bin/a b|-x");
        set("Entrypoint", "/bin/sh -c");
        assert_string_equal(list(IN(entrypoint)), "/bin/sh|-c");
        set("Entrypoint", "[]");
        assert_int_equal(strv_length(app->entrypoint), 1);
        assert_string_equal(app->entrypoint[0], "");
        set("Entrypoint", "");
        assert_null(app->entrypoint);
}

static void test_properties(void **state) {
        static const struct {
                const char *key, *value, *kept;
        } table[] = {
                { "Memory", "512m", "MemoryMax=512M" },
                { "Memory", "1.5G", "MemoryMax=1.5G" },
                { "Memory", "1024b", "MemoryMax=1024" },
                { "MemoryMax", "infinity", "MemoryMax=infinity" },
                { "MemoryHigh", "20%", "MemoryHigh=20%" },
                { "MemoryLow", "0", "MemoryLow=0" },
                { "MemorySwapMax", "1g", "MemorySwapMax=1G" },
                { "CPUQuota", "150%", "CPUQuota=150%" },
                { "CPUWeight", "200", "CPUWeight=200" },
                { "PidsLimit", "-1", "TasksMax=infinity" },
                { "TasksMax", "100", "TasksMax=100" },
                { "IOWeight", "10", "IOWeight=10" },
                { "IOReadBandwidthMax", "/dev/sda 5M", "IOReadBandwidthMax=/dev/sda 5M" },
                { "IOWriteBandwidthMax", "/dev/sda 5M", "IOWriteBandwidthMax=/dev/sda 5M" },
                { "IOReadIOPSMax", "/dev/sda 100", "IOReadIOPSMax=/dev/sda 100" },
                { "IOWriteIOPSMax", "/dev/sda 100", "IOWriteIOPSMax=/dev/sda 100" },
                { "Restart", "unless-stopped", "Restart=always" },
                { "Restart", "on-failure", "Restart=on-failure" },
                { "RestartSec", "5s", "RestartSec=5s" },
                { "StopTimeout", "30", "TimeoutStopSec=30" },
                { "StopTimeout", "0", "TimeoutStopSec=1ms" },
                { "RuntimeMaxSec", "1h 30min", "RuntimeMaxSec=1h 30min" },
                { "WatchdogSec", "20", "WatchdogSec=20" },
                { "LoadCredential", "key:/etc/key", "LoadCredential=key:/etc/key" },
                { "LoadCredentialEncrypted", "key:/etc/key", "LoadCredentialEncrypted=key:/etc/key" },
                { "SetCredential", "key:secret", "SetCredential=key:secret" },
                { "SetCredentialEncrypted", "key:aGFsbG8=", "SetCredentialEncrypted=key:aGFsbG8=" },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                set(table[i].key, table[i].value);
                assert_string_equal(list(AT(properties)), table[i].kept);
                set(table[i].key, "");
                assert_string_equal(list(AT(properties)), "");
        }

        set("Property", "Nice=5");
        set("Memory", "1G");
        set("MemoryMax", "2G");
        assert_string_equal(list(AT(properties)), "Nice=5|MemoryMax=1G|MemoryMax=2G");
        assert_string_equal(app_settings_property(settings, app, "MemoryMax"), "2G");
        assert_null(app_settings_property(settings, app, "Memory"));
        set("Property", "MemoryMax=");
        assert_string_equal(list(AT(properties)), "Nice=5");
}

static void test_bad_values(void **state) {
        static const struct {
                const char *key, *value, *why;
        } table[] = {
                { "Bogus", "x", "there is no setting of this name: 'Bogus'" },
                { "image", "x", "there is no setting of this name: 'image'" },
                { "PodName", "a_b", "PodName='a_b': it must be a host name" },
                { "PodName", "a b", "host name" },
                { "HostName", "-", "host name" },
                { "Network", "a b:c",
                  "Network='a b:c': it must be none, host, pod:NAME, a network of systemd" },
                { "Network", "host:IP=1", "none, host, pod:NAME" },
                { "Network", "zone:", "zone:NAME" },
                { "Network", "zone:thirteen-long", "zone:NAME" },
                { "Network", "zone:../x", "zone:NAME" },
                { "Network", "veth:x", "zone:NAME" },
                { "Network", "macvlan:sixteen-letters_", "macvlan:INTERFACE" },
                { "Network", "pod:", "pod:NAME" },
                { "Network", "pod:a_b", "pod:NAME" },
                { "PublishPort", "80", "[IP:]HOST:POD" },
                { "PublishPort", "0:80", "[IP:]HOST:POD" },
                { "PublishPort", "80:65536", "[IP:]HOST:POD" },
                { "PublishPort", "1-3:1-2", "[IP:]HOST:POD" },
                { "PublishPort", "1-2:http", "[IP:]HOST:POD" },
                { "PublishPort", "1-2000:1-2000", "at most 1024" },
                { "PublishPort", "80:80/icmp", "tcp, udp or sctp" },
                { "PublishPort", "::1:80:80", "[IP:]HOST:POD" },
                { "PublishPort", "[127.0.0.1]:80:80", "[IP:]HOST:POD" },
                { "PublishPort", "[]:80:80", "[IP:]HOST:POD" },
                { "PublishPort", ":80:80", "[IP:]HOST:POD" },
                { "UserNS", "keep-id", "auto or host" },
                { "SharePID", "maybe", "yes or no" },
                { "SecurityLabelType", "a:b", "a type of the SELinux policy" },
                { "SecurityLabelFileType", "a b", "a type of the SELinux policy" },
                { "SecurityLabelLevel", "s0", "two categories below c512" },
                { "SecurityLabelLevel", "s0:c1,c600", "two categories below c512" },
                { "Stage1", "xen", "nspawn, kvm or fly" },
                { "RWSize", "15M", "from 16M to 16T" },
                { "RWSize", "17T", "from 16M to 16T" },
                { "RWSize", "50%", "from 16M to 16T" },
                { "RWSize", "infinity", "from 16M to 16T" },
                { "End", "never", "all, any-failed or app:NAME" },
                { "End", "app:", "all, any-failed or app:NAME" },
                { "AppName", "Web", "lower-case letters" },
                { "AppName", "a/b", "lower-case letters" },
                { "After", "a_b", "lower-case letters" },
                { "Requires", "-a", "lower-case letters" },
                { "EmptyVolume", "a.b", "lower-case letters" },
                { "EmptyVolume", "a:", "mode=, uid= and gid=" },
                { "EmptyVolume", "a:mode=8", "mode=, uid= and gid=" },
                { "EmptyVolume", "a:mode=0,mode=0", "mode=, uid= and gid=" },
                { "EmptyVolume", "a:uid=65536", "mode=, uid= and gid=" },
                { "EmptyVolume", "a:size=5", "mode=, uid= and gid=" },
                { "AddHost", "db", "NAME:ADDRESS" },
                { "AddHost", "db:nowhere", "NAME:ADDRESS" },
                { "AddHost", "a b:10.0.0.1", "NAME:ADDRESS" },
                { "AddHost", ":10.0.0.1", "NAME:ADDRESS" },
                { "AddHost", "db:[10.0.0.1", "NAME:ADDRESS" },
                { "DNS", "example.com", "an IP address" },
                { "DNSSearch", "a_b", "a domain" },
                { "DNSOption", "\\n", "control characters" },
                { "Sysctl", "vm.swappiness=1", "others are the host's" },
                { "Sysctl", "kernel.hostname=x", "others are the host's" },
                { "Sysctl", "net.ipv4.ip_forward", "NAME=VALUE" },
                { "Sysctl", "net/ipv4/ip_forward=1", "NAME=VALUE" },
                { "Sysctl", "net...vm.x=1", "NAME=VALUE" },
                { "Sysctl", "net.x=a\\nb", "control characters" },
                { "ListenStream", "0", "a port" },
                { "ListenStream", "65536", "a port" },
                { "ListenStream", "localhost:80", "a port" },
                { "ListenStream", ":80", "a port" },
                { "ListenStream", "[::1]80", "a port" },
                { "ListenStream", "[]:80", "a port" },
                { "ListenDatagram", "/", "a port" },
                { "Label", "x", "NAME=VALUE" },
                { "Label", "\\xff=x", "UTF-8" },
                { "Annotation", "=x", "NAME=VALUE" },
                { "Image", "a\nb", "control characters" },
                { "Pull", "newer", "missing, always or never" },
                { "Exec", "'a", "quotation mark" },
                { "Exec", "a\\q", "escape" },
                { "Entrypoint", "[\"a\"", "array of strings in JSON" },
                { "Entrypoint", "[1]", "strings" },
                { "Environment", "SECRET", "Environment: it must be NAME=VALUE" },
                { "Environment", "9=SECRET", "Environment: it must be NAME=VALUE" },
                { "Environment", "A B=SECRET", "Environment: it must be NAME=VALUE" },
                { "Environment", "=SECRET", "Environment: it must be NAME=VALUE" },
                { "PassEnvironment", "9", "a name of letters" },
                { "PassEnvironment", "A=1", "a name of letters" },
                { "EnvironmentFile", "web.env", "absolute path" },
                { "User", "a:b:c", "USER or USER:GROUP" },
                { "User", "a b", "USER or USER:GROUP" },
                { "User", "a:", "USER or USER:GROUP" },
                { "User", "4294967295", "USER or USER:GROUP" },
                { "User", "-1", "USER or USER:GROUP" },
                { "User", "/etc/passwd", "USER or USER:GROUP" },
                { "Group", "a:b", "a name or a number" },
                { "WorkingDir", "srv", "absolute path" },
                { "WorkingDir", "/srv/../etc", "without '..'" },
                { "Volume", "data", "target must be an absolute path" },
                { "Volume", "/a:b", "target must be an absolute path" },
                { "Volume", "/a:/b/../c", "without '..'" },
                { "Volume", "./a:/b", "its source must be" },
                { "Volume", "-a:/b", "its source must be" },
                { "Volume", "/a:/", "may not be / itself" },
                { "Volume", "/a:/proc/x", "may not be in /proc" },
                { "Volume", "/a:/run//gantry", "may not be in /run/gantry" },
                { "Volume", "/a:/b:z,Z", "its options contradict each other" },
                { "Volume", "/a:/b:ro,rw", "contradict" },
                { "Volume", "/a:/b:", "options must be of" },
                { "Volume", "/a:/b:copy", "nothing is ever copied" },
                { "Volume", "/a:/b:rshared,norbind", "contradict" },
                { "Volume", "data:/b:rshared", "for directories of the host" },
                { "Volume", "data:/b:norbind", "for directories of the host" },
                { "Volume", "/a:/b:ro:rw", "[SOURCE:]TARGET[:OPTIONS]" },
                { "Volume", "/a\\b:/b", "backslash" },
                { "Volume", "/a\nb:/b", "control characters" },
                { "Tmpfs", "cache", "absolute path" },
                { "Tmpfs", "/cache:size=big", "PATH[:OPTIONS]" },
                { "Tmpfs", "/cache:mode=8", "PATH[:OPTIONS]" },
                { "Tmpfs", "/cache:uid=0", "PATH[:OPTIONS]" },
                { "Tmpfs", "/cache:ro:rw", "PATH[:OPTIONS]" },
                { "ShmSize", "64m,mode=0777", "a size" },
                { "ShmSize", "huge", "a size" },
                { "AddDevice", "fuse", "HOST[:POD][:ACCESS]" },
                { "AddDevice", "/etc/passwd", "paths in /dev" },
                { "AddDevice", "/dev/a:/etc/b", "paths in /dev" },
                { "AddDevice", "/dev/../etc", "paths in /dev" },
                { "AddDevice", "/dev/a:x", "HOST[:POD][:ACCESS]" },
                { "AddDevice", "/dev/a:/dev/b:rwx", "HOST[:POD][:ACCESS]" },
                { "AddDevice", "/dev/a:/dev/b:r:w", "HOST[:POD][:ACCESS]" },
                { "ReadOnly", "maybe", "yes or no" },
                { "ReadOnlyTmpfs", "maybe", "yes or no" },
                { "NoNewPrivileges", "maybe", "yes or no" },
                { "Notify", "healthy", "yes or no" },
                { "Interactive", "maybe", "yes or no" },
                { "Terminal", "maybe", "yes or no" },
                { "AddCapability", "CAP_PONIES", "a capability" },
                { "AddCapability", "CAP_", "a capability" },
                { "DropCapability", "CAP_CAP_CHOWN", "a capability" },
                { "SeccompProfile", "p.json", "unconfined" },
                { "SystemCallFilter", "@", "system call" },
                { "SystemCallFilter", "a;b", "system call" },
                { "Mask", "proc", "absolute path" },
                { "Unmask", "some", "absolute path" },
                { "ReadOnlyPaths", "etc", "absolute path" },
                { "Ulimit", "nofile", "NAME=LIMIT" },
                { "Ulimit", "bogus=1", "NAME=LIMIT" },
                { "Ulimit", "nofile=2:1", "NAME=LIMIT" },
                { "Ulimit", "nofile=-1:1", "NAME=LIMIT" },
                { "Ulimit", "nofile=a", "NAME=LIMIT" },
                { "Ulimit", "nofile=1:2:3", "NAME=LIMIT" },
                { "OOMScoreAdjust", "1001", "from -1000 to 1000" },
                { "OOMScoreAdjust", "--5", "from -1000 to 1000" },
                { "StopSignal", "SIGNONSENSE", "a signal" },
                { "Memory", "lots", "Memory: MemoryMax=" },
                { "MemoryMax", "-1", "MemoryMax=" },
                { "MemoryHigh", "1X", "MemoryHigh=" },
                { "MemoryLow", "1X", "MemoryLow=" },
                { "MemorySwapMax", "1X", "MemorySwapMax=" },
                { "CPUQuota", "2", "CPUQuota=" },
                { "CPUWeight", "0", "CPUWeight=" },
                { "PidsLimit", "many", "TasksMax=" },
                { "TasksMax", "-2", "TasksMax=" },
                { "IOWeight", "0", "IOWeight=" },
                { "IOReadBandwidthMax", "5M", "IOReadBandwidthMax=" },
                { "IOWriteBandwidthMax", "5M", "IOWriteBandwidthMax=" },
                { "IOReadIOPSMax", "5", "IOReadIOPSMax=" },
                { "IOWriteIOPSMax", "5", "IOWriteIOPSMax=" },
                { "Restart", "sometimes", "Restart=" },
                { "RestartSec", "soon", "RestartSec=" },
                { "StopTimeout", "soon", "TimeoutStopSec=" },
                { "RuntimeMaxSec", "long", "RuntimeMaxSec=" },
                { "WatchdogSec", "often", "WatchdogSec=" },
                { "LoadCredential", "a/b:/c", "LoadCredential=" },
                { "LoadCredentialEncrypted", "a/b:/c", "LoadCredentialEncrypted=" },
                { "SetCredential", "x", "SetCredential=" },
                { "SetCredentialEncrypted", "x", "SetCredentialEncrypted=" },
                { "Property", "Nice", "NAME=VALUE" },
                { "Property", "=x", "NAME=VALUE" },
                { "Property", "Type=simple", "Type=" },
                { "Property", "Bogus=x", "Bogus" },
                { "Property", "Description=a\nb", "control characters" },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                refuse_value(table[i].key, table[i].value, table[i].why);

        /* Nothing of all that has been kept. */
        static const PodSettings nothing = {};
        static const AppSettings of_app = {};
        assert_memory_equal(settings, &nothing, AT(apps));
        assert_memory_equal(app, &of_app, sizeof(of_app));
}

/* What is secret is in no message. */
static void test_secrets(void **state) {
        static const char *const table[][2] = {
                { "Environment", "TOP-SECRET" },
                { "Environment", "'TOP-SECRET=1" },
                { "SetCredential", "TOP-SECRET" },
                { "SetCredential", "a/b:TOP-SECRET" },
                { "Property", "SetCredential=TOP-SECRET" },
                { "Property", "SetCredential=a/b:TOP-SECRET" },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_free_ char *why = NULL;

                assert_int_equal(pod_settings_set(settings, app, table[i][0], table[i][1], &why), -EINVAL);
                assert_null(strstr(why, "TOP-SECRET"));
        }
}

static void test_volumes(void **state) {
        static const struct {
                const char *text;
                VolumeSetting expected;
                bool named;
        } table[] = {
                { "/data", { .target = (char *) "/data" } },
                { "/srv:/data", { .source = (char *) "/srv", .target = (char *) "/data" } },
                { "/s\\:r v:/da\\\\ta:ro,idmap",
                  { .source = (char *) "/s:r v", .target = (char *) "/da\\ta", .read_only = true } },
                { "/srv/./x/:/data//y:bind",
                  { .source = (char *) "/srv/x", .target = (char *) "/data/y", .not_recursive = true } },
                { "db_1.x-y:/data:nocopy,rw",
                  { .source = (char *) "db_1.x-y", .target = (char *) "/data", .no_copy = true },
                  true },
                { "db:/data:copy", { .source = (char *) "db", .target = (char *) "/data" }, true },
                { "/x:/dev/shm", { .source = (char *) "/x", .target = (char *) "/dev/shm" } },
                { "/x:/y:z", { .source = (char *) "/x", .target = (char *) "/y", .relabel_shared = true } },
                { "db:/y:Z",
                  { .source = (char *) "db", .target = (char *) "/y", .relabel_private = true },
                  true },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                const VolumeSetting *expected = &table[i].expected;
                _cleanup_volume_setting_ VolumeSetting v = {};

                assert_return_code(volume_setting_parse(table[i].text, &v, NULL), 0);
                assert_true(streq_ptr(v.source, expected->source));
                assert_string_equal(v.target, expected->target);
                assert_int_equal(v.read_only, expected->read_only);
                assert_int_equal(v.not_recursive, expected->not_recursive);
                assert_int_equal(v.no_copy, expected->no_copy);
                assert_int_equal(v.relabel_shared, expected->relabel_shared);
                assert_int_equal(v.relabel_private, expected->relabel_private);
                assert_int_equal(volume_setting_is_named(&v), table[i].named);
        }
}

static void test_contradictions(void **state) {
        static const struct {
                const char *const words[4];
                const char *why;
        } table[] = {
                { { "AddCapability=CAP_CHOWN", "DropCapability=chown" }, "both name CAP_CHOWN" },
                { { "AddCapability=all", "DropCapability=all" }, "both name all" },
                { { "AddCapability=CAP_CHOWN", "DropCapability=all" }, NULL },
                { { "SeccompProfile=unconfined", "SystemCallFilter=@mount" }, "two filters" },
                { { "SystemCallFilter=@mount", "SystemCallFilter=~ptrace" }, "it allows, or it forbids" },
                { { "SystemCallFilter=~@mount ptrace" }, NULL },
                { { "Network=zone:a,zone:b" }, "one host0" },
                { { "Network=zone:a,macvlan:eth0" }, NULL },
                { { "Network=zone:a,default" }, "go with no other" },
                { { "Network=pod:a,pod:b" }, "go with no other" },
                { { "Network=zone:a", "PublishPort=8080:80" }, NULL },
                { { "Network=pod:a", "PublishPort=8080:80" }, "not Network=pod:a" },
                { { "PublishPort=8080:80 8080:81" }, "twice: '8080:80' and '8080:81'" },
                { { "PublishPort=8080:80 8080:80" }, "twice" },
                { { "PublishPort=8000-8009:80-89", "PublishPort=127.0.0.1:8009:80" }, "twice" },
                { { "PublishPort=[::1]:53:53/udp [::1]:50-53:50-53/udp" }, "twice" },
                { { "PublishPort=8080:80 8080:80/udp 8081:80 8082-8084:80-82" }, NULL },
                { { "PublishPort=127.0.0.1:8080:80 127.0.0.2:8080:80 [::1]:8080:80" }, NULL },
                { { "PublishPort=8080:http 8080:80" }, NULL },
                { { "Bandwidth=1M" }, "not Network=none" },
                { { "Bandwidth=1M", "Network=host" }, "not Network=host" },
                { { "Bandwidth=1M", "Network=veth" }, "not Network=veth" },
                { { "Bandwidth=1M", "Network=default" }, NULL },
                { { "Bandwidth=1M", "PublishPort=8080:80" }, NULL },
                { { "Network=pod:a", "Sysctl=net.ipv4.ip_forward=1" }, "set for another pod" },
                { { "Network=zone:a", "Stage1=kvm" }, "nspawn would make it" },
                { { "Network=pod:a", "Stage1=kvm" }, "network stack of its own" },
                { { "IPAddressDeny=any", "Stage1=kvm" }, "sockets of the host" },
                { { "RestrictNetworkInterfaces=eth0" }, "without Network=host" },
                { { "RestrictNetworkInterfaces=eth0", "Network=host" }, NULL },
                { { "Network=host", "Sysctl=net.ipv4.ip_forward=1" },
                  "Sysctl=net.ipv4.ip_forward would be set" },
                { { "Network=none", "Sysctl=net.ipv4.ip_forward=1" }, NULL },
                { { "Network=host", "Sysctl=kernel.msgmax=1" }, NULL },
                { { "User=a:b", "Group=c" }, "both name a group" },
                { { "User=65536" }, "beyond those of a pod" },
                { { "User=0:65536" }, "beyond those of a pod" },
                { { "Group=65536" }, "beyond those of a pod" },
                { { "User=65535:65535" }, NULL },
                { { "User=65536", "UserNS=host" }, NULL },
                { { "Volume=/a:/data", "Volume=b:/data/" }, "two volumes have the target '/data'" },
                { { "Volume=/a:/data", "Tmpfs=/data:size=1M" }, "two volumes have the target '/data'" },
                { { "ShmSize=1M", "Tmpfs=/dev/shm" }, "two volumes have the target '/dev/shm'" },
                { { "Volume=/a:/data", "Volume=/a:/data/x" }, NULL },
                { { "Mask=/proc/x", "Unmask=/proc/x" }, "both name a path" },
                { { "Memory=1G", "MemoryHigh=2G" }, "MemoryHigh= is more than MemoryMax=" },
                { { "Memory=1G", "Property=MemoryMin=2G" }, "MemoryMin= is more than MemoryMax=" },
                { { "Memory=1G", "MemoryHigh=20%" }, NULL },
                { { "Memory=1G", "MemoryHigh=1G", "MemoryLow=512M" }, NULL },
                { { "WatchdogSec=10" }, "Notify=yes is missing" },
                { { "WatchdogSec=10", "Notify=yes" }, NULL },
                { { "Stage1=kvm", "RequireKVM=yes", "RWSize=1G", "Memory=1G" }, NULL },
                { { "SecurityLabelType=spc_t", "SecurityLabelLevel=s0:c1,c2" }, NULL },
                { { "SecurityLabelDisable=no", "SecurityLabelType=spc_t" }, NULL },
                { { "SecurityLabelDisable=yes", "SecurityLabelType=spc_t" }, "leaves no label" },
                { { "SecurityLabelDisable=yes", "SecurityLabelLevel=s0:c1,c2" }, "leaves no label" },
                { { "Stage1=kvm", "Network=host" }, "a virtual machine cannot have Network=host" },
                { { "Stage1=kvm", "UserNS=host" }, "a virtual machine cannot have UserNS=host" },
                { { "Stage1=kvm", "AddDevice=/dev/null" }, "a virtual machine cannot have AddDevice=" },
                { { "Stage1=kvm", "ListenStream=80" }, "a virtual machine cannot have ListenStream=" },
                { { "RequireKVM=yes" }, "Stage1=kvm is missing" },
                { { "RequireKVM=no" }, NULL },
                { { "Stage1=nspawn", "RWSize=1G" }, "Stage1=kvm is missing" },
                { { "Stage1=fly", "RWSize=1G" }, "Stage1=kvm is missing" },
                { { "Stage1=fly", "Network=none" }, "a pod that flies cannot have another network" },
                { { "Stage1=fly", "UserNS=auto" }, "a pod that flies cannot have UserNS=auto" },
                { { "Stage1=fly", "SharePID=yes" }, "a pod that flies cannot have SharePID=" },
                { { "Stage1=fly", "HostName=x" }, "a pod that flies cannot have HostName=" },
                { { "Stage1=fly", "Sysctl=kernel.shmmax=1" }, "a pod that flies cannot have Sysctl=" },
                { { "Stage1=fly", "AddDevice=/dev/null" }, "a pod that flies cannot have AddDevice=" },
                { { "Stage1=fly", "ShmSize=1M" }, "a pod that flies cannot have ShmSize=" },
                { { "Stage1=fly", "Unmask=all" }, "a pod that flies cannot have Unmask=" },
                { { "Stage1=fly", "Network=host", "UserNS=host", "SharePID=no" }, NULL },
                { { "Stage1=fly", "User=100000", "ListenStream=80", "Mask=/proc/keys" }, NULL },
                { { "Stage1=fly", "Volume=/a:/b:ro,rbind,rshared" }, NULL },
                { { "Stage1=kvm", "Volume=/a:/b:rshared" }, "Stage1=fly is missing" },
                { { "Volume=/a:/b:rshared" }, "Stage1=fly is missing" },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_free_ char *why = NULL;

                teardown(NULL);
                assert_int_equal(setup(NULL), 0);
                assert_return_code(ask(settings, app, (char *const *) table[i].words, &why), 0);
                int r = pod_settings_check(settings, &why);
                if (table[i].why ? r != -EINVAL || !strstr(why, table[i].why) : r != 0 || why)
                        fail_msg("%s: %s", table[i].words[0], why ? why : "not refused");
        }
}

static void test_unit_properties(void **state) {
        _cleanup_strv_ char **properties = NULL;
        _cleanup_free_ char *text = NULL;

        set("Memory", "1G");
        set("AddDevice", "-/dev/disk\\:1:/dev/x:r");
        assert_return_code(pod_settings_unit_properties(settings, &properties), 0);
        assert_return_code(strv_join(properties, "|", &text), 0);
        assert_string_equal(text, "MemoryMax=1G|DeviceAllow=/dev/disk:1 r");
}

static void test_sections(void **state) {
        assert_int_equal(pod_setting_sections("PodName"), POD_SECTION_POD);
        assert_int_equal(pod_setting_sections("Image"), POD_SECTION_APP);
        assert_int_equal(pod_setting_sections("Memory"), POD_SECTION_POD | POD_SECTION_APP);
        assert_int_equal(pod_setting_sections("Bogus"), 0);
}

static const CliOption *find_option(const char *name) {
        for (const CliOption *o = pod_setting_options; o->name; o++)
                if (streq(o->name, name))
                        return o;

        fail_msg("There is no option --%s", name);
        return NULL;
}

/* Each option gives one assignment, of a key that there is. */
static void test_options(void **state) {
        static const struct {
                const char *name, *value, *word;
        } table[] = {
                { "add-host", "db:10.0.0.1", "AddHost=db:10.0.0.1" },
                { "app", "web", "AppName=web" },
                { "bandwidth", "10M", "Bandwidth=10M" },
                { "cap-add", "net_admin", "AddCapability=net_admin" },
                { "cap-drop", "all", "DropCapability=all" },
                { "cpus", "1.5", "CPUQuota=150%" },
                { "cpus", "0.125", "CPUQuota=12.5%" },
                { "device", "/dev/fuse", "AddDevice=/dev/fuse" },
                { "dns", "1.1.1.1", "DNS=1.1.1.1" },
                { "empty-volume", "data", "EmptyVolume=data" },
                { "end", "any-failed", "End=any-failed" },
                { "entrypoint", "/bin/sh -c", "Entrypoint=/bin/sh -c" },
                { "entrypoint", "", "Entrypoint=[]" },
                { "env", "A=b \"c\"", "Environment=\"A=b \\\"c\\\"\"" },
                { "env", "NAME", "PassEnvironment=\"NAME\"" },
                { "env-file", "/etc/env", "EnvironmentFile=/etc/env" },
                { "env-file", "env", "EnvironmentFile=/tmp/env" },
                { "hostname", "db", "HostName=db" },
                { "interactive", NULL, "Interactive=yes" },
                { "label", "a=b c", "Label=\"a=b c\"" },
                { "load-credential", "a:/b", "LoadCredential=a:/b" },
                { "mask", "/x", "Mask=/x" },
                { "memory", "1g", "Memory=1g" },
                { "name", "web", "PodName=web" },
                { "net", "host", "Network=host" },
                { "new-privileges", NULL, "NoNewPrivileges=no" },
                { "notify", NULL, "Notify=yes" },
                { "pids-limit", "5", "PidsLimit=5" },
                { "publish", "8080:80", "PublishPort=8080:80" },
                { "property", "Nice=5", "Property=Nice=5" },
                { "pull", "never", "Pull=never" },
                { "read-only", NULL, "ReadOnly=yes" },
                { "require-kvm", NULL, "RequireKVM=yes" },
                { "restart", "always", "Restart=always" },
                { "rw-size", "1G", "RWSize=1G" },
                { "seccomp", "unconfined", "SeccompProfile=unconfined" },
                { "seccomp", "p.json", "SeccompProfile=/tmp/p.json" },
                { "security-label", "disable", "SecurityLabelDisable=yes" },
                { "security-label", "type:spc_t", "SecurityLabelType=spc_t" },
                { "security-label", "level:s0:c1,c2", "SecurityLabelLevel=s0:c1,c2" },
                { "security-label", "filetype:spc_t", "SecurityLabelFileType=spc_t" },
                { "set", "Tmpfs=/x", "Tmpfs=/x" },
                { "set-credential", "a:b", "SetCredential=a:b" },
                { "share-pid", NULL, "SharePID=yes" },
                { "shm-size", "1m", "ShmSize=1m" },
                { "socket", "8080", "ListenStream=8080" },
                { "socket", "ListenDatagram=53", "ListenDatagram=53" },
                { "stage1", "kvm", "Stage1=kvm" },
                { "stop-signal", "INT", "StopSignal=INT" },
                { "stop-timeout", "5", "StopTimeout=5" },
                { "sysctl", "kernel.sem=1 2 3 4", "Sysctl=\"kernel.sem=1 2 3 4\"" },
                { "tmpfs", "/x", "Tmpfs=/x" },
                { "tty", NULL, "Terminal=yes" },
                { "ulimit", "nofile=5", "Ulimit=nofile=5" },
                { "unmask", "all", "Unmask=all" },
                { "user", "web", "User=web" },
                { "userns", "host", "UserNS=host" },
                { "volume", "/a:/b", "Volume=/a:/b" },
                { "volume", "data:/b", "Volume=data:/b" },
                { "volume", "./a:/b", "Volume=/tmp/./a:/b" },
                { "volume", ".:/b", "Volume=/tmp/.:/b" },
                { "volume", ".a:/b", "Volume=.a:/b" },
                { "workdir", "/srv", "WorkingDir=/srv" },
        };
        size_t n = 0;

        assert_return_code(chdir("/tmp"), 0);
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                const CliOption *o = find_option(table[i].name);

                assert_return_code(o->set(table[i].value, o->target), 0);
                assert_string_equal(pod_setting_words[0], table[i].word);
                pod_setting_words = strv_free(pod_setting_words);
                assert_true(!table[i].value == !o->metavar);
                assert_true(!o->target || pod_setting_sections(o->target) > 0);
                n += i == 0 || !streq(table[i].name, table[i - 1].name);
        }
        for (const CliOption *o = pod_setting_options; o->name; o++)
                n--;
        assert_int_equal(n, 0); /* each option is in the table */

        static const char *const bad[] = { "", "x", "1.", "1.0005", "-1", "1e3", ".", "100001" };
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                assert_int_equal(find_option("cpus")->set(bad[i], (void *) "CPUQuota"), -EINVAL);
        assert_int_equal(find_option("set")->set("Memory", NULL), -EINVAL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_single_values), TEST(test_lists),          TEST(test_commands),
                TEST(test_properties),    TEST(test_bad_values),     TEST(test_secrets),
                TEST(test_volumes),       TEST(test_contradictions), TEST(test_unit_properties),
                TEST(test_sections),      TEST(test_options),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
