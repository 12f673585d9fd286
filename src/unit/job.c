/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: asking for a job of systemd's, and waiting for its end.
 * Never: waits for one answer before it sends the next question: the bus keeps their order.
 * Follows: org.freedesktop.systemd1(5), "JobRemoved". */

#include "basic/str.h"
#include "basic/strv.h"
#include "unit/bus.h"

/* The signal may arrive before the reply that tells the job's path, so all that end are noted until then. */
typedef struct Job {
        char *path, *result;
        char **ended; /* path, result, path, result, … */
        int error;    /* of the call */
        char *why;
} Job;

static void job_done(Job *j) {
        free(j->path);
        free(j->result);
        strv_free(j->ended);
        free(j->why);
}

static int note_end(Job *j, const char *path, const char *result) {
        if (j->path)
                return streq(j->path, path) && !j->result ? str_copy(result, &j->result) : 0;

        int r = strv_add(&j->ended, path);
        return r < 0 ? r : strv_add(&j->ended, result);
}

static int on_job_removed(sd_bus_message *message, void *userdata, sd_bus_error *reterr) {
        const char *path, *result;

        int r = sd_bus_message_read(message, "uoss", NULL, &path, NULL, &result);
        return r < 0 ? r : note_end(userdata, path, result);
}

static int take_path(Job *j, sd_bus_message *reply) {
        const char *path;

        int r = bus_explain(-sd_bus_message_get_errno(reply), sd_bus_message_get_error(reply), &j->why);
        if (r >= 0)
                r = sd_bus_message_read(reply, "o", &path);
        if (r >= 0)
                r = str_copy(path, &j->path);
        for (char **e = j->ended; r >= 0 && e && e[0]; e += 2)
                r = note_end(j, e[0], e[1]);

        return r;
}

static int on_reply(sd_bus_message *reply, void *userdata, sd_bus_error *reterr) {
        Job *j = userdata;

        j->error = MIN(take_path(j, reply), 0);
        return 0;
}

static bool is_over(const Job *j) {
        return j->result || j->error < 0;
}

/* When it calls on_reply() because nobody has answered in time, sd_bus_process() says that it has done nothing. */
static int await_result(Manager *m, const Job *j) {
        while (!is_over(j)) {
                int r = sd_bus_process(m->bus, NULL);
                if (r == 0 && !is_over(j))
                        r = sd_bus_wait(m->bus, UINT64_MAX);
                if (r < 0 && r != -EINTR)
                        return r;
        }

        return j->error;
}

int bus_run_job(Manager *m, sd_bus_message *call, char **ret_result, char **reterr_why) {
        _cleanup_(job_done) Job j = {};
        sd_bus_slot *removed = NULL, *reply = NULL;

        int r = sd_bus_match_signal_async(m->bus, &removed, SYSTEMD_NAME, SYSTEMD_PATH, MANAGER_INTERFACE,
                                          "JobRemoved", on_job_removed, /* install_callback= */ NULL, &j);
        if (r >= 0)
                r = bus_subscribe(m);
        if (r >= 0)
                r = sd_bus_call_async(m->bus, &reply, call, on_reply, &j, BUS_CALL_TIMEOUT_USEC);
        if (r >= 0)
                r = await_result(m, &j);

        sd_bus_slot_unref(removed);
        sd_bus_slot_unref(reply);
        if (r < 0) {
                if (reterr_why)
                        *reterr_why = TAKE_PTR(j.why);
                return r;
        }

        *ret_result = TAKE_PTR(j.result);
        return 0;
}
