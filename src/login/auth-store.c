/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: changing the file, or the helper, that keeps the passwords of registries.
 * Never: leaves half a file, or one that others can read; loses what it does not understand.
 * Follows: containers-auth.json(5), gantry-login(1). */

#include <fcntl.h>
#include <sys/file.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "login/auth-store.h"
#include "registry/credential-helper.h"
#include "registry/credentials.h"

void auth_store_close(AuthStore *s) {
        free(s->path);
        fd_close(s->dir_fd);
        blob_wipe(&s->text);
        auth_file_done(&s->parsed);
        *s = (AuthStore) { .dir_fd = -EBADF };
}

static const char *base_name(const char *path) {
        const char *slash = strrchr(path, '/');
        return slash ? slash + 1 : path;
}

/* The file itself: one that is a link stays a link. */
static int find_path(const char *authfile, char **ret) {
        _cleanup_free_ char *path = NULL;

        int r = credentials_own_file(authfile, &path);
        if (r < 0)
                return r;

        char *target = realpath(path, NULL);
        *ret = target ? target : TAKE_PTR(path);
        return 0;
}

static int open_directory(const char *path) {
        size_t n = base_name(path) - path;
        _cleanup_free_ char *directory = n == 0 ? strdup(".") : strndup(path, n);

        if (!directory)
                return -ENOMEM;
        int r = mkdir_parents(directory, 0700);
        if (r < 0)
                return r;

        _cleanup_close_ int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0 || flock(fd, LOCK_EX) < 0)
                return -errno;

        return TAKE_FD(fd);
}

int auth_store_open(const char *authfile, AuthStore *ret) {
        _cleanup_auth_store_ AuthStore s = { .dir_fd = -EBADF };
        _cleanup_free_ char *why = NULL;

        int r = find_path(authfile, &s.path);
        if (r < 0)
                return log_error_errno(r, "Cannot find your home directory: %m");
        s.dir_fd = open_directory(s.path);
        if (s.dir_fd < 0)
                return log_error_errno(s.dir_fd, "Cannot open the directory of '%s': %m", s.path);
        r = credentials_read(s.path, &s.text, &s.parsed, &why);
        if (r < 0)
                return log_error_errno(r, "Cannot read credentials: %s", why ? why : strerror(-r));

        *ret = s;
        s = (AuthStore) { .dir_fd = -EBADF };
        return 0;
}

const char *auth_store_helper(const AuthStore *s, const char *key) {
        return credentials_helper(&s->parsed, key);
}

static int write_file(AuthStore *s, const Blob *text) {
        int r = file_publish_at(s->dir_fd, base_name(s->path), text->data, text->size, 0600,
                                /* replace= */ true);
        if (r < 0)
                return log_error_errno(r, "Cannot write '%s': %m", s->path);

        return 0;
}

int auth_store_set(AuthStore *s, const char *key, const char *user, const char *password) {
        _cleanup_secret_blob_ Blob text = {};
        _cleanup_free_ char *why = NULL;
        const char *helper = auth_store_helper(s, key);
        int r;

        if (helper) {
                r = credential_helper_store(helper, key, user, password, &why);
                if (r < 0)
                        return log_error_errno(r, "Cannot keep the password: %s", why ? why : strerror(-r));
                return 0;
        }

        r = auth_file_set(s->text.data, s->text.size, key, user, password, &text, &why);
        if (r < 0)
                return log_error_errno(r, "Cannot change '%s': %s", s->path, why ? why : strerror(-r));

        return write_file(s, &text);
}

static int remove_from_helper(const AuthStore *s, const char *key) {
        const char *helper = key ? auth_store_helper(s, key) : NULL;
        _cleanup_free_ char *why = NULL;

        if (!helper)
                return 0;

        int r = credential_helper_erase(helper, key, &why);
        if (r < 0)
                return log_error_errno(r, "Cannot remove the password: %s", why ? why : strerror(-r));

        return r;
}

int auth_store_remove(AuthStore *s, const char *key) {
        _cleanup_secret_blob_ Blob text = {};
        _cleanup_free_ char *why = NULL;

        int erased = remove_from_helper(s, key);
        if (erased < 0)
                return erased;

        int r = auth_file_remove(s->text.data, s->text.size, key, &text, &why);
        if (r < 0)
                return log_error_errno(r, "Cannot change '%s': %s", s->path, why ? why : strerror(-r));
        if (r == 0)
                return erased;

        r = write_file(s, &text);
        return r < 0 ? r : 1;
}
