/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "kvm-stage1/disks.h"
#include "network/taps.h"
#include "stage/stage.h"
#include "store/store.h"

/* qemu of a pod, as it is put together. */
typedef struct Qemu {
        const Stage *stage;
        char *program;
        char *root; /* what it sees of the file system: programs, libraries, a kernel and its first root */
        bool kvm;
        gid_t kvm_group;
        uint64_t memory_bytes;
        unsigned cpus;
} Qemu;

void qemu_done(Qemu *q);
#define _cleanup_qemu_ _cleanup_(qemu_done)

/* Finds out what there is to run a machine with, makes the root, and notes down which machine it is (pod/machine.h). *ret_initrd is a file
 * to which the pod's orders are to be appended. Logs. */
int qemu_prepare(const Stage *s, Store *store, Qemu *ret, int *ret_initrd);

/* What it is given. All fds are borrowed. */
typedef struct QemuFds {
        const Disks *disks;
        const Taps *taps;
        int link;
        int volumes; /* or -EBADF */
        int serial;  /* what its kernel prints goes there */
        int err;
} QemuFds;

/* Logs. */
int qemu_start(const Qemu *q, const QemuFds *fds, pid_t *ret);
