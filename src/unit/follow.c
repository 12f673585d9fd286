/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the foreground: waiting for the end of a unit, and stopping it when the caller is asked to end.
 * Never: takes a restart for the end.
 * Follows: org.freedesktop.systemd1(5). */

#include <signal.h>
#include <systemd/sd-event.h>

#include "basic/str.h"
#include "unit/bus.h"

void unit_result_done(UnitResult *r) {
        free(r->result);
        *r = (UnitResult) {};
}

static int read_result(Manager *m, const char *path, UnitResult *ret, char **reterr_why) {
        UnitResult result = {};

        int r = bus_get_string(m, path, SERVICE_INTERFACE, "Result", &result.result, reterr_why);
        if (r >= 0)
                r = bus_get_trivial(m, path, SERVICE_INTERFACE, "ExecMainCode", 'i', &result.main_code,
                                    reterr_why);
        if (r >= 0)
                r = bus_get_trivial(m, path, SERVICE_INTERFACE, "ExecMainStatus", 'i', &result.main_status,
                                    reterr_why);
        if (r < 0) {
                unit_result_done(&result);
                return r;
        }

        *ret = result;
        return 0;
}

typedef struct Follow {
        Manager *manager;
        const char *name, *path;
        sd_event *event;
        UnitResult result;
        char *why;
} Follow;

static int on_properties_changed(sd_bus_message *message, void *userdata, sd_bus_error *reterr) {
        Follow *f = userdata;

        int r = bus_unit_is_over(f->manager, f->path);
        if (r == 0)
                return 0;
        if (r > 0) /* now, for the end of the loop is the end of the connection */
                r = read_result(f->manager, f->path, &f->result, &f->why);

        return sd_event_exit(f->event, r);
}

static int on_stop_signal(sd_event_source *source, const struct signalfd_siginfo *si, void *userdata) {
        Follow *f = userdata;

        /* The end of the unit ends the loop; whether the job could be queued shows in whether that comes. */
        return sd_bus_call_method_async(f->manager->bus, NULL, SYSTEMD_NAME, SYSTEMD_PATH, MANAGER_INTERFACE,
                                        "StopUnit", NULL, NULL, "ss", f->name, "replace");
}

/* Runs the loop until on_properties_changed() ends it. */
static int follow(Follow *f) {
        sigset_t signals;

        sigemptyset(&signals);
        sigaddset(&signals, SIGINT);
        sigaddset(&signals, SIGTERM);
        if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
                return -errno;

        int r = sd_event_add_signal(f->event, NULL, SIGINT, on_stop_signal, f);
        if (r >= 0)
                r = sd_event_add_signal(f->event, NULL, SIGTERM, on_stop_signal, f);
        if (r >= 0)
                r = sd_bus_attach_event(f->manager->bus, f->event, SD_EVENT_PRIORITY_NORMAL);
        if (r >= 0)
                r = sd_bus_match_signal(f->manager->bus, NULL, SYSTEMD_NAME, f->path,
                                        "org.freedesktop.DBus.Properties", "PropertiesChanged",
                                        on_properties_changed, f);
        if (r >= 0) /* it may have ended before the match was installed */
                r = on_properties_changed(NULL, f, NULL);

        return r < 0 ? r : sd_event_loop(f->event);
}

int unit_follow(Manager *m, const char *name, UnitResult *ret, char **reterr_why) {
        _cleanup_free_ char *path = NULL;
        Follow f = { .manager = m, .name = name };

        int r = bus_unit_path(m, name, "LoadUnit", &path, reterr_why);
        if (r >= 0)
                r = sd_event_new(&f.event);
        if (r < 0)
                return r;

        f.path = path;
        r = follow(&f);
        sd_event_unref(f.event);
        if (r < 0) {
                unit_result_done(&f.result);
                if (reterr_why)
                        *reterr_why = TAKE_PTR(f.why);
                free(f.why);
                return r;
        }

        *ret = f.result;
        return 0;
}
