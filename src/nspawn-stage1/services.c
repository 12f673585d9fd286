/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what the stage was given by systemd for its app.
 * Never: uses any of it itself: a watchdog is there for the app, and an app that does not serve it is to be found out.
 * Follows: sd_listen_fds(3), sd_watchdog_enabled(3). */

#include <errno.h>
#include <stdio.h>
#include <systemd/sd-daemon.h>

#include "basic/fd.h"
#include "nspawn-stage1/services.h"
#include "pod/init-config.h"

int services_take(Stage *s) {
        char **names = NULL;

        int n = sd_listen_fds_with_names(/* unset_environment= */ true, &names);
        if (n <= 0)
                return n;
        s->socket_names = names;
        s->sockets = calloc(n, sizeof(int));
        if (!s->sockets)
                return -ENOMEM;

        for (int i = 0; i < n; i++)
                s->sockets[s->n_sockets++] = SD_LISTEN_FDS_START + i;
        return 0;
}

int services_orders(const Stage *s, Blob *orders) {
        uint64_t watchdog_usec = 0;
        char *text = NULL;
        size_t size;

        FILE *f = open_memstream(&text, &size);
        if (!f)
                return -ENOMEM;
        fwrite(orders->data, 1, orders->size, f);
        fprintf(f, INIT_NOTIFY "=1%c", 0);
        if (sd_watchdog_enabled(/* unset_environment= */ false, &watchdog_usec) > 0)
                fprintf(f, INIT_WATCHDOG "=%llu%c", (unsigned long long) watchdog_usec, 0);
        for (size_t i = 0; i < s->n_sockets; i++)
                fprintf(f, INIT_LISTEN "=%s%c", s->socket_names[i], 0);
        if (fclose(f) == EOF) {
                free(text);
                return -ENOMEM;
        }

        blob_done(orders);
        *orders = (Blob) { .data = text, .size = size };
        return 0;
}
