/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What one app is to become, as stage1 writes it (pod/init-config.h has the writer and the keys):
 * "key=value" records, each ended by a NUL byte. Strings point into the text. */
#define APP_GROUPS_MAX 64

typedef struct AppConfig {
        const char *user, *group; /* names, numbers or paths; group NULL: the user's own */
        gid_t groups[APP_GROUPS_MAX];
        size_t n_groups;
        bool member_groups; /* also the groups that /etc/group lists the user in */
        const char *working_directory;
        bool make_working_directory;
        uint64_t capabilities; /* the bounding set; for uid 0 also the permitted and effective one */
        uint64_t ambient;      /* what any other user has of it */
        bool filter;           /* of INIT_FILTER_PATH */
        bool no_new_privileges;
        int stop_signal;
        bool terminal; /* make it of the socket that standard input is */
        const char *metadata_url;
        unsigned metadata_port; /* to listen on for it, or 0 */
        const char *root;       /* another root than the pod's, or NULL */
        char **sockets;         /* NULL-terminated names of those behind INIT_STATUS_FD */
        const char *notify;     /* the socket that the app may notify, or NULL */
        bool ready;             /* say so when it was executed */
        bool share_pid;
        bool host;                            /* nothing but its root is the pod's own */
        const char *watchdog;                 /* microseconds, or NULL */
        char **masks, **unmasks, **read_only; /* paths; these lists are NULL-terminated, or NULL */
        char **sysctls;                       /* "NAME=VALUE" */
        const char *credentials;              /* their directory below INIT_CREDENTIALS_DIRECTORY, or NULL */
        bool first;                 /* the app's first process: what is the pod's is arranged with it */
        char **environment, **argv; /* NULL-terminated */
} AppConfig;

/* Reads the open file to its end and parses it. 0 or -errno; -EBADMSG for a record it does not know. */
int app_config_read(int fd, AppConfig *ret);

/* Sets a variable of its environment, or sets it anew. 0 or -ENOMEM. */
int app_config_set_variable(AppConfig *c, const char *name, const char *value);
