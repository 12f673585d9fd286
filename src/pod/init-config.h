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
#define INIT_STOP_SIGNAL "stop-signal" /* number */
#define INIT_ENVIRONMENT "env"         /* NAME=VALUE; may be repeated */
#define INIT_ARGUMENT "arg"            /* may be repeated */
#define INIT_AMBIENT "ambient"         /* hexadecimal mask: what a user other than root has as well */
#define INIT_FILTER "filter" /* "1": apply the seccomp filter (struct sock_filter[]) of INIT_FILTER_PATH */
#define INIT_MASK "mask"     /* a path to cover; may be repeated, as the next four */
#define INIT_UNMASK "unmask" /* a path to uncover that nspawn has covered */
#define INIT_READ_ONLY "read-only" /* a path to make read-only */
#define INIT_SYSCTL "sysctl"       /* "net.ipv4.ip_forward=1", of a namespace of the pod's own */
/* The name of one socket; they are the fds behind INIT_STATUS_FD, in this order */
#define INIT_LISTEN "listen"
#define INIT_NOTIFY "notify" /* "1": the app may use INIT_NOTIFY_PATH */
#define INIT_READY "ready" /* "1": the systemd in the pod hears from gantry-init that the app was executed */
#define INIT_HOST "host"   /* "1": namespaces, devices and all else is the host's, who has arranged it */
#define INIT_SHARE_PID "share-pid" /* "1": the app has no PID namespace of its own */
#define INIT_WATCHDOG "watchdog"   /* microseconds in which the app has to notify WATCHDOG=1 */
/* What their directory is called: the app is given what is in $CREDENTIALS_DIRECTORY */
#define INIT_CREDENTIALS "credentials"
/* "1": standard input is a socket that wants the app's terminal (pod/pod-terminal.h) */
#define INIT_TERMINAL "terminal"
/* The port of the pod's loopback to listen on for the metadata service (INIT_LISTENING) */
#define INIT_METADATA "metadata"
#define INIT_METADATA_URL "metadata-url" /* where the app finds that */
#define INIT_ROOT "root" /* `gantry exec` only: the command's root, once its user has been looked up */
#define INIT_CONFIG_MAX (4 * 1024 * 1024) /* bytes */

/* Of the root of an app of several (INIT_ROOT_ORDERS), likewise. */
/* What is to be mounted, by a path in the pod's root; may be repeated, as the next */
#define INIT_BIND "bind"
#define INIT_BIND_READ_ONLY "bind-read-only"
#define INIT_BIND_TARGET "at"                /* behind each: where, in the app's root */
#define INIT_OWN_DEVICES "own-devices"       /* "1": a /dev of its own, and no way to make a device */
#define INIT_READ_ONLY_ROOT "read-only-root" /* "1": what has not been mounted in it cannot be written to */

/* Where it finds itself, its orders and its way to report, inside the pod. */
#define INIT_DIRECTORY "/run/gantry" /* bound in, read-only; what follows is in it */
#define INIT_PATH "/run/gantry/init"
#define INIT_CONFIG_PATH "/run/gantry/app"
#define INIT_ORDERS "app" /* files in that directory: of the app, and of its event handlers */
#define INIT_ORDERS_PRE_START "app.pre-start"
#define INIT_ORDERS_POST_STOP "app.post-stop"
#define INIT_ROOT_ORDERS "root" /* another, in a pod that boots */
#define INIT_FILTER_PATH "/run/gantry/filter"
#define INIT_NOTIFY_NAME "notify"
#define INIT_NOTIFY_PATH INIT_DIRECTORY "/" INIT_NOTIFY_NAME
#define INIT_STATUS_NAME "status"
#define INIT_STATUS_PATH INIT_DIRECTORY "/" INIT_STATUS_NAME
#define INIT_STREAMS_NAME "streams"
#define INIT_STREAMS_PATH INIT_DIRECTORY "/" INIT_STREAMS_NAME
#define INIT_CREDENTIALS_DIRECTORY "/run/credentials" /* a directory for each app in it */
#define INIT_STATUS_FD 3 /* and behind it the app's sockets; gantry-init hands those on from 3 on */

/* In a pod that boots it begins in the root of the systemd there, and is told the directory in which the app's "root" and its INIT_DIRECTORY,
 * "gantry", are. It makes the one its own, with what is mounted there, in a mount namespace of its own.
 *
 * There it has none of these fds: it connects to INIT_STATUS_PATH, and the stage's first message has them: standard input,
 * output, error, and the app's sockets. The connection itself is what it reports over; when it has reported the end, it waits until the
 * stage has closed that. An event handler is given the streams alone, at INIT_STREAMS_PATH: there is nothing that it could report. */

/* What it reports over INIT_STATUS_FD, a SOCK_SEQPACKET socket. With INIT_LISTENING comes that socket, by SCM_RIGHTS. */
typedef struct InitStatus {
        enum { INIT_STARTED = 1, INIT_EXITED, INIT_KILLED, INIT_DUMPED, INIT_FAILED, INIT_LISTENING } event;
        int value; /* exit status; signal (that also made it dump core); the exit status for that the app could not be executed */
} InitStatus;

/* Its exit status is the app's, 128+n for signal n, or one of these. */
#define EXIT_GANTRY 125
#define EXIT_NOT_EXECUTABLE 126
#define EXIT_NOT_FOUND 127
