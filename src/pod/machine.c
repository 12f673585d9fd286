/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: machine.json.
 * Never: makes a machine; it writes down what it is told.
 * Follows: docs/ARCHITECTURE.md, "The life of a pod". */

#include "basic/fd.h"
#include "basic/str.h"
#include "pod/machine.h"
#include "pod/stage1-kind.h"

#define MACHINE_JSON "machine.json"

bool pod_is_virtual_machine(const AppcPod *pod) {
        return streq(pod_stage1(pod), "kvm");
}

static const JsonField fields[] = {
        { "kernel", json_decode_string, offsetof(PodMachine, kernel), JSON_MANDATORY },
        { "memory", json_decode_u64, offsetof(PodMachine, memory_bytes), JSON_MANDATORY },
        { "cpus", json_decode_u64, offsetof(PodMachine, cpus), JSON_MANDATORY },
        { "accelerator", json_decode_string, offsetof(PodMachine, accelerator), JSON_MANDATORY },
        {},
};

static int decode(const Json *value, void *member, const JsonPath *at) {
        return json_decode_object(value, fields, member, at);
}

void pod_machine_done(PodMachine *m) {
        free(m->kernel);
        free(m->accelerator);
        *m = (PodMachine) {};
}

static int encode(const void *member, Json **ret) {
        const PodMachine *m = member;

        if (!m->kernel) {
                *ret = NULL;
                return 0;
        }

        _cleanup_json_ Json *j = json_new_object();
        int r = j ? json_set_string(j, "kernel", m->kernel) : -ENOMEM;
        if (r >= 0)
                r = json_set_int(j, "memory", m->memory_bytes);
        if (r >= 0)
                r = json_set_int(j, "cpus", m->cpus);
        if (r >= 0)
                r = json_set_string(j, "accelerator", m->accelerator);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(j);
        return 0;
}

int pod_machine_write(int pod_fd, const PodMachine *m) {
        _cleanup_json_ Json *j = NULL;
        _cleanup_blob_ Blob text = {};

        int r = encode(m, &j);
        if (r >= 0)
                r = json_format(j, /* pretty= */ true, &text);

        return r < 0 ? r : file_publish_at(pod_fd, MACHINE_JSON, text.data, text.size, 0644, true);
}

int pod_machine_read(int pod_fd, PodMachine *ret) {
        _cleanup_pod_machine_ PodMachine m = {};
        _cleanup_blob_ Blob text = {};

        int r = file_read_at(pod_fd, MACHINE_JSON, 4096, &text);
        if (r >= 0)
                r = json_parse_into(text.data, text.size, decode, &m, NULL);
        if (r < 0)
                return r;

        *ret = m;
        m = (PodMachine) {};
        return 0;
}
