/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"
#include "image/json-table.h"

/* How a pod ended: exit.json in its directory. */
typedef struct ExitRecord {
        uint64_t when_usec; /* CLOCK_REALTIME */
        char *result; /* what systemd calls it: "success", "exit-code", "signal", "oom-kill", "timeout", … */
        int64_t code;   /* exit status of the pod: the app's, or 128+n */
        int64_t signal; /* that killed the app, or 0 */
        bool core;      /* and the app's memory was dumped */
        bool oom;       /* the kernel killed it, for its memory was used up */
} ExitRecord;

void exit_record_done(ExitRecord *r);
#define _cleanup_exit_record_ _cleanup_(exit_record_done)

/* As a member of another document (image/json-table.h); none if `result` is NULL. */
int exit_record_encode(const void *member, Json **ret);
int exit_record_decode(const Json *value, void *member, const JsonPath *at);

int exit_record_write(int pod_fd, const ExitRecord *record);
int exit_record_read(int pod_fd,
                     ExitRecord *ret); /* -ENOENT: it has not ended, or nobody could write it down */

/* "exited (7)", "killed (SIGTERM)", "killed (SIGSEGV, core dumped)", "out of memory"; owned by the caller. */
int exit_record_describe(const ExitRecord *r, char **ret);
