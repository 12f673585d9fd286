/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "basic/blob.h"
#include "basic/macro.h"
#include "network/interface.h"

/* What the stage has said about the pod (pod/guest-config.h has the keys). Strings point into the text. */
typedef struct GuestDisk {
        const char *serial;
        uint8_t uuid[16];
} GuestDisk;

typedef struct GuestMount {
        const char *target;
        enum { MOUNT_VOLUME = 1, MOUNT_EMPTY, MOUNT_TMPFS } kind;
        const char *source;  /* tmpfs: NULL */
        const char *options; /* or NULL */
        bool read_only;
        bool copy;        /* it gets what the image has there, if it is new */
        const char *mode; /* octal; or NULL */
        uid_t uid;
        gid_t gid;
} GuestMount;

typedef struct GuestFile {
        const char *text; /* names of texts */
        const char *append;
        const char *target;
        bool keep;
        bool read_only;
} GuestFile;

typedef struct GuestApp {
        const char *name;
        const char **layers; /* serials, the lowest first */
        size_t n_layers;
        bool read_only, terminal;
        const char *memory_max, *memory_high, *memory_swap_max, *tasks_max, *cpu_max;
        const char *disk_bandwidth, *disk_iops;
        const char **limits; /* "NOFILE=1024:2048" */
        size_t n_limits;
        const char *oom_score;
        GuestFile *files;
        size_t n_files;
        GuestMount *mounts;
        size_t n_mounts;
} GuestApp;

typedef struct GuestConfig {
        char *text;
        const char *hostname, *machine_id, *rw_disk;
        bool boots, pci, volumes, network;
        GuestDisk *disks;
        size_t n_disks;
        GuestApp *apps;
        size_t n_apps;
} GuestConfig;

/* Takes the text. -EBADMSG and *reterr_why: there is a record that nobody here knows, or one is missing. */
int guest_config_parse(Blob *text, GuestConfig *ret, char **reterr_why);
void guest_config_done(GuestConfig *c);

typedef struct GuestText {
        const char *name, *content;
} GuestText;

/* And what it says later. Interfaces are in the order of their devices. */
typedef struct GuestNetwork {
        char *text;
        Interface *interfaces;
        size_t n_interfaces;
        GuestText *texts;
        size_t n_texts;
} GuestNetwork;

/* As above. */
int guest_network_parse(Blob *text, GuestNetwork *ret, char **reterr_why);
void guest_network_done(GuestNetwork *n);
