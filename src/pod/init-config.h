/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What stage1 tells gantry-init about an app: "key=value" records, each ended by a NUL byte. */
#define INIT_USER "user"
#define INIT_GROUP "group"  /* absent: the user's own */
#define INIT_GROUP_ID "gid" /* a supplementary group; may be repeated */
#define INIT_MEMBER_GROUPS "member-groups"
#define INIT_WORKING_DIRECTORY "cwd"
#define INIT_MAKE_WORKING_DIRECTORY "make-cwd"
#define INIT_CAPABILITIES "caps" /* hexadecimal mask */
#define INIT_NO_NEW_PRIVILEGES "nnp"
#define INIT_STOP_SIGNAL "stop-signal"    /* number */
#define INIT_ENVIRONMENT "env"            /* NAME=VALUE; may be repeated */
#define INIT_ARGUMENT "arg"               /* may be repeated */
#define INIT_CONFIG_MAX (4 * 1024 * 1024) /* bytes */

/* Where it finds itself, its orders and its way to report, inside the pod. */
#define INIT_PATH "/run/gantry/init"
#define INIT_CONFIG_PATH "/run/gantry/app"
#define INIT_STATUS_FD 3

/* What it reports over INIT_STATUS_FD. */
typedef struct InitStatus {
        enum { INIT_STARTED = 1, INIT_EXITED, INIT_KILLED, INIT_FAILED } event;
        int value; /* exit status, signal, or the errno that stopped it from executing the app */
} InitStatus;

/* Its exit status is the app's, 128+n for signal n, or one of these. */
#define EXIT_GANTRY 125
#define EXIT_NOT_EXECUTABLE 126
#define EXIT_NOT_FOUND 127
