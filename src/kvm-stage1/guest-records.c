/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: a pod in the words of its guest.
 * Never: looks where in an app's root anything will be: the guest does.
 * Follows: pod/guest-config.h. */

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "kvm-stage1/guest-records.h"
#include "pod/annotation-list.h"
#include "pod/annotations.h"
#include "pod/guest-config.h"
#include "pod/isolator-properties.h"
#include "pod/unit-property.h"
#include "stage/etc-texts.h"

#define CPU_PERIOD_USEC 100000u

/* What is written, and of what. */
typedef struct Writer {
        FILE *f;
        const Stage *stage;
        Store *store;
        Exports *exports;
} Writer;

void guest_texts_done(GuestTexts *t) {
        for (size_t i = 0; i < _TEXTS; i++)
                free(t->list[i]);
}

/* Whether the pod is in its networks, or has none. */
static bool knows_networks(const Stage *s) {
        return s->network.n_attachments == s->n_networks;
}

int guest_texts_make(const Stage *s, GuestTexts *ret) {
        _cleanup_guest_texts_ GuestTexts t = {};
        char machine_id[TEXT_MACHINE_ID_SIZE];

        text_of_machine_id(s, machine_id);
        int r = text_of_hostname(s, &t.list[TEXT_HOSTNAME]);
        if (r >= 0 && knows_networks(s))
                r = text_of_hosts(s, &t.list[TEXT_HOSTS]);
        if (r >= 0)
                r = text_of_more_hosts(s, &t.list[TEXT_MORE_HOSTS]);
        if (r >= 0)
                r = str_copy(machine_id, &t.list[TEXT_MACHINE_ID]);
        if (r >= 0 && knows_networks(s))
                r = text_of_resolv_conf(s, &t.list[TEXT_RESOLV_CONF]);
        if (r < 0)
                return r;

        *ret = t;
        t = (GuestTexts) {};
        return 0;
}

_printf_(3, 4) static void put(const Writer *w, const char *key, const char *format, ...) {
        va_list arguments;

        fprintf(w->f, "%s=", key);
        va_start(arguments, format);
        vfprintf(w->f, format, arguments);
        va_end(arguments);
        (void) putc('\0', w->f);
}

static void put_flag(const Writer *w, const char *key, bool value) {
        if (value)
                put(w, key, "1");
}

static void put_text(const Writer *w, const char *key, const char *value) {
        if (value)
                put(w, key, "%s", value);
}

static void put_pod(const Writer *w, const Disks *d) {
        const Stage *s = w->stage;
        char machine_id[TEXT_MACHINE_ID_SIZE];

        text_of_machine_id(s, machine_id);
        put(w, GUEST_HOSTNAME, "%s", stage_hostname(s));
        put(w, GUEST_MACHINE_ID, "%.32s", machine_id);
        put_flag(w, GUEST_BOOTS, s->boots);
        put_flag(w, GUEST_PCI, qemu_needs_pci(d->n, s->n_networks));
        put_flag(w, GUEST_NETWORK, s->n_networks > 0);
        put_flag(w, GUEST_VOLUMES, w->exports->n > 0);
        for (size_t i = 0; i < d->n; i++)
                if (d->list[i].qemu.writable)
                        put(w, GUEST_RW_DISK, "%s", d->list[i].qemu.serial);
                else
                        put(w, GUEST_DISK, "%s:%s", d->list[i].qemu.serial, d->list[i].uuid);
}

/* The number in the last of such properties, as the manager calls them; 0: there is none, or it is infinite. */
static uint64_t find_limit(char *const *properties, const char *name) {
        uint64_t number = 0;

        STRV_FOREACH(assignment, properties) {
                _cleanup_unit_property_ UnitProperty p = {};

                if (unit_property_parse(*assignment, &p, NULL) >= 0 && streq(p.name, name) && p.n_items == 1)
                        number = p.items[0].numbers[0] == UINT64_MAX ? 0 : p.items[0].numbers[0];
        }

        return number;
}

static void put_number(const Writer *w, char *const *properties, const char *name, const char *key) {
        uint64_t number = find_limit(properties, name);

        if (number > 0)
                put(w, key, "%" PRIu64, number);
}

