/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/appc-pod.h"
#include "image/json-table.h"

/* Whether it is to run in one. */
bool pod_is_virtual_machine(const AppcPod *pod);

/* What virtual machine a pod runs in: machine.json in its directory, written whenever one starts. */
typedef struct PodMachine {
        char *kernel; /* its release */
        uint64_t memory_bytes;
        uint64_t cpus;
        char *accelerator; /* as qemu calls it: "kvm", "tcg" */
} PodMachine;

void pod_machine_done(PodMachine *m);
#define _cleanup_pod_machine_ _cleanup_(pod_machine_done)

int pod_machine_write(int pod_fd, const PodMachine *m);
int pod_machine_read(int pod_fd, PodMachine *ret); /* -ENOENT: it has run in none yet */
