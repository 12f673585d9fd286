/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry stage1 build`: whether there is something to build, and its way to its name.
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
#include "stage1-tool/stage1-tool.h"
#include "stage1/build.h"
#include "stage1/host.h"
#include "store/lock.h"

#define ID_DIGITS 16 /* of the digest, in the version */

static const struct {
        Gather gather;
        int (*write)(const Contents *c, const Digest *id, int fd, char **reterr_why);
        const char *what, *purpose;
} kinds[_STAGE1_KINDS] = {
        [STAGE1_IMAGE] = { gather_systemd, contents_write, "stage1 image",
                           "an image of this host's systemd" },
        [STAGE1_INITRD] = { gather_guest, contents_write_cpio, "initrd", "an initrd for virtual machines" },
};

typedef struct Build {
        Stage1Kind kind;
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

static int name_version(Build *b, const char *of, char **reterr_why) {
        char id[DIGEST_TEXT_MAX];

        hex_encode(b->id.bytes, digest_size(b->id.algorithm), id);
        int r = str_printf(&b->version, "%s-%.*s", of, ID_DIGITS, id);
        if (r < 0)
                return r;

        return stage1_version_is_valid(b->version)
                               ? 0
                               : refuse_quoting(reterr_why, -EBADMSG, "its version is no name", of);
}

static int plan(Build *b, char **reterr_why) {
        _cleanup_free_ char *of = NULL;

        _cleanup_close_ int root_fd = host_root_open();
        if (root_fd < 0)
                return root_fd;

        int r = kinds[b->kind].gather(root_fd, &b->contents, &b->current, &of, reterr_why);
        if (r >= 0)
                r = current_set_programs(&b->current, b->kind);
        if (r < 0)
                return r;

        contents_sort(&b->contents);
        r = contents_identify(&b->contents, &b->id);
        return r < 0 ? r : name_version(b, of, reterr_why);
}

static int seal(const Build *b, int fd, char **reterr_why) {
        int r = kinds[b->kind].write(&b->contents, &b->id, fd, reterr_why);
        return r < 0 ? r : fchmod(fd, 0400) < 0 || fsync(fd) < 0 ? -errno : 0;
}

/* It takes the place of one of this name that is not what it was. */
static int give_name(int dir_fd, int fd, const char *name) {
        char temporary[24];

        (void) snprintf(temporary, sizeof(temporary), ".#%016llx", str_random_u64());
        if (linkat(AT_FDCWD, fd_path(fd).text, dir_fd, temporary, AT_SYMLINK_FOLLOW) < 0)
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
        int r = lock < 0 ? lock : stage1_file_name(b->kind, b->version, &name);
        if (r >= 0)
                r = give_name(dir_fd, fd, name);
        if (r >= 0)
                r = current_set_image(&b->current, name, fd);

        return r < 0 ? r : current_write(dir_fd, b->kind, &b->current);
}

static int make(Store *s, int dir_fd, Build *b) {
        _cleanup_free_ char *why = NULL;

        _cleanup_close_ int fd = openat(dir_fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
        int r = fd < 0 ? -errno : seal(b, fd, &why);
        if (r >= 0)
                r = publish(s, dir_fd, b, fd);
        if (r < 0)
                return log_error_errno(r, "Cannot build %s '%s': %s", kinds[b->kind].what, b->version,
                                       why ? why : strerror(-r));

        log_info("Built %s '%s'", kinds[b->kind].what, b->version);
        return 0;
}

/* Files were touched, but the same is in them: the image stays, and is looked at by their new stamps. */
static int renew(int dir_fd, Build *b, const Current *old) {
        _cleanup_free_ char *name = NULL;

        int r = old->image.path ? stage1_file_name(b->kind, b->version, &name) : 0;
        if (r < 0 || !name || !streq(name, old->image.path))
                return r;

        _cleanup_close_ int fd = current_open_image(old, dir_fd);
        if (fd < 0)
                return fd == -ENOENT ? 0 : fd;

        r = current_set_image(&b->current, name, fd);
        if (r >= 0)
                r = current_write(dir_fd, b->kind, &b->current);
        return r < 0 ? r : 1;
}

static int explain(Stage1Kind kind, int error, char *why) {
        if (why)
                str_to_line(why);

        return log_error_errno(error, "Cannot make %s: %s", kinds[kind].purpose,
                               why ? why : strerror(-error));
}

static int update(Store *s, int dir_fd, Build *b, const Current *old, char **ret_version) {
        int r = renew(dir_fd, b, old);
        if (r < 0)
                return log_error_errno(r, "Cannot note down what %s '%s' is made of: %m",
                                       kinds[b->kind].what, b->version);
        if (r == 0)
                r = make(s, dir_fd, b);
        if (r < 0)
                return r;

        *ret_version = TAKE_PTR(b->version);
        return 0;
}

/* 1 if the image is there and right. */
static int is_current(int dir_fd, Stage1Kind kind, char **ret_version) {
        _cleanup_current_ Current c = {};
        _cleanup_free_ char *why = NULL;

        int r = stage1_read_current(dir_fd, kind, &c, &why);
        if (r < 0)
                return r == -ENOENT ? 0 : explain(kind, r, why);

        _cleanup_close_ int fd = current_open_image(&c, dir_fd);
        if (fd < 0)
                return fd == -ENOENT ? 0 : explain(kind, fd, /* why= */ NULL);

        *ret_version = stage1_version_of(c.image.path);
        return *ret_version != NULL;
}

/* A host without a kernel has no virtual machines: that is said, and is no error unless one is asked for. */
static int build(Store *s, int dir_fd, Stage1Kind kind, bool asked, char **ret_version) {
        _cleanup_(build_done) Build b = { .kind = kind };
        _cleanup_current_ Current old = {};
        _cleanup_free_ char *why = NULL;

        int r = is_current(dir_fd, kind, ret_version);
        if (r != 0)
                return r;

        r = current_read(dir_fd, kind, &old);
        if (r >= 0 || r == -ENOENT || r == -EBADMSG)
                r = plan(&b, &why);
        if (r == -ENODEV && !asked) {
                log_info("Not making %s: %s", kinds[kind].purpose, why);
                return 0;
        }

        return r < 0 ? explain(kind, r, why) : update(s, dir_fd, &b, &old, ret_version);
}

static int build_and_print(Store *s, int dir_fd, Stage1Kind kind, bool asked) {
        _cleanup_free_ char *version = NULL;

        int r = build(s, dir_fd, kind, asked, &version);
        if (r < 0 || !version)
                return r;

        return puts(version) < 0 || fflush(stdout) != 0
                               ? log_error_errno(errno, "Cannot write the result: %m")
                               : 0;
}

int stage1_tool_build(Store *s, const char *only) {
        bool known = false;
        int result = 0;

        _cleanup_close_ int dir_fd = stage1_dir_open(s, /* create= */ true);
        int r = dir_fd < 0 ? dir_fd : flock(dir_fd, LOCK_EX) < 0 ? -errno : 0;
        if (r < 0)
                return log_error_errno(r, "Cannot lock '%s/stage1': %m", store_path(s));

        for (Stage1Kind kind = 0; kind < _STAGE1_KINDS; kind++) {
                if (only && !streq(only, stage1_kind_name(kind)))
                        continue;
                known = true;
                r = build_and_print(s, dir_fd, kind, only);
                if (r < 0 && result >= 0)
                        result = r;
        }

        return known ? result
                     : log_error_errno(-EINVAL,
                                       "Build what? 'image' or 'initrd', or both without a word; see 'gantry stage1 --help'");
}
