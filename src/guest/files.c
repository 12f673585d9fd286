/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what a pod's /etc says about the pod.
 * Never: takes the place of what a volume has; changes the image's files.
 * Follows: pod/guest-config.h. */

#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <sys/mount.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/target.h"
#include "guest/files.h"
#include "pod/guest-config.h"

#define FILE_LIMIT ((size_t) 1024 * 1024)

static int read_text(const char *name, Blob *ret) {
        _cleanup_free_ char *path = NULL;

        int r = str_printf(&path, GUEST_FILES "/%s", name);
        return r < 0 ? r : file_read_at(AT_FDCWD, path, FILE_LIMIT, ret);
}

/* Whether there is one by now: networks may have had nothing to say. */
static bool has_text(const char *name) {
        _cleanup_free_ char *path = NULL;

        return str_printf(&path, GUEST_FILES "/%s", name) < 0 || access(path, F_OK) >= 0;
}

/* What the image has there; nothing, if it cannot be read. */
static int read_target(const Place *p, const char *target, Blob *ret) {
        struct stat st;

        _cleanup_close_ int fd = target_open(p->view_fd, target, O_RDONLY | O_NONBLOCK | O_NOCTTY);
        if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
                return 0;

        int r = fd_read_blob(fd, FILE_LIMIT, ret);
        return r == -ENOMEM ? r : 0;
}

/* Returns 0 if the image's is to stay. Which of the texts it is, or which one is behind the image's, names the file. */
static int make_text(const Place *p, const GuestFile *f, const char *target, const char **ret_name,
                     char **ret) {
        _cleanup_blob_ Blob old = {}, text = {};
        bool wants_old = f->keep || f->append;

        int r = wants_old ? read_target(p, target, &old) : 0;
        if (r < 0 || (old.size > 0 && f->keep))
                return r;
        *ret_name = old.size > 0 ? f->append : f->text;
        r = read_text(*ret_name, &text);
        if (r >= 0)
                r = old.size > 0 ? str_printf(ret, "%s\n%s", (const char *) old.data,
                                              (const char *) text.data)
                                 : str_copy(text.data, ret);

        return r < 0 ? r : 1;
}

static int make_path(const Place *p, const char *name, char **ret) {
        return str_printf(ret, "%s/files/%s", p->path, name);
}

/* A file of the agent's, for the app to change if it may. Returns a mount of it. */
static int make_tree(const Place *p, const char *name, const char *text) {
        _cleanup_free_ char *directory = NULL, *path = NULL;

        int r = str_printf(&directory, "%s/files", p->path);
        if (r >= 0)
                r = mkdir_parents(directory, 0755);
        if (r >= 0)
                r = make_path(p, name, &path);
        if (r >= 0)
                r = file_create_at(AT_FDCWD, path, text, strlen(text), 0644);
        if (r < 0)
                return r;

        int tree = open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
        return tree < 0 ? -errno : tree;
}

/* Not there where it does not fit: the image may have something else in this place, or a volume. */
static bool is_no_place(int r) {
        return r == -EBUSY || r == -EACCES || r == -EISDIR || r == -ENOTDIR || r == -ELOOP ||
               r == -ENOTEMPTY;
}

static int make_one(Place *p, const GuestFile *f) {
        _cleanup_free_ char *target = NULL, *text = NULL;
        const char *name;

        if (!has_text(f->text))
                return 0;
        int r = place_find_target(p, f->target, S_IFREG, &target);
        if (r < 0)
                return is_no_place(r) ? 0 : r;
        r = make_text(p, f, target, &name, &text);
        if (r <= 0)
                return r;

        _cleanup_close_ int tree = make_tree(p, name, text);
        return tree < 0 ? tree : place_mount(p, tree, target, f->read_only || p->app->read_only);
}

int files_make(Place *p, char **reterr_why) {
        for (size_t i = 0; i < p->app->n_files; i++) {
                int r = make_one(p, &p->app->files[i]);
                if (r < 0)
                        return refuse(reterr_why, r, "Cannot make '%s' for app '%s': %s",
                                      p->app->files[i].target, p->app->name, strerror(-r));
        }

        return 0;
}

int files_change(const Place *p, const GuestText *t) {
        _cleanup_free_ char *path = NULL;

        int r = make_path(p, t->name, &path);
        if (r >= 0)
                r = file_overwrite_at(AT_FDCWD, path, t->content, strlen(t->content));

        return r == -ENOENT ? 0 : r;
}
