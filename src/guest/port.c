/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the way out of the guest.
 * Never: looks for a second one.
 * Follows: virtio, "Console Device"; pod/guest-config.h. */

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "guest/port.h"

#define STEP_NSEC (500 * 1000)
#define STEPS (20 * 1000) /* ten seconds */

/* The device is there when its module has been loaded; its ports come when the host has answered, and their names shortly before they can be
 * opened. */
static bool is_still_to_come(int error) {
        return error == ENOENT || error == ENXIO || error == ENODEV;
}

int port_open(void) {
        for (unsigned i = 0;; i++) {
                int fd = open("/dev/vport0p1", O_RDWR | O_CLOEXEC | O_NONBLOCK);
                if (fd >= 0)
                        return fd;
                if (!is_still_to_come(errno) || i == STEPS)
                        return -errno;
                (void) nanosleep(&(struct timespec) { .tv_nsec = STEP_NSEC }, NULL);
        }
}
