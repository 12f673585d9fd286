/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: where the files with passwords of registries are, and which one has the say.
 * Never: goes on when a file cannot be read; has what is in one in a message.
 * Follows: containers-auth.json(5) and systemd.exec(5), LoadCredential=; gantry-login(1). */

#include <fcntl.h>
#include <pwd.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "image/host.h"
#include "registry/credential-helper.h"
#include "registry/credentials.h"

/* In a unit $HOME need not be set. */
static int home_directory(char **ret) {
        const char *home = secure_getenv("HOME");
        if (home && home[0] == '/')
                return str_copy(home, ret);

        errno = 0;
        struct passwd *pw = getpwuid(geteuid());
        if (!pw)
                return errno > 0 && errno != ENOENT ? -errno : -ESRCH;

        return str_copy(pw->pw_dir, ret);
}

/* What a variable says; or what it stands for, below the home directory. */
static int directory_of(const char *variable, const char *below_home, char **ret) {
        const char *e = variable ? secure_getenv(variable) : NULL;
        _cleanup_free_ char *home = NULL;

        if (e && e[0] != '\0')
                return str_copy(e, ret);

        int r = home_directory(&home);
        return r < 0 ? r : str_printf(ret, "%s/%s", home, below_home);
}

static int path_of_unit(char **ret) {
        const char *e = secure_getenv("CREDENTIALS_DIRECTORY");
        return e && e[0] != '\0' ? str_printf(ret, "%s/gantry.auth.json", e) : -ESRCH;
}

static int path_of_session(char **ret) {
        const char *e = secure_getenv("XDG_RUNTIME_DIR");

        if (e && e[0] != '\0')
                return str_printf(ret, "%s/containers/auth.json", e);

        return str_printf(ret, "/run/containers/%u/auth.json", geteuid());
}

static int path_of_user(char **ret) {
        _cleanup_free_ char *directory = NULL;

        int r = directory_of("XDG_CONFIG_HOME", ".config", &directory);
        return r < 0 ? r : str_printf(ret, "%s/containers/auth.json", directory);
}

static int path_of_docker(char **ret) {
        _cleanup_free_ char *directory = NULL;

        int r = directory_of("DOCKER_CONFIG", ".docker", &directory);
        return r < 0 ? r : str_printf(ret, "%s/config.json", directory);
}

static int path_of_old_docker(char **ret) {
        return directory_of(NULL, ".dockercfg", ret);
}

/* -ESRCH: there is no such place for this process. */
static const struct Place {
        int (*path)(char **ret);
        int (*parse)(const void *data, size_t size, AuthFile *ret, char **reterr_why);
} places[] = {
        { path_of_unit, auth_file_parse },
        { path_of_session, auth_file_parse },
        { path_of_user, auth_file_parse },
        { path_of_docker, auth_file_parse },
        { path_of_old_docker, auth_file_parse_legacy },
};

static const char *named_file(const char *authfile) {
        const char *e = authfile ? authfile : secure_getenv("REGISTRY_AUTH_FILE");
        return e && e[0] != '\0' ? e : NULL;
}

/* Without `must_exist`, a file that is not there is as good as an empty one, and so is somebody else's: $HOME
 * need not be that of the user we run as. */
static int read_file(const char *path, bool must_exist, Blob *ret, char **reterr_why) {
        int r = file_read_at(AT_FDCWD, path, AUTH_FILE_MAX, ret);
        if ((r == -ENOENT || r == -ENOTDIR || r == -EACCES) && !must_exist) {
                *ret = (Blob) {};
                return 0;
        }
        if (r == -EFBIG)
                return refuse(reterr_why, r, "%s: larger than 1 MiB", path);
        if (r < 0 && r != -ENOMEM)
                return refuse(reterr_why, r, "%s: %s", path, strerror(-r));

        return r;
}

/* An empty file is what is left of one, or what stands for one. */
static int parse_file(const char *path, const Blob *text, const struct Place *place, AuthFile *ret,
                      char **reterr_why) {
        _cleanup_free_ char *why = NULL;

        if (text->size == 0) {
                *ret = (AuthFile) {};
                return 0;
        }

        int r = place->parse(text->data, text->size, ret, &why);
        if (r < 0 && r != -ENOMEM)
                return refuse(reterr_why, r, "%s: %s", path, why ? why : "cannot be used");

        return r;
}

