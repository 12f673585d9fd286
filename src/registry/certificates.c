/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: which certificates count for a registry.
 * Never: looks into one (libcurl does); makes do with half of what is there.
 * Follows: containers-certs.d(5); gantry-registries.d(5). */

#include <fcntl.h>

#include "basic/conf.h"
#include "basic/fd.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "image/host.h"
#include "registry/certificates.h"

/* Ours as any configuration, then where podman and docker look. */
static int directories_of(const char *host, char ***ret) {
        static const char *const parents[] = {
                "/etc/gantry",     "/run/gantry",     "/usr/local/lib/gantry",
                "/usr/lib/gantry", "/etc/containers", "/etc/docker",
        };
        _cleanup_strv_ char **directories = NULL;
        int r = 0;

        for (size_t i = 0; i < ELEMENTSOF(parents) && r >= 0; i++)
                r = strv_addf(&directories, "%s/certs.d/%s", parents[i], host_canonical(host));
        if (r < 0)
                return r;

        *ret = TAKE_PTR(directories);
        return 0;
}

static int read_pem(const char *path, char **ret, char **reterr_why) {
        _cleanup_blob_ Blob text = {};

        int r = file_read_at(AT_FDCWD, path, CERTIFICATES_MAX, &text);
        if (r < 0 && r != -ENOMEM)
                return refuse(reterr_why, r, "%s: %s", path, strerror(-r));
        if (r < 0)
                return r;
        if (strlen(text.data) != text.size || !strstr(text.data, "-----BEGIN "))
                return refuse(reterr_why, -EBADMSG, "%s: not PEM", path);

        *ret = TAKE_PTR(text.data);
        return 0;
}

static int append_pem(const char *path, char **text, char **reterr_why) {
        _cleanup_free_ char *more = NULL, *both = NULL;

        int r = read_pem(path, &more, reterr_why);
        if (r < 0)
                return r;
        if (*text && strlen(*text) + strlen(more) > CERTIFICATES_MAX)
                return refuse(reterr_why, -EFBIG, "%s: more than 1 MiB of certificates", path);

        r = str_printf(&both, "%s%s%s", *text ? *text : "", *text ? "\n" : "", more);
        if (r < 0)
                return r;

        free(*text);
        *text = TAKE_PTR(both);
        return 0;
}

static int load_authorities(char *const *directories, char **ret, char **reterr_why) {
        _cleanup_strv_ char **files = NULL;
        _cleanup_free_ char *text = NULL;

        int r = conf_files_in(directories, ".crt", &files);
        STRV_FOREACH(path, files)
                if (r >= 0)
                        r = append_pem(*path, &text, reterr_why);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(text);
        return 0;
}

/* There may be none, but not several: nobody says which. */
static int load_one(char *const *directories, const char *suffix, char **ret, char **reterr_why) {
        _cleanup_strv_ char **files = NULL;

        int r = conf_files_in(directories, suffix, &files);
        if (r < 0)
                return r;
        if (strv_length(files) > 1)
                return refuse(reterr_why, -ENOTUNIQ, "%s: '%s' is another of its kind", files[0], files[1]);
        if (!files) {
                *ret = NULL;
                return 0;
        }

        return read_pem(files[0], ret, reterr_why);
}

int certificates_load(Endpoint *e, char **reterr_why) {
        _cleanup_free_ char *authorities = NULL, *certificate = NULL;
        _cleanup_secret_ char *key = NULL;
        _cleanup_strv_ char **directories = NULL;

        int r = directories_of(e->host, &directories);
        if (r >= 0)
                r = load_authorities(directories, &authorities, reterr_why);
        if (r >= 0)
                r = load_one(directories, ".cert", &certificate, reterr_why);
        if (r >= 0)
                r = load_one(directories, ".key", &key, reterr_why);
        if (r < 0)
                return r;
        if (!certificate != !key)
                return refuse(reterr_why, -ENOKEY, "certs.d/%s: a %s without its %s",
                              host_canonical(e->host), key ? "*.key" : "*.cert", key ? "*.cert" : "*.key");

        e->authorities = TAKE_PTR(authorities);
        e->certificate = TAKE_PTR(certificate);
        e->key = TAKE_PTR(key);
        return 0;
}

int certificates_authorities(const char *host, char **ret, char **reterr_why) {
        _cleanup_strv_ char **directories = NULL;

        int r = directories_of(host, &directories);
        return r < 0 ? r : load_authorities(directories, ret, reterr_why);
}
