/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the keys of a pod's settings: where each is kept, who reads its value, where it may be written.
 * Never: knows where an assignment comes from; looks at the machine.
 * Follows: gantry.pod(5); podman-systemd.unit(5), whose names the keys have. */

#include <ctype.h>

#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "basic/words.h"
#include "image/json.h"
#include "pod/resource-limit.h"
#include "pod/unit-property.h"
#include "settings/setting-values.h"
#include "settings/settings.h"

#define VALUE_SHOWN 128U /* characters of it in a message */

typedef struct Row Row;

/* Changes the member, which is the row's. */
typedef int (*RowSet)(void *member, const Row *row, const char *value, char **reterr_why);

struct Row {
        const char *key;
        unsigned sections;
        RowSet set;
        size_t offset;        /* in AppSettings, if only an app has it, else in PodSettings … */
        SettingValue read;    /* of one item */
        const char *property; /* the unit's, for set_property() */
        bool secret;          /* messages leave the value out */
        bool free_text;       /* any character; else what is kept may be a line of a list */
        size_t of_service;    /* … and in AppSettings, if an app with a service may have it as well */
};

/* pod.json can hold nothing but UTF-8, and a list of it no item of two lines. */
static int check_text(const Row *row, const char *text, char **reterr_why) {
        _cleanup_json_ Json *j = json_new_string(text);

        if (!j)
                return refuse(reterr_why, -EINVAL, "it must be UTF-8");
        for (const char *p = text; *p && !row->free_text; p++)
                if (iscntrl((unsigned char) *p))
                        return refuse(reterr_why, -EINVAL, "it must not contain control characters");

        return 0;
}

static int read_item(const Row *row, const char *value, char **ret, char **reterr_why) {
        _cleanup_free_ char *item = NULL;

        int r = row->read(value, &item, reterr_why);
        if (r >= 0)
                r = check_text(row, item, reterr_why);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(item);
        return 0;
}

/* One value, that takes the place of an earlier one. */
static int set_one(void *member, const Row *row, const char *value, char **reterr_why) {
        char **one = member, *item = NULL;

        if (value[0] != '\0') {
                int r = read_item(row, value, &item, reterr_why);
                if (r < 0)
                        return r;
        }

        free(*one);
        *one = item;
        return 0;
}

/* All of the items, or none. */
static int add_items(void *member, const Row *row, char *const *values, char **reterr_why) {
        _cleanup_strv_ char **items = NULL;

        STRV_FOREACH(value, values) {
                _cleanup_free_ char *item = NULL;

                int r = read_item(row, *value, &item, reterr_why);
                if (r >= 0)
                        r = strv_add(&items, item);
                if (r < 0)
                        return r;
        }

        return strv_add_all(member, items);
}

static void clear(void *member) {
        char ***list = member;
        *list = strv_free(*list);
}

/* One item of a list. */
static int add_one(void *member, const Row *row, const char *value, char **reterr_why) {
        if (value[0] != '\0')
                return add_items(member, row, (char *[]) { (char *) value, NULL }, reterr_why);

        clear(member);
        return 0;
}

/* Items between blanks, in quotes if need be. */
static int add_words(void *member, const Row *row, const char *value, char **reterr_why) {
        _cleanup_strv_ char **words = NULL;

        int r = words_split(value, &words, reterr_why);
        if (r < 0)
                return r;
        if (words)
                return add_items(member, row, words, reterr_why);

        clear(member);
        return 0;
}

/* Items between blanks or commas. */
static int add_names(void *member, const Row *row, const char *value, char **reterr_why) {
        _cleanup_free_ char *text = strdup(value);
        if (!text)
                return -ENOMEM;

        for (char *p = text; *p; p++)
                if (*p == ',')
                        *p = ' ';
        return add_words(member, row, text, reterr_why);
}

/* Items between colons. */
static int add_fields(void *member, const Row *row, const char *value, char **reterr_why) {
        _cleanup_strv_ char **fields = NULL;

        if (value[0] == '\0') {
                clear(member);
                return 0;
        }

        int r = fields_split(value, &fields, reterr_why);
        return r < 0 ? r : add_items(member, row, fields, reterr_why);
}

/* Takes the words, also on failure. */
static int take_words(void *member, const Row *row, char **taken, char **reterr_why) {
        _cleanup_strv_ char **words = taken;
        int r = 0;

        STRV_FOREACH(word, words)
                if (r >= 0)
                        r = check_text(row, *word, reterr_why);
        if (r < 0)
                return r;

        clear(member);
        *(char ***) member = TAKE_PTR(words);
        return 0;
}

