/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: exit.json.
 * Never: finds out how a pod ended; it writes down what it is told.
 * Follows: docs/ARCHITECTURE.md, "The life of a pod". */

#include <string.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "pod/exit-record.h"

#define EXIT_JSON "exit.json"

static const JsonField fields[] = {
        { "when", json_decode_u64, offsetof(ExitRecord, when_usec), JSON_MANDATORY },
        { "result", json_decode_string, offsetof(ExitRecord, result), JSON_MANDATORY },
        { "code", json_decode_i64, offsetof(ExitRecord, code), JSON_MANDATORY },
        { "signal", json_decode_i64, offsetof(ExitRecord, signal) },
        { "core", json_decode_bool, offsetof(ExitRecord, core) },
        { "oom", json_decode_bool, offsetof(ExitRecord, oom) },
        {},
};

int exit_record_decode(const Json *value, void *member, const JsonPath *at) {
        return json_decode_object(value, fields, member, at);
}

void exit_record_done(ExitRecord *r) {
        free(r->result);
        *r = (ExitRecord) {};
}

/* Zeros and what is not so are written, too, where they say something. */
int exit_record_encode(const void *member, Json **ret) {
        const ExitRecord *record = member;

        if (!record->result) {
                *ret = NULL;
                return 0;
        }

        _cleanup_json_ Json *j = json_new_object();
        int r = j ? json_set_int(j, "when", record->when_usec) : -ENOMEM;
        if (r >= 0)
                r = json_set_string(j, "result", record->result);
        if (r >= 0)
                r = json_set_int(j, "code", record->code);
        if (r >= 0 && record->signal > 0)
                r = json_set_int(j, "signal", record->signal);
        if (r >= 0 && record->core)
                r = json_set_bool(j, "core", true);
        if (r >= 0)
                r = json_set_bool(j, "oom", record->oom);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(j);
        return 0;
}

int exit_record_write(int pod_fd, const ExitRecord *record) {
        _cleanup_json_ Json *j = NULL;
        _cleanup_blob_ Blob text = {};

        int r = exit_record_encode(record, &j);
        if (r >= 0)
                r = json_format(j, /* pretty= */ true, &text);

        return r < 0 ? r : file_publish_at(pod_fd, EXIT_JSON, text.data, text.size, 0644, true);
}

int exit_record_read(int pod_fd, ExitRecord *ret) {
        _cleanup_exit_record_ ExitRecord record = {};
        _cleanup_blob_ Blob text = {};

        int r = file_read_at(pod_fd, EXIT_JSON, 4096, &text);
        if (r >= 0)
                r = json_parse_into(text.data, text.size, exit_record_decode, &record, NULL);
        if (r < 0)
                return r;

        *ret = record;
        record = (ExitRecord) {};
        return 0;
}

int exit_record_describe(const ExitRecord *r, char **ret) {
        if (r->oom)
                return str_copy("out of memory", ret);
        if (r->signal > 0) {
                const char *name = sigabbrev_np(r->signal), *core = r->core ? ", core dumped" : "";
                return name ? str_printf(ret, "killed (SIG%s%s)", name, core)
                            : str_printf(ret, "killed (%d%s)", (int) r->signal, core);
        }

        return str_printf(ret, "exited (%d)", (int) r->code);
}
