/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: which platform is meant, and saying that an image is for another.
 * Never: chooses from an index.
 * Follows: the OCI image specification, image-index.md ("platform"). */

#include <string.h>
#include <sys/utsname.h>

#include "basic/str.h"
#include "fetch/platform.h"
#include "image/media-type.h"

void platform_done(FetchPlatform *p) {
        free(p->os);
        free(p->architecture);
        free(p->variant);
        *p = (FetchPlatform) {};
}

static int make(const char *os, const char *architecture, const char *variant, FetchPlatform *ret) {
        _cleanup_platform_ FetchPlatform p = {};

        int r = str_copy(os, &p.os);
        if (r >= 0)
                r = str_copy(architecture, &p.architecture);
        if (r >= 0)
                r = str_copy(variant, &p.variant);
        if (r < 0)
                return r;

        *ret = p;
        p = (FetchPlatform) {};
        return 0;
}

int platform_of_host(FetchPlatform *ret) {
        const char *architecture, *variant;
        struct utsname u;

        if (uname(&u) < 0)
                return -errno;
        int r = oci_architecture_of(u.machine, &architecture, &variant);
        if (r >= 0)
                r = make("linux", architecture, variant, ret);
        if (r < 0)
                return r;

        ret->is_host = true;
        return 0;
}

static bool is_word(const char *s) {
        return in_charset(s, LOWERCASE DIGITS "_.-");
}

int platform_parse(const char *text, FetchPlatform *ret) {
        _cleanup_platform_ FetchPlatform host = {};
        _cleanup_free_ char *copy = strdup(text);

        if (!copy)
                return -ENOMEM;

        char *rest = copy, *os = strsep(&rest, "/"), *architecture = strsep(&rest, "/"), *variant = rest;
        if (!is_word(os) || !architecture || !is_word(architecture) || (variant && !is_word(variant)))
                return -EINVAL;

        int r = make(os, architecture, variant, ret);
        if (r < 0)
                return r;

        ret->is_host = platform_of_host(&host) >= 0 && streq(host.os, ret->os) &&
                       streq(host.architecture, ret->architecture) &&
                       (!variant || streq_ptr(host.variant, variant));
        return 0;
}

int platform_check(const FetchPlatform *p, const char *os, const char *architecture, char **reterr_why) {
        _cleanup_free_ char *text = NULL, *escaped = NULL;

        if (streq_ptr(os, p->os) && streq_ptr(architecture, p->architecture))
                return 0;

        int r = str_printf(&text, "%s/%s", os ? os : "?", architecture ? architecture : "?");
        if (r >= 0) {
                escaped = str_escape(text, strlen(text), 100);
                r = escaped ? 0 : -ENOMEM;
        }
        if (r >= 0)
                r = str_printf(reterr_why, "the image is for %s, %s %s/%s", escaped,
                               p->is_host ? "this machine is" : "asked for was", p->os, p->architecture);

        return r < 0 ? r : -EBADMSG;
}
