/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: waiting for a unit to be ready, or to end.
 * Never: does anything to it.
 * Follows: org.freedesktop.systemd1(5). */

#include "basic/clock.h"
#include "basic/str.h"
#include "unit/bus.h"

/* Between two runs of Restart= a unit may look inactive, but then a job is there. */
static int has_job(Manager *m, const char *path) {
        _cleanup_bus_error_ sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_message_ sd_bus_message *reply = NULL;
        uint32_t job;

        int r = sd_bus_get_property(m->bus, SYSTEMD_NAME, path, UNIT_INTERFACE, "Job", &error, &reply,
                                    "(uo)");
        if (r >= 0)
                r = sd_bus_message_read(reply, "(uo)", &job, NULL);

        return r < 0 ? r : job > 0;
}

int bus_unit_is_over(Manager *m, const char *path) {
        _cleanup_free_ char *state = NULL;

        int r = bus_get_string(m, path, UNIT_INTERFACE, "ActiveState", &state, NULL);
        if (r < 0)
                return r;
        if (!streq(state, "inactive") && !streq(state, "failed"))
                return 0;
        r = has_job(m, path);

        return r < 0 ? r : r == 0;
}

static int is_ready(Manager *m, const char *path) {
        _cleanup_free_ char *state = NULL;

        int r = bus_get_string(m, path, UNIT_INTERFACE, "ActiveState", &state, NULL);
        return r < 0 ? r : streq(state, "active") || streq(state, "reloading");
}

/* 1 if it is as far, -ECANCELED if it will not come so far. */
static int has_reached(Manager *m, const char *path, UnitMoment moment) {
        int r = moment == UNIT_READY ? is_ready(m, path) : 0;
        if (r != 0)
                return r;
        r = bus_unit_is_over(m, path);

        return r > 0 && moment == UNIT_READY ? -ECANCELED : r;
}

static int on_properties_changed(sd_bus_message *message, void *userdata, sd_bus_error *reterr) {
        *(bool *) userdata = true;
        return 0;
}

/* Looks whenever something has changed. */
static int wait_on(Manager *m, const char *path, UnitMoment moment, uint64_t timeout_usec) {
        uint64_t now = now_usec(CLOCK_MONOTONIC),
                 until = timeout_usec > UINT64_MAX - now ? UINT64_MAX : now + timeout_usec;
        bool changed = true;
        sd_bus_slot *slot;

        int r = sd_bus_match_signal(m->bus, &slot, SYSTEMD_NAME, path, "org.freedesktop.DBus.Properties",
                                    "PropertiesChanged", on_properties_changed, &changed);
        if (r < 0)
                return r;

        for (r = 0; r == 0; now = now_usec(CLOCK_MONOTONIC)) {
                if (changed) {
                        changed = false;
                        r = has_reached(m, path, moment);
                } else if (now >= until)
                        r = -ETIME;
                else {
                        r = sd_bus_process(m->bus, NULL);
                        if (r == 0)
                                r = sd_bus_wait(m->bus, until == UINT64_MAX ? UINT64_MAX : until - now);
                        r = r == -EINTR ? 0 : MIN(r, 0);
                }
        }

        sd_bus_slot_unref(slot);
        return r;
}

/* Keeps it loaded until the manager is closed, so that its end can be seen. */
static int hold(Manager *m, const char *name, char **reterr_why) {
        _cleanup_bus_error_ sd_bus_error error = SD_BUS_ERROR_NULL;

        return bus_explain(sd_bus_call_method(m->bus, SYSTEMD_NAME, SYSTEMD_PATH, MANAGER_INTERFACE,
                                              "RefUnit", &error, NULL, "s", name),
                           &error, reterr_why);
}

int unit_wait(Manager *m, const char *name, UnitMoment moment, uint64_t timeout_usec, char **reterr_why) {
        _cleanup_free_ char *path = NULL;

        int r = bus_subscribe(m);
        if (r >= 0)
                r = bus_unit_path(m, name, "GetUnit", &path, NULL);
        if (r >= 0)
                r = hold(m, name, reterr_why);
        if (r >= 0)
                r = wait_on(m, path, moment, timeout_usec);
        if (r == -ENOENT) /* not loaded, which is as good as ended */
                r = moment == UNIT_READY ? -ECANCELED : 0;

        return MIN(r, 0);
}
