/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: nodes of the host's devices, for the pod.
 * Never: decides who may use them; hands on anything that is no device.
 * Follows: mknod(2); systemd.resource-control(5), "DeviceAllow=". */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "basic/words.h"
#include "nspawn-stage1/devices.h"
#include "pod/annotation-list.h"
#include "pod/annotations.h"
#include "stage/place.h"
#include "stage/view.h"

/* In a file system of their own: the one that all else is mounted in has no devices. */
static int make_directory(const StageApp *a) {
        _cleanup_free_ char *path = NULL;

        int r = str_printf(&path, "%s/devices", a->place);
        if (r < 0)
                return r;
        if (mkdirat(a->place_fd, "devices", 0755) < 0)
                return -errno;

        return place_mount_memory(a->stage, path, MS_NOSUID | MS_NOEXEC, "mode=0755,size=1M");
}

/* The pod's root may open it, and whoever that lets. */
static int make_node(const StageApp *a, const char *name, const struct stat *st) {
        if (mknodat(a->place_fd, name, st->st_mode & S_IFMT, st->st_rdev) < 0 ||
            fchownat(a->place_fd, name, a->stage->uid_base, a->stage->uid_base, AT_SYMLINK_NOFOLLOW) < 0 ||
            fchmodat(a->place_fd, name, 0666, 0) < 0)
                return -errno;

        return 0;
}

static int add(StageApp *a, size_t number, const char *host, const char *pod, char **reterr_why) {
        _cleanup_free_ char *target = NULL;
        char name[32];
        struct stat st;

        if (stat(host, &st) < 0)
                return errno == ENOENT ? refuse(reterr_why, -ENOENT, "there is no such device") : -errno;
        if (!S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode))
                return refuse(reterr_why, -ENODEV, "it is no device");

        (void) snprintf(name, sizeof(name), "devices/%zu", number);
        int r = make_node(a, name, &st);
        if (r >= 0)
                r = view_find_target(a, pod, S_IFREG, &target);
        if (r == -EBUSY)
                return refuse(reterr_why, r, "something else is mounted at '%s'", pod);

        return r < 0 ? r : view_bind(a, /* read_only= */ false, name, target);
}

/* "HOST:POD:ACCESS"; with a dash in front it may be missing. */
static int add_line(StageApp *a, size_t number, const char *line) {
        bool optional = line[0] == '-';
        _cleanup_strv_ char **fields = NULL;
        _cleanup_free_ char *why = NULL;

        int r = fields_split(line + optional, &fields, NULL);
        if (r >= 0 && strv_length(fields) < 2)
                r = -EBADMSG;
        if (r < 0)
                return log_error_errno(r, "Cannot read which devices pod '%s' has: %m", a->stage->pod.name);

        r = add(a, number, fields[0], fields[1], &why);
        if (r == -ENOENT && optional)
                return 0;
        if (r < 0)
                return log_error_errno(r, "Cannot give device '%s' to pod '%s': %s", fields[0],
                                       a->stage->pod.name, why ? why : strerror(-r));

        return 0;
}

int devices_make(StageApp *a) {
        _cleanup_strv_ char **lines = NULL;

        int r = annotation_list(&a->app->annotations, ANNOTATION_DEVICES, &lines);
        if (r >= 0 && lines)
                r = make_directory(a);
        if (r < 0)
                return log_error_errno(r, "Cannot make the devices of pod '%s': %m", a->stage->pod.name);

        for (size_t i = 0; r >= 0 && lines && lines[i]; i++)
                r = add_line(a, i, lines[i]);
        return r;
}
