/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what the manager says of a unit.
 * Never: loads a unit to find out; interprets what it says.
 * Follows: org.freedesktop.systemd1(5), "Unit Objects" and "Service Unit Objects". */

#include "basic/str.h"
#include "basic/strv.h"
#include "unit/bus.h"
#include "unit/state.h"

typedef struct Field {
        const char *name, *type;
        int (*read)(sd_bus_message *m, void *target);
        size_t offset;
} Field;

static int read_string(sd_bus_message *m, void *target) {
        const char *s;

        int r = sd_bus_message_read(m, "s", &s);
        return r < 0 ? r : str_copy(s, target);
}

static int read_strings(sd_bus_message *m, void *target) {
        int r = sd_bus_message_enter_container(m, 'a', "s");

        for (const char *s; r >= 0;) {
                r = sd_bus_message_read(m, "s", &s);
                if (r <= 0)
                        break;
                r = strv_add(target, s);
        }

        return r < 0 ? r : sd_bus_message_exit_container(m);
}

/* Arrays of bytes that are text. */
static int read_texts(sd_bus_message *m, void *target) {
        int r = sd_bus_message_enter_container(m, 'a', "ay");

        while (r >= 0) {
                const void *bytes;
                size_t n;

                r = sd_bus_message_read_array(m, 'y', &bytes, &n);
                if (r <= 0)
                        break;
                r = strv_addf(target, "%.*s", (int) n, (const char *) bytes);
        }

        return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int read_u64(sd_bus_message *m, void *target) {
        return sd_bus_message_read(m, "t", target);
}

static int read_u32(sd_bus_message *m, void *target) {
        return sd_bus_message_read(m, "u", target);
}

static int read_job(sd_bus_message *m, void *target) {
        return sd_bus_message_read(m, "(uo)", target, NULL);
}

static int read_id(sd_bus_message *m, void *target) {
        const void *id;
        size_t n;

        int r = sd_bus_message_read_array(m, 'y', &id, &n);
        if (r >= 0 && n == 16)
                hex_encode(id, n, target);

        return r;
}

static const Field unit_fields[] = {
        { "ActiveState", "s", read_string, offsetof(UnitState, active) },
        { "SubState", "s", read_string, offsetof(UnitState, sub) },
        { "Job", "(uo)", read_job, offsetof(UnitState, job) },
        { "TriggeredBy", "as", read_strings, offsetof(UnitState, triggers) },
        { "InvocationID", "ay", read_id, offsetof(UnitState, invocation) },
        {},
};

static const Field service_fields[] = {
        { "LogExtraFields", "aay", read_texts, offsetof(UnitState, log_fields) },
        { "StatusText", "s", read_string, offsetof(UnitState, status_text) },
        { "ControlGroup", "s", read_string, offsetof(UnitState, cgroup) },
        { "MemoryCurrent", "t", read_u64, offsetof(UnitState, memory) },
        { "MemoryMax", "t", read_u64, offsetof(UnitState, memory_max) },
        { "MemoryHigh", "t", read_u64, offsetof(UnitState, memory_high) },
        { "CPUUsageNSec", "t", read_u64, offsetof(UnitState, cpu_nsec) },
        { "CPUQuotaPerSecUSec", "t", read_u64, offsetof(UnitState, cpu_quota_usec) },
        { "TasksCurrent", "t", read_u64, offsetof(UnitState, tasks) },
        { "TasksMax", "t", read_u64, offsetof(UnitState, tasks_max) },
        { "NRestarts", "u", read_u32, offsetof(UnitState, restarts) },
        {},
};

void unit_state_done(UnitState *s) {
        free(s->active);
        free(s->sub);
        free(s->status_text);
        free(s->cgroup);
        strv_free(s->triggers);
        strv_free(s->log_fields);
        *s = (UnitState) {};
}

/* One "sv" of the dictionary: into its field, if there is one. */
static int read_entry(sd_bus_message *m, const Field *fields, UnitState *s) {
        const char *name;

        int r = sd_bus_message_read(m, "s", &name);
        if (r < 0)
                return r;
        const Field *f = fields;
        while (f->name && !streq(f->name, name))
                f++;
        if (!f->name)
                return sd_bus_message_skip(m, "v");

        r = sd_bus_message_enter_container(m, 'v', f->type);
        if (r >= 0)
                r = f->read(m, (char *) s + f->offset);

        return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int read_entries(sd_bus_message *m, const Field *fields, UnitState *s) {
        int r = sd_bus_message_enter_container(m, 'a', "{sv}");

        while (r >= 0) {
                r = sd_bus_message_enter_container(m, 'e', "sv");
                if (r <= 0)
                        break;
                r = read_entry(m, fields, s);
                if (r >= 0)
                        r = sd_bus_message_exit_container(m);
        }

        return r;
}

static int get_all(Manager *m, const char *path, const char *interface, const Field *fields, UnitState *s,
                   char **reterr_why) {
        _cleanup_bus_error_ sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_message_ sd_bus_message *reply = NULL;

        int r = sd_bus_call_method(m->bus, SYSTEMD_NAME, path, "org.freedesktop.DBus.Properties", "GetAll",
                                   &error, &reply, "s", interface);
        if (r < 0)
                return bus_explain(r, &error, reterr_why);

        return read_entries(reply, fields, s);
}

int unit_state_get(Manager *m, const char *name, UnitState *ret, char **reterr_why) {
        _cleanup_unit_state_ UnitState s = {
                .memory = UNIT_NO_NUMBER,
                .memory_max = UNIT_NO_NUMBER,
                .memory_high = UNIT_NO_NUMBER,
                .cpu_nsec = UNIT_NO_NUMBER,
                .cpu_quota_usec = UNIT_NO_NUMBER,
                .tasks = UNIT_NO_NUMBER,
                .tasks_max = UNIT_NO_NUMBER,
        };
        _cleanup_free_ char *path = NULL;

        int r = bus_unit_path(m, name, "GetUnit", &path, reterr_why);
        if (r >= 0)
                r = get_all(m, path, UNIT_INTERFACE, unit_fields, &s, reterr_why);
        if (r >= 0)
                r = get_all(m, path, SERVICE_INTERFACE, service_fields, &s, reterr_why);
        if (r >= 0 && !(s.active && s.sub && s.status_text && s.cgroup))
                r = -EBADMSG;
        if (r < 0)
                return r;

        *ret = s;
        s = (UnitState) {};
        return 0;
}
