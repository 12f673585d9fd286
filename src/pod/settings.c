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
#include "pod/setting-values.h"
#include "pod/settings.h"
#include "pod/unit-property.h"

#define VALUE_SHOWN 128U /* characters of it in a message */

typedef struct Row Row;

typedef int (*RowSet)(PodSettings *s, const Row *row, const char *value, char **reterr_why);

struct Row {
        const char *key;
        unsigned sections;
        RowSet set;
        size_t offset;
        SettingValue read;    /* of one item */
        const char *property; /* the unit's, for set_property() */
        bool secret;          /* messages leave the value out */
        bool free_text;       /* any character; else what is kept may be a line of a list */
};

static void *member_of(PodSettings *s, const Row *row) {
        return (char *) s + row->offset;
}

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
static int set_one(PodSettings *s, const Row *row, const char *value, char **reterr_why) {
        char **member = member_of(s, row), *item = NULL;

        if (value[0] != '\0') {
                int r = read_item(row, value, &item, reterr_why);
                if (r < 0)
                        return r;
        }

        free(*member);
        *member = item;
        return 0;
}

/* All of the items, or none. */
static int add_items(PodSettings *s, const Row *row, char *const *values, char **reterr_why) {
        _cleanup_strv_ char **items = NULL;

        STRV_FOREACH(value, values) {
                _cleanup_free_ char *item = NULL;

                int r = read_item(row, *value, &item, reterr_why);
                if (r >= 0)
                        r = strv_add(&items, item);
                if (r < 0)
                        return r;
        }

        return strv_add_all(member_of(s, row), items);
}

static void clear(PodSettings *s, const Row *row) {
        char ***member = member_of(s, row);
        *member = strv_free(*member);
}

/* One item of a list. */
static int add_one(PodSettings *s, const Row *row, const char *value, char **reterr_why) {
        if (value[0] != '\0')
                return add_items(s, row, (char *[]) { (char *) value, NULL }, reterr_why);

        clear(s, row);
        return 0;
}

/* Items between blanks, in quotes if need be. */
static int add_words(PodSettings *s, const Row *row, const char *value, char **reterr_why) {
        _cleanup_strv_ char **words = NULL;

        int r = words_split(value, &words, reterr_why);
        if (r < 0)
                return r;
        if (words)
                return add_items(s, row, words, reterr_why);

        clear(s, row);
        return 0;
}

/* Items between blanks or commas. */
static int add_names(PodSettings *s, const Row *row, const char *value, char **reterr_why) {
        _cleanup_free_ char *text = strdup(value);
        if (!text)
                return -ENOMEM;

        for (char *p = text; *p; p++)
                if (*p == ',')
                        *p = ' ';
        return add_words(s, row, text, reterr_why);
}

/* Items between colons. */
static int add_fields(PodSettings *s, const Row *row, const char *value, char **reterr_why) {
        _cleanup_strv_ char **fields = NULL;

        if (value[0] == '\0') {
                clear(s, row);
                return 0;
        }

        int r = fields_split(value, &fields, reterr_why);
        return r < 0 ? r : add_items(s, row, fields, reterr_why);
}

/* Takes the words, also on failure. */
static int take_words(PodSettings *s, const Row *row, char **taken, char **reterr_why) {
        _cleanup_strv_ char **words = taken;
        int r = 0;

        STRV_FOREACH(word, words)
                if (r >= 0)
                        r = check_text(row, *word, reterr_why);
        if (r < 0)
                return r;

        clear(s, row);
        *(char ***) member_of(s, row) = TAKE_PTR(words);
        return 0;
}

/* A command line, that takes the place of an earlier one. */
static int set_command(PodSettings *s, const Row *row, const char *value, char **reterr_why) {
        char **words = NULL;

        int r = words_split(value, &words, reterr_why);
        return r < 0 ? r : take_words(s, row, words, reterr_why);
}

/* podman takes an array in JSON, too. Of an empty one there is [""] left: nothing, not even the image's own. */
static int set_entrypoint(PodSettings *s, const Row *row, const char *value, char **reterr_why) {
        _cleanup_json_ Json *j = NULL;
        _cleanup_strv_ char **words = NULL;

        if (value[0] != '[')
                return set_command(s, row, value, reterr_why);

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

        return take_words(s, row, TAKE_PTR(words), reterr_why);
}

/* Removes what was assigned to the property. */
static void forget_property(PodSettings *s, const char *name) {
        size_t length = strlen(name), n = 0;

        for (size_t i = 0; s->properties && s->properties[i]; i++)
                if (strncmp(s->properties[i], name, length) == 0 && s->properties[i][length] == '=')
                        free(s->properties[i]);
                else
                        s->properties[n++] = s->properties[i];
        if (s->properties)
                s->properties[n] = NULL;
        if (n == 0)
                s->properties = strv_free(s->properties);
}

