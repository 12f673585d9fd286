/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: network configurations of CNI, and what of them goes to each plugin.
 * Never: knows what a plugin's own members mean: they go to it as they are.
 * Follows: CNI 1.0.0, https://github.com/containernetworking/cni/blob/spec-v1.0.0/SPEC.md, sections 1 and 3. */

#include <errno.h>
#include <string.h>

#include "basic/str.h"
#include "cni/configuration.h"
#include "image/json-table.h"

static int decode_version(const Json *value, void *member, const JsonPath *at) {
        static const char *const known[] = { "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0" };
        const char *version = json_text(value);

        for (size_t i = 0; version && i < ELEMENTSOF(known); i++)
                if (streq(version, known[i]))
                        return str_copy(version, member);

        return json_refuse(at, "not a version that is known: 0.4.0 and 1.0.0 are");
}

static int decode_name(const Json *value, void *member, const JsonPath *at) {
        const char *name = json_text(value);

        if (!name || !is_plain_name(name))
                return json_refuse(at, "not a name of letters, digits, \"_\", \".\" and \"-\"");

        return str_copy(name, member);
}

/* A file in the directory of plugins, and nowhere else. */
static int decode_type(const Json *value, void *member, const JsonPath *at) {
        const char *type = json_text(value);

        if (!type || !is_plain_name(type))
                return json_refuse(at, "not the name of a plugin");

        return str_copy(type, member);
}

static int decode_plugin(const Json *value, void *member, const JsonPath *at) {
        static const JsonField fields[] = {
                { "type", decode_type, offsetof(CniPlugin, type), JSON_MANDATORY },
                {},
        };
        CniPlugin *plugin = member;

        plugin->config = json_ref(value);
        return json_decode_object(value, fields, plugin, at);
}

static const JsonField network_fields[] = {
        { "cniVersion", decode_version, offsetof(CniConfiguration, version), JSON_MANDATORY },
        { "name", decode_name, offsetof(CniConfiguration, name), JSON_MANDATORY },
        {},
};

static int decode_list(const Json *value, CniConfiguration *c, const JsonPath *at) {
        static const JsonField fields[] = {
                { "plugins", decode_plugin, offsetof(CniConfiguration, plugins), JSON_MANDATORY,
                  JSON_ITEMS(CniConfiguration, plugins), .max = CNI_PLUGINS_MAX },
                {},
        };

        int r = json_decode_object(value, fields, c, at);
        if (r >= 0 && c->n_plugins == 0)
                return json_refuse(at, "a network without a plugin");

        return r;
}

static int decode_single(const Json *value, CniConfiguration *c, const JsonPath *at) {
        c->plugins = calloc(1, sizeof(CniPlugin));
        if (!c->plugins)
                return -ENOMEM;

        c->n_plugins = 1;
        return decode_plugin(value, c->plugins, at);
}

static int decode_configuration(const Json *value, void *target, const JsonPath *at) {
        CniConfiguration *c = target;

        int r = json_decode_object(value, network_fields, c, at);
        if (r >= 0)
                r = json_get(value, "plugins") ? decode_list(value, c, at) : decode_single(value, c, at);
        if (r >= 0)
                c->document = json_ref(value);

        return r;
}

CniConfiguration *cni_configuration_free(CniConfiguration *c) {
        if (!c)
                return NULL;

        for (size_t i = 0; i < c->n_plugins; i++) {
                free(c->plugins[i].type);
                json_unref(c->plugins[i].config);
        }
        free(c->plugins);
        json_unref(c->document);
        free(c->version);
        free(c->name);
        free(c);
        return NULL;
}

int cni_configuration_decode(const Json *document, CniConfiguration **ret, char **reterr_why) {
        _cleanup_(cni_configuration_freep) CniConfiguration *c = calloc(1, sizeof(CniConfiguration));
        if (!c)
                return -ENOMEM;

        int r = json_decode(document, decode_configuration, c, reterr_why);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(c);
        return 0;
}

