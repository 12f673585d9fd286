/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the pod's disks.
 * Never: mounts one by its place on the bus, or a sealed one without having looked which it is.
 * Follows: virtio, "Block Device", "serial"; erofs/format.h. */

#include <endian.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "erofs/format.h"
#include "guest/disks.h"
#include "pod/guest-config.h"

#define SERIAL_MAX 20 /* of virtio */

typedef struct Disk {
        char device[32]; /* "/dev/vda" */
        char serial[SERIAL_MAX + 1];
} Disk;

typedef struct Disks {
        Disk *list;
        size_t n;
} Disks;

static void disks_done(Disks *d) {
        free(d->list);
}

static bool is_disk(const struct dirent *entry) {
        return startswith(entry->d_name, "vd") != NULL;
}

static int read_serial(int directory, const char *name, char ret[static SERIAL_MAX + 1]) {
        char path[48];

        (void) snprintf(path, sizeof(path), "%.16s/serial", name);
        _cleanup_close_ int fd = openat(directory, path, O_RDONLY | O_CLOEXEC);
        ssize_t n = fd < 0 ? -1 : read(fd, ret, SERIAL_MAX);
        if (n < 0)
                return -errno;

        ret[n] = '\0';
        ret[strcspn(ret, "\n")] = '\0';
        return 0;
}

/* All that there are: each that the stage has given is wanted. */
static int find_disks(const GuestConfig *c, Disks *ret) {
        _cleanup_closedir_ DIR *d = NULL;
        int r = dir_stream_at(AT_FDCWD, "/sys/block", &d);
        if (r < 0)
                return r;
        ret->list = calloc(c->n_disks + 1, sizeof(Disk));
        if (!ret->list)
                return -ENOMEM;

        for (struct dirent *entry; r >= 0 && ret->n <= c->n_disks && (entry = readdir(d));) {
                Disk *disk = &ret->list[ret->n];

                if (!is_disk(entry))
                        continue;
                (void) snprintf(disk->device, sizeof(disk->device), "/dev/%.16s", entry->d_name);
                r = read_serial(dirfd(d), entry->d_name, disk->serial);
                ret->n++;
        }

        return r;
}

static const char *find_device(const Disks *d, const char *serial) {
        for (size_t i = 0; i < d->n; i++)
                if (streq(d->list[i].serial, serial))
                        return d->list[i].device;

        return NULL;
}

/* The digest that the stage has checked the file by is in the UUID, as far as there is room. */
static int check_uuid(const char *device, const uint8_t *uuid) {
        ErofsSuper super;

        _cleanup_close_ int fd = open(device, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || pread(fd, &super, sizeof(super), EROFS_SUPER_OFFSET) != sizeof(super))
                return -EIO;

        return le32toh(super.magic) == EROFS_MAGIC && memcmp(super.uuid, uuid, sizeof(super.uuid)) == 0
                               ? 0
                               : -EBADMSG;
}

static int mount_sealed(const GuestDisk *disk, const char *device) {
        _cleanup_free_ char *path = NULL;

        int r = check_uuid(device, disk->uuid);
        if (r >= 0)
                r = str_printf(&path, DISKS_DIRECTORY "/%s", disk->serial);
        if (r < 0)
                return r;

        return mkdir(path, 0755) < 0 || mount(device, path, "erofs", MS_RDONLY | MS_NODEV, NULL) < 0 ? -errno
                                                                                                     : 0;
}

static int mount_all_sealed(const GuestConfig *c, const Disks *d, char **reterr_why) {
        for (size_t i = 0; i < c->n_disks; i++) {
                const GuestDisk *disk = &c->disks[i];
                const char *device = find_device(d, disk->serial);

                if (!device)
                        return refuse(reterr_why, -ENODEV, "Cannot find disk '%s' of the pod", disk->serial);
                int r = mount_sealed(disk, device);
                if (r == -EBADMSG)
                        return refuse(reterr_why, r, "Cannot use disk '%s': it is not the one it should be",
                                      disk->serial);
                if (r < 0)
                        return refuse(reterr_why, r, "Cannot mount disk '%s': %s", disk->serial,
                                      strerror(-r));
        }

        return 0;
}

static int mount_writable(const GuestConfig *c, const Disks *d, char **reterr_why) {
        const char *device = c->rw_disk ? find_device(d, c->rw_disk) : "tmpfs";

        if (device && mount(device, DISKS_WRITABLE, c->rw_disk ? "ext4" : "tmpfs", MS_NODEV,
                            c->rw_disk ? NULL : "mode=0755") >= 0)
                return 0;

        int r = device ? -errno : -ENODEV;
        return refuse(reterr_why, r, "Cannot mount what the apps of the pod are to write on: %s",
                      strerror(-r));
}

int disks_mount(const GuestConfig *c, char **reterr_why) {
        _cleanup_(disks_done) Disks d = {};

        int r = mkdir(DISKS_DIRECTORY, 0755) < 0 || mkdir(DISKS_WRITABLE, 0755) < 0 ? -errno : 0;
        if (r >= 0)
                r = find_disks(c, &d);
        if (r < 0)
                return refuse(reterr_why, r, "Cannot find the disks of the pod: %s", strerror(-r));

        r = mount_all_sealed(c, &d, reterr_why);
        return r < 0 ? r : mount_writable(c, &d, reterr_why);
}
