/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the rules about registries: which place is asked for an image, and which must not be.
 * Never: ignores a file or a setting it does not understand; changes the name that trust rules see.
 * Follows: gantry-registries.d(5), which has the ideas of containers-registries.conf(5). */

#include <fcntl.h>

#include "basic/conf.h"
#include "basic/fd.h"
#include "basic/ini.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "image/host.h"
#include "registry/lookaside.h"
#include "registry/registries.h"
#include "trust/rules.h"

static void rule_done(RegistryRule *rule) {
        free(rule->file);
        free(rule->prefix);
        free(rule->lookaside);
        free(rule->place.location);
        for (size_t i = 0; i < rule->n_mirrors; i++)
                free(rule->mirrors[i].location);
        free(rule->mirrors);
        *rule = (RegistryRule) {};
}

void registries_done(Registries *r) {
        for (size_t i = 0; i < r->n_rules; i++)
                rule_done(&r->rules[i]);
        free(r->rules);
        *r = (Registries) {};
}

/* HOST[:PORT][/PATH] as trust rules have it, too, but a host at all events. */
static int check_place(const char *place, char **reterr_why) {
        _cleanup_free_ char *host = strndup(place, strcspn(place, "/"));
        if (!host)
                return -ENOMEM;

        if (!host_is_valid(host))
                return refuse_foreign(reterr_why, "not of the form HOST[:PORT][/PATH]", place);

        return rule_prefix_check(place, reterr_why);
}

/* ".example.com", or NULL if it is not "*.example.com". */
static const char *wildcard_domain(const char *prefix) {
        return startswith(prefix, "*.") ? prefix + 1 : NULL;
}

static int check_prefix(const char *prefix, char **reterr_why) {
        const char *domain = wildcard_domain(prefix);

        if (!domain)
                return check_place(prefix, reterr_why);
        if (strchr(domain, '/'))
                return refuse_foreign(reterr_why, "a wildcard is for hosts, without a path", prefix);

        return check_place(domain + 1, reterr_why);
}

/* A rule while its lines are read. */
typedef struct Draft {
        RegistryRule rule;
        bool has_registry;
        RegistryPlace *section; /* the place that lines are about */
        unsigned seen;          /* bits of the settings of this section */
} Draft;

static void draft_done(Draft *d) {
        rule_done(&d->rule);
}

static int add_mirror(RegistryRule *rule) {
        RegistryPlace *grown = reallocarray(rule->mirrors, rule->n_mirrors + 1, sizeof(RegistryPlace));
        if (!grown)
                return -ENOMEM;

        rule->mirrors = grown;
        rule->mirrors[rule->n_mirrors++] = (RegistryPlace) {};
        return 0;
}

static int check_section(const Draft *d, char **reterr_why) {
        if (d->section && d->section != &d->rule.place && !d->section->location)
                return refuse(reterr_why, -EINVAL, "a [Mirror] without Location=");

        return 0;
}

static int begin_section(const char *section, void *userdata, char **reterr_why) {
        Draft *d = userdata;

        int r = check_section(d, reterr_why);
        if (r < 0)
                return r;

        d->seen = 0;
        if (streq(section, "Mirror")) {
                r = add_mirror(&d->rule);
                d->section = r < 0 ? NULL : &d->rule.mirrors[d->rule.n_mirrors - 1];
                return r;
        }
        if (!streq(section, "Registry"))
                return refuse_foreign(reterr_why, "unknown section", section);
        if (d->has_registry)
                return refuse(reterr_why, -EINVAL, "a second [Registry]");

        d->has_registry = true;
        d->section = &d->rule.place;
        return 0;
}

static int set_prefix(Draft *d, const char *value, char **reterr_why) {
        int r = check_prefix(value, reterr_why);
        return r < 0 ? r : str_copy(value, &d->rule.prefix);
}

static int set_location(Draft *d, const char *value, char **reterr_why) {
        int r = check_place(value, reterr_why);
        return r < 0 ? r : str_copy(value, &d->section->location);
}

static int set_bool(const char *value, bool *ret, char **reterr_why) {
        return ini_parse_bool(value, ret) < 0 ? refuse_foreign(reterr_why, "neither yes nor no", value) : 0;
}

static int set_insecure(Draft *d, const char *value, char **reterr_why) {
        return set_bool(value, &d->section->insecure, reterr_why);
}

static int set_blocked(Draft *d, const char *value, char **reterr_why) {
        return set_bool(value, &d->rule.blocked, reterr_why);
}

static int set_lookaside(Draft *d, const char *value, char **reterr_why) {
        return lookaside_parse(value, &d->rule.lookaside, reterr_why);
}

static int set_pull_from(Draft *d, const char *value, char **reterr_why) {
        static const char *const words[] = {
                [ENDPOINT_ALL] = "all", [ENDPOINT_DIGEST] = "digest", [ENDPOINT_TAG] = "tag"
        };

        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                if (streq(value, words[i])) {
                        d->section->use = i;
                        return 0;
                }

        return refuse_foreign(reterr_why, "none of all, digest and tag", value);
}

