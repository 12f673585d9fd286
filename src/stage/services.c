/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what the stage was given by systemd for its app.
 * Never: uses any of it itself: a watchdog is there for the app, and an app that does not serve it is to be found out.
 * Follows: sd_listen_fds(3), sd_watchdog_enabled(3). */

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>

#include "basic/fd.h"
#include "pod/annotations.h"
#include "pod/init-config.h"
#include "pod/socket-owner.h"
#include "stage/services.h"

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

bool services_owns(const StageApp *a, size_t i) {
        const Stage *s = a->stage;
        struct sockaddr_storage address = {};
        socklen_t size = sizeof(address), type_size = sizeof(int);
        int type = 0;

        if (getsockname(s->sockets[i], (struct sockaddr *) &address, &size) < 0 ||
            getsockopt(s->sockets[i], SOL_SOCKET, SO_TYPE, &type, &type_size) < 0)
                size = sizeof(sa_family_t); /* it has no address: a FIFO */

        return pod_socket_owner(s->manifest, s->socket_names[i], type, (const struct sockaddr *) &address,
                                size) == a->app;
}

/* In a pod that boots, systemd's own words come to gantry-init directly. */
static void put_notifications(FILE *f, const StageApp *a) {
        uint64_t watchdog_usec = 0;

        if (a->stage->boots) {
                if (!stage_app_is(a, ANNOTATION_NOTIFY, "app"))
                        fprintf(f, INIT_READY "=1%c", 0);
                if (stage_is(a->stage, ANNOTATION_SHARE_PID, "yes"))
                        fprintf(f, INIT_SHARE_PID "=1%c", 0);
                return;
        }

        fprintf(f, INIT_NOTIFY "=1%c", 0);
        if (sd_watchdog_enabled(/* unset_environment= */ false, &watchdog_usec) > 0)
                fprintf(f, INIT_WATCHDOG "=%llu%c", (unsigned long long) watchdog_usec, 0);
}

int services_orders(const StageApp *a, Blob *orders) {
        char *text = NULL;
        size_t size;

        FILE *f = open_memstream(&text, &size);
        if (!f)
                return -ENOMEM;
        fwrite(orders->data, 1, orders->size, f);
        put_notifications(f, a);
        for (size_t i = 0; i < a->stage->n_sockets; i++)
                if (services_owns(a, i))
                        fprintf(f, INIT_LISTEN "=%s%c", a->stage->socket_names[i], 0);
        if (fclose(f) == EOF) {
                free(text);
                return -ENOMEM;
        }

        blob_done(orders);
        *orders = (Blob) { .data = text, .size = size };
        return 0;
}
