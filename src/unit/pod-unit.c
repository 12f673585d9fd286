/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: which unit is a pod's, and how it is stopped so that it stays so.
 * Never: touches a unit that is another pod's by now.
 * Follows: gantry-stop(1), systemd.service(5) "Restart=". */

#include "basic/str.h"
#include "basic/strv.h"
#include "unit/pod-unit.h"

void pod_unit_done(PodUnit *u) {
        free(u->name);
        free(u->socket);
        unit_state_done(&u->state);
        *u = (PodUnit) {};
}

/* Units have the names of pods, and names are used again. A transient unit says whose it is. The UUID of a .pod file's pod is the
 * unit's invocation, and what ran last has noted that down. */
static bool is_transient_of(const PodDir *p, const UnitState *state) {
        char field[64];

        strcpy(stpcpy(field, "POD_UUID="), p->uuid);
        return strv_contains(state->log_fields, field);
}

static bool is_run_of(const PodDir *p, const UnitState *state) {
        _cleanup_free_ char *invocation = NULL;
        char id[33];
        size_t n = 0;

        for (const char *c = p->uuid; *c; c++)
                if (*c != '-')
                        id[n++] = *c;
        id[n] = '\0';

        return streq(id, state->invocation) ||
               (pod_dir_read(p, "invocation", &invocation) >= 0 && streq(invocation, state->invocation));
}

/* The unit that starts it because somebody connects. */
static int find_socket(const char *unit, char *const *triggers, char **ret) {
        _cleanup_free_ char *socket = NULL;

        int r = unit_socket_name(unit, &socket);
        if (r >= 0 && strv_contains(triggers, socket))
                *ret = TAKE_PTR(socket);

        return r;
}

int pod_unit_get(Manager *m, const PodDir *p, PodUnit *ret, char **reterr_why) {
        _cleanup_pod_unit_ PodUnit u = {};

        int r = pod_dir_unit_name(p, &u.name);
        if (r >= 0)
                r = unit_state_get(m, u.name, &u.state, reterr_why);
        if (r >= 0 && !is_transient_of(p, &u.state) && !is_run_of(p, &u.state))
                r = -ENOENT;
        if (r >= 0)
                r = find_socket(u.name, u.state.triggers, &u.socket);
        if (r < 0)
                return r;

        u.same = !startswith(u.name, "gantry@");
        u.busy = u.state.job > 0 || (!streq(u.state.active, "inactive") && !streq(u.state.active, "failed"));
        *ret = u;
        u = (PodUnit) {};
        return 0;
}

/* Nothing of it runs, but something will. */
static const char *describe_wait(const PodUnit *u) {
        if (streq(u->state.sub, "auto-restart") || (u->busy && streq(u->state.sub, "dead")))
                return "about to be started again";

        return !u->busy && u->socket ? "waiting for its socket" : NULL;
}

const char *pod_unit_describe(const PodUnit *u) {
        if (streq(u->state.active, "active") || streq(u->state.active, "reloading"))
                return "running";
        if (streq(u->state.active, "deactivating"))
                return "stopping";

        const char *wait = describe_wait(u);
        return wait ? wait : u->busy ? "starting" : NULL;
}

const char *pod_unit_needs_pod(const PodUnit *u) {
        return describe_wait(u) && !u->same ? NULL : pod_unit_describe(u);
}

int pod_unit_stop(Manager *m, const PodUnit *u, bool force, char **reterr_why) {
        int r = u->socket ? unit_stop(m, u->socket, reterr_why) : 0;
        if (r >= 0 && force)
                r = unit_kill(m, u->name, reterr_why);
        if (r >= 0)
                r = unit_stop(m, u->name, reterr_why);

        return r;
}

int pod_unit_wait_end(Manager *m, const PodUnit *u, uint64_t timeout_usec, char **reterr_why) {
        int r = unit_wait(m, u->name, UNIT_ENDED, timeout_usec, reterr_why);
        if (r != -ETIME)
                return r;
        r = unit_kill(m, u->name, reterr_why);

        return r < 0 ? r : unit_wait(m, u->name, UNIT_ENDED, UINT64_MAX, reterr_why);
}