static int put_limits(const Writer *w, const StageApp *a) {
        _cleanup_strv_ char **properties = NULL;

        int r = annotation_list(&w->stage->manifest->annotations, ANNOTATION_UNIT_PROPERTIES, &properties);
        if (r < 0)
                return r;
        put_number(w, properties, "MemoryMax", GUEST_MEMORY_MAX);
        put_number(w, properties, "MemoryHigh", GUEST_MEMORY_HIGH);
        put_number(w, properties, "MemorySwapMax", GUEST_MEMORY_SWAP_MAX);
        put_number(w, properties, "TasksMax", GUEST_TASKS_MAX);

        uint64_t quota = find_limit(properties, "CPUQuotaPerSecUSec");
        if (quota > 0)
                put(w, GUEST_CPU_MAX, "%" PRIu64 " %u", quota / (1000000 / CPU_PERIOD_USEC),
                    CPU_PERIOD_USEC);

        return 0;
}

/* Of an app among several. What limits one that is alone is in the unit of its pod. */
static void put_disk_limit(const Writer *w, const StageApp *a, const char *isolator, const char *key) {
        const AppcApp *app = a->app->app;
        uint64_t limit;

        if (isolator_disk_limit(app->isolators, app->n_isolators, isolator, &limit))
                put(w, key, "%" PRIu64, limit);
}

static void put_disk_limits(const Writer *w, const StageApp *a) {
        if (w->stage->n_apps < 2)
                return;
        put_disk_limit(w, a, "resource/block-bandwidth", GUEST_DISK_BANDWIDTH);
        put_disk_limit(w, a, "resource/block-iops", GUEST_DISK_IOPS);
}

static int put_process(const Writer *w, const StageApp *a) {
        _cleanup_strv_ char **limits = NULL;
        int64_t score;

        int r = annotation_list(&a->app->annotations, ANNOTATION_RLIMITS, &limits);
        STRV_FOREACH(limit, limits)
                put(w, GUEST_RLIMIT, "%s", *limit);
        if (json_int(appc_pod_app_isolator(a->app, "os/linux/oom-score-adj"), &score) >= 0)
                put(w, GUEST_OOM_SCORE, "%d", (int) score);

        return r;
}

static void put_empty(const Writer *w, const Mount *m) {
        put(w, GUEST_MOUNT_KIND, GUEST_MOUNT_EMPTY);
        put(w, GUEST_MOUNT_SOURCE, "%s", m->volume.name);
        put_flag(w, GUEST_MOUNT_COPY, m->copies);
        put_text(w, GUEST_MOUNT_MODE, m->volume.mode);
        put(w, GUEST_MOUNT_UID, "%u", (unsigned) m->volume.uid);
        put(w, GUEST_MOUNT_GID, "%u", (unsigned) m->volume.gid);
}

static int put_volume(const Writer *w, const Mount *m) {
        _cleanup_free_ char *why = NULL;
        bool new = false;

        int number = exports_add(w->exports, w->stage, w->store, m, &new, &why);
        if (number < 0)
                return mount_explain(m, number, why);

        put(w, GUEST_MOUNT_KIND, GUEST_MOUNT_VOLUME);
        put(w, GUEST_MOUNT_SOURCE, "%d", number);
        put_flag(w, GUEST_MOUNT_COPY, m->copies && new);
        return 0;
}

static int put_mount(const Writer *w, const Mount *m) {
        put(w, GUEST_MOUNT, "%s", m->path);
        put_flag(w, GUEST_MOUNT_READ_ONLY, m->volume.name && m->volume.read_only);
        if (!m->volume.name) {
                put(w, GUEST_MOUNT_KIND, GUEST_MOUNT_TMPFS);
                put_text(w, GUEST_MOUNT_OPTIONS, m->options);
                return 0;
        }
        if (m->volume.kind == APPC_VOLUME_EMPTY) {
                put_empty(w, m);
                return 0;
        }

        return put_volume(w, m);
}

