/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the registration of a pod with machined.
 * Never: ends a machine: TerminateMachine would kill the unit, that is, the caller.
 * Follows: org.freedesktop.machine1(5). */

#include <errno.h>
#include <signal.h>
#include <systemd/sd-id128.h>
#include <systemd/sd-login.h>

#include "basic/clock.h"
#include "basic/str.h"
#include "unit/bus.h"
#include "unit/machine.h"

#define MACHINED "org.freedesktop.machine1"
#define MACHINED_PATH "/org/freedesktop/machine1"
#define MACHINED_INTERFACE "org.freedesktop.machine1.Manager"
#define MACHINE_INTERFACE "org.freedesktop.machine1.Machine"

/* The first answer may have to wait until machined has been started: as long as callers usually do. One that has answered is quick; whoever asks
 * has a pod to look after, which need not be listed, and must not wait as long for each call if machined hangs. */
#define FIRST_TIMEOUT_USEC (25 * 1000000ULL)
#define LATER_TIMEOUT_USEC (5 * 1000000ULL)

struct Machine {
        sd_bus *bus;
        char *name;
        bool answered;
        char *holder; /* path of the machine that has the name, NULL: nobody */
        int error;    /* of asking for it */
};

Machine *machine_close(Machine *m) {
        if (m) {
                sd_bus_flush_close_unref(m->bus);
                free(m->holder);
                free(m->name);
                free(m);
        }

        return NULL;
}

static int on_holder(sd_bus_message *reply, void *userdata, sd_bus_error *reterr) {
        Machine *m = userdata;
        const char *path;

        m->answered = true;
        if (sd_bus_message_is_method_error(reply, MACHINED ".NoSuchMachine"))
                return 0;

        int r = -sd_bus_message_get_errno(reply);
        if (r == 0)
                r = sd_bus_message_read(reply, "o", &path);
        if (r >= 0)
                r = str_copy(path, &m->holder);
        m->error = MIN(r, 0);
        return 0;
}

/* It is heard when all else of the pod is there, however long that has taken, so the call itself has no end, only the wait for its answer. */
int machine_open(const char *name, Machine **ret) {
        _cleanup_(machine_closep) Machine *m = calloc(1, sizeof(Machine));
        if (!m)
                return -ENOMEM;

        int r = str_copy(name, &m->name);
        if (r >= 0)
                r = sd_bus_open_system(&m->bus);
        if (r >= 0)
                r = sd_bus_set_method_call_timeout(m->bus, UINT64_MAX);
        if (r >= 0)
                r = sd_bus_call_method_async(m->bus, NULL, MACHINED, MACHINED_PATH, MACHINED_INTERFACE,
                                             "GetMachine", on_holder, m, "s", m->name);
        if (r >= 0)
                r = sd_bus_set_method_call_timeout(m->bus, LATER_TIMEOUT_USEC);
        if (r >= 0)
                r = sd_bus_flush(m->bus);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(m);
        return 0;
}

static int hear_holder(Machine *m) {
        uint64_t end = now_usec(CLOCK_MONOTONIC) + FIRST_TIMEOUT_USEC;

        while (!m->answered) {
                int r = sd_bus_process(m->bus, NULL);
                uint64_t now = now_usec(CLOCK_MONOTONIC);
                if (r == 0)
                        r = now < end ? sd_bus_wait(m->bus, end - now) : -ETIMEDOUT;
                if (r < 0 && r != -EINTR)
                        return r;
        }

        return m->error;
}

int machine_unregister(Machine *m) {
        _cleanup_bus_error_ sd_bus_error error = SD_BUS_ERROR_NULL;

        int r = sd_bus_call_method(m->bus, MACHINED, MACHINED_PATH, MACHINED_INTERFACE, "UnregisterMachine",
                                   &error, NULL, "s", m->name);
        return sd_bus_error_has_name(&error, MACHINED ".NoSuchMachine") ? 0 : MIN(r, 0);
}

/* Of this process's own unit, which has no other process any more that could have registered it, or of one that is dead. */
static bool is_left_over(const char *unit, pid_t leader) {
        _cleanup_free_ char *ours = NULL;

        if (kill(leader, 0) < 0 && errno == ESRCH)
                return true;

        return sd_pid_get_unit(0, &ours) >= 0 && streq(unit, ours);
}

int machine_claim(Machine *m) {
        _cleanup_free_ char *unit = NULL;
        uint32_t leader;

        int r = hear_holder(m);
        if (r < 0 || !m->holder)
                return r;
        if (sd_bus_get_property_string(m->bus, MACHINED, m->holder, MACHINE_INTERFACE, "Unit", NULL, &unit) <
                            0 ||
            sd_bus_get_property_trivial(m->bus, MACHINED, m->holder, MACHINE_INTERFACE, "Leader", NULL, 'u',
                                        &leader) < 0)
                return 0; /* it has just gone */

        return is_left_over(unit, leader) ? machine_unregister(m) : -EEXIST;
}

int machine_register(Machine *m, const char *class, const char *uuid, pid_t leader, const char *root,
                     char **reterr_why) {
        _cleanup_bus_error_ sd_bus_error error = SD_BUS_ERROR_NULL;
        sd_bus_message *call = NULL;
        sd_id128_t id;

        int r = sd_id128_from_string(uuid, &id);
        if (r >= 0)
                r = sd_bus_message_new_method_call(m->bus, &call, MACHINED, MACHINED_PATH,
                                                   MACHINED_INTERFACE, "RegisterMachine");
        if (r >= 0)
                r = sd_bus_message_append(call, "s", m->name);
        if (r >= 0)
                r = sd_bus_message_append_array(call, 'y', id.bytes, sizeof(id.bytes));
        if (r >= 0)
                r = sd_bus_message_append(call, "ssus", "gantry", class, (uint32_t) leader, root);
        if (r >= 0)
                r = bus_explain(sd_bus_call(m->bus, call, 0, &error, NULL), &error, reterr_why);

        sd_bus_message_unref(call);
        return MIN(r, 0);
}