/* A command line, that takes the place of an earlier one. */
static int set_command(void *member, const Row *row, const char *value, char **reterr_why) {
        char **words = NULL;

        int r = words_split(value, &words, reterr_why);
        return r < 0 ? r : take_words(member, row, words, reterr_why);
}

/* podman takes an array in JSON, too. Of an empty one there is [""] left: nothing, not even the image's own. */
static int set_entrypoint(void *member, const Row *row, const char *value, char **reterr_why) {
        _cleanup_json_ Json *j = NULL;
        _cleanup_strv_ char **words = NULL;

        if (value[0] != '[')
                return set_command(member, row, value, reterr_why);

        int r = json_parse(value, strlen(value), &j, NULL);
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                return refuse(reterr_why, -EINVAL,
                              "it must be a command line, or an array of strings in JSON");
        for (size_t i = 0; i < json_length(j); i++) {
                const char *word = json_text(json_at(j, i));

                r = word ? strv_add(&words, word)
                         : refuse(reterr_why, -EINVAL, "its array must hold strings");
                if (r < 0)
                        return r;
        }
        if (!words) {
                r = strv_add(&words, "");
                if (r < 0)
                        return r;
        }

        return take_words(member, row, TAKE_PTR(words), reterr_why);
}

/* Removes what was assigned to the property. */
static void forget_property(char ***properties, const char *name) {
        size_t length = strlen(name), n = 0;
        char **list = *properties;

        for (size_t i = 0; list && list[i]; i++)
                if (strncmp(list[i], name, length) == 0 && list[i][length] == '=')
                        free(list[i]);
                else
                        list[n++] = list[i];
        if (list)
                list[n] = NULL;
        if (n == 0)
                *properties = strv_free(list);
}

static int add_property(char ***properties, const Row *row, const char *assignment, char **reterr_why) {
        int r = check_text(row, assignment, reterr_why);
        if (r >= 0)
                r = unit_property_check(assignment, reterr_why);

        return r < 0 ? r : strv_add(properties, assignment);
}

/* The value of one of the unit's properties. */
static int set_property(void *member, const Row *row, const char *value, char **reterr_why) {
        const char *name = row->property ? row->property : row->key;
        _cleanup_free_ char *item = NULL, *assignment = NULL;

        if (value[0] == '\0') {
                forget_property(member, name);
                return 0;
        }

        int r = row->read ? row->read(value, &item, reterr_why) : str_copy(value, &item);
        if (r >= 0)
                r = str_printf(&assignment, "%s=%s", name, item);
        return r < 0 ? r : add_property(member, row, assignment, reterr_why);
}

/* "NAME=VALUE", of any of them. */
static int set_any_property(void *member, const Row *row, const char *value, char **reterr_why) {
        const char *equals = strchr(value, '=');

        if (!equals || equals == value)
                return refuse(reterr_why, -EINVAL, "it must be NAME=VALUE, a property of the pod's unit");
        if (equals[1] != '\0')
                return add_property(member, row, value, reterr_why);

        _cleanup_free_ char *name = strndup(value, equals - value);
        if (!name)
                return -ENOMEM;
        forget_property(member, name);
        return 0;
}

static bool is_property(const Row *row) {
        return row->set == set_property || row->set == set_any_property;
}

#define AT(member) offsetof(PodSettings, member)
#define IN(member) offsetof(AppSettings, member)
#define UNIT AT(properties)
#define POD POD_SECTION_POD
#define APP POD_SECTION_APP
#define BOTH (POD | APP)

