/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what the app is told of what systemd does for it.
 * Never: leaves what the image says about that, which would be about something else.
 * Follows: sd_listen_fds(3), sd_notify(3), sd_watchdog_enabled(3). */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "init/services.h"
#include "pod/init-config.h"

#define LISTEN_FDS_START 3

static int set_number(AppConfig *c, const char *name, long number) {
        char text[24];

        (void) snprintf(text, sizeof(text), "%ld", number);
        return app_config_set_variable(c, name, text);
}

size_t services_count(const AppConfig *c) {
        size_t n = 0;

        while (c->sockets && c->sockets[n])
                n++;

        return n;
}

/* "web:admin"; owned by the caller. */
static char *join_names(const AppConfig *c) {
        char *text = NULL;
        size_t size;

        FILE *f = open_memstream(&text, &size);
        if (!f)
                return NULL;
        for (size_t i = 0; c->sockets[i]; i++)
                fprintf(f, "%s%s", i > 0 ? ":" : "", c->sockets[i]);
        if (fclose(f) == EOF) {
                free(text);
                return NULL;
        }

        return text;
}

static int hand_on_sockets(AppConfig *c) {
        size_t n = services_count(c);

        if (n == 0)
                return 0;
        for (size_t i = 0; i < n; i++)
                if (dup2(INIT_STATUS_FD + 1 + i, LISTEN_FDS_START + i) < 0)
                        return -errno;
        close(INIT_STATUS_FD + n);

        char *names = join_names(c);
        int r = names ? app_config_set_variable(c, "LISTEN_FDNAMES", names) : -ENOMEM;
        if (r >= 0)
                r = set_number(c, "LISTEN_FDS", n);
        if (r >= 0)
                r = set_number(c, "LISTEN_PID", getpid());

        free(names);
        return r;
}

void services_take_from_manager(AppConfig *c) {
        c->notify = getenv("NOTIFY_SOCKET");
        c->watchdog = getenv("WATCHDOG_USEC");
        if (!getenv("CREDENTIALS_DIRECTORY"))
                c->credentials = NULL; /* they are another app's */
}

int services_apply(AppConfig *c) {
        int r = hand_on_sockets(c);
        if (r >= 0 && c->notify)
                r = app_config_set_variable(c, "NOTIFY_SOCKET", c->notify);
        if (r >= 0 && c->watchdog)
                r = app_config_set_variable(c, "WATCHDOG_USEC", c->watchdog);
        if (r >= 0 && c->watchdog)
                r = set_number(c, "WATCHDOG_PID", getpid());

        return r;
}

void services_forget(const AppConfig *c) {
        for (size_t i = 0; i < services_count(c); i++)
                close(INIT_STATUS_FD + 1 + i);
}
