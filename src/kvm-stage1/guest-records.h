/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/blob.h"
#include "kvm-stage1/disks.h"
#include "kvm-stage1/exports.h"

/* The texts of an app's /etc, by their numbers in GUEST_FILES; NULL: there is no such file. */
enum { TEXT_HOSTNAME, TEXT_HOSTS, TEXT_MORE_HOSTS, TEXT_MACHINE_ID, TEXT_RESOLV_CONF, _TEXTS };

typedef struct GuestTexts {
        char *list[_TEXTS];
} GuestTexts;

void guest_texts_done(GuestTexts *t);
#define _cleanup_guest_texts_ _cleanup_(guest_texts_done)

/* Of a pod that is not in its networks yet, without those that depend on them. */
int guest_texts_make(const Stage *s, GuestTexts *ret);

/* What the guest is told about its pod (GUEST_ORDERS of pod/guest-config.h). Volumes of the host become exports on the way. Logs. */
int guest_records_make(const Stage *s, Store *store, const Disks *disks, const GuestTexts *texts,
                       Exports *exports, Blob *ret);
