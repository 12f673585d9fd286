/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* A virtual machine, as qemu is told of it. fds are numbers in qemu, which opens nothing but the two files. */
typedef struct QemuDisk {
        char serial[16]; /* "l0"; the guest finds it by that */
        int fd;
        bool writable;
} QemuDisk;

typedef struct QemuSpec {
        const char *name;
        const char *uuid;
        const char *kernel, *initrd; /* paths */
        bool kvm;                    /* else it is emulated */
        unsigned tsc_khz;            /* of the host's clock, for one that is emulated; 0: unknown */
        bool tracing;                /* somebody in it could mount the kernel's tracefs */
        uint64_t memory_bytes;
        unsigned cpus;
        const QemuDisk *disks;
        size_t n_disks;
        const int *taps; /* one for each network */
        size_t n_taps;
        int link;    /* a socket: the way to the guest's agent */
        int volumes; /* a socket: virtiofsd; or -EBADF */
} QemuSpec;

#define QEMU_DISKS_MAX 200u
#define QEMU_NETWORKS_MAX 16u

/* Whether they need the larger of the two buses that there are. */
bool qemu_needs_pci(size_t n_disks, size_t n_networks);

/* The command line, its program's path being `program`. -E2BIG: there are too many disks or networks. */
int qemu_argv(const char *program, const QemuSpec *spec, char ***ret);
