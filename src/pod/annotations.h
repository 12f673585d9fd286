/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What pod.json says that appc has no word for: the annotations that gantry-prepare writes and that stages and
 * tools read. A list is one item a line. */

/* Of the pod. */
#define ANNOTATION_NETWORK "gantry/network" /* list, as pod/network-kind.h has them; absent: "none" */
#define ANNOTATION_USER_NAMESPACE "gantry/user-namespace" /* "host": none of its own */
#define ANNOTATION_HOSTNAME "gantry/hostname"             /* else the pod's name */
/* List: "MemoryMax=1G", as systemd spells them */
#define ANNOTATION_UNIT_PROPERTIES "gantry/unit-properties"
#define ANNOTATION_SOCKETS "gantry/sockets" /* list: "ListenStream=8080"; of each of several apps, too */
#define ANNOTATION_HOSTS "gantry/hosts"     /* list: "ADDRESS NAME…" for /etc/hosts */
/* "yes": every app has the metadata service, not those of appc images alone */
#define ANNOTATION_METADATA "gantry/metadata"
#define ANNOTATION_DNS "gantry/dns" /* list: lines of resolv.conf */
#define ANNOTATION_END "gantry/end" /* "all" (default), "any-failed" or "app:NAME": when the pod ends */
#define ANNOTATION_SHARE_PID "gantry/share-pid"  /* "yes": apps see each other's processes */
#define ANNOTATION_LABEL "gantry/security-label" /* "disable": it has no label of SELinux's */
/* Of its processes; absent: the policy's for containers … */
#define ANNOTATION_LABEL_TYPE "gantry/security-label-type"
#define ANNOTATION_LABEL_FILE_TYPE "gantry/security-label-file-type" /* … and of its files */
/* "kvm": in a virtual machine; "fly": on the host; absent: in a container */
#define ANNOTATION_STAGE1 "gantry/stage1"
#define ANNOTATION_REQUIRE_KVM "gantry/require-kvm" /* "yes": not if the machine would have to be emulated */
/* Bytes: what apps write is on a disk of this size; absent: in the machine's memory */
#define ANNOTATION_RW_SIZE "gantry/rw-size"

/* Of an app. */
#define ANNOTATION_IMAGE "gantry/image"       /* the reference that the image is judged by */
#define ANNOTATION_OCI_USER "gantry/oci-user" /* config.User as it is: "user[:group]", group optional */
#define ANNOTATION_STOP_SIGNAL "gantry/stop-signal" /* "SIGINT" */
/* List: capabilities that were asked for by name; a user other than root has them, too */
#define ANNOTATION_AMBIENT "gantry/ambient-capabilities"
/* "unconfined"; "profile": apps/APP/seccomp.json; absent: the default */
#define ANNOTATION_SECCOMP "gantry/seccomp"
#define ANNOTATION_RLIMITS "gantry/rlimits"     /* list: "NOFILE=1024:2048" */
#define ANNOTATION_MASK "gantry/mask"           /* list: paths that are covered, besides nspawn's own */
#define ANNOTATION_READ_ONLY "gantry/read-only" /* list: paths that are made read-only */
/* List: paths that are not covered; "all": none is, and /proc/sys can be written to */
#define ANNOTATION_UNMASK "gantry/unmask"
#define ANNOTATION_DEVICES "gantry/devices" /* list: "/dev/fuse:/dev/fuse:rwm", host:pod:access */
#define ANNOTATION_TMPFS "gantry/tmpfs"     /* list: "/cache:size=64M,mode=1777" */
/* List: volumes that get the image's files when they are empty */
#define ANNOTATION_COPY_UP "gantry/copy-up"
/* List: volumes whose files get a label that all pods may use … */
#define ANNOTATION_RELABEL_SHARED "gantry/relabel-shared"
#define ANNOTATION_RELABEL_PRIVATE "gantry/relabel-private" /* … or that of this pod */
/* List: volumes of a pod that flies that are the host's for what is mounted in them, too */
#define ANNOTATION_PROPAGATE "gantry/propagate"
/* "app": ready when the app says so; absent: when it is executed */
#define ANNOTATION_NOTIFY "gantry/notify"
#define ANNOTATION_STDIN "gantry/stdin"       /* "open": a pipe that `gantry attach` writes to */
#define ANNOTATION_TERMINAL "gantry/terminal" /* "yes": the app has a terminal */
#define ANNOTATION_AFTER "gantry/after" /* list: apps that are to be ready before this one is started */
/* List: apps without which this one is neither started nor goes on */
#define ANNOTATION_REQUIRES "gantry/requires"
#define ANNOTATION_RESTART "gantry/restart"           /* as systemd spells it: "on-failure" */
#define ANNOTATION_STOP_TIMEOUT "gantry/stop-timeout" /* a time span as systemd spells it */
/* List: "MemoryMax=1G", of the app's own service, in pods that boot */
#define ANNOTATION_SERVICE_PROPERTIES "gantry/service-properties"