int cni_configuration_parse(const void *data, size_t size, CniConfiguration **ret, char **reterr_why) {
        _cleanup_json_ Json *document = NULL;

        int r = json_parse(data, size, &document, reterr_why);
        return r < 0 ? r : cni_configuration_decode(document, ret, reterr_why);
}

bool cni_plugin_has(const CniPlugin *plugin, const char *capability) {
        bool has = false;

        return json_bool(json_get(json_get(plugin->config, "capabilities"), capability), &has) >= 0 && has;
}

bool cni_configuration_has(const CniConfiguration *c, const char *capability) {
        for (size_t i = 0; i < c->n_plugins; i++)
                if (cni_plugin_has(&c->plugins[i], capability))
                        return true;

        return false;
}

/* The members of a plugin's own; the others are said by the runtime. */
static int copy_members(const Json *config, Json *input) {
        static const char *const ours[] = { "name", "cniVersion", "capabilities", "runtimeConfig",
                                            "prevResult" };
        const char *key;
        const Json *value;
        int r = 0;

        for (void *i = NULL; r >= 0 && json_next(config, &i, &key, &value);) {
                bool skip = false;
                for (size_t k = 0; k < ELEMENTSOF(ours); k++)
                        skip = skip || streq(key, ours[k]);
                if (!skip)
                        r = json_set(input, key, json_ref(value));
        }

        return r;
}

static int set_capabilities(const CniPlugin *plugin, const Json *capabilities, Json *input) {
        _cleanup_json_ Json *wanted = json_new_object();
        const char *key;
        const Json *value;
        int r = wanted ? 0 : -ENOMEM;

        for (void *i = NULL; r >= 0 && json_next(capabilities, &i, &key, &value);)
                if (cni_plugin_has(plugin, key))
                        r = json_set(wanted, key, json_ref(value));

        return r < 0 || json_length(wanted) == 0 ? r : json_set(input, "runtimeConfig", TAKE_PTR(wanted));
}

int cni_configuration_input(const CniConfiguration *c, size_t i, const Json *capabilities,
                            const Json *previous, Blob *ret) {
        _cleanup_json_ Json *input = json_new_object();

        int r = input ? json_set_string(input, "cniVersion", c->version) : -ENOMEM;
        if (r >= 0)
                r = json_set_string(input, "name", c->name);
        if (r >= 0)
                r = copy_members(c->plugins[i].config, input);
        if (r >= 0 && capabilities)
                r = set_capabilities(&c->plugins[i], capabilities, input);
        if (r >= 0 && previous)
                r = json_set(input, "prevResult", json_ref(previous));

        return r < 0 ? r : json_format(input, /* pretty= */ false, ret);
}

static int append_plugin(const char *type, const char *capability, Json *plugins) {
        _cleanup_json_ Json *plugin = json_new_object(), *capabilities = json_new_object();

        int r = plugin && capabilities ? json_set(capabilities, capability, json_new_bool(true)) : -ENOMEM;
        if (r >= 0)
                r = json_set_string(plugin, "type", type);
        if (r >= 0)
                r = json_set(plugin, "capabilities", TAKE_PTR(capabilities));

        return r < 0 ? r : json_append(plugins, TAKE_PTR(plugin));
}

int cni_configuration_append(const CniConfiguration *c, const char *type, const char *capability,
                             CniConfiguration **ret) {
        _cleanup_json_ Json *document = json_new_object(), *plugins = json_new_array();

        int r = document && plugins ? json_set_string(document, "cniVersion", c->version) : -ENOMEM;
        if (r >= 0)
                r = json_set_string(document, "name", c->name);
        for (size_t i = 0; r >= 0 && i < c->n_plugins; i++)
                r = json_append(plugins, json_ref(c->plugins[i].config));
        if (r >= 0)
                r = append_plugin(type, capability, plugins);
        if (r >= 0)
                r = json_set(document, "plugins", TAKE_PTR(plugins));

        return r < 0 ? r : cni_configuration_decode(document, ret, NULL);
}
