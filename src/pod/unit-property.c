/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the list of unit properties that a pod may have, and why it may not have others.
 * Never: speaks with the manager; lets one through that it does not know.
 * Follows: systemd.resource-control(5), systemd.exec(5), systemd.service(5), systemd.unit(5), all of systemd 252. */

#include <stdio.h>

#include "basic/refuse.h"
#include "basic/str.h"
#include "pod/unit-value.h"

typedef struct Row {
        const char *name; /* in unit files */
        const UnitValueKind *kind;
        const char *words;
        const char *bus_name; /* unless it is the same, or "…USec" for "…Sec" */
} Row;

#define ACTIONS                                                                                             \
        "none reboot reboot-force reboot-immediate poweroff poweroff-force poweroff-immediate exit exit-force"

static const Row rows[] = {
        /* systemd.resource-control(5) */
        { "CPUAccounting", &unit_boolean },
        { "CPUWeight", &unit_cpu_weight },
        { "StartupCPUWeight", &unit_cpu_weight },
        { "CPUQuota", &unit_quota, .bus_name = "CPUQuotaPerSecUSec" },
        { "CPUQuotaPeriodSec", &unit_span },
        { "AllowedCPUs", &unit_cpus },
        { "StartupAllowedCPUs", &unit_cpus },
        { "AllowedMemoryNodes", &unit_cpus },
        { "StartupAllowedMemoryNodes", &unit_cpus },
        { "MemoryAccounting", &unit_boolean },
        { "MemoryMin", &unit_size },
        { "MemoryLow", &unit_size },
        { "MemoryHigh", &unit_size_limit },
        { "MemoryMax", &unit_size_limit },
        { "MemorySwapMax", &unit_size },
        { "TasksAccounting", &unit_boolean },
        { "TasksMax", &unit_tasks },
        { "IOAccounting", &unit_boolean },
        { "IOWeight", &unit_weight },
        { "StartupIOWeight", &unit_weight },
        { "IODeviceWeight", &unit_device_weights },
        { "IOReadBandwidthMax", &unit_device_sizes },
        { "IOWriteBandwidthMax", &unit_device_sizes },
        { "IOReadIOPSMax", &unit_device_sizes },
        { "IOWriteIOPSMax", &unit_device_sizes },
        { "IODeviceLatencyTargetSec", &unit_device_spans },
        { "IPAccounting", &unit_boolean },
        { "IPAddressAllow", &unit_addresses },
        { "IPAddressDeny", &unit_addresses },
        { "IPIngressFilterPath", &unit_paths },
        { "IPEgressFilterPath", &unit_paths },
        { "RestrictNetworkInterfaces", &unit_interfaces },
        { "SocketBindAllow", &unit_sockets },
        { "SocketBindDeny", &unit_sockets },
        { "DeviceAllow", &unit_devices },
        { "Slice", &unit_slice },
        { "ManagedOOMSwap", &unit_word, "auto kill" },
        { "ManagedOOMMemoryPressure", &unit_word, "auto kill" },
        { "ManagedOOMMemoryPressureLimit", &unit_share },
        { "ManagedOOMPreference", &unit_word, "none avoid omit" },
        /* systemd.exec(5): what children of stage1 inherit, credentials, and what is logged */
        { "OOMScoreAdjust", &unit_integer, "-1000 1000" },
        { "Nice", &unit_integer, "-20 19" },
        { "CPUSchedulingPolicy", &unit_coded_word, "other fifo rr batch ? idle" },
        { "CPUSchedulingPriority", &unit_integer, "1 99" },
        { "CPUSchedulingResetOnFork", &unit_boolean },
        { "CPUAffinity", &unit_cpus },
        { "NUMAPolicy", &unit_coded_word, "default preferred bind interleave local" },
        { "NUMAMask", &unit_cpus },
        { "IOSchedulingClass", &unit_coded_word, "none realtime best-effort idle" },
        { "IOSchedulingPriority", &unit_integer, "0 7" },
        { "LoadCredential", &unit_credential_files },
        { "LoadCredentialEncrypted", &unit_credential_files },
        { "SetCredential", &unit_credentials },
        { "SetCredentialEncrypted", &unit_sealed_credentials },
        { "LogExtraFields", &unit_field },
        { "LogLevelMax", &unit_coded_word, "emerg alert crit err warning notice info debug" },
        { "LogNamespace", &unit_text },
        { "LogRateLimitIntervalSec", &unit_span },
        { "LogRateLimitBurst", &unit_count, "0 4294967295" },
        /* systemd.service(5) */
        { "OOMPolicy", &unit_word, "continue stop kill" },
        { "Restart", &unit_word, "no on-success on-failure on-abnormal on-watchdog on-abort always" },
        { "RestartSec", &unit_span },
        { "RestartPreventExitStatus", &unit_statuses },
        { "RestartForceExitStatus", &unit_statuses },
        { "SuccessExitStatus", &unit_statuses },
        { "RuntimeMaxSec", &unit_span },
        { "RuntimeRandomizedExtraSec", &unit_span },
        { "TimeoutStartSec", &unit_span },
        { "TimeoutStopSec", &unit_span },
        { "TimeoutAbortSec", &unit_span },
        { "TimeoutStartFailureMode", &unit_word, "terminate abort kill" },
        { "TimeoutStopFailureMode", &unit_word, "terminate abort kill" },
        { "WatchdogSec", &unit_span },
        /* systemd.unit(5) */
        { "Description", &unit_text },
        { "Documentation", &unit_uris },
        { "Wants", &unit_names },
        { "Requires", &unit_names },
        { "Requisite", &unit_names },
        { "BindsTo", &unit_names },
        { "PartOf", &unit_names },
        { "Upholds", &unit_names },
        { "Conflicts", &unit_names },
        { "Before", &unit_names },
        { "After", &unit_names },
        { "OnFailure", &unit_names },
        { "OnSuccess", &unit_names },
        { "PropagatesStopTo", &unit_names },
        { "StopPropagatedFrom", &unit_names },
        { "RequiresMountsFor", &unit_paths },
        { "StopWhenUnneeded", &unit_boolean },
        { "RefuseManualStart", &unit_boolean },
        { "RefuseManualStop", &unit_boolean },
        { "IgnoreOnIsolate", &unit_boolean },
        { "StartLimitIntervalSec", &unit_span },
        { "StartLimitBurst", &unit_count, "0 4294967295" },
        { "StartLimitAction", &unit_word, ACTIONS },
        { "FailureAction", &unit_word, ACTIONS },
        { "SuccessAction", &unit_word, ACTIONS },
};

