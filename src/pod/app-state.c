/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the file `state` of an app.
 * Never: finds out how an app is doing; it writes down what it is told.
 * Follows: docs/ARCHITECTURE.md, "Pods of several apps". */

#include <stdio.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "image/json-table.h"
#include "pod/app-state.h"

#define STATE_FILE "state"
#define STATE_MAX 4096

static const char *const phase_names[_APP_PHASE_MAX] = {
        [APP_WAITING] = "waiting", [APP_RUNNING] = "running",       [APP_EXITED] = "exited",
        [APP_FAILED] = "failed",   [APP_RESTARTING] = "restarting",
};

const char *app_phase_name(AppPhase phase) {
        return phase_names[phase];
}

static int encode_phase(const void *member, Json **ret) {
        const AppPhase *phase = member;

        *ret = json_new_string(app_phase_name(*phase));
        return *ret ? 0 : -ENOMEM;
}

static int decode_phase(const Json *value, void *member, const JsonPath *at) {
        const char *name = json_text(value);

        for (AppPhase phase = 0; name && phase < _APP_PHASE_MAX; phase++)
                if (streq(name, phase_names[phase])) {
                        *(AppPhase *) member = phase;
                        return 0;
                }

        return json_refuse(at, "not a phase");
}

static const JsonField fields[] = {
        { "phase", decode_phase, offsetof(AppState, phase), JSON_MANDATORY, encode_phase },
        { "leader", json_decode_u32, offsetof(AppState, leader), 0, json_encode_u32 },
        { "since", json_decode_u64, offsetof(AppState, since_usec), 0, json_encode_u64 },
        { "started", json_decode_u64, offsetof(AppState, started_usec), 0, json_encode_u64 },
        { "restarts", json_decode_u32, offsetof(AppState, n_restarts), 0, json_encode_u32 },
        { "last", exit_record_decode, offsetof(AppState, last), 0, exit_record_encode },
        {},
};

void app_state_done(AppState *s) {
        exit_record_done(&s->last);
}

static int decode(const Json *value, void *target, const JsonPath *at) {
        return json_decode_object(value, fields, target, at);
}

int app_state_read(int app_fd, AppState *ret) {
        _cleanup_app_state_ AppState state = {};
        _cleanup_blob_ Blob text = {};

        int r = file_read_at(app_fd, STATE_FILE, STATE_MAX, &text);
        if (r >= 0)
                r = json_parse_into(text.data, text.size, decode, &state, NULL);
        if (r < 0)
                return r;

        *ret = state;
        state = (AppState) {};
        return 0;
}

/* Whoever reads it meanwhile sees the old one or the new one. */
int app_state_write(int app_fd, const AppState *s) {
        static const char new_file[] = "." STATE_FILE;
        _cleanup_json_ Json *j = NULL;
        _cleanup_blob_ Blob text = {};

        int r = json_encode_object(fields, s, &j);
        if (r >= 0)
                r = json_format(j, /* pretty= */ false, &text);
        if (r < 0)
                return r;

        if (unlinkat(app_fd, new_file, 0) < 0 && errno != ENOENT)
                return -errno;
        r = file_create_at(app_fd, new_file, text.data, text.size, 0644);
        if (r < 0)
                return r;

        return renameat(app_fd, new_file, app_fd, STATE_FILE) < 0 ? -errno : 0;
}
