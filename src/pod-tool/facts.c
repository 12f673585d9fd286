/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what there is to say of a pod, from its directory, its unit and its cgroup.
 * Never: fails because a unit or a machine has just gone; decides how it is printed.
 * Follows: gantry-status(1). */

#include <fcntl.h>
#include <inttypes.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "network/pod-network.h"
#include "pod-tool/app-rows.h"
#include "pod-tool/facts.h"
#include "pod-tool/pod-tool.h"
#include "pod/annotation-list.h"
#include "pod/annotations.h"
#include "pod/machine.h"
#include "pod/pod-manifest.h"
#include "pod/relaxations.h"
#include "pod/stage1-kind.h"
#include "selinux/label.h"
#include "selinux/pod-labels.h"

void facts_done(Facts *f) {
        for (size_t i = 0; i < _FACT_MAX; i++)
                free(f->cells[i]);
        table_free(f->apps);
        *f = (Facts) {};
}

static int set_number(Facts *f, Fact fact, uint64_t number) {
        return number == UNIT_NO_NUMBER ? 0 : str_printf(&f->cells[fact], "%" PRIu64, number);
}

static int take_description(const PodDir *p, Facts *f) {
        _cleanup_(description_done) Description d = {};

        int r = pod_describe(p, &d);
        if (r >= 0)
                r = str_copy(p->name, &f->cells[FACT_NAME]);
        if (r >= 0)
                r = str_copy(p->uuid, &f->cells[FACT_UUID]);
        if (r < 0)
                return r;

        f->cells[FACT_STATE] = TAKE_PTR(d.state);
        f->cells[FACT_APPS] = TAKE_PTR(d.apps);
        f->cells[FACT_IMAGES] = TAKE_PTR(d.images);
        f->cells[FACT_STARTED] = TAKE_PTR(d.started);
        f->cells[FACT_ENDED] = TAKE_PTR(d.ended);
        f->cells[FACT_RESULT] = TAKE_PTR(d.result);
        f->cells[FACT_UIDS] = TAKE_PTR(d.uids);
        return 0;
}

/* A machine is known when one has been started. */
static int take_machine(const PodDir *p, const AppcPod *manifest, Facts *f) {
        _cleanup_pod_machine_ PodMachine m = {};
        bool is_virtual = pod_is_virtual_machine(manifest);

        int r = str_copy(pod_stage1(manifest), &f->cells[FACT_STAGE1]);
        if (r < 0 || !is_virtual || pod_machine_read(p->fd, &m) < 0)
                return r;

        f->cells[FACT_KERNEL] = TAKE_PTR(m.kernel);
        f->cells[FACT_ACCELERATOR] = TAKE_PTR(m.accelerator);
        r = set_number(f, FACT_MACHINE_MEMORY, m.memory_bytes);
        return r < 0 ? r : set_number(f, FACT_VCPUS, m.cpus);
}

/* That the policy is not good for any, whoever starts the pod is told. */
static int take_labels(const PodDir *p, const AppcPod *manifest, Facts *f) {
        _cleanup_pod_labels_ PodLabels labels = {};

        int r = pod_labels_read(manifest, p, &labels, NULL);
        if (r < 0 || !labels.process)
                return r == -ENOMEM ? r : 0;

        f->cells[FACT_LABEL] = TAKE_PTR(labels.process);
        f->cells[FACT_FILE_LABEL] = TAKE_PTR(labels.file);
        return str_copy(label_mode() == LABEL_ENFORCING ? "enforcing" : "permissive",
                        &f->cells[FACT_LABEL_MODE]);
}

static int take_networks(const AppcPod *manifest, Facts *f) {
        _cleanup_strv_ char **networks = NULL;

        int r = annotation_list(&manifest->annotations, ANNOTATION_NETWORK, &networks);
        if (r >= 0 && !networks)
                r = strv_add(&networks, "none");

        return r < 0 ? r : strv_join(networks, ", ", &f->cells[FACT_NETWORK]);
}

/* Every pod has a range of ids; one without a user namespace of its own does not use it. */
static void take_ids(const AppcPod *manifest, Facts *f) {
        if (streq_ptr(pairs_get(&manifest->annotations, ANNOTATION_USER_NAMESPACE), "host"))
                free(TAKE_PTR(f->cells[FACT_UIDS]));
}

/* A pod that is being prepared has no manifest yet. */
static int take_manifest(const PodDir *p, Facts *f) {
        _cleanup_(appc_pod_freep) AppcPod *manifest = NULL;
        _cleanup_(table_freep) Table *apps = NULL;
        _cleanup_strv_ char **list = NULL;

        int r = pod_manifest_read(p, &manifest, NULL);
        if (r == -ENOENT)
                return 0;
        if (r >= 0)
                take_ids(manifest, f);
        if (r >= 0)
                r = take_machine(p, manifest, f);
        if (r >= 0)
                r = take_networks(manifest, f);
        if (r >= 0)
                r = take_labels(p, manifest, f);
        if (r >= 0)
                r = pod_relaxations(manifest, &list);
        if (r >= 0)
                r = strv_join(list, ", ", &f->cells[FACT_RELAXED]);
        if (r >= 0)
                r = app_rows(p, manifest, &apps);
        if (r >= 0)
                r = table_to_json(apps, &f->cells[FACT_APP_STATES]);
        if (r < 0 || manifest->n_apps == 1)
                return r;

        f->apps = TAKE_PTR(apps);
        return 0;
}