#define OURS "gantry sets it, as the supervisor of the pod needs it"
#define COMMANDS                                                                                            \
        "what runs is the image's and gantry's; commands on the host belong into a drop-in of the unit"
#define CONFINES "it would hold for the supervisor, which mounts the pod, and not for the app"
#define SETTING                                                                                             \
        "it would hold for the supervisor and not for the app, for which the pod has a setting of its own"
#define STREAMS "the app's streams are the journal's and the caller's"

/* What people may well try. A name that ends in "*" stands for all that begin so. */
static const struct {
        const char *name, *why;
} refused[] = {
        { "Type", OURS },
        { "ExitType", OURS },
        { "NotifyAccess", OURS },
        { "RemainAfterExit", OURS },
        { "GuessMainPID", OURS },
        { "PIDFile", OURS },
        { "BusName", OURS },
        { "CollectMode", OURS },
        { "AddRef", OURS },
        { "Delegate*", OURS },
        { "DisableControllers", OURS },
        { "KillMode", OURS },
        { "SendSIG*", OURS },
        { "SyslogIdentifier", OURS },
        { "FileDescriptorStore*", OURS },
        { "DefaultDependencies", OURS },
        { "DevicePolicy", "it stays closed; DeviceAllow= opens single devices" },
        { "KillSignal", "the stop signal of the app is a setting of the pod" },
        { "Exec*", COMMANDS },
        { "Standard*", STREAMS },
        { "TTY*", STREAMS },
        { "User", SETTING },
        { "Group", SETTING },
        { "DynamicUser", CONFINES },
        { "SupplementaryGroups", SETTING },
        { "Environment*", SETTING },
        { "PassEnvironment", SETTING },
        { "UnsetEnvironment", SETTING },
        { "WorkingDirectory", SETTING },
        { "UMask", SETTING },
        { "Limit*", SETTING },
        { "CapabilityBoundingSet", SETTING },
        { "AmbientCapabilities", SETTING },
        { "NoNewPrivileges", SETTING },
        { "SystemCall*", SETTING },
        { "Bind*", SETTING },
        { "TemporaryFileSystem", SETTING },
        { "ReadOnlyPaths", SETTING },
        { "Root*", CONFINES },
        { "Mount*", CONFINES },
        { "Extension*", CONFINES },
        { "ReadWritePaths", CONFINES },
        { "InaccessiblePaths", CONFINES },
        { "Exec*Paths", CONFINES },
        { "NoExecPaths", CONFINES },
        { "Private*", CONFINES },
        { "Protect*", CONFINES },
        { "Restrict*", CONFINES },
        { "NetworkNamespacePath", CONFINES },
        { "IPCNamespacePath", CONFINES },
        { "LockPersonality", CONFINES },
        { "MemoryDenyWriteExecute", CONFINES },
        { "SELinuxContext", CONFINES },
        { "AppArmorProfile", CONFINES },
};

