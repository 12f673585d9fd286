/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the bus connection, stopping units, machined look-ups.
 * Never: keeps state of its own.
 * Follows: org.freedesktop.systemd1(5), org.freedesktop.machine1(5). */

#include <signal.h>

#include "basic/str.h"
#include "unit/bus.h"

int manager_open(Manager **ret) {
        sd_bus *bus;

        int r = sd_bus_open_system(&bus);
        if (r < 0)
                return r;

        Manager *m = calloc(1, sizeof(Manager));
        if (!m) {
                sd_bus_flush_close_unref(bus);
                return -ENOMEM;
        }
        m->bus = bus;

        *ret = m;
        return 0;
}

Manager *manager_close(Manager *m) {
        if (m) {
                sd_bus_flush_close_unref(m->bus);
                free(m);
        }

        return NULL;
}

int bus_explain(int r, const sd_bus_error *error, char **reterr_why) {
        static const struct {
                const char *name;
                int number;
        } known[] = {
                { "org.freedesktop.systemd1.NoSuchUnit", ENOENT },
                { "org.freedesktop.DBus.Error.UnknownObject", ENOENT }, /* it was one a moment ago */
                { "org.freedesktop.systemd1.UnitExists", EEXIST },
                { "org.freedesktop.machine1.NoSuchMachine", ENOENT },
        };

        if (r >= 0 || !sd_bus_error_is_set(error))
                return r;

        if (reterr_why)
                (void) str_copy(error->message ? error->message : error->name, reterr_why);
        for (size_t i = 0; i < ELEMENTSOF(known); i++)
                if (sd_bus_error_has_name(error, known[i].name))
                        return -known[i].number;

        return r;
}

int bus_new_call(Manager *m, const char *method, sd_bus_message **ret) {
        int r = sd_bus_message_new_method_call(m->bus, ret, SYSTEMD_NAME, SYSTEMD_PATH, MANAGER_INTERFACE,
                                               method);
        return r < 0 ? r : sd_bus_message_set_allow_interactive_authorization(*ret, true);
}

int bus_subscribe(Manager *m) {
        if (m->subscribed)
                return 0;

        int r = sd_bus_call_method_async(m->bus, NULL, SYSTEMD_NAME, SYSTEMD_PATH, MANAGER_INTERFACE,
                                         "Subscribe", /* callback= */ NULL, NULL, NULL);
        m->subscribed = r >= 0;
        return MIN(r, 0);
}

int bus_unit_path(Manager *m, const char *name, const char *method, char **ret, char **reterr_why) {
        _cleanup_bus_error_ sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_message_ sd_bus_message *reply = NULL;
        const char *path;

        int r = sd_bus_call_method(m->bus, SYSTEMD_NAME, SYSTEMD_PATH, MANAGER_INTERFACE, method, &error,
                                   &reply, "s", name);
        if (r < 0)
                return bus_explain(r, &error, reterr_why);
        r = sd_bus_message_read(reply, "o", &path);

        return r < 0 ? r : str_copy(path, ret);
}

int bus_get_string(Manager *m, const char *path, const char *interface, const char *property, char **ret,
                   char **reterr_why) {
        _cleanup_bus_error_ sd_bus_error error = SD_BUS_ERROR_NULL;

        return bus_explain(sd_bus_get_property_string(m->bus, SYSTEMD_NAME, path, interface, property,
                                                      &error, ret),
                           &error, reterr_why);
}

int bus_get_trivial(Manager *m, const char *path, const char *interface, const char *property, char type,
                    void *ret, char **reterr_why) {
        _cleanup_bus_error_ sd_bus_error error = SD_BUS_ERROR_NULL;

        return bus_explain(sd_bus_get_property_trivial(m->bus, SYSTEMD_NAME, path, interface, property,
                                                       &error, type, ret),
                           &error, reterr_why);
}

int unit_kill(Manager *m, const char *name, char **reterr_why) {
        _cleanup_bus_error_ sd_bus_error error = SD_BUS_ERROR_NULL;

        int r = sd_bus_call_method(m->bus, SYSTEMD_NAME, SYSTEMD_PATH, MANAGER_INTERFACE, "KillUnit", &error,
                                   NULL, "ssi", name, "all", SIGKILL);
        r = bus_explain(r, &error, reterr_why);

        return r == -ENOENT ? 0 : r;
}

int unit_stop(Manager *m, const char *name, char **reterr_why) {
        _cleanup_bus_error_ sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_message_ sd_bus_message *call = NULL;

        int r = bus_new_call(m, "StopUnit", &call);
        if (r >= 0)
                r = sd_bus_message_append(call, "ss", name, "replace");
        if (r >= 0)
                r = bus_explain(sd_bus_call(m->bus, call, BUS_CALL_TIMEOUT_USEC, &error, NULL), &error,
                                reterr_why);

        return r == -ENOENT ? 0 : r;
}

int machine_leader(Manager *m, const char *machine, pid_t *ret, char **reterr_why) {
        _cleanup_bus_error_ sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_message_ sd_bus_message *reply = NULL;
        const char *path;
        uint32_t leader;

        int r = sd_bus_call_method(m->bus, "org.freedesktop.machine1", "/org/freedesktop/machine1",
                                   "org.freedesktop.machine1.Manager", "GetMachine", &error, &reply, "s",
                                   machine);
        if (r < 0)
                return bus_explain(r, &error, reterr_why);

        r = sd_bus_message_read(reply, "o", &path);
        if (r >= 0)
                r = bus_explain(sd_bus_get_property_trivial(m->bus, "org.freedesktop.machine1", path,
                                                            "org.freedesktop.machine1.Machine", "Leader",
                                                            &error, 'u', &leader),
                                &error, reterr_why);
        if (r < 0)
                return r;

        *ret = leader;
        return 0;
}
