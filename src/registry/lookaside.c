/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the form of a lookaside's address.
 * Never: asks it; takes anything that could lead out of it.
 * Follows: gantry-registries.d(5), which has the idea of containers-registries.d(5). */

#include "basic/refuse.h"
#include "basic/str.h"
#include "image/host.h"
#include "registry/lookaside.h"

#define URL_MAX 1024U
#define PATH_CHARS DIGITS LOWERCASE UPPERCASE "/-._~!$&'()*+,;=:@"
#define FILE_SCHEME "file://"

static bool has_dots(const char *path) {
        for (const char *p = strchr(path, '/'); p; p = strchr(p + 1, '/')) {
                size_t n = strcspn(p + 1, "/");
                if ((n == 1 || n == 2) && strspn(p + 1, ".") >= n)
                        return true;
        }

        return false;
}

static bool is_path(const char *path, const char *charset) {
        return path[0] == '/' && in_charset(path, charset) && !has_dots(path);
}

static bool is_web(const char *url) {
        const char *rest = startswith(url, "https://");
        _cleanup_free_ char *host = NULL;

        rest = rest ? rest : startswith(url, "http://");
        if (!rest || lookaside_host(url, &host) < 0 || !host_is_valid(host))
                return false;

        const char *path = rest + strlen(host);
        return path[0] == '\0' || is_path(path, PATH_CHARS "%");
}

int lookaside_parse(const char *text, char **ret, char **reterr_why) {
        _cleanup_free_ char *url = strdup(text);
        if (!url)
                return -ENOMEM;

        const char *directory = startswith(url, FILE_SCHEME);
        if (strlen(url) > URL_MAX || !(directory ? is_path(directory, PATH_CHARS) : is_web(url)))
                return refuse_foreign(reterr_why,
                                      "not of the form https://HOST[:PORT][/PATH] or file:///PATH", text);

        for (char *end = strrchr(url, '\0'); end[-1] == '/';)
                *--end = '\0';
        if (directory && *directory == '\0')
                return refuse(reterr_why, -EINVAL, "the whole of this machine as a lookaside");

        *ret = TAKE_PTR(url);
        return 0;
}

const char *lookaside_directory(const char *url) {
        return startswith(url, FILE_SCHEME);
}

int lookaside_host(const char *url, char **ret) {
        const char *host = strstr(url, "://") + strlen("://");

        char *copy = strndup(host, strcspn(host, "/"));
        if (!copy)
                return -ENOMEM;

        *ret = copy;
        return 0;
}
