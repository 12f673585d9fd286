/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the transient unit of a pod.
 * Never: decides what a pod's unit is for.
 * Follows: org.freedesktop.systemd1(5), "StartTransientUnit()"; systemd-nspawn@.service. */

#include "basic/str.h"
#include "basic/strv.h"
#include "unit/bus.h"
#include "unit/property.h"
#include "unit/socket.h"

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

/* What people may set otherwise. */
static char *const presets[] = {
        (char *) "Documentation=man:gantry-run(1)",
        (char *) "CPUAccounting=yes",         /* for gantry-status(1); it costs nothing with cgroup v2 */
        (char *) "LogRateLimitIntervalSec=0", /* what an app prints is kept, however much it is */
        NULL,
};

static int append_texts(sd_bus_message *call, char *const *properties, char **reterr_why) {
        STRV_FOREACH(p, properties) {
                int r = unit_property_append(call, *p, reterr_why);
                if (r < 0)
                        return r;
        }

        return 0;
}

static int append_properties(sd_bus_message *call, const UnitSpec *spec, char **reterr_why) {
        /* The shape of systemd-nspawn@.service, with the lists that its devices need; what makes it ours
         * has a reason beside it. */
        /* clang-format off */
        int r = sd_bus_message_append(
                call, "(sv)(sv)(sv)(sv)(sv)(sv)(sv)(sv)(sv)(sv)(sv)(sv)",
                "Description", "s", spec->description,
                "Type", "s", "notify",
                "NotifyAccess", "s", "main",
                "Slice", "s", "machine.slice",
                "Delegate", "b", true,
                "KillMode", "s", "mixed",
                "TimeoutStopUSec", "t", spec->stop_timeout_usec,
                "CollectMode", "s", "inactive-or-failed", /* a failed pod leaves no unit that blocks its name */
                "AddRef", "b", true,                      /* but stays until its result was read */
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
        if (r >= 0)
                r = append_texts(call, presets, reterr_why);
        if (r >= 0)
                r = append_texts(call, spec->properties, reterr_why);

        return r;
}

/* The pod's unit beside the one that is started. */
static int append_auxiliary(sd_bus_message *call, const UnitSpec *spec, char **reterr_why) {
        int r = sd_bus_message_open_container(call, 'a', "(sa(sv))");
        if (r >= 0 && spec->sockets) {
                r = sd_bus_message_open_container(call, 'r', "sa(sv)");
                if (r >= 0)
                        r = sd_bus_message_append(call, "s", spec->name);
                if (r >= 0)
                        r = sd_bus_message_open_container(call, 'a', "(sv)");
                if (r >= 0)
                        r = append_properties(call, spec, reterr_why);
                for (int i = 0; i < 2 && r >= 0; i++)
                        r = sd_bus_message_close_container(call);
        }

        return r < 0 ? r : sd_bus_message_close_container(call);
}

/* The call's arguments: either the pod's unit, or its socket with that beside it. */
static int append_units(sd_bus_message *call, const UnitSpec *spec, char **reterr_why) {
        _cleanup_free_ char *socket = NULL;

        int r = spec->sockets ? unit_socket_name(spec->name, &socket) : 0;
        if (r >= 0)
                r = sd_bus_message_append(call, "ss", socket ? socket : spec->name, "fail");
        if (r >= 0)
                r = sd_bus_message_open_container(call, 'a', "(sv)");
        if (r >= 0)
                r = socket ? unit_socket_append(call, spec) : append_properties(call, spec, reterr_why);
        if (r >= 0)
                r = sd_bus_message_close_container(call);

        return r < 0 ? r : append_auxiliary(call, spec, reterr_why);
}

int unit_start(Manager *m, const UnitSpec *spec, char **reterr_why) {
        _cleanup_message_ sd_bus_message *call = NULL;
        _cleanup_free_ char *result = NULL, *why = NULL;

        int r = bus_new_call(m, "StartTransientUnit", &call);
        if (r >= 0)
                r = append_units(call, spec, &why);
        if (r >= 0)
                r = bus_run_job(m, call, &result, &why);
        if (r < 0 || streq(result, "done")) {
                if (reterr_why)
                        *reterr_why = TAKE_PTR(why);
                return r;
        }

        if (reterr_why)
                *reterr_why = TAKE_PTR(result);
        return -EPROTO;
}