UnitPropertyItem *unit_property_add(UnitProperty *p) {
        UnitPropertyItem *items = reallocarray(p->items, p->n_items + 1, sizeof(UnitPropertyItem));
        if (!items)
                return NULL;

        p->items = items;
        items[p->n_items] = (UnitPropertyItem) {};
        return &items[p->n_items++];
}

void unit_property_done(UnitProperty *p) {
        for (size_t i = 0; i < p->n_items; i++) {
                free(p->items[i].text);
                blob_wipe(&p->items[i].bytes);
        }
        free(p->items);
        *p = (UnitProperty) {};
}

/* Of "NAME=VALUE", or of NAME alone. */
static const Row *find_row(const char *assignment) {
        size_t n = strcspn(assignment, "=");

        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                if (strlen(rows[i].name) == n && strncmp(rows[i].name, assignment, n) == 0)
                        return &rows[i];

        return NULL;
}

static int refuse_name(const char *name, char **reterr_why) {
        bool possible = in_charset(name, LOWERCASE UPPERCASE DIGITS);

        for (size_t i = 0; possible && i < ELEMENTSOF(refused); i++) {
                size_t n = strcspn(refused[i].name, "*");
                bool whole = refused[i].name[n] == '\0';

                if (whole ? streq(name, refused[i].name) : strncmp(name, refused[i].name, n) == 0)
                        return refuse(reterr_why, -EINVAL, "%s= cannot be set: %s", name, refused[i].why);
        }

        return refuse_foreign(reterr_why, "not a property of units that gantry knows", name);
}

/* "no, on-success or always" of "no on-success always". */
static int list_words(const char *words, const char *before_last, char **ret) {
        _cleanup_free_ char *list = malloc(strlen(words) * 4 + 1);
        if (!list)
                return -ENOMEM;

        char *q = list;
        for (const char *w = words; *w; w += *w == ' ') {
                size_t n = strcspn(w, " ");
                const char *between = w == words ? "" : w[n] ? ", " : before_last;

                if (w[0] != '?')
                        q = mempcpy(stpcpy(q, between), w, n);
                w += n;
        }
        *q = '\0';

        *ret = TAKE_PTR(list);
        return 0;
}

static int refuse_value(const Row *row, const char *value, char **reterr_why) {
        _cleanup_free_ char *shown = str_escape(value, strlen(value), 100), *words = NULL;

        int r = shown ? 0 : -ENOMEM;
        if (r >= 0 && row->words)
                r = list_words(row->words, row->kind->wants ? " to " : " or ", &words);
        if (r < 0)
                return r;
        if (row->kind->secret)
                return refuse(reterr_why, -EINVAL, "%s= wants %s", row->name, row->kind->wants);

        return refuse(reterr_why, -EINVAL, "%s= wants %s%s%s, not '%s'", row->name,
                      row->kind->wants ? row->kind->wants : "", row->kind->wants && words ? " " : "",
                      words ? words : "", shown);
}

/* "RestartUSec" for "RestartSec". */
static void set_bus_name(const Row *row, UnitProperty *p) {
        const char *sec = endswith(row->name, "Sec");

        if (row->bus_name || !sec)
                (void) snprintf(p->name, sizeof(p->name), "%s", row->bus_name ? row->bus_name : row->name);
        else
                (void) snprintf(p->name, sizeof(p->name), "%.*sUSec", (int) (sec - row->name), row->name);
}

int unit_property_parse(const char *assignment, UnitProperty *ret, char **reterr_why) {
        _cleanup_unit_property_ UnitProperty p = {};
        const char *equals = strchr(assignment, '=');

        if (!equals)
                return refuse_foreign(reterr_why, "not NAME=VALUE", assignment);
        _cleanup_free_ char *name = strndup(assignment, equals - assignment);
        if (!name)
                return -ENOMEM;
        const Row *row = find_row(assignment);
        if (!row)
                return refuse_name(name, reterr_why);

        p.signature = row->kind->signature;
        set_bus_name(row, &p);
        int r = row->kind->parse(equals + 1, row->words, &p);
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                return refuse_value(row, equals + 1, reterr_why);

        *ret = p;
        p = (UnitProperty) {};
        return 0;
}

int unit_property_check(const char *assignment, char **reterr_why) {
        _cleanup_unit_property_ UnitProperty p = {};

        return unit_property_parse(assignment, &p, reterr_why);
}

int unit_property_spelling(const char *assignment, UnitSpelling *ret) {
        const Row *row = find_row(assignment);
        if (!row)
                return -EINVAL;

        *ret = row->kind->spelling;
        return 0;
}
