/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what a rule may call the images that it is for, and whether it is for a name.
 * Never: takes a prefix that no image's name has: such a rule looks as if it did something.
 * Follows: gantry-trust.d(5), "WHICH RULE GOVERNS". */

#include "basic/refuse.h"
#include "basic/str.h"
#include "image/appc-types.h"
#include "image/host.h"
#include "image/reference.h"
#include "trust/rule-prefix.h"

#define ACI "aci:"

/* No component is empty, "." or "..". */
static bool components_are_sound(const char *path) {
        for (;;) {
                size_t n = strcspn(path, "/");
                if (n == 0 || (n == 1 && path[0] == '.') || (n == 2 && path[0] == '.' && path[1] == '.'))
                        return false;
                if (path[n] == '\0')
                        return true;
                path += n + 1;
        }
}

/* The first component of a name that is not a path. */
static int check_registry(const char *registry, char **reterr_why) {
        if (!streq(host_canonical(registry), registry))
                return refuse_foreign(reterr_why, "images of this registry are called docker.io/…, not",
                                      registry);
        if (!in_charset(registry, LOWERCASE DIGITS ".-:[]"))
                return refuse_foreign(reterr_why, "not the name of a registry or a domain", registry);
        const char *port = strchr(registry[0] == '[' ? registry + strcspn(registry, "]") : registry, ':');
        if (port && !in_charset(port + 1, DIGITS))
                return refuse_foreign(reterr_why, "not a port (a prefix has no tag)", registry);
        if (!strpbrk(registry, ".:") && !streq(registry, "localhost"))
                return refuse_foreign(reterr_why,
                                      "names no registry or domain (docker.io/library/NAME or aci:NAME?)",
                                      registry);
        return 0;
}

/* Is this how the name of an image in a registry begins? References know. */
static int begins_reference(const char *prefix, bool *ret) {
        _cleanup_free_ char *text = NULL, *name = NULL;
        _cleanup_reference_ Reference *reference = NULL;
        int r;

        r = str_printf(&text, "docker://%s/x", prefix);
        if (r >= 0)
                r = reference_parse(text, &reference, /* reterr_why= */ NULL);
        if (r >= 0)
                r = reference_name(reference, &name);
        if (r == -ENOMEM)
                return r;

        *ret = r >= 0 && host_path_match(prefix, name) >= 0;
        return 0;
}

/* A name of registries or of appc, we cannot know which. */
static int check_name(const char *prefix, char **reterr_why) {
        size_t n = strcspn(prefix, "/");
        _cleanup_free_ char *registry = strndup(prefix, n);
        bool found;
        int r;

        if (!registry)
                return -ENOMEM;
        r = check_registry(registry, reterr_why);
        if (r < 0)
                return r;
        if (prefix[n] != '\0' && !in_charset(prefix + n, LOWERCASE DIGITS "._~-/"))
                return refuse_foreign(reterr_why,
                                      "has characters that no name of an image has (no tag, no digest)",
                                      prefix);

        r = begins_reference(prefix, &found);
        if (r < 0 || found || appc_identifier_is_valid(prefix))
                return r;
        return refuse_foreign(reterr_why, "no name of an image begins like this", prefix);
}

static int check_aci(const char *name, char **reterr_why) {
        if (streq(name, "*") || appc_identifier_is_valid(name))
                return 0;

        return refuse_foreign(reterr_why, "no appc name begins like this (no version, no labels)", name);
}

int rule_prefix_check(const char *prefix, char **reterr_why) {
        static const char *const transports[] = { "oci:", "oci-archive:", "docker-archive:" };
        const char *aci = startswith(prefix, ACI);

        if (streq(prefix, "*"))
                return 0;
        if (prefix[0] == '\0')
                return refuse(reterr_why, -EINVAL, "the prefix is empty; everything is '*'");
        if (strstr(prefix, "://"))
                return refuse_foreign(reterr_why, "a prefix is a name, not a URL", prefix);
        if (endswith(prefix, "/"))
                return refuse_foreign(reterr_why, "a prefix does not end with '/'", prefix);

        for (size_t i = 0; i < ELEMENTSOF(transports); i++) {
                const char *path = startswith(prefix, transports[i]);
                if (path && (path[0] != '/' || !components_are_sound(path + 1)))
                        return refuse_foreign(reterr_why, "not an absolute, normalised path", prefix);
                if (path)
                        return 0;
        }

        if (!components_are_sound(aci ? aci : prefix))
                return refuse_foreign(reterr_why, "has an empty or relative component", prefix);
        if (strpbrk(prefix, UPPERCASE))
                return refuse_foreign(reterr_why, "names of images have no upper case", prefix);
        return aci ? check_aci(aci, reterr_why) : check_name(prefix, reterr_why);
}

bool rule_prefix_is_aci(const char *prefix) {
        return startswith(prefix, ACI);
}

ssize_t rule_prefix_match(const char *prefix, const char *name) {
        const char *only_aci = startswith(prefix, ACI), *aci = startswith(name, ACI);

        if (only_aci && !aci)
                return -1;
        if (only_aci)
                prefix = only_aci;

        ssize_t n = streq(prefix, "*") ? 0 : host_path_match(prefix, aci ? aci : name);
        return n < 0 ? n : 2 * n + (only_aci ? 1 : 0);
}
