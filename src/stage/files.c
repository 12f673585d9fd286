/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what a pod's /etc says about the pod.
 * Never: takes the place of hosts that the image or a volume has; changes the image's files.
 * Follows: appc "/etc/hosts"; hostname(5), hosts(5), resolv.conf(5), machine-id(5). */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "basic/target.h"
#include "network/hosts.h"
#include "pod/pod-networks.h"
#include "stage/etc-texts.h"
#include "stage/files.h"
#include "stage/place.h"
#include "stage/view.h"

/* Small, since the app may write to these files. */
static int make_directory(const StageApp *a) {
        _cleanup_free_ char *path = NULL;

        int r = str_printf(&path, "%s/etc", a->place);
        if (r < 0)
                return r;
        if (mkdirat(a->place_fd, "etc", 0755) < 0)
                return -errno;

        return place_mount_memory(a->stage, path, MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0755,size=1M");
}

/* Where the file is to be seen. -ENOENT: nowhere, since what the image or a volume has there is to stay. */
static int find_target(StageApp *a, const char *name, char **ret) {
        _cleanup_free_ char *path = NULL;

        int r = str_printf(&path, "/etc/%s", name);
        if (r >= 0)
                r = view_find_target(a, path, S_IFREG, ret);
        if (r == -EBUSY || r == -EACCES || r == -EXDEV)
                return -ENOENT;
        if (r == -EISDIR || r == -ENOTDIR || r == -ELOOP) {
                log_warning_errno(r, "Cannot make '%s' for pod '%s', ignoring: %m", path,
                                  a->stage->pod.name);
                return -ENOENT;
        }

        return r;
}

static int make(StageApp *a, bool read_only, const char *name, const char *target, const char *text) {
        _cleanup_free_ char *path = NULL;

        int r = str_printf(&path, "etc/%s", name);
        if (r >= 0)
                r = file_create_at(a->place_fd, path, text, strlen(text), read_only ? 0444 : 0644);
        if (r < 0)
                return r;
        if (fchownat(a->place_fd, path, a->stage->uid_base, a->stage->uid_base, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;

        return view_bind(a, read_only || a->app->read_only_rootfs, path, target);
}

static int make_hostname(StageApp *a, const char *target) {
        _cleanup_free_ char *text = NULL;

        int r = text_of_hostname(a->stage, &text);
        return r < 0 ? r : make(a, /* read_only= */ false, "hostname", target, text);
}

static int make_machine_id(StageApp *a, const char *target) {
        char text[TEXT_MACHINE_ID_SIZE];

        text_of_machine_id(a->stage, text);
        return make(a, /* read_only= */ true, "machine-id", target, text);
}

/* What the image has there; "" if nothing, or nothing that could be read. */
static int read_target(const StageApp *a, const char *target, Blob *ret) {
        _cleanup_close_ int fd = target_open(a->view_fd, target, O_RDONLY | O_NONBLOCK | O_NOCTTY);
        struct stat st;

        if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
                return 0;

        int r = fd_read_blob(fd, TEXT_FILE_MAX, ret);
        return r == -ENOMEM ? r : 0;
}

static int label(const Stage *s, int fd) {
        const char *label = s->labels.file;

        return label && fsetxattr(fd, "security.selinux", label, strlen(label) + 1, 0) < 0 ? -errno : 0;
}

/* The file that all of the pod's apps have in common, which changes while they run. It is on a disk of the host's: so nobody in the pod
 * writes to it. */
static int share_hosts(StageApp *a, const char *target) {
        struct mount_attr read_only = { .attr_set = MOUNT_ATTR_RDONLY };

        _cleanup_close_ int fd = openat(a->stage->pod.fd, HOSTS_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        int r = fd < 0 ? -errno : label(a->stage, fd);
        if (r < 0)
                return r;
        _cleanup_close_ int tree = open_tree(fd, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
        if (tree < 0 || mount_setattr(tree, "", AT_EMPTY_PATH, &read_only, sizeof(read_only)) < 0)
                return -errno;

        return view_mount(a, tree, target);
}

/* The image's own, and what the pod adds to them. */
static int make_hosts(StageApp *a, const char *target) {
        _cleanup_free_ char *text = NULL, *all = NULL;
        _cleanup_blob_ Blob old = {};

        int r = read_target(a, target, &old);
        if (r >= 0)
                r = old.size > 0 ? text_of_more_hosts(a->stage, &text) : text_of_hosts(a->stage, &text);
        if (r < 0 || !text)
                return r;
        if (old.size == 0 && pod_has_networks(a->stage->manifest))
                return share_hosts(a, target);

        r = old.size > 0 ? str_printf(&all, "%s\n%s", (const char *) old.data, text) : 0;
        return r < 0 ? r : make(a, /* read_only= */ false, "hosts", target, all ? all : text);
}

static int make_resolv_conf(StageApp *a, const char *target) {
        _cleanup_free_ char *text = NULL;

        int r = text_of_resolv_conf(a->stage, &text);
        return r < 0 || !text ? r : make(a, /* read_only= */ false, "resolv.conf", target, text);
}

static int make_one(StageApp *a, const char *name, int (*f)(StageApp *a, const char *target)) {
        _cleanup_free_ char *target = NULL;

        int r = find_target(a, name, &target);
        return r == -ENOENT ? 0 : r < 0 ? r : f(a, target);
}

int files_make(StageApp *a) {
        int r = make_directory(a);
        if (r >= 0)
                r = make_one(a, "hostname", make_hostname);
        if (r >= 0)
                r = make_one(a, "machine-id", make_machine_id);
        if (r >= 0)
                r = make_one(a, "hosts", make_hosts);
        if (r >= 0)
                r = make_one(a, "resolv.conf", make_resolv_conf);
        if (r < 0)
                return log_error_errno(r, "Cannot make the files in /etc of pod '%s': %m",
                                       a->stage->pod.name);

        return 0;
}
