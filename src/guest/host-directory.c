/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what comes from outside the pod.
 * Never: shows it to an app: gantry-init hands on what is one's.
 * Follows: https://systemd.io/CONTAINER_INTERFACE, https://systemd.io/CREDENTIALS. */

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest/host-directory.h"
#include "pod/guest-config.h"

int host_directory_make(void) {
        if (mkdir(HOST_DIRECTORY, 0755) < 0)
                return -errno;

        return rename(GUEST_CREDENTIALS, HOST_DIRECTORY "/credentials") < 0 && errno != ENOENT ? -errno : 0;
}

int host_directory_show(const Place *p) {
        return place_show(p, HOST_DIRECTORY, HOST_SHOWN, /* read_only= */ true);
}

char *host_directory_credentials(void) {
        static char variable[] = "CREDENTIALS_DIRECTORY=" HOST_SHOWN "/credentials";

        return access(HOST_DIRECTORY "/credentials", F_OK) >= 0 ? variable : NULL;
}
