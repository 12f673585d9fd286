/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "kvm-stage1/qemu-command.h"
#include "stage/stage.h"
#include "store/store.h"

/* The disks of a pod's machine: the layers of its apps, each once however many apps have it; the systemd that it boots; and what it can
 * write to. */
typedef struct Disk {
        QemuDisk qemu; /* its fd is this process's */
        char uuid[33]; /* of the EROFS file system in there, in hexadecimal digits; "" for another */
        dev_t device;  /* of the file */
        ino_t inode;
} Disk;

typedef struct Disks {
        Disk *list;
        size_t n;
        struct Stack { /* an app's: which of them are its layers, the lowest first */
                size_t *layers;
                size_t n;
        } * stacks;
        size_t n_stacks;
} Disks;

#define DISK_WRITABLE "rw" /* its serial */

/* Logs. */
int disks_open(const Stage *s, Store *store, Disks *ret);
void disks_done(Disks *d);
#define _cleanup_disks_ _cleanup_(disks_done)
