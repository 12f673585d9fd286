/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry stage1 build`: whether there is something to build, and the image's way to its name.
 * Never: gives it that before it is whole and on the disk; builds while another one does.
 * Follows: gantry-stage1(1); docs/STORE.md, "The crash argument". */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "stage1-tool/gather.h"
#include "stage1-tool/skeleton.h"
#include "stage1-tool/stage1-tool.h"
#include "stage1/current.h"
#include "stage1/host.h"
#include "stage1/versions.h"
#include "store/lock.h"

#define ID_DIGITS 16 /* of the digest, in the version */

typedef struct Build {
        Contents contents;
        Current current; /* as it is going to be */
        Digest id;
        char *version;
} Build;

static void build_done(Build *b) {
        contents_done(&b->contents);
        current_done(&b->current);
        free(b->version);
}

static int name_version(Build *b, const char *systemd, char **reterr_why) {
        char id[DIGEST_TEXT_MAX];

        hex_encode(b->id.bytes, digest_size(b->id.algorithm), id);
        int r = str_printf(&b->version, "%s-%.*s", systemd, ID_DIGITS, id);
        if (r < 0)
                return r;

        return stage1_version_is_valid(b->version)
                               ? 0
                               : refuse_quoting(reterr_why, -EBADMSG, "its version is no name", systemd);
}

static int plan(Build *b, char **reterr_why) {
        _cleanup_free_ char *systemd = NULL;

        _cleanup_close_ int root_fd = host_root_open();
        int r = root_fd < 0 ? root_fd : skeleton_add(&b->contents);
        if (r >= 0)
                r = gather(root_fd, &b->contents, &b->current, &systemd, reterr_why);
        if (r >= 0)
                r = current_set_builder(&b->current);
        if (r < 0)
                return r;

        contents_sort(&b->contents);
        r = contents_identify(&b->contents, &b->id);
        return r < 0 ? r : name_version(b, systemd, reterr_why);
}

static int seal(const Build *b, int fd, char **reterr_why) {
        int r = contents_write(&b->contents, &b->id, fd, reterr_why);
        return r < 0 ? r : fchmod(fd, 0400) < 0 || fsync(fd) < 0 ? -errno : 0;
}

/* It takes the place of one of this name that is not what it was. */
static int give_name(int dir_fd, int fd, const char *name) {
        char path[64], temporary[24];

        (void) snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        (void) snprintf(temporary, sizeof(temporary), ".#%016llx", str_random_u64());
        if (linkat(AT_FDCWD, path, dir_fd, temporary, AT_SYMLINK_FOLLOW) < 0)
                return -errno;
        if (renameat(dir_fd, temporary, dir_fd, name) < 0) {
                int r = -errno;
                (void) unlinkat(dir_fd, temporary, 0);
                return r;
        }

        return fsync(dir_fd) < 0 ? -errno : 0;
}

/* Under the store's lock, so that gc does not find an image that is not the current one yet. */
static int publish(Store *s, int dir_fd, Build *b, int fd) {
        _cleanup_free_ char *name = NULL;

        _cleanup_close_ int lock = store_lock(s, STORE_SHARED);
        int r = lock < 0 ? lock : stage1_file_name(b->version, &name);
        if (r >= 0)
                r = give_name(dir_fd, fd, name);
        if (r >= 0)
                r = current_set_image(&b->current, name, fd);

        return r < 0 ? r : current_write(dir_fd, &b->current);
}

static int make(Store *s, int dir_fd, Build *b) {
        _cleanup_free_ char *why = NULL;

        _cleanup_close_ int fd = openat(dir_fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
        int r = fd < 0 ? -errno : seal(b, fd, &why);
        if (r >= 0)
                r = publish(s, dir_fd, b, fd);
        if (r < 0)
                return log_error_errno(r, "Cannot build stage1 image '%s': %s", b->version,
                                       why ? why : strerror(-r));

        log_info("Built stage1 image '%s'", b->version);
        return 0;
}

/* Files were touched, but the same systemd is in them: the image stays, and is looked at by their new stamps. */
static int renew(int dir_fd, Build *b, const Current *old) {
        _cleanup_free_ char *name = NULL;

        int r = old->image.path ? stage1_file_name(b->version, &name) : 0;
        if (r < 0 || !name || !streq(name, old->image.path))
                return r;

        _cleanup_close_ int fd = current_open_image(old, dir_fd);
        if (fd < 0)
                return fd == -ENOENT ? 0 : fd;

        r = current_set_image(&b->current, name, fd);
        if (r >= 0)
                r = current_write(dir_fd, &b->current);
        return r < 0 ? r : 1;
}

static int update(Store *s, int dir_fd, const Current *old, char **ret_version) {
        _cleanup_(build_done) Build b = {};
        _cleanup_free_ char *why = NULL;

        int r = plan(&b, &why);
        if (r < 0 && why)
                str_to_line(why);
        if (r < 0)
                return log_error_errno(r, "Cannot make an image of this host's systemd: %s",
                                       why ? why : strerror(-r));

        r = renew(dir_fd, &b, old);
        if (r < 0)
                return log_error_errno(r, "Cannot note down what stage1 image '%s' is made of: %m",
                                       b.version);
        if (r == 0)
                r = make(s, dir_fd, &b);
        if (r < 0)
                return r;

        *ret_version = TAKE_PTR(b.version);
        return 0;
}

/* 1 if the image is there and right. */
static int is_current(int dir_fd, const Current *c, char **ret_version) {
        int r = c->image.path ? current_holds(c) : 0;
        if (r <= 0)
                return r;

        _cleanup_close_ int fd = current_open_image(c, dir_fd);
        if (fd < 0)
                return fd == -ENOENT ? 0 : fd;

        *ret_version = stage1_version_of(c->image.path);
        return *ret_version != NULL;
}

static int build(Store *s, int dir_fd, char **ret_version) {
        _cleanup_current_ Current c = {};

        int r = current_read(dir_fd, &c);
        if (r >= 0)
                r = is_current(dir_fd, &c, ret_version);
        if (r > 0)
                return 0;
        if (r < 0 && r != -ENOENT && r != -EBADMSG)
                return log_error_errno(r, "Cannot look at the stage1 images of '%s': %m", store_path(s));

        return update(s, dir_fd, &c, ret_version);
}

int stage1_tool_build(Store *s) {
        _cleanup_free_ char *version = NULL;

        _cleanup_close_ int dir_fd = stage1_dir_open(s, /* create= */ true);
        int r = dir_fd < 0 ? dir_fd : flock(dir_fd, LOCK_EX) < 0 ? -errno : 0;
        if (r < 0)
                return log_error_errno(r, "Cannot lock '%s/stage1': %m", store_path(s));

        r = build(s, dir_fd, &version);
        if (r < 0)
                return r;

        return puts(version) < 0 || fflush(stdout) != 0
                               ? log_error_errno(errno, "Cannot write the result: %m")
                               : 0;
}
