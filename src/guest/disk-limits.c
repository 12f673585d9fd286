/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the limits of disks, for which only the guest knows what device each is.
 * Never: limits what is in memory, or in a volume of the host's: there is no disk.
 * Follows: pod/guest-config.h; systemd.resource-control(5). */

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "guest/disk-limits.h"
#include "guest/disks.h"
#include "pod/guest-config.h"

static void put_limit(FILE *f, dev_t disk, const char *what, const char *limit) {
        static const char *const directions[] = { "Read", "Write" };

        for (size_t i = 0; limit && i < ELEMENTSOF(directions); i++)
                fprintf(f, "IO%s%sMax=/dev/block/%u:%u %s\n", directions[i], what, major(disk), minor(disk),
                        limit);
}

static int put_disk(FILE *f, const GuestApp *app, const char *mounted) {
        struct stat st;

        if (stat(mounted, &st) < 0)
                return -errno;

        put_limit(f, st.st_dev, "Bandwidth", app->disk_bandwidth);
        put_limit(f, st.st_dev, "IOPS", app->disk_iops);
        return 0;
}

static int put_disks(FILE *f, const GuestConfig *c, const GuestApp *app) {
        int r = c->rw_disk ? put_disk(f, app, DISKS_WRITABLE) : 0;

        for (size_t i = 0; r >= 0 && i < app->n_layers; i++) {
                _cleanup_free_ char *mounted = NULL;

                r = str_printf(&mounted, DISKS_DIRECTORY "/%s", app->layers[i]);
                if (r >= 0)
                        r = put_disk(f, app, mounted);
        }

        return r;
}

static int make_text(const GuestConfig *c, const GuestApp *app, Blob *ret) {
        _cleanup_blob_ Blob text = {};

        FILE *f = open_memstream((char **) &text.data, &text.size);
        if (!f)
                return -ENOMEM;
        fputs("[Service]\n", f);
        int r = put_disks(f, c, app);
        if (fclose(f) == EOF && r >= 0)
                r = -ENOMEM;
        if (r < 0)
                return r;

        *ret = TAKE_BLOB(text);
        return 0;
}

int disk_limits_write(const GuestConfig *c, const GuestApp *app) {
        _cleanup_free_ char *directory = NULL, *path = NULL;
        _cleanup_blob_ Blob text = {};

        if (!app->disk_bandwidth && !app->disk_iops)
                return 0;
        int r = make_text(c, app, &text);
        if (r >= 0)
                r = str_printf(&directory, GUEST_UNITS "/app-%s.service.d", app->name);
        if (r >= 0)
                r = str_printf(&path, "%s/disks.conf", directory);
        if (r >= 0)
                r = mkdir_parents(directory, 0755);

        return r < 0 ? r : file_create_at(AT_FDCWD, path, text.data, text.size, 0444);
}