/* clang-format off */
static const Row rows[] = {
        { "PodName",                 POD,  set_one,    AT(name),               setting_host_name },
        { "HostName",                POD,  set_one,    AT(hostname),           setting_host_name },
        { "Stage1",                  POD,  set_one,    AT(stage1),             setting_stage1 },
        { "RequireKVM",              POD,  set_one,    AT(require_kvm),        setting_switch },
        { "RWSize",                  POD,  set_one,    AT(rw_size),            setting_disk_size },
        { "Network",                 POD,  add_names,  AT(networks),           setting_network },
        { "PublishPort",             POD,  add_names,  AT(ports),              setting_port },
        { "Bandwidth",               POD,  set_one,    AT(bandwidth),          setting_bandwidth },
        { "UserNS",                  POD,  set_one,    AT(user_namespace),     setting_user_namespace },
        { "SecurityLabelDisable",    POD,  set_one,    AT(label_disable),      setting_switch },
        { "SecurityLabelType",       POD,  set_one,    AT(label_type),         setting_label_type },
        { "SecurityLabelLevel",      POD,  set_one,    AT(label_level),        setting_label_level },
        { "SecurityLabelFileType",   POD,  set_one,    AT(label_file_type),    setting_label_type },
        { "SharePID",                POD,  set_one,    AT(share_pid),          setting_switch },
        { "End",                     POD,  set_one,    AT(end),                setting_end },
        { "AddHost",                 POD,  add_one,    AT(hosts),              setting_host },
        { "DNS",                     POD,  add_names,  AT(dns),                setting_address },
        { "DNSSearch",               POD,  add_names,  AT(dns_search),         setting_domain },
        { "DNSOption",               POD,  add_names,  AT(dns_options),        setting_text },
        { "Sysctl",                  POD,  add_words,  AT(sysctls),            setting_sysctl },
        { "EmptyVolume",             POD,  add_words,  AT(empty_volumes),      setting_empty_volume },
        { "Label",                   POD,  add_words,  AT(labels),             setting_assignment, .free_text = true },
        { "Annotation",              POD,  add_words,  AT(annotations),        setting_assignment, .free_text = true },

        { "AppName",                 APP,  set_one,    IN(name),               setting_app_name },
        { "After",                   APP,  add_names,  IN(after),              setting_app_name },
        { "Requires",                APP,  add_names,  IN(requires),           setting_app_name },
        { "Image",                   APP,  set_one,    IN(image),              setting_text },
        { "Pull",                    APP,  set_one,    IN(pull),               setting_pull },
        { "Exec",                    APP,  set_command, IN(exec),              .free_text = true },
        { "Entrypoint",              APP,  set_entrypoint, IN(entrypoint),     .free_text = true },
        { "Environment",             APP,  add_words,  IN(environment),        setting_variable, .free_text = true, .secret = true },
        { "PassEnvironment",         APP,  add_names,  IN(pass_environment),   setting_variable_name },
        { "EnvironmentFile",         APP,  add_one,    IN(environment_files),  setting_path },
        { "User",                    APP,  set_one,    IN(user),               setting_user },
        { "Group",                   APP,  set_one,    IN(group),              setting_group },
        { "WorkingDir",              APP,  set_one,    IN(working_directory),  setting_path },
        { "Volume",                  APP,  add_one,    IN(volumes),            setting_volume },
        { "Tmpfs",                   APP,  add_one,    IN(tmpfs),              setting_tmpfs },
        { "ShmSize",                 APP,  set_one,    IN(shm),                setting_shm_size },
        { "AddDevice",               APP,  add_one,    IN(devices),            setting_device },
        { "ReadOnly",                APP,  set_one,    IN(read_only),          setting_switch },
        { "ReadOnlyTmpfs",           APP,  set_one,    IN(read_only_tmpfs),    setting_switch },
        { "AddCapability",           APP,  add_names,  IN(add_capabilities),   setting_capability },
        { "DropCapability",          APP,  add_names,  IN(drop_capabilities),  setting_capability },
        { "NoNewPrivileges",         APP,  set_one,    IN(no_new_privileges),  setting_switch },
        { "SeccompProfile",          APP,  set_one,    IN(seccomp_profile),    setting_profile },
        { "SystemCallFilter",        APP,  add_words,  IN(system_calls),       setting_system_call },
        { "Mask",                    APP,  add_fields, IN(masks),              setting_path },
        { "Unmask",                  APP,  add_fields, IN(unmasks),            setting_unmask },
        { "ReadOnlyPaths",           APP,  add_fields, IN(read_only_paths),    setting_path },
        { "Ulimit",                  APP,  add_one,    IN(limits),             resource_limit_read },
        { "OOMScoreAdjust",          APP,  set_one,    IN(oom_score_adjust),   setting_oom_score },
        { "StopSignal",              APP,  set_one,    IN(stop_signal),        setting_signal },
        { "Notify",                  APP,  set_one,    IN(notify),             setting_switch },
        { "Interactive",             APP,  set_one,    IN(interactive),        setting_switch },
        { "Terminal",                APP,  set_one,    IN(terminal),           setting_switch },

        { "ListenStream",            BOTH, add_one,    AT(sockets),            setting_stream, .of_service = IN(sockets) },
        { "ListenDatagram",          BOTH, add_one,    AT(sockets),            setting_datagram, .of_service = IN(sockets) },
        { "Memory",                  BOTH, set_property, UNIT, setting_size,    "MemoryMax" },
        { "MemoryMax",               BOTH, set_property, UNIT, setting_size },
        { "MemoryHigh",              BOTH, set_property, UNIT, setting_size },
        { "MemoryLow",               BOTH, set_property, UNIT, setting_size },
        { "MemorySwapMax",           BOTH, set_property, UNIT, setting_size },
        { "CPUQuota",                BOTH, set_property, UNIT },
        { "CPUWeight",               BOTH, set_property, UNIT },
        { "PidsLimit",               BOTH, set_property, UNIT, setting_tasks,   "TasksMax" },
        { "TasksMax",                BOTH, set_property, UNIT, setting_tasks },
        { "IOWeight",                BOTH, set_property, UNIT },
        { "IOReadBandwidthMax",      BOTH, set_property, UNIT },
        { "IOWriteBandwidthMax",     BOTH, set_property, UNIT },
        { "IOReadIOPSMax",           BOTH, set_property, UNIT },
        { "IOWriteIOPSMax",          BOTH, set_property, UNIT },
        { "IPAddressAllow",          BOTH, set_property, UNIT },
        { "IPAddressDeny",           BOTH, set_property, UNIT },
        { "RestrictNetworkInterfaces", BOTH, set_property, UNIT },
        { "Restart",                 BOTH, set_property, UNIT, setting_restart },
        { "RestartSec",              BOTH, set_property, UNIT },
        { "StopTimeout",             BOTH, set_property, UNIT, setting_grace,   "TimeoutStopSec" },
        { "RuntimeMaxSec",           BOTH, set_property, UNIT },
        { "WatchdogSec",             BOTH, set_property, UNIT },
        { "LoadCredential",          BOTH, set_property, UNIT },
        { "LoadCredentialEncrypted", BOTH, set_property, UNIT },
        { "SetCredential",           BOTH, set_property, UNIT, .secret = true },
        { "SetCredentialEncrypted",  BOTH, set_property, UNIT, .secret = true },
        { "Property",                BOTH, set_any_property, UNIT, .secret = true },
};
/* clang-format on */

