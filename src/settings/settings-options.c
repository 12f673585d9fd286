/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the options that are settings of a pod: which key each stands for, and how its value is written for it.
 * Never: reads a value: settings/settings.h does, for a .pod file in the same way.
 * Follows: gantry-run(1); podman-run(1), whose names the options have. */

#include <stdio.h>
#include <unistd.h>

#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "basic/words.h"
#include "settings/settings-options.h"

char **pod_setting_words;

static int add(const char *key, const char *value) {
        return strv_addf(&pod_setting_words, "%s=%s", key, value);
}

/* For CliOption.set: `target` is the key. */
static int set(const char *value, void *target) {
        return add(target, value);
}

static int set_yes(const char *value, void *target) {
        return add(target, "yes");
}

static int set_no(const char *value, void *target) {
        return add(target, "no");
}

/* For keys that take several words. */
static int set_word(const char *value, void *target) {
        _cleanup_free_ char *quoted = NULL;

        int r = word_quote(value, &quoted);
        return r < 0 ? r : add(target, quoted);
}

/* NAME alone is the caller's variable of that name: what is in it stays off command lines. */
static int set_variable(const char *value, void *target) {
        return strchr(value, '=') ? set_word(value, target) : set_word(value, (void *) "PassEnvironment");
}

/* A path from here on. */
static int set_path(const char *value, void *target) {
        _cleanup_free_ char *here = value[0] == '/' ? NULL : getcwd(NULL, 0), *path = NULL;

        if (!here)
                return add(target, value);

        int r = str_printf(&path, "%s/%s", here, value);
        return r < 0 ? r : add(target, path);
}

/* A source that begins with "." is a path from here on; all else is the name of a volume. */
static int set_volume(const char *value, void *target) {
        bool relative = value[0] == '.' && (startswith(value, "./") || startswith(value, "../") ||
                                            value[1] == ':' || startswith(value, "..:"));
        _cleanup_free_ char *here = relative ? getcwd(NULL, 0) : NULL, *quoted = NULL, *path = NULL;

        if (!here)
                return add(target, value);

        int r = field_quote(here, &quoted);
        if (r >= 0)
                r = str_printf(&path, "%s/%s", quoted, value);
        return r < 0 ? r : add(target, path);
}

static int set_profile(const char *value, void *target) {
        return streq(value, "unconfined") ? add(target, value) : set_path(value, target);
}

/* podman's words behind "label=". */
static int set_label(const char *value, void *target) {
        static const struct {
                const char *word, *key;
        } words[] = {
                { "type:", "SecurityLabelType" },
                { "level:", "SecurityLabelLevel" },
                { "filetype:", "SecurityLabelFileType" },
        };

        if (streq(value, "disable"))
                return add(target, "yes");
        for (size_t i = 0; i < ELEMENTSOF(words); i++) {
                const char *rest = startswith(value, words[i].word);
                if (rest)
                        return add(words[i].key, rest);
        }

        return -EINVAL;
}

/* As with podman, an empty one is none, and not the image's. */
static int set_entrypoint(const char *value, void *target) {
        return add(target, value[0] == '\0' ? "[]" : value);
}

/* "1.5" processors are 150%; to the thousandth of one. */
static int set_cpus(const char *value, void *target) {
        const char *point = strchrnul(value, '.');
        char digits[] = "000", quota[32];
        _cleanup_free_ char *whole = strndup(value, point - value);
        uint64_t n, thousandths = 0;

        if (!whole)
                return -ENOMEM;
        if (*point && (!in_charset(point + 1, DIGITS) || strlen(point + 1) > 3))
                return -EINVAL;
        if (*point)
                memcpy(digits, point + 1, strlen(point + 1));
        if (str_to_u64(whole, &n) < 0 || n > 100000 || str_to_u64(digits, &thousandths) < 0)
                return -EINVAL;

        unsigned permille = n * 1000 + thousandths;
        (void) snprintf(quota, sizeof(quota), permille % 10 > 0 ? "%u.%u%%" : "%u%%", permille / 10,
                        permille % 10);
        return add(target, quota);
}

/* ADDRESS, or what the key would be in a .pod file: "ListenDatagram=53". */
static int set_socket(const char *value, void *target) {
        return startswith(value, "Listen") && strchr(value, '=') ? strv_add(&pod_setting_words, value)
                                                                 : add(target, value);
}

static int set_assignment(const char *value, void *target) {
        return strchr(value, '=') ? strv_add(&pod_setting_words, value) : -EINVAL;
}

#define KEY(name) ((void *) (name))

