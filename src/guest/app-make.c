/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what there has to be before an app can be started.
 * Never: starts it.
 * Follows: pod/guest-config.h, pod/init-config.h. */

#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/local-socket.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "guest/api.h"
#include "guest/app-make.h"
#include "guest/journal.h"
#include "guest/volumes.h"
#include "pod/guest-config.h"
#include "pod/init-config.h"

static int make_socket(int directory, const char *name, int type, mode_t mode, int *ret) {
        _cleanup_close_ int fd = local_socket_bind(directory, name, type | SOCK_NONBLOCK);
        if (fd < 0)
                return fd;
        if (fchmodat(directory, name, mode, 0) < 0 || (type == SOCK_SEQPACKET && listen(fd, 1) < 0))
                return -errno;

        *ret = TAKE_FD(fd);
        return 0;
}

/* What the stage has written for it becomes its INIT_DIRECTORY. */
static int make_directory(App *a, bool boots) {
        _cleanup_free_ char *from = NULL, *to = NULL;

        int r = str_printf(&from, GUEST_APPS "/%s", a->config->name);
        if (r >= 0)
                r = str_printf(&to, "%s/gantry", a->place.path);
        if (r < 0)
                return r;
        if (rename(from, to) < 0)
                return -errno;
        _cleanup_close_ int directory = dir_open_at(AT_FDCWD, to, 0);
        if (directory < 0)
                return directory;
        if (linkat(AT_FDCWD, GUEST_INIT, directory, "init", 0) < 0 || mkdirat(directory, "tools", 0755) < 0)
                return -errno;

        if (!boots)
                return make_socket(directory, INIT_NOTIFY_NAME, SOCK_DGRAM, 0666, &a->notify);
        r = make_socket(directory, INIT_STATUS_NAME, SOCK_SEQPACKET, 0600, &a->listener);
        return r < 0 ? r : make_socket(directory, INIT_STREAMS_NAME, SOCK_SEQPACKET, 0600, &a->handlers);
}

/* Before anything of it is looked up, there is what is mounted over it. */
static int mount_first(App *a, bool boots) {
        _cleanup_free_ char *directory = NULL;

        if (boots)
                return place_view(&a->place);

        int r = api_mount(&a->place);
        if (r >= 0)
                r = str_printf(&directory, "%s/gantry", a->place.path);
        if (r >= 0)
                r = place_show(&a->place, directory, INIT_DIRECTORY, /* read_only= */ true);
        if (r >= 0)
                r = place_show(&a->place, JOURNAL_DIRECTORY, "/run/systemd/journal", /* read_only= */ true);

        return r;
}

int app_make(const GuestApp *config, uint16_t number, bool boots, App *ret, char **reterr_why) {
        _cleanup_(app_done) App a = APP_NULL;

        a.config = config;
        a.number = number;
        int r = place_make(config, boots, &a.place, reterr_why);
        if (r < 0)
                return r;
        r = make_directory(&a, boots);
        if (r >= 0)
                r = mount_first(&a, boots);
        if (r < 0)
                return refuse(reterr_why, r, "Cannot prepare the root of app '%s': %s", config->name,
                              strerror(-r));
        r = volumes_mount(&a.place, reterr_why);
        if (r < 0)
                return r;

        *ret = a;
        a = APP_NULL;
        return 0;
}

void app_done(App *a) {
        terminal_close(&a->terminal);
        fd_close(a->leader);
        fd_close(a->memory);
        fd_close(a->notify);
        fd_close(a->status);
        fd_close(a->handlers);
        fd_close(a->listener);
        place_done(&a->place);
}