static int add_property(PodSettings *s, const Row *row, const char *assignment, char **reterr_why) {
        int r = check_text(row, assignment, reterr_why);
        if (r >= 0)
                r = unit_property_check(assignment, reterr_why);

        return r < 0 ? r : strv_add(&s->properties, assignment);
}

/* The value of one of the unit's properties. */
static int set_property(PodSettings *s, const Row *row, const char *value, char **reterr_why) {
        const char *name = row->property ? row->property : row->key;
        _cleanup_free_ char *item = NULL, *assignment = NULL;

        if (value[0] == '\0') {
                forget_property(s, name);
                return 0;
        }

        int r = row->read ? row->read(value, &item, reterr_why) : str_copy(value, &item);
        if (r >= 0)
                r = str_printf(&assignment, "%s=%s", name, item);
        return r < 0 ? r : add_property(s, row, assignment, reterr_why);
}

/* "NAME=VALUE", of any of them. */
static int set_any_property(PodSettings *s, const Row *row, const char *value, char **reterr_why) {
        const char *equals = strchr(value, '=');

        if (!equals || equals == value)
                return refuse(reterr_why, -EINVAL, "it must be NAME=VALUE, a property of the pod's unit");
        if (equals[1] != '\0')
                return add_property(s, row, value, reterr_why);

        _cleanup_free_ char *name = strndup(value, equals - value);
        if (!name)
                return -ENOMEM;
        forget_property(s, name);
        return 0;
}

static bool is_property(const Row *row) {
        return row->set == set_property || row->set == set_any_property;
}

#define AT(member) offsetof(PodSettings, member)
#define POD POD_SECTION_POD
#define APP POD_SECTION_APP
#define BOTH (POD | APP)