static int put_mounts(const Writer *w, const StageApp *a) {
        _cleanup_mounts_ Mounts m = {};

        int r = mounts_collect(a, &m);
        for (size_t i = 0; r >= 0 && i < m.n; i++)
                r = put_mount(w, &m.list[i]);

        return r;
}

static void put_file(const Writer *w, const GuestTexts *texts, unsigned number, const char *target,
                     bool read_only) {
        if (!texts->list[number] && knows_networks(w->stage))
                return;

        put(w, GUEST_FILE, "%u", number);
        put(w, GUEST_FILE_TARGET, "%s", target);
        put_flag(w, GUEST_FILE_READ_ONLY, read_only);
}

static void put_files(const Writer *w, const GuestTexts *texts) {
        put_file(w, texts, TEXT_HOSTNAME, "/etc/hostname", false);
        put_file(w, texts, TEXT_MACHINE_ID, "/etc/machine-id", true);
        put_file(w, texts, TEXT_HOSTS, "/etc/hosts", w->stage->n_networks > 0); /* it is kept up to date */
        if (texts->list[TEXT_MORE_HOSTS])
                put(w, GUEST_FILE_APPEND, "%u", TEXT_MORE_HOSTS);
        else
                put_flag(w, GUEST_FILE_KEEP, true);
        put_file(w, texts, TEXT_RESOLV_CONF, "/etc/resolv.conf", false);
}

static int put_app(const Writer *w, const StageApp *a, const Disks *d, const GuestTexts *texts) {
        const struct Stack *stack = &d->stacks[a - a->stage->apps];

        put(w, GUEST_APP, "%s", a->app->name);
        for (size_t i = 0; i < stack->n; i++)
                put(w, GUEST_LAYER, "%s", d->list[stack->layers[i]].qemu.serial);
        put_flag(w, GUEST_READ_ONLY, a->app->read_only_rootfs);
        put_flag(w, GUEST_TERMINAL, stage_app_is(a, ANNOTATION_TERMINAL, "yes"));

        put_disk_limits(w, a);
        int r = a->stage->boots ? 0 : put_limits(w, a);
        if (r >= 0)
                r = put_process(w, a);
        if (r < 0)
                return log_error_errno(r, "Cannot read the limits of app '%s' of pod '%s': %m", a->app->name,
                                       a->stage->pod.name);
        r = put_mounts(w, a);
        if (r >= 0)
                put_files(w, texts);

        return r;
}

static int close_text(Writer *w, char **text, const size_t *size, Blob *ret) {
        if (fclose(w->f) == EOF) {
                free(*text);
                return log_error_errno(-ENOMEM, "Cannot tell the guest about pod '%s': %m",
                                       w->stage->pod.name);
        }

        *ret = (Blob) { .data = *text, .size = *size };
        return 0;
}

/* Of the apps first: only then it is known whether there are volumes. */
static int make_apps(Writer *w, const Disks *d, const GuestTexts *texts, Blob *ret) {
        char *text = NULL;
        size_t size;
        int r = 0;

        w->f = open_memstream(&text, &size);
        if (!w->f)
                return log_error_errno(-ENOMEM, "Cannot tell the guest about pod '%s': %m",
                                       w->stage->pod.name);
        for (size_t i = 0; r >= 0 && i < w->stage->n_apps; i++)
                r = put_app(w, &w->stage->apps[i], d, texts);

        int closed = close_text(w, &text, &size, ret);
        return r < 0 ? r : closed;
}

int guest_records_make(const Stage *s, Store *store, const Disks *disks, const GuestTexts *texts,
                       Exports *exports, Blob *ret) {
        Writer w = { .stage = s, .store = store, .exports = exports };
        _cleanup_blob_ Blob apps = {};
        char *text = NULL;
        size_t size;

        int r = make_apps(&w, disks, texts, &apps);
        if (r < 0)
                return r;
        w.f = open_memstream(&text, &size);
        if (!w.f)
                return log_error_errno(-ENOMEM, "Cannot tell the guest about pod '%s': %m", s->pod.name);
        put_pod(&w, disks);
        fwrite(apps.data, 1, apps.size, w.f);

        return close_text(&w, &text, &size, ret);
}
