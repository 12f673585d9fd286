/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what a guest reports of its apps, for the pod's supervisor and the journal.
 * Never: waits for journald; lets a guest say of an entry whose it is, or that it is about anything but its own pod.
 * Follows: https://systemd.io/JOURNAL_NATIVE_PROTOCOL. */

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "basic/fd.h"
#include "basic/journal.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "kvm-stage1/relay-pod.h"

static RunningApp *app_of(RelayPod *p, size_t app) {
        return &supervisor_apps(p->supervisor)[app];
}

/* The streams of an app that is alone end with it. */
static int start(void *data, size_t app, int ret_streams[static 3], int *ret_status) {
        RelayPod *p = data;
        RunningApp *a = app_of(p, app);

        int r = running_app_begin(a, ret_streams, ret_status);
        if (r >= 0 && !p->stage->boots)
                running_app_end_streams(a);
        return r;
}

static void out_of_memory(void *data, size_t app) {
        running_app_ran_out_of_memory(app_of(data, app));
}

/* In a pod that boots, apps talk to its systemd. */
static int notify(void *data, size_t app, char *message) {
        RelayPod *p = data;
        return p->stage->boots ? 0 : supervisor_notify(p->supervisor, message);
}

static int connect_journal(void) {
        static const struct sockaddr_un journald = { .sun_family = AF_UNIX,
                                                     .sun_path = "/run/systemd/journal/socket" };

        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0 || connect(fd, (const struct sockaddr *) &journald, sizeof(journald)) < 0)
                return -errno;

        return TAKE_FD(fd);
}

/* journald adds the fields of the pod's unit. One that was started anew has another socket. */
static int send_entry(RelayPod *p, char *const *fields) {
        _cleanup_blob_ Blob entry = {};

        int r = journal_format(fields, &entry);
        if (r < 0)
                return r;
        if (p->journal < 0)
                p->journal = connect_journal();
        if (p->journal < 0)
                return p->journal;
        if (send(p->journal, entry.data, entry.size, MSG_NOSIGNAL) >= 0)
                return 0;

        r = -errno;
        if (r != -EAGAIN)
                p->journal = fd_close(p->journal);
        return r;
}

/* Of an entry of root's, as those of the stage are, journald and journalctl believe whom else it is about. */
static bool may_say(const char *field) {
        static const char *const believed[] = { "OBJECT_", "COREDUMP_", "UNIT=", "USER_UNIT=" };

        for (size_t i = 0; i < ELEMENTSOF(believed); i++)
                if (startswith(field, believed[i]))
                        return false;

        return true;
}

static int log_entry(void *data, size_t app, const RelayEntry *e) {
        _cleanup_strv_ char **fields = NULL;
        RelayPod *p = data;

        int r = strv_addf(&fields, "MESSAGE=%s", e->text);
        if (r >= 0)
                r = strv_addf(&fields, "PRIORITY=%d", e->priority);
        if (r >= 0)
                r = strv_addf(&fields, "SYSLOG_IDENTIFIER=%s",
                              *e->identifier ? e->identifier : p->stage->apps[app].app->name);
        STRV_FOREACH(field, e->fields)
                if (r >= 0 && may_say(*field))
                        r = strv_add(&fields, *field);

        return r < 0 ? r : send_entry(p, fields);
}

static void booted(void *data) {
        RelayPod *p = data;
        supervisor_booted(p->supervisor);
}

RelayEvents relay_pod_events(RelayPod *p) {
        return (RelayEvents) {
                .data = p,
                .start = start,
                .out_of_memory = out_of_memory,
                .notify = notify,
                .log = log_entry,
                .booted = booted,
        };
}