/* clang-format off */
static const Row rows[] = {
        { "PodName",                 POD,  set_one,    AT(name),               setting_host_name },
        { "HostName",                POD,  set_one,    AT(hostname),           setting_host_name },
        { "Network",                 POD,  set_one,    AT(network),            setting_network },
        { "UserNS",                  POD,  set_one,    AT(user_namespace),     setting_user_namespace },
        { "AddHost",                 POD,  add_one,    AT(hosts),              setting_host },
        { "DNS",                     POD,  add_names,  AT(dns),                setting_address },
        { "DNSSearch",               POD,  add_names,  AT(dns_search),         setting_domain },
        { "DNSOption",               POD,  add_names,  AT(dns_options),        setting_text },
        { "Sysctl",                  POD,  add_words,  AT(sysctls),            setting_sysctl },
        { "ListenStream",            POD,  add_one,    AT(sockets),            setting_stream },
        { "ListenDatagram",          POD,  add_one,    AT(sockets),            setting_datagram },
        { "Label",                   POD,  add_words,  AT(labels),             setting_assignment, .free_text = true },
        { "Annotation",              POD,  add_words,  AT(annotations),        setting_assignment, .free_text = true },

        { "Image",                   APP,  set_one,    AT(image),              setting_text },
        { "Pull",                    APP,  set_one,    AT(pull),               setting_pull },
        { "Exec",                    APP,  set_command, AT(exec),              .free_text = true },
        { "Entrypoint",              APP,  set_entrypoint, AT(entrypoint),     .free_text = true },
        { "Environment",             APP,  add_words,  AT(environment),        setting_variable, .free_text = true, .secret = true },
        { "PassEnvironment",         APP,  add_names,  AT(pass_environment),   setting_variable_name },
        { "EnvironmentFile",         APP,  add_one,    AT(environment_files),  setting_path },
        { "User",                    APP,  set_one,    AT(user),               setting_user },
        { "Group",                   APP,  set_one,    AT(group),              setting_group },
        { "WorkingDir",              APP,  set_one,    AT(working_directory),  setting_path },
        { "Volume",                  APP,  add_one,    AT(volumes),            setting_volume },
        { "Tmpfs",                   APP,  add_one,    AT(tmpfs),              setting_tmpfs },
        { "ShmSize",                 APP,  set_one,    AT(shm),                setting_shm_size },
        { "AddDevice",               APP,  add_one,    AT(devices),            setting_device },
        { "ReadOnly",                APP,  set_one,    AT(read_only),          setting_switch },
        { "ReadOnlyTmpfs",           APP,  set_one,    AT(read_only_tmpfs),    setting_switch },
        { "AddCapability",           APP,  add_names,  AT(add_capabilities),   setting_capability },
        { "DropCapability",          APP,  add_names,  AT(drop_capabilities),  setting_capability },
        { "NoNewPrivileges",         APP,  set_one,    AT(no_new_privileges),  setting_switch },
        { "SeccompProfile",          APP,  set_one,    AT(seccomp_profile),    setting_profile },
        { "SystemCallFilter",        APP,  add_words,  AT(system_calls),       setting_system_call },
        { "Mask",                    APP,  add_fields, AT(masks),              setting_path },
        { "Unmask",                  APP,  add_fields, AT(unmasks),            setting_unmask },
        { "ReadOnlyPaths",           APP,  add_fields, AT(read_only_paths),    setting_path },
        { "Ulimit",                  APP,  add_one,    AT(limits),             setting_limit },
        { "OOMScoreAdjust",          APP,  set_one,    AT(oom_score_adjust),   setting_oom_score },
        { "StopSignal",              APP,  set_one,    AT(stop_signal),        setting_signal },
        { "Notify",                  APP,  set_one,    AT(notify),             setting_switch },
        { "Interactive",             APP,  set_one,    AT(interactive),        setting_switch },
        { "Terminal",                APP,  set_one,    AT(terminal),           setting_switch },

        { "Memory",                  BOTH, set_property, 0, setting_size,    "MemoryMax" },
        { "MemoryMax",               BOTH, set_property, 0, setting_size },
        { "MemoryHigh",              BOTH, set_property, 0, setting_size },
        { "MemoryLow",               BOTH, set_property, 0, setting_size },
        { "MemorySwapMax",           BOTH, set_property, 0, setting_size },
        { "CPUQuota",                BOTH, set_property },
        { "CPUWeight",               BOTH, set_property },
        { "PidsLimit",               BOTH, set_property, 0, setting_tasks,   "TasksMax" },
        { "TasksMax",                BOTH, set_property, 0, setting_tasks },
        { "IOWeight",                BOTH, set_property },
        { "IOReadBandwidthMax",      BOTH, set_property },
        { "IOWriteBandwidthMax",     BOTH, set_property },
        { "IOReadIOPSMax",           BOTH, set_property },
        { "IOWriteIOPSMax",          BOTH, set_property },
        { "Restart",                 BOTH, set_property, 0, setting_restart },
        { "RestartSec",              BOTH, set_property },
        { "StopTimeout",             BOTH, set_property, 0, setting_grace,   "TimeoutStopSec" },
        { "RuntimeMaxSec",           BOTH, set_property },
        { "WatchdogSec",             BOTH, set_property },
        { "LoadCredential",          BOTH, set_property },
        { "LoadCredentialEncrypted", BOTH, set_property },
        { "SetCredential",           BOTH, set_property, .secret = true },
        { "SetCredentialEncrypted",  BOTH, set_property, .secret = true },
        { "Property",                BOTH, set_any_property, .secret = true },
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

PodSettings *pod_settings_free(PodSettings *s) {
        if (!s)
                return NULL;

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                char **one = member_of(s, &rows[i]);

                if (!is_property(&rows[i]) && rows[i].set != set_one)
                        clear(s, &rows[i]);
                else if (!is_property(&rows[i])) {
                        free(*one);
                        *one = NULL; /* some rows share a member */
                }
        }
        strv_free(s->properties);
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

int pod_settings_set(PodSettings *s, const char *key, const char *value, char **reterr_why) {
        const Row *row = find_row(key);
        _cleanup_free_ char *why = NULL;

        if (!row)
                return refuse_foreign(reterr_why, "there is no setting of this name", key);

        int r = row->set(s, row, value, &why);
        return r == -EINVAL && why ? refuse_value(row, value, why, reterr_why) : r;
}

static int set_word(PodSettings *s, const char *word, char **reterr_why) {
        const char *equals = strchr(word, '=');
        if (!equals || equals == word)
                return refuse(reterr_why, -EINVAL, "a setting is written KEY=VALUE");

        _cleanup_free_ char *key = strndup(word, equals - word);
        return key ? pod_settings_set(s, key, equals + 1, reterr_why) : -ENOMEM;
}

int pod_settings_set_all(PodSettings *s, char *const *words, char **reterr_why) {
        int r = 0;

        STRV_FOREACH(word, words)
                if (r >= 0)
                        r = set_word(s, *word, reterr_why);

        return r;
}

int pod_settings_set_exec(PodSettings *s, char *const *words, char **reterr_why) {
        const Row *row = find_row("Exec");
        _cleanup_free_ char *why = NULL;
        char **copy = NULL;

        int r = strv_add_all(&copy, words);
        if (r < 0) {
                strv_free(copy);
                return r;
        }

        r = take_words(s, row, copy, &why);
        return r == -EINVAL && why ? refuse(reterr_why, r, "an argument for the app: %s", why) : r;
}