static const Row *find_row(const char *key) {
        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                if (streq(rows[i].key, key))
                        return &rows[i];

        return NULL;
}

unsigned pod_setting_sections(const char *key) {
        const Row *row = find_row(key);
        return row ? row->sections : 0;
}

/* Some rows share a member. */
static void free_member(const Row *row, void *member) {
        char **one = member;

        if (row->set != set_one)
                clear(member);
        else {
                free(*one);
                *one = NULL;
        }
}

static AppSettings *app_settings_free(AppSettings *app) {
        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                if (rows[i].sections == APP)
                        free_member(&rows[i], (char *) app + rows[i].offset);
        strv_free(app->sockets);
        strv_free(app->properties);
        free(app);
        return NULL;
}

PodSettings *pod_settings_free(PodSettings *s) {
        if (!s)
                return NULL;

        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                if (rows[i].sections & POD)
                        free_member(&rows[i], (char *) s + rows[i].offset);
        for (size_t i = 0; i < s->n_apps; i++)
                app_settings_free(s->apps[i]);
        free(s->apps);
        free(s);
        return NULL;
}

/* What a property of the unit may be, pod/unit-property.h says in full. */
static int refuse_value(const Row *row, const char *value, const char *why, char **reterr_why) {
        _cleanup_free_ char *shown = str_escape(value, strlen(value), VALUE_SHOWN);
        if (!shown)
                return -ENOMEM;
        if (row->secret || is_property(row))
                return refuse(reterr_why, -EINVAL, "%s: %s", row->key, why);

        return refuse(reterr_why, -EINVAL, "%s='%s': %s", row->key, shown, why);
}

static int find_member(PodSettings *s, AppSettings *app, const Row *row, void **ret, char **reterr_why) {
        bool of_app = row->sections == APP, of_service = row->sections == BOTH && app && app->has_service;

        if (of_app && !app)
                return refuse(reterr_why, -EINVAL, "%s= is of an app, and it is not said of which",
                              row->key);

        if (of_app)
                *ret = (char *) app + row->offset;
        else if (of_service)
                *ret = (char *) app + (is_property(row) ? IN(properties) : row->of_service);
        else
                *ret = (char *) s + row->offset;
        return 0;
}

int pod_settings_set(PodSettings *s, AppSettings *app, const char *key, const char *value,
                     char **reterr_why) {
        const Row *row = find_row(key);
        _cleanup_free_ char *why = NULL;
        void *member = NULL;

        if (!row)
                return refuse_foreign(reterr_why, "there is no setting of this name", key);

        int r = find_member(s, app, row, &member, reterr_why);
        if (r < 0)
                return r;
        r = row->set(member, row, value, &why);
        return r == -EINVAL && why ? refuse_value(row, value, why, reterr_why) : r;
}

int app_settings_set_exec(AppSettings *app, char *const *words, char **reterr_why) {
        const Row *row = find_row("Exec");
        _cleanup_free_ char *why = NULL;
        char **copy = NULL;

        int r = strv_add_all(&copy, words);
        if (r < 0) {
                strv_free(copy);
                return r;
        }

        r = take_words(&app->exec, row, copy, &why);
        return r == -EINVAL && why ? refuse(reterr_why, r, "an argument for the app: %s", why) : r;
}
