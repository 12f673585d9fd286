/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what a page says about where images and their keys are, and making URLs of it.
 * Never: judges a URL: whoever asks it does; encodes what it puts into one.
 * Follows: App Container spec 0.8.11, discovery.md. */

#include "basic/str.h"
#include "image/appc-discovery.h"
#include "image/html-meta.h"

#define BLANKS "\t\n\f\r "
#define CONTENT_MAX 4096U /* bytes of a tag's content; no server takes a URL much longer */
#define URL_SIZE 8192U    /* with the NUL */

void appc_discovery_done(AppcDiscovery *d) {
        pairs_done(&d->endpoints);
        pairs_done(&d->pubkeys);
}

static char *trim(char *s) {
        s += strspn(s, BLANKS);
        for (size_t n = strlen(s); n > 0 && strchr(BLANKS, s[n - 1]); n--)
                s[n - 1] = '\0';

        return s;
}

/* "PREFIX TARGET". The first space divides them, other blanks do not. */
static int add_content(Pairs *list, char *content) {
        char *target = trim(content), *prefix = strsep(&target, " ");

        if (!target || list->n == APPC_DISCOVERY_MAX)
                return 0;

        return pairs_add(list, trim(prefix), trim(target));
}

static int add_meta(AppcDiscovery *d, const HtmlMeta *meta) {
        _cleanup_free_ char *name = NULL, *content = NULL;

        if (meta->name.n > CONTENT_MAX || meta->content.n > CONTENT_MAX)
                return 0;

        int r = html_unescape(meta->name, &name);
        if (r >= 0)
                r = html_unescape(meta->content, &content);
        if (r < 0)
                return r;

        if (streq(name, "ac-discovery"))
                return add_content(&d->endpoints, content);
        if (streq(name, "ac-discovery-pubkeys"))
                return add_content(&d->pubkeys, content);

        return 0;
}

int appc_discovery_parse(const void *page, size_t size, AppcDiscovery *ret) {
        _cleanup_appc_discovery_ AppcDiscovery d = {};
        Cursor rest = cursor_of(page, size);
        HtmlMeta meta;

        while (html_next_meta(&rest, &meta)) {
                int r = add_meta(&d, &meta);
                if (r < 0)
                        return r;
        }

        *ret = d;
        d = (AppcDiscovery) {};
        return 0;
}

bool appc_discovery_matches(const char *prefix, const char *name) {
        return startswith(name, prefix);
}

bool appc_discovery_to_parent(char *name) {
        char *slash = strrchr(name, '/');
        if (!slash)
                return false;

        while (slash > name && slash[-1] == '/')
                slash--;
        *slash = '\0';
        return *name != '\0';
}

static bool append(char url[static URL_SIZE], const char *text) {
        size_t n = strlen(url), more = strlen(text);

        if (more >= URL_SIZE - n)
                return false;

        memcpy(url + n, text, more + 1);
        return true;
}

static const char *value_of(const char *variable, const char *name, const char *version, const Pairs *labels,
                            const char *ext) {
        if (streq(variable, "name"))
                return name;
        if (streq(variable, "version"))
                return version && version[0] != '\0' ? version : "latest";
        if (streq(variable, "ext"))
                return ext;

        return pairs_get(labels, variable);
}

int appc_template_render(const char *template, const char *name, const char *version, const Pairs *labels,
                         const char *ext, char **ret) {
        _cleanup_free_ char *copy = strdup(template);
        char url[URL_SIZE] = "", *rest = copy;
        bool has_ext = false;

        if (!copy)
                return -ENOMEM;

        while (append(url, strsep(&rest, "{"))) {
                if (!rest)
                        return has_ext ? (str_copy(url, ret) < 0 ? -ENOMEM : 1) : 0;

                const char *variable = strsep(&rest, "}");
                const char *value = rest ? value_of(variable, name, version, labels, ext) : NULL;
                if (!value || !append(url, value))
                        return 0;
                has_ext = has_ext || streq(variable, "ext");
        }

        return 0;
}
