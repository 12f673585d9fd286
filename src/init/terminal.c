/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the app's terminal: one of the pod's own, so that the app finds it by name.
 * Never: gives the app a terminal of the host's, which would obey it (TIOCSTI).
 * Follows: pod/init-config.h; pts(4), TIOCGPTPEER and TIOCSCTTY of ioctl_tty(2); appc "File system", /dev/console. */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include "init/terminal.h"

/* Whatever the image or a volume has put there: only the master of a terminal has a peer. */
static int open_pair(int *ret_master, int *ret_slave) {
        int unlocked = 0;

        int master = open("/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
        if (master < 0)
                return -errno;

        int slave = ioctl(master, TIOCSPTLCK, &unlocked) < 0
                                    ? -1
                                    : ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
        if (slave < 0) {
                int error = errno;
                close(master);
                return -error;
        }

        *ret_master = master;
        *ret_slave = slave;
        return 0;
}

/* Sends the master and waits for a byte, or for the end of whoever it was sent to. */
static int send_master(int master) {
        union {
                struct cmsghdr header;
                char space[CMSG_SPACE(sizeof(int))];
        } control = {
                .header = { .cmsg_level = SOL_SOCKET,
                            .cmsg_type = SCM_RIGHTS,
                            .cmsg_len = CMSG_LEN(sizeof(int)) },
        };
        char byte = 0;
        struct iovec bytes = { .iov_base = &byte, .iov_len = 1 };
        struct msghdr message = {
                .msg_iov = &bytes,
                .msg_iovlen = 1,
                .msg_control = &control,
                .msg_controllen = sizeof(control),
        };

        memcpy(CMSG_DATA(&control.header), &master, sizeof(int));
        if (sendmsg(STDIN_FILENO, &message, MSG_NOSIGNAL) < 0 || recv(STDIN_FILENO, &byte, 1, 0) < 0)
                return -errno;

        return 0;
}

int terminal_make(void) {
        int master = -1, slave = -1;

        int r = open_pair(&master, &slave);
        if (r < 0)
                return r;
        r = send_master(master);
        close(master);

        (void) setsid();
        if (r >= 0 && (ioctl(slave, TIOCSCTTY, 0) < 0 || dup2(slave, STDIN_FILENO) < 0 ||
                       dup2(slave, STDOUT_FILENO) < 0 || dup2(slave, STDERR_FILENO) < 0))
                r = -errno;

        close(slave);
        return r;
}

/* In a pod that boots it is there with the root. */
int console_make(void) {
        int fd = open("/dev/console", O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd < 0)
                return errno == EEXIST ? 0 : -errno;

        close(fd);
        return mount("/dev/null", "/dev/console", NULL, MS_BIND, NULL) < 0 ? -errno : 0;
}

int console_show_terminal(void) {
        return mount("/proc/self/fd/0", "/dev/console", NULL, MS_BIND, NULL) < 0 ? -errno : 0;
}
