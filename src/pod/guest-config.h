/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the stage tells the agent in a pod's virtual machine (gantry-guest): files that are in the guest's first file system, from the
 * archive that the stage makes for this start. */
#define GUEST_ORDERS "/gantry/pod" /* records, as follows */
/* For each app, by its name, what is in its INIT_DIRECTORY (pod/init-config.h), but for gantry-init */
#define GUEST_APPS "/gantry/apps"
#define GUEST_FILES "/gantry/files" /* texts for the apps' /etc: 0, 1 … */
/* One file each; the directory is missing if there are none */
#define GUEST_CREDENTIALS "/gantry/credentials"
#define GUEST_UNITS "/gantry/units"        /* pods that boot: what is to be /etc/systemd/system */
#define GUEST_ORDERS_MAX (4 * 1024 * 1024) /* bytes */

/* And what is the same for all pods, in the archive before it. */
#define GUEST_INIT "/gantry/init" /* gantry-init */
#define GUEST_MODULES "/modules"  /* *.ko */
/* In there: a line "NAME FILE…" for each feature, in the order to load them, and their files likewise */
#define GUEST_MODULE_LIST "list"

/* The port of the link (link/message.h), the only one of its device: /dev/vport0p1. */
#define GUEST_PORT "gantry"

/* Records are "key=value", each ended by a NUL byte, as those of gantry-init. Flags are "1", or not there. First those of the pod. */
#define GUEST_HOSTNAME "hostname"
#define GUEST_MACHINE_ID "machine-id" /* 32 hexadecimal digits */
#define GUEST_BOOTS "boots"           /* a flag: the systemd on disk GUEST_STAGE1_DISK starts the apps */
/* "SERIAL:UUID": there is a disk, and an EROFS file system on it whose UUID is this (32 hexadecimal digits) */
#define GUEST_DISK "disk"
#define GUEST_PCI "pci" /* a flag: its devices are on a PCI bus, not on virtio-mmio */
/* A flag: it has interfaces, of which it is told later: LINK_GO has a stream of more records */
#define GUEST_NETWORK "network"
/* A flag: there is a virtiofs GUEST_VOLUMES_TAG, whose files 0, 1 … are volumes */
#define GUEST_VOLUMES "volumes"
/* The serial of an ext4 disk for what the apps write; else that is in memory */
#define GUEST_RW_DISK "rw-disk"

#define GUEST_STAGE1_DISK "s1"
#define GUEST_VOLUMES_TAG "volumes"

/* An app begins with its name; what follows is its own, up to the next one. They are numbered in this order, from 0. */
#define GUEST_APP "app"
#define GUEST_LAYER "layer"         /* the serial of a disk; the lowest comes first */
#define GUEST_READ_ONLY "read-only" /* a flag: its root */
#define GUEST_TERMINAL "terminal"   /* a flag, as INIT_TERMINAL */

/* Of an app that is alone; of others, their units say it. */
/* The next ones are what to write into the file of that name of its cgroup */
#define GUEST_MEMORY_MAX "memory-max"
#define GUEST_MEMORY_HIGH "memory-high"
#define GUEST_MEMORY_SWAP_MAX "memory-swap-max"
#define GUEST_TASKS_MAX "tasks-max"
#define GUEST_CPU_MAX "cpu-max"
/* Of an app in a pod that boots: bytes a second, read and written, of each of its disks */
#define GUEST_DISK_BANDWIDTH "disk-bandwidth"
#define GUEST_DISK_IOPS "disk-iops" /* and operations */
#define GUEST_RLIMIT "rlimit"       /* "NOFILE=1024:2048" or "NOFILE=1024", "infinity"; may be repeated */
#define GUEST_OOM_SCORE "oom-score" /* for oom_score_adj */

/* A file of the app begins with which text it has (a number in GUEST_FILES). What is a link in the app's root is followed in there. */
#define GUEST_FILE "file"
#define GUEST_FILE_TARGET "file-target" /* where it is to be seen */
#define GUEST_FILE_KEEP "file-keep"     /* a flag: but not if the image has a file there that is not empty */
#define GUEST_FILE_APPEND "file-append" /* then it is the image's file, and behind it this text (a number) */
#define GUEST_FILE_READ_ONLY "file-read-only" /* a flag; it is also read-only if the app's root is */

/* A mount of the app begins with its target. They are mounted in this order, all before the files. */
#define GUEST_MOUNT "mount"
#define GUEST_MOUNT_KIND "mount-kind"           /* one of: */
#define GUEST_MOUNT_VOLUME "volume"             /* of the host, by virtiofs */
#define GUEST_MOUNT_EMPTY "empty"               /* the pod's own, which apps may share */
#define GUEST_MOUNT_TMPFS "tmpfs"               /* in memory, the app's own */
#define GUEST_MOUNT_SOURCE "mount-source"       /* volume: its number; empty: its name */
#define GUEST_MOUNT_OPTIONS "mount-options"     /* tmpfs: as of --tmpfs= */
#define GUEST_MOUNT_READ_ONLY "mount-read-only" /* a flag */
/* A flag: it is new, and gets what the image has there. Of an empty one the guest knows if it is */
#define GUEST_MOUNT_COPY "mount-copy"
#define GUEST_MOUNT_MODE "mount-mode" /* empty: octal; these three of one that is new */
#define GUEST_MOUNT_UID "mount-uid"
#define GUEST_MOUNT_GID "mount-gid"

/* Records that come later, when the pod is in its networks. An interface begins with its name. They are in the order of the devices, whose first
 * addresses are GUEST_FIRST_MAC. */
#define GUEST_INTERFACE "interface"
#define GUEST_INTERFACE_MAC "interface-mac" /* 12 hexadecimal digits */
#define GUEST_INTERFACE_MTU "interface-mtu"
#define GUEST_ADDRESS "address" /* "10.77.0.2/16"; may be repeated */

#define GUEST_FIRST_MAC_OF "02:67:61:6e:74"
#define GUEST_FIRST_MAC                                                                                     \
        { 0x02, 0x67, 0x61, 0x6e, 0x74 } /* and the number of the device */

/* A route of the interface begins with its destination. */
#define GUEST_ROUTE "route" /* "0.0.0.0/0" */
/* An address, as above: so are the next one's, and no prefix means anything */
#define GUEST_ROUTE_GATEWAY "route-gateway"
#define GUEST_ROUTE_SOURCE "route-source"
#define GUEST_ROUTE_METRIC "route-metric"
#define GUEST_ROUTE_ON_LINK "route-on-link" /* a flag */

/* What a text of GUEST_FILES is, or is instead of what it was: its number, and the text. LINK_CHANGED has these alone: while the apps run, each
 * file that is such a text, and not the image's own, gets the new one. */
#define GUEST_TEXT "text"
#define GUEST_TEXT_CONTENT "text-content"
