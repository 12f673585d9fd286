/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the bus connection, transient units, jobs, machined look-ups; the only place that knows D-Bus.
 * Never: decides what a pod's unit is for; keeps state of its own.
 * Follows: org.freedesktop.systemd1(5), org.freedesktop.machine1(5). */

#include <signal.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "basic/str.h"
#include "basic/strv.h"
#include "unit/manager.h"

#define SYSTEMD_NAME "org.freedesktop.systemd1"
#define SYSTEMD_PATH "/org/freedesktop/systemd1"
#define MANAGER_INTERFACE "org.freedesktop.systemd1.Manager"
#define UNIT_INTERFACE "org.freedesktop.systemd1.Unit"
#define SERVICE_INTERFACE "org.freedesktop.systemd1.Service"

/* A pod may start as slowly as its stage1 likes (systemd limits it), so only the calls themselves are
 * timed. */
#define CALL_TIMEOUT_USEC (30 * 1000000ULL)

struct Manager {
        sd_bus *bus;
};

#define _cleanup_bus_error_ _cleanup_(sd_bus_error_free)
static inline void message_unrefp(sd_bus_message **m) {
        sd_bus_message_unref(*m);
}
#define _cleanup_message_ _cleanup_(message_unrefp)

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

void unit_result_done(UnitResult *r) {
        free(r->result);
        *r = (UnitResult) {};
}

