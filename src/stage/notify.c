/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what of an app's notifications goes on to systemd.
 * Never: lets the app name processes, hand fds to systemd, or write more than one line into a log.
 * Follows: sd_notify(3). */

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/local-socket.h"
#include "basic/str.h"
#include "stage/notify.h"

#define STATUS_MAX 512 /* bytes; it is shown in one line */

static bool is_number(char *value) {
        uint64_t n;
        return str_to_u64(value, &n) >= 0;
}

static bool is_one(char *value) {
        return streq(value, "1");
}

static bool is_watchdog(char *value) {
        return streq(value, "1") || streq(value, "trigger");
}

static bool make_status(char *value) {
        if (strlen(value) > STATUS_MAX)
                value[STATUS_MAX] = '\0';
        str_to_line(value);

        return true;
}

/* All that is passed on. Not MAINPID=, BUSERROR= and the like, whose names mean nothing outside the pod, nor WATCHDOG_USEC=,
 * NOTIFYACCESS= and FDSTORE=, which would change what the administrator has said. */
static const struct {
        const char *name;
        bool (*fits)(char *value); /* or is made to fit */
} passed[] = {
        { "STATUS=", make_status }, { "WATCHDOG=", is_watchdog }, { "EXTEND_TIMEOUT_USEC=", is_number },
        { "STOPPING=", is_one },    { "RELOADING=", is_one },     { "MONOTONIC_USEC=", is_number },
        { "ERRNO=", is_number },
};

static void pass(FILE *f, char *line) {
        for (size_t i = 0; i < ELEMENTSOF(passed); i++) {
                char *value = (char *) startswith(line, passed[i].name);

                if (value && passed[i].fits(value))
                        fprintf(f, "%s%s\n", passed[i].name, value);
        }
}

int notify_filter(char *message, char **ret) {
        char *text = NULL;
        size_t size = 0;
        int ready = 0;

        FILE *f = open_memstream(&text, &size);
        if (!f)
                return -ENOMEM;
        for (char *line; (line = strsep(&message, "\n"));)
                if (streq(line, "READY=1"))
                        ready = 1;
                else
                        pass(f, line);
        if (fclose(f) == EOF) {
                free(text);
                return -ENOMEM;
        }

        *ret = text;
        return ready;
}

void notify_parse_nspawn(char *message, NspawnNews *ret) {
        NspawnNews news = {};

        for (char *line; (line = strsep(&message, "\n"));) {
                const char *value = startswith(line, "X_NSPAWN_LEADER_PID=");
                uint64_t pid;

                if (value && str_to_u64(value, &pid) >= 0 && pid <= INT32_MAX && news.leader == 0)
                        news.leader = pid;
                if (streq(line, "READY=1"))
                        news.ready = true;
        }

        *ret = news;
}

int notify_listen(int dir_fd, const char *name) {
        _cleanup_close_ int fd = local_socket_bind(dir_fd, name, SOCK_DGRAM | SOCK_NONBLOCK);
        if (fd < 0)
                return fd;

        return fchmodat(dir_fd, name, 0666, 0) < 0 ? -errno : TAKE_FD(fd);
}

/* There is no room for fds: the kernel closes them, and that is all that whoever sends BARRIER=1 waits for. */
int notify_receive(int fd, char ret[NOTIFY_MESSAGE_MAX + 1]) {
        ssize_t n = recv(fd, ret, NOTIFY_MESSAGE_MAX, MSG_DONTWAIT | MSG_TRUNC);
        if (n < 0)
                return errno == EAGAIN || errno == EINTR ? 0 : -errno;
        if (n > NOTIFY_MESSAGE_MAX)
                return 0;

        ret[n] = '\0';
        return strlen(ret) == (size_t) n ? n : 0;
}