static int handle_line(const char *section, const char *key, const char *value, unsigned line,
                       void *userdata, char **reterr_why) {
        static const struct {
                const char *section, *key;
                int (*set)(Draft *d, const char *value, char **reterr_why);
        } settings[] = {
                { "Registry", "Prefix", set_prefix },       { "Registry", "Location", set_location },
                { "Registry", "Insecure", set_insecure },   { "Registry", "Blocked", set_blocked },
                { "Registry", "Lookaside", set_lookaside }, { "Mirror", "Location", set_location },
                { "Mirror", "Insecure", set_insecure },     { "Mirror", "PullFrom", set_pull_from },
        };
        Draft *d = userdata;

        for (size_t i = 0; i < ELEMENTSOF(settings); i++)
                if (streq(section, settings[i].section) && streq(key, settings[i].key)) {
                        if (d->seen & 1U << i)
                                return refuse(reterr_why, -EINVAL, "a second %s=", key);
                        d->seen |= 1U << i;
                        return settings[i].set(d, value, reterr_why);
                }

        return refuse_foreign(reterr_why, "unknown key", key);
}

/* What only the whole file shows. */
static int check_draft(const Draft *d, char **reterr_why) {
        int r = check_section(d, reterr_why);
        if (r < 0)
                return r;
        if (!d->rule.prefix)
                return refuse(reterr_why, -EINVAL, "no Prefix=");

        return 0;
}

static const RegistryRule *find_prefix(const Registries *registries, const char *prefix) {
        for (size_t i = 0; i < registries->n_rules; i++)
                if (streq(registries->rules[i].prefix, prefix))
                        return &registries->rules[i];

        return NULL;
}

static int append(Registries *registries, RegistryRule *taken) {
        RegistryRule *grown = reallocarray(registries->rules, registries->n_rules + 1, sizeof(RegistryRule));
        if (!grown)
                return -ENOMEM;

        registries->rules = grown;
        registries->rules[registries->n_rules++] = *taken;
        *taken = (RegistryRule) {};
        return 0;
}

int registries_add(Registries *registries, const char *file, const void *text, size_t size,
                   char **reterr_why) {
        _cleanup_(draft_done) Draft draft = {};
        _cleanup_free_ char *why = NULL;

        int r = ini_parse_sections(text, size, begin_section, handle_line, &draft, &why);
        if (r >= 0)
                r = check_draft(&draft, &why);
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                return refuse(reterr_why, -EBADMSG, "%s: %s", file, why ? why : "cannot be used");

        const RegistryRule *earlier = find_prefix(registries, draft.rule.prefix);
        if (earlier)
                return refuse(reterr_why, -EBADMSG, "%s: Prefix=%s is also in %s", file, draft.rule.prefix,
                              earlier->file);

        r = str_copy(file, &draft.rule.file);
        return r < 0 ? r : append(registries, &draft.rule);
}

static int load_file(Registries *registries, const char *path, char **reterr_why) {
        _cleanup_blob_ Blob text = {};

        int r = file_read_at(AT_FDCWD, path, REGISTRY_FILE_MAX, &text);
        if (r < 0 && r != -ENOMEM)
                return refuse(reterr_why, r, "%s: %s", path, strerror(-r));

        return r < 0 ? r : registries_add(registries, path, text.data, text.size, reterr_why);
}

int registries_load(Registries *ret, char **reterr_why) {
        _cleanup_registries_ Registries registries = {};
        _cleanup_strv_ char **files = NULL;

        int r = conf_files("registries.d", ".conf", &files);
        if (r < 0 && r != -ENOMEM)
                return refuse(reterr_why, r, "cannot look for registries.d: %s", strerror(-r));
        STRV_FOREACH(path, files)
                if (r >= 0)
                        r = load_file(&registries, *path, reterr_why);
        if (r < 0)
                return r;

        *ret = registries;
        registries = (Registries) {};
        return 0;
}

/* How much of the name the prefix covers: all of the host for a wildcard. -1: none. */
static ssize_t covered(const char *prefix, const char *name) {
        const char *domain = wildcard_domain(prefix);
        size_t host = strcspn(name, "/");

        if (!domain)
                return host_path_match(prefix, name);

        size_t n = strlen(domain);
        return host > n && strncmp(name + host - n, domain, n) == 0 ? (ssize_t) host : -1;
}

/* Without its star a wildcard is always shorter than the host it stands for. */
static size_t weight(const char *prefix) {
        return strlen(wildcard_domain(prefix) ? prefix + 1 : prefix);
}

const RegistryRule *registries_match(const Registries *registries, const char *name) {
        const RegistryRule *best = NULL;

        for (size_t i = 0; i < registries->n_rules; i++) {
                const RegistryRule *rule = &registries->rules[i];

                if (covered(rule->prefix, name) >= 0 &&
                    (!best || weight(rule->prefix) > weight(best->prefix)))
                        best = rule;
        }

        return best;
}

int registry_place_rewrite(const RegistryRule *rule, const RegistryPlace *place, const char *name,
                           char **ret) {
        if (!place->location)
                return str_copy(name, ret);

        return str_printf(ret, "%s%s", place->location, name + covered(rule->prefix, name));
}