/* The manager of Debian 12 does not know it, the kernel may. */
static int find_peak(const UnitState *state, Facts *f) {
        _cleanup_free_ char *path = NULL;
        _cleanup_blob_ Blob text = {};
        uint64_t peak;

        if (state->cgroup[0] == '\0')
                return 0;
        int r = str_printf(&path, "/sys/fs/cgroup%s/memory.peak", state->cgroup);
        if (r < 0)
                return r;
        if (file_read_at(AT_FDCWD, path, 64, &text) < 0)
                return 0;
        ((char *) text.data)[strcspn(text.data, "\n")] = '\0';

        return str_to_u64(text.data, &peak) < 0 ? 0 : set_number(f, FACT_MEMORY_PEAK, peak);
}

static int take_use(const UnitState *state, Facts *f) {
        int r = set_number(f, FACT_MEMORY, state->memory);
        if (r >= 0)
                r = find_peak(state, f);
        if (r >= 0)
                r = set_number(f, FACT_MEMORY_MAX, MIN(state->memory_max, state->memory_high));
        if (r >= 0 && state->cpu_nsec != UNIT_NO_NUMBER)
                r = set_number(f, FACT_CPU, state->cpu_nsec / 1000);
        if (r >= 0 && state->cpu_quota_usec != UNIT_NO_NUMBER)
                r = str_printf(&f->cells[FACT_CPU_QUOTA], "%g%%", state->cpu_quota_usec / 10000.0);
        if (r >= 0)
                r = set_number(f, FACT_TASKS, state->tasks);
        if (r >= 0)
                r = set_number(f, FACT_TASKS_MAX, state->tasks_max);

        return r;
}

static int take_unit(const PodUnit *unit, Facts *f) {
        const UnitState *state = &unit->state;
        const char *doing = pod_unit_describe(unit);
        char *const *triggers = state->triggers;
        int r = 0;

        if (doing)
                r = str_copy(doing, &f->cells[FACT_UNIT_STATE]);
        if (r >= 0 && state->status_text[0])
                f->cells[FACT_STATUS] = str_escape(state->status_text, strlen(state->status_text), 1024);
        if (r >= 0 && state->restarts > 0)
                r = set_number(f, FACT_RESTARTS, state->restarts);
        if (r >= 0 && triggers)
                r = strv_join(triggers, ", ", &f->cells[FACT_SOCKETS]);

        return r < 0 || !unit->busy ? r : take_use(state, f);
}

/* The note is there as long as the pod is in a network. */
static int take_network(const PodDir *p, Facts *f) {
        _cleanup_strv_ char **addresses = NULL, **ports = NULL;
        _cleanup_pod_network_ PodNetwork n = {};

        if (pod_dir_phase_now(p) != POD_RUNNING || pod_network_read(p->fd, &n, NULL) < 0)
                return 0;

        int r = pod_network_addresses(&n, &addresses);
        if (r >= 0)
                r = strv_join(addresses, ", ", &f->cells[FACT_ADDRESSES]);
        if (r >= 0)
                r = pod_network_ports(&n, &ports);
        return r < 0 ? r : strv_join(ports, ", ", &f->cells[FACT_PORTS]);
}

/* What no plugin has given it, machined finds in its namespace. */
static int take_running(Manager *m, const PodDir *p, Facts *f) {
        _cleanup_strv_ char **addresses = NULL;
        pid_t leader;

        if (pod_dir_phase_now(p) != POD_RUNNING || machine_leader(m, p->name, &leader, NULL) < 0)
                return 0;

        int r = set_number(f, FACT_LEADER, leader);
        if (r < 0 || f->cells[FACT_ADDRESSES] || streq_ptr(f->cells[FACT_NETWORK], "none") ||
            machine_addresses(m, p->name, &addresses, NULL) < 0)
                return r;

        return strv_join(addresses, ", ", &f->cells[FACT_ADDRESSES]);
}

int facts_collect(Manager *m, const PodDir *p, Facts *ret) {
        _cleanup_pod_unit_ PodUnit unit = {};
        _cleanup_facts_ Facts f = {};

        int r = take_description(p, &f);
        if (r >= 0)
                r = take_manifest(p, &f);
        if (r >= 0)
                r = take_network(p, &f);
        if (r >= 0)
                r = pod_dir_unit_name(p, &f.cells[FACT_UNIT]);
        if (r >= 0 && m && pod_unit_get(m, p, &unit, NULL) >= 0)
                r = take_unit(&unit, &f);
        if (r >= 0 && m)
                r = take_running(m, p, &f);
        if (r < 0)
                return r;

        *ret = f;
        f = (Facts) {};
        return 0;
}