/* Hands the peer's words on, and gives the errors that callers tell apart their numbers. */
static int explain(int r, const sd_bus_error *error, char **reterr_why) {
        static const struct {
                const char *name;
                int number;
        } known[] = {
                { "org.freedesktop.systemd1.NoSuchUnit", ENOENT },
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

static int new_manager_call(Manager *m, const char *method, sd_bus_message **ret) {
        int r = sd_bus_message_new_method_call(m->bus, ret, SYSTEMD_NAME, SYSTEMD_PATH, MANAGER_INTERFACE,
                                               method);
        return r < 0 ? r : sd_bus_message_set_allow_interactive_authorization(*ret, true);
}

/* Waiting for a job: the signal may arrive before the reply that tells the job's path, so all that end
 * are compared. */
typedef struct JobWait {
        const char *path;
        char *result;
        char **ended; /* path, result, path, result, … until `path` is known */
} JobWait;

static int on_job_removed(sd_bus_message *message, void *userdata, sd_bus_error *reterr) {
        JobWait *w = userdata;
        const char *path, *result;

        int r = sd_bus_message_read(message, "uoss", NULL, &path, NULL, &result);
        if (r < 0)
                return r;
        if (w->path)
                return streq(w->path, path) && !w->result ? str_copy(result, &w->result) : 0;

        r = strv_add(&w->ended, path);
        return r < 0 ? r : strv_add(&w->ended, result);
}

/* Sends `call`, whose reply is a job, and waits until that is done. Returns 1 and the job's result. */
static int run_job(Manager *m, sd_bus_message *call, char **ret_result, char **reterr_why) {
        _cleanup_bus_error_ sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_message_ sd_bus_message *reply = NULL;
        JobWait w = {};
        sd_bus_slot *slot = NULL;

        int r = sd_bus_match_signal(m->bus, &slot, SYSTEMD_NAME, SYSTEMD_PATH, MANAGER_INTERFACE,
                                    "JobRemoved", on_job_removed, &w);
        if (r >= 0)
                r = sd_bus_call_method(m->bus, SYSTEMD_NAME, SYSTEMD_PATH, MANAGER_INTERFACE, "Subscribe",
                                       NULL, NULL, NULL);
        if (r >= 0)
                r = explain(sd_bus_call(m->bus, call, CALL_TIMEOUT_USEC, &error, &reply), &error,
                            reterr_why);
        if (r >= 0)
                r = sd_bus_message_read(reply, "o", &w.path);

        for (char **e = w.ended; r >= 0 && e && e[0]; e += 2)
                if (streq(e[0], w.path))
                        r = str_copy(e[1], &w.result);
        while (r >= 0 && !w.result) {
                r = sd_bus_process(m->bus, NULL);
                if (r == 0)
                        r = sd_bus_wait(m->bus, UINT64_MAX);
                if (r == -EINTR)
                        r = 0;
        }

        sd_bus_slot_unref(slot);
        strv_free(w.ended);
        if (r < 0) {
                free(w.result);
                return r;
        }

        *ret_result = w.result;
        return 0;
}

static int append_command(sd_bus_message *call, const char *property, char *const *argv) {
        int r = sd_bus_message_open_container(call, 'r', "sv");
        if (r >= 0)
                r = sd_bus_message_append_basic(call, 's', property);
        if (r >= 0)
                r = sd_bus_message_open_container(call, 'v', "a(sasb)");
        if (r >= 0)
                r = sd_bus_message_open_container(call, 'a', "(sasb)");
        if (r >= 0)
                r = sd_bus_message_open_container(call, 'r', "sasb");
        if (r >= 0)
                r = sd_bus_message_append_basic(call, 's', argv[0]);
        if (r >= 0)
                r = sd_bus_message_append_strv(call, (char **) argv);
        if (r >= 0)
                r = sd_bus_message_append(call, "b", /* ignore failure= */ false);
        for (int i = 0; i < 4 && r >= 0; i++)
                r = sd_bus_message_close_container(call);

        return r;
}

static int append_stream(sd_bus_message *call, const char *property, const char *without, const char *value,
                         int fd) {
        if (fd >= 0)
                return sd_bus_message_append(call, "(sv)", property, "h", fd);

        return sd_bus_message_append(call, "(sv)", without, "s", value);
}

static int append_properties(sd_bus_message *call, const UnitSpec *spec) {
        /* The shape of systemd-nspawn@.service, with the lists that its devices need; what makes it ours
         * has a reason beside it. */
        /* clang-format off */
        int r = sd_bus_message_append(
                call, "(sv)(sv)(sv)(sv)(sv)(sv)(sv)(sv)(sv)(sv)(sv)(sv)(sv)",
                "Description", "s", spec->description,
                "Type", "s", "notify",
                "NotifyAccess", "s", "main",
                "Slice", "s", "machine.slice",
                "Delegate", "b", true,
                "KillMode", "s", "mixed",
                "TimeoutStopUSec", "t", spec->stop_timeout_usec,
                "CollectMode", "s", "inactive-or-failed", /* a failed pod leaves no unit that blocks its name */
                "AddRef", "b", true,                      /* but stays until its result was read */
                "WorkingDirectory", "s", spec->working_directory,
                "SyslogIdentifier", "s", spec->syslog_identifier,
                "DevicePolicy", "s", "closed",
                "DeviceAllow", "a(ss)", 4,
                        "/dev/net/tun", "rwm", "char-pts", "rw", "/dev/loop-control", "rw", "block-loop", "rw");
        /* clang-format on */
        if (r >= 0)
                r = append_command(call, "ExecStart", spec->exec_start);
        if (r >= 0)
                r = append_command(call, "ExecStopPost", spec->exec_stop_post);
        if (r >= 0)
                r = append_stream(call, "StandardInputFileDescriptor", "StandardInput", "null", spec->in);
        if (r >= 0)
                r = append_stream(call, "StandardOutputFileDescriptor", "StandardOutput", "journal",
                                  spec->out);
        if (r >= 0)
                r = append_stream(call, "StandardErrorFileDescriptor", "StandardError", "journal",
                                  spec->err);

        return r;
}

int unit_start(Manager *m, const UnitSpec *spec, char **reterr_why) {
        _cleanup_message_ sd_bus_message *call = NULL;
        _cleanup_free_ char *result = NULL, *why = NULL;

        int r = new_manager_call(m, "StartTransientUnit", &call);
        if (r >= 0)
                r = sd_bus_message_append(call, "ss", spec->name, "fail");
        if (r >= 0)
                r = sd_bus_message_open_container(call, 'a', "(sv)");
        if (r >= 0)
                r = append_properties(call, spec);
        if (r >= 0)
                r = sd_bus_message_close_container(call);
        if (r >= 0)
                r = sd_bus_message_append(call, "a(sa(sv))", 0);
        if (r >= 0)
                r = run_job(m, call, &result, &why);
        if (r < 0 || streq(result, "done")) {
                if (reterr_why)
                        *reterr_why = TAKE_PTR(why);
                return r;
        }

        if (reterr_why)
                *reterr_why = TAKE_PTR(result);
        return -EPROTO;
}

static int unit_path(Manager *m, const char *name, const char *method, char **ret, char **reterr_why) {
        _cleanup_bus_error_ sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_message_ sd_bus_message *reply = NULL;
        const char *path;

        int r = sd_bus_call_method(m->bus, SYSTEMD_NAME, SYSTEMD_PATH, MANAGER_INTERFACE, method, &error,
                                   &reply, "s", name);
        if (r < 0)
                return explain(r, &error, reterr_why);
        r = sd_bus_message_read(reply, "o", &path);

        return r < 0 ? r : str_copy(path, ret);
}

static int get_string(Manager *m, const char *path, const char *interface, const char *property, char **ret,
                      char **reterr_why) {
        _cleanup_bus_error_ sd_bus_error error = SD_BUS_ERROR_NULL;

        return explain(sd_bus_get_property_string(m->bus, SYSTEMD_NAME, path, interface, property, &error,
                                                  ret),
                       &error, reterr_why);
}

static int get_trivial(Manager *m, const char *path, const char *interface, const char *property, char type,
                       void *ret, char **reterr_why) {
        _cleanup_bus_error_ sd_bus_error error = SD_BUS_ERROR_NULL;

        return explain(sd_bus_get_property_trivial(m->bus, SYSTEMD_NAME, path, interface, property, &error,
                                                   type, ret),
                       &error, reterr_why);
}

static int read_result(Manager *m, const char *path, UnitResult *ret, char **reterr_why) {
        UnitResult result = {};

        int r = get_string(m, path, SERVICE_INTERFACE, "Result", &result.result, reterr_why);
        if (r >= 0)
                r = get_trivial(m, path, SERVICE_INTERFACE, "ExecMainCode", 'i', &result.main_code,
                                reterr_why);
        if (r >= 0)
                r = get_trivial(m, path, SERVICE_INTERFACE, "ExecMainStatus", 'i', &result.main_status,
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
        _cleanup_free_ char *state = NULL;

        int r = get_string(f->manager, f->path, UNIT_INTERFACE, "ActiveState", &state, NULL);
        if (r < 0)
                return sd_event_exit(f->event, r);
        if (!streq(state, "inactive") && !streq(state, "failed"))
                return 0;

        /* Now, for the end of the loop is the end of the connection. */
        return sd_event_exit(f->event, read_result(f->manager, f->path, &f->result, &f->why));
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

        int r = unit_path(m, name, "LoadUnit", &path, reterr_why);
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

static int unit_kill(Manager *m, const char *name, char **reterr_why) {
        _cleanup_bus_error_ sd_bus_error error = SD_BUS_ERROR_NULL;

        int r = sd_bus_call_method(m->bus, SYSTEMD_NAME, SYSTEMD_PATH, MANAGER_INTERFACE, "KillUnit", &error,
                                   NULL, "ssi", name, "all", SIGKILL);
        return explain(r, &error, reterr_why);
}

int unit_stop(Manager *m, const char *name, bool kill, char **reterr_why) {
        _cleanup_message_ sd_bus_message *call = NULL;
        _cleanup_free_ char *result = NULL, *path = NULL;
        int r;

        r = unit_path(m, name, "GetUnit", &path, NULL);
        if (r == -ENOENT)
                return 0;
        if (r >= 0 && kill)
                r = unit_kill(m, name, reterr_why);
        if (r >= 0)
                r = new_manager_call(m, "StopUnit", &call);
        if (r >= 0)
                r = sd_bus_message_append(call, "ss", name, "replace");
        if (r >= 0)
                r = run_job(m, call, &result, reterr_why);

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
                return explain(r, &error, reterr_why);

        r = sd_bus_message_read(reply, "o", &path);
        if (r >= 0)
                r = explain(sd_bus_get_property_trivial(m->bus, "org.freedesktop.machine1", path,
                                                        "org.freedesktop.machine1.Machine", "Leader", &error,
                                                        'u', &leader),
                            &error, reterr_why);
        if (r < 0)
                return r;

        *ret = leader;
        return 0;
}
