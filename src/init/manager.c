/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: gantry-init's own notifications.
 * Never: speaks for an app that does so itself.
 * Follows: sd_notify(3). */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "init/manager.h"

static int manager = -1;

int manager_open(void) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        const char *path = getenv("NOTIFY_SOCKET");

        if (!path || path[0] != '/' || strlen(path) >= sizeof(address.sun_path))
                return -EDESTADDRREQ;

        (void) snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
        manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (manager < 0 || connect(manager, (const struct sockaddr *) &address, sizeof(address)) < 0)
                return -errno;

        return 0;
}

int manager_tell_main(pid_t pid) {
        char text[32];

        int n = snprintf(text, sizeof(text), "MAINPID=%d", pid);
        return write(manager, text, n) < 0 ? -errno : 0;
}

void manager_tell_ready(void) {
        (void) !write(manager, "READY=1", strlen("READY=1"));
}