static int copy_credentials(const Credentials *c, Credentials *ret) {
        _cleanup_credentials_ Credentials copy = {};

        int r = str_copy(c->user, &copy.user);
        if (r >= 0)
                r = str_copy(c->password, &copy.password);
        if (r >= 0)
                r = str_copy(c->identity_token, &copy.identity_token);
        if (r < 0)
                return r;

        *ret = copy;
        copy = (Credentials) {};
        return 0;
}

static const char *helper_of_host(const AuthFile *f, const char *name) {
        for (size_t i = 0; i < f->helpers.n; i++)
                if (host_path_match(f->helpers.items[i].name, name) >= 0)
                        return f->helpers.items[i].value;

        return NULL;
}

const char *credentials_helper(const AuthFile *f, const char *name) {
        const char *helper = helper_of_host(f, name);
        return helper ? helper : f->store;
}

static int ask_helper(const char *path, const char *helper, const char *name, Credentials *ret,
                      char **reterr_why) {
        _cleanup_free_ char *why = NULL, *host = strndup(name, strcspn(name, "/"));
        if (!host)
                return -ENOMEM;

        int r = credential_helper_get(helper, host, ret, &why);
        if (r < 0 && r != -ENOMEM)
                return refuse(reterr_why, r, "%s: %s", path, why ? why : strerror(-r));

        return r;
}

/* What is said of the host comes before what is said of all. */
static int find_in(const AuthFile *f, const char *path, const char *name, Credentials *ret,
                   char **reterr_why) {
        const char *helper = helper_of_host(f, name);
        int r = 0;

        if (helper)
                r = ask_helper(path, helper, name, ret, reterr_why);
        if (r != 0)
                return r;

        const AuthEntry *entry = auth_file_find(f, name);
        if (entry) {
                r = copy_credentials(&entry->credentials, ret);
                return r < 0 ? r : 1;
        }

        return f->store ? ask_helper(path, f->store, name, ret, reterr_why) : 0;
}

static int find_in_file(const char *path, bool must_exist, const struct Place *place, const char *name,
                        Credentials *ret, char **reterr_why) {
        _cleanup_auth_file_ AuthFile f = {};
        _cleanup_secret_blob_ Blob text = {};

        int r = read_file(path, must_exist, &text, reterr_why);
        if (r >= 0)
                r = parse_file(path, &text, place, &f, reterr_why);

        return r < 0 ? r : find_in(&f, path, name, ret, reterr_why);
}

static int find_anywhere(const char *name, Credentials *ret, char **ret_file, char **reterr_why) {
        for (size_t i = 0; i < ELEMENTSOF(places); i++) {
                _cleanup_free_ char *path = NULL;

                int r = places[i].path(&path);
                if (r == -ESRCH)
                        continue;
                if (r >= 0)
                        r = find_in_file(path, /* must_exist= */ false, &places[i], name, ret, reterr_why);
                if (r > 0 && ret_file)
                        *ret_file = TAKE_PTR(path);
                if (r != 0)
                        return r;
        }

        return 0;
}

int credentials_find(const char *authfile, const char *name, Credentials *ret, char **ret_file,
                     char **reterr_why) {
        const char *named = named_file(authfile);
        _cleanup_free_ char *copy = NULL;

        if (!named)
                return find_anywhere(name, ret, ret_file, reterr_why);

        int r = str_copy(named, &copy);
        if (r >= 0)
                r = find_in_file(named, /* must_exist= */ true, &places[0], name, ret, reterr_why);
        if (r > 0 && ret_file)
                *ret_file = TAKE_PTR(copy);
        return r;
}

int credentials_own_file(const char *authfile, char **ret) {
        const char *named = named_file(authfile);
        return named ? str_copy(named, ret) : path_of_user(ret);
}

int credentials_read(const char *path, Blob *ret, AuthFile *ret_parsed, char **reterr_why) {
        _cleanup_secret_blob_ Blob text = {};

        int r = read_file(path, /* must_exist= */ false, &text, reterr_why);
        if (r >= 0)
                r = parse_file(path, &text, &places[0], ret_parsed, reterr_why);
        if (r < 0)
                return r;

        *ret = TAKE_BLOB(text);
        return 0;
}