/* clang-format off */
const CliOption pod_setting_options[] = {
        { 0,   "add-host",        "NAME:ADDRESS", "Add a line to /etc/hosts", set, KEY("AddHost") },
        { 0,   "app",             "NAME",       "Name of the app, if not the image's", set, KEY("AppName") },
        { 0,   "bandwidth",       "RATE",       "Limit what the pod sends and receives", set, KEY("Bandwidth") },
        { 0,   "cap-add",         "CAPABILITY", "Give the app a capability more, or all", set, KEY("AddCapability") },
        { 0,   "cap-drop",        "CAPABILITY", "Take a capability from it, or all", set, KEY("DropCapability") },
        { 0,   "cpus",            "N",          "Processor time of so many processors at most", set_cpus, KEY("CPUQuota") },
        { 0,   "device",          "HOST[:POD]", "Give the app a device of the host", set, KEY("AddDevice") },
        { 0,   "dns",             "ADDRESS",    "Ask this name server", set, KEY("DNS") },
        { 0,   "empty-volume",    "NAME[:OPTIONS]", "Volume of this name is empty, the pod's own", set, KEY("EmptyVolume") },
        { 0,   "end",             "WHEN",       "The pod ends with all, any-failed or app:NAME", set, KEY("End") },
        { 0,   "entrypoint",      "COMMAND",    "Take the place of the image's entry point", set_entrypoint, KEY("Entrypoint") },
        { 'e', "env",             "NAME=VALUE", "Set a variable of the environment", set_variable, KEY("Environment") },
        { 0,   "env-file",        "FILE",       "Set those that a file has, one a line", set_path, KEY("EnvironmentFile") },
        { 0,   "hostname",        "NAME",       "Host name, if not the pod's", set, KEY("HostName") },
        { 'i', "interactive",     NULL,         "Keep standard input open", set_yes, KEY("Interactive") },
        { 0,   "label",           "NAME=VALUE", "Note something in the pod's manifest", set_word, KEY("Label") },
        { 0,   "load-credential", "ID:PATH",    "Give the app a file as a credential", set, KEY("LoadCredential") },
        { 0,   "mask",            "PATH",       "Cover a path", set, KEY("Mask") },
        { 'm', "memory",          "SIZE",       "Memory at most", set, KEY("Memory") },
        { 0,   "name",            "NAME",       "Name of the pod and its machine", set, KEY("PodName") },
        { 0,   "net",             "NETWORK[,…]", "Networks: default, none, host, pod:NAME, zone:NAME, …", set, KEY("Network") },
        { 0,   "new-privileges",  NULL,         "Let programs gain privileges", set_no, KEY("NoNewPrivileges") },
        { 0,   "notify",          NULL,         "It is ready when the app says so (sd_notify)", set_yes, KEY("Notify") },
        { 0,   "pids-limit",      "N",          "Processes and threads at most", set, KEY("PidsLimit") },
        { 0,   "property",        "NAME=VALUE", "Set a property of the pod's unit", set, KEY("Property") },
        { 'p', "publish",         "[IP:]HOST:POD", "Have a port of the host be one of the pod's", set, KEY("PublishPort") },
        { 0,   "pull",            "WHEN",       "Fetch it if missing (default), always or never", set, KEY("Pull") },
        { 0,   "read-only",       NULL,         "Mount the image's root read-only", set_yes, KEY("ReadOnly") },
        { 0,   "require-kvm",     NULL,         "With --stage1=kvm, refuse to emulate the machine", set_yes, KEY("RequireKVM") },
        { 0,   "restart",         "WHEN",       "When systemd starts it again", set, KEY("Restart") },
        { 0,   "rw-size",         "SIZE",       "With --stage1=kvm, what apps write is on a disk", set, KEY("RWSize") },
        { 0,   "seccomp",         "FILE",       "Profile of system calls, or unconfined", set_profile, KEY("SeccompProfile") },
        { 0,   "security-label",  "LABEL",      "disable, type:TYPE, level:LEVEL, filetype:TYPE", set_label, KEY("SecurityLabelDisable") },
        { 0,   "set",             "KEY=VALUE",  "Any setting of gantry.pod(5)", set_assignment, NULL },
        { 0,   "set-credential",  "ID:VALUE",   "Give the app a credential", set, KEY("SetCredential") },
        { 0,   "share-pid",       NULL,         "Let apps see each other's processes", set_yes, KEY("SharePID") },
        { 0,   "shm-size",        "SIZE",       "Size of /dev/shm", set, KEY("ShmSize") },
        { 0,   "socket",          "ADDRESS",    "Listen there, start when somebody connects", set_socket, KEY("ListenStream") },
        { 0,   "stage1",          "KIND",       "What isolates it: nspawn (default), kvm or fly", set, KEY("Stage1") },
        { 0,   "stop-signal",     "SIGNAL",     "Signal that asks the app to stop", set, KEY("StopSignal") },
        { 0,   "stop-timeout",    "SECONDS",    "Time it has for that", set, KEY("StopTimeout") },
        { 0,   "sysctl",          "NAME=VALUE", "Set a kernel parameter of the pod's own", set_word, KEY("Sysctl") },
        { 0,   "tmpfs",           "PATH[:OPTIONS]", "Mount an empty file system in memory", set, KEY("Tmpfs") },
        { 't', "tty",             NULL,         "Give the app a terminal", set_yes, KEY("Terminal") },
        { 0,   "ulimit",          "NAME=SOFT[:HARD]", "Set a resource limit", set, KEY("Ulimit") },
        { 0,   "unmask",          "PATH",       "Leave a path uncovered, or all", set, KEY("Unmask") },
        { 'u', "user",            "USER[:GROUP]", "Run the app as this user of the image", set, KEY("User") },
        { 0,   "userns",          "MODE",       "User namespace: auto (default) or host", set, KEY("UserNS") },
        { 'v', "volume",          "[SOURCE:]TARGET[:OPTIONS]", "Mount a directory, or a volume", set_volume, KEY("Volume") },
        { 'w', "workdir",         "DIR",        "Directory that the app starts in", set, KEY("WorkingDir") },
        {},
};
/* clang-format on */
