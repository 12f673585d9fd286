/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: finding the process that is in the way.
 * Never: is asked unless there is one.
 * Follows: proc(5), /proc/net/tcp. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "network/port-user.h"

#define LISTENS 0x0a /* TCP_LISTEN */

/* The inode of a socket that is bound there; 0 if there is none. */
static unsigned long find_in(const char *file, bool listens, uint16_t port) {
        _cleanup_fclose_ FILE *f = fopen(file, "re");
        char line[512];

        while (f && fgets(line, sizeof(line), f)) {
                unsigned local, state;
                unsigned long inode;

                if (sscanf(line, " %*u: %*[0-9A-F]:%x %*[0-9A-F]:%*x %x %*x:%*x %*x:%*x %*x %*u %*u %lu",
                           &local, &state, &inode) == 3 &&
                    local == port && (!listens || state == LISTENS))
                        return inode;
        }

        return 0;
}

static bool has_fd(const char *pid, const char *wanted) {
        _cleanup_free_ char *path = NULL;

        if (str_printf(&path, "/proc/%s/fd", pid) < 0)
                return false;
        _cleanup_closedir_ DIR *d = opendir(path);
        for (struct dirent *de = d ? readdir(d) : NULL; de; de = readdir(d)) {
                char target[64] = "";

                if (readlinkat(dirfd(d), de->d_name, target, sizeof(target) - 1) > 0 &&
                    streq(target, wanted))
                        return true;
        }

        return false;
}

static int describe(const char *pid, char **ret) {
        _cleanup_free_ char *path = NULL, *name = NULL;
        _cleanup_blob_ Blob text = {};

        int r = str_printf(&path, "/proc/%s/comm", pid);
        if (r >= 0)
                r = file_read_at(AT_FDCWD, path, 64, &text);
        if (r < 0)
                return r;
        name = str_escape(text.data, strcspn(text.data, "\n"), 64);
        if (!name)
                return -ENOMEM;

        return str_printf(ret, "'%s' (process %s)", name, pid);
}

int port_user_find(int type, uint16_t port, char **ret) {
        bool stream = type == SOCK_STREAM;
        _cleanup_closedir_ DIR *d = opendir("/proc");
        char wanted[64];

        unsigned long inode = find_in(stream ? "/proc/net/tcp" : "/proc/net/udp", stream, port);
        if (inode == 0)
                inode = find_in(stream ? "/proc/net/tcp6" : "/proc/net/udp6", stream, port);
        if (inode == 0 || !d)
                return -ENOENT;

        (void) snprintf(wanted, sizeof(wanted), "socket:[%lu]", inode);
        for (struct dirent *de = readdir(d); de; de = readdir(d))
                if (in_charset(de->d_name, DIGITS) && has_fd(de->d_name, wanted))
                        return describe(de->d_name, ret);

        return -ENOENT;
}
