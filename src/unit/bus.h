/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <systemd/sd-bus.h>

#include "unit/manager.h"

/* What the files of this folder share about the bus. */

#define SYSTEMD_NAME "org.freedesktop.systemd1"
#define SYSTEMD_PATH "/org/freedesktop/systemd1"
#define MANAGER_INTERFACE "org.freedesktop.systemd1.Manager"
#define UNIT_INTERFACE "org.freedesktop.systemd1.Unit"
#define SERVICE_INTERFACE "org.freedesktop.systemd1.Service"

/* A pod may start as slowly as its stage1 likes (systemd limits it), so only the calls themselves are
 * timed. */
#define BUS_CALL_TIMEOUT_USEC (30 * 1000000ULL)

struct Manager {
        sd_bus *bus;
        bool subscribed; /* which can be asked for once */
};

#define _cleanup_bus_error_ _cleanup_(sd_bus_error_free)
static inline void message_unrefp(sd_bus_message **m) {
        sd_bus_message_unref(*m);
}
#define _cleanup_message_ _cleanup_(message_unrefp)

/* Hands the peer's words on, and gives the errors that callers tell apart their numbers. */
int bus_explain(int r, const sd_bus_error *error, char **reterr_why);

/* A call of the manager, to be filled. */
int bus_new_call(Manager *m, const char *method, sd_bus_message **ret);

/* Has the manager send its signals. Not waited for: whoever may start units may have that, and calls are taken in their order. */
int bus_subscribe(Manager *m);

/* Sends `call`, whose reply is a job, and waits until that is done: its result, owned by the caller. */
int bus_run_job(Manager *m, sd_bus_message *call, char **ret_result, char **reterr_why);

/* The object of a unit, by "GetUnit" (-ENOENT: not loaded) or "LoadUnit"; owned by the caller. */
int bus_unit_path(Manager *m, const char *name, const char *method, char **ret, char **reterr_why);

/* Properties of a unit's object. */
int bus_get_string(Manager *m, const char *path, const char *interface, const char *property, char **ret,
                   char **reterr_why);
int bus_get_trivial(Manager *m, const char *path, const char *interface, const char *property, char type,
                    void *ret, char **reterr_why);

/* Has the unit ended for good? One that is about to be started again has not. */
int bus_unit_is_over(Manager *m, const char *path);
