/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: which files are the disks of a pod's machine.
 * Never: writes to a layer, or mounts what a guest can write to.
 * Follows: docs/STORE.md, "At every start"; pod/guest-config.h. */

#include <endian.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "basic/process.h"
#include "basic/str.h"
#include "erofs/format.h"
#include "kvm-stage1/disks.h"
#include "pod/annotations.h"
#include "pod/guest-config.h"
#include "pod/machine-tools.h"
#include "selinux/relabel.h"
#include "stage/layers.h"
#include "stage1/stage1-image.h"

#define WRITABLE_NAME "writable" /* in the pod's directory */

void disks_done(Disks *d) {
        for (size_t i = 0; i < d->n; i++)
                fd_close(d->list[i].qemu.fd);
        for (size_t i = 0; i < d->n_stacks; i++)
                free(d->stacks[i].layers);
        free(d->stacks);
        free(d->list);
        *d = (Disks) {};
}

/* What the guest compares: it is to mount this file system and no other. */
static int read_uuid(int fd, char ret[static 33]) {
        ErofsSuper super;

        if (pread(fd, &super, sizeof(super), EROFS_SUPER_OFFSET) != sizeof(super) ||
            le32toh(super.magic) != EROFS_MAGIC)
                return -EBADMSG;

        hex_encode(super.uuid, sizeof(super.uuid), ret);
        return 0;
}

/* Takes the fd over, also when it fails. */
static int add(Disks *d, int taken_fd, const char *serial, bool writable) {
        _cleanup_close_ int fd = taken_fd;
        struct stat st;

        Disk *grown = reallocarray(d->list, d->n + 1, sizeof(Disk));
        if (!grown)
                return -ENOMEM;
        d->list = grown;
        if (fstat(fd, &st) < 0)
                return -errno;

        Disk disk = { .qemu = { .writable = writable }, .device = st.st_dev, .inode = st.st_ino };
        (void) snprintf(disk.qemu.serial, sizeof(disk.qemu.serial), "%s", serial);
        int r = writable ? 0 : read_uuid(fd, disk.uuid);
        if (r < 0)
                return r;

        disk.qemu.fd = TAKE_FD(fd);
        d->list[d->n++] = disk;
        return 0;
}

/* Returns its place in the list, or that of a layer that is the same file. */
static int add_layer(Disks *d, int taken_fd, size_t *ret) {
        _cleanup_close_ int fd = taken_fd;
        char serial[24];
        struct stat st;

        if (fstat(fd, &st) < 0)
                return -errno;
        for (size_t i = 0; i < d->n; i++)
                if (d->list[i].device == st.st_dev && d->list[i].inode == st.st_ino) {
                        *ret = i;
                        return 0;
                }

        (void) snprintf(serial, sizeof(serial), "l%zu", d->n);
        *ret = d->n;
        return add(d, TAKE_FD(fd), serial, /* writable= */ false);
}

static int add_stack(Disks *d, Store *store, const StageApp *a) {
        struct Stack *stack = &d->stacks[d->n_stacks++];
        _cleanup_free_ int *fds = NULL;
        size_t n = 0;

        int r = layers_open(store, &a->app->image_id, &fds, &n);
        if (r < 0)
                return r;
        stack->layers = calloc(n, sizeof(size_t));
        r = stack->layers ? 0 : -ENOMEM;
        for (size_t i = 0; i < n; i++)
                if (r >= 0)
                        r = add_layer(d, fds[i], &stack->layers[stack->n++]);
                else
                        fd_close(fds[i]);
        if (r < 0)
                return log_error_errno(r, "Cannot make disks of the layers of app '%s' of pod '%s': %m",
                                       a->app->name, a->stage->pod.name);

        return 0;
}

static int add_systemd(Disks *d, const Stage *s, Store *store) {
        _cleanup_close_ int fd = -EBADF;
        _cleanup_free_ char *why = NULL;

        int r = stage1_image_open(store, &fd, &why);
        if (r >= 0)
                r = add(d, TAKE_FD(fd), GUEST_STAGE1_DISK, /* writable= */ false);
        if (r < 0)
                return log_error_errno(r, "Cannot have a systemd for pod '%s': %s", s->pod.name,
                                       why ? why : strerror(-r));

        return 0;
}

/* An empty file system for the guest, once: what a pod has written stays with it. Whole or not at all by its name. */
static int make_writable(const Stage *s, uint64_t size, char **reterr_why) {
        static const char unfinished[] = "." WRITABLE_NAME;
        _cleanup_free_ char *program = NULL;

        int r = machine_tool_find(MACHINE_MKFS, &program, reterr_why);
        if (r < 0)
                return r;

        (void) unlinkat(s->pod.fd, unfinished, 0);
        _cleanup_close_ int fd = openat(s->pod.fd, unfinished, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd < 0 || ftruncate(fd, (off_t) size) < 0)
                return -errno;

        r = process_run(&(Spawn) {
                        .argv = (char *[]) { program, (char *) "-q", (char *) "-F", (char *) "-m0",
                                             (char *) "-Elazy_itable_init=1,nodiscard",
                                             (char *) "/proc/self/fd/3", NULL },
                        .in = -EBADF,
                        .out = STDERR_FILENO,
                        .err = -EBADF,
                        .pass = &fd,
                        .n_pass = 1,
        });
        if (r != 0)
                return r < 0 ? r : -EIO; /* it has said why */

        return renameat(s->pod.fd, unfinished, s->pod.fd, WRITABLE_NAME) < 0 ? -errno : 0;
}

static int open_writable(const Stage *s) {
        _cleanup_close_ int fd = openat(s->pod.fd, WRITABLE_NAME, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
        int r = fd < 0 ? -errno : relabel_tree(fd, s->labels.file, /* reterr_why= */ NULL);

        return r < 0 ? r : TAKE_FD(fd);
}

static int add_writable(Disks *d, const Stage *s) {
        const char *text = pairs_get(&s->manifest->annotations, ANNOTATION_RW_SIZE);
        _cleanup_free_ char *why = NULL;
        uint64_t size;

        if (!text)
                return 0;
        int r = str_to_u64(text, &size);
        int fd = r < 0 ? r : open_writable(s);
        if (fd == -ENOENT) {
                r = make_writable(s, size, &why);
                fd = r < 0 ? r : open_writable(s);
        }
        r = fd < 0 ? fd : add(d, fd, DISK_WRITABLE, /* writable= */ true);
        if (r < 0)
                return log_error_errno(r, "Cannot make the writable disk of pod '%s': %s", s->pod.name,
                                       why ? why : strerror(-r));

        return 0;
}

int disks_open(const Stage *s, Store *store, Disks *ret) {
        _cleanup_disks_ Disks d = { .stacks = calloc(s->n_apps, sizeof(struct Stack)) };
        int r = d.stacks ? 0
                         : log_error_errno(-ENOMEM, "Cannot make the disks of pod '%s': %m", s->pod.name);

        for (size_t i = 0; r >= 0 && i < s->n_apps; i++)
                r = add_stack(&d, store, &s->apps[i]);
        if (r >= 0 && s->boots)
                r = add_systemd(&d, s, store);
        if (r >= 0)
                r = add_writable(&d, s);
        if (r >= 0 && d.n > QEMU_DISKS_MAX)
                r = log_error_errno(
                                -E2BIG,
                                "Cannot run pod '%s' in a virtual machine: its apps have %zu layers, of %u at most",
                                s->pod.name, d.n, QEMU_DISKS_MAX);
        if (r < 0)
                return r;

        *ret = d;
        d = (Disks) {};
        return 0;
}
