/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* What systemd may hear of what an app says by sd_notify(3): one message, owned by the caller, empty for
 * nothing. READY=1 is not in
 * it: returns 1 if the app says that, else 0. Takes `message` apart. */
int notify_filter(char *message, char **ret);

/* What nspawn says by it. */
typedef struct NspawnNews {
        pid_t leader; /* process 1 of the container, or 0 */
        bool ready;   /* the container is */
} NspawnNews;

/* Takes `message` apart. */
void notify_parse_nspawn(char *message, NspawnNews *ret);

/* A datagram socket at `name` in the directory, for everybody who can see it there. Returns an fd. */
int notify_listen(int dir_fd, const char *name);

/* Receives one message as a string. Returns 0 if there is none that could be one. */
#define NOTIFY_MESSAGE_MAX 4096 /* bytes; systemd takes no more, either */
int notify_receive(int fd, char ret[NOTIFY_MESSAGE_MAX + 1]);
