/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "basic/macro.h"

/* The host's PID 1 and machined, over D-Bus. Interactive authorisation is allowed: polkit asks, not we.
 * Functions that speak with them take `reterr_why` (may be NULL) for the text of the peer's answer; it is
 * set on failure only. */
typedef struct Manager Manager;

int manager_open(Manager **ret);
Manager *manager_close(Manager *m);
DEFINE_CLEANUP(Manager, manager_close)

/* A pod's service. Strings and lists are borrowed. */
typedef struct UnitSpec {
        const char *name; /* gantry-web.service */
        const char *description;
        const char *syslog_identifier; /* of what stage1 itself says */
        char *const *properties;       /* more: "MemoryMax=1G", as in unit files (unit/property.h) */
        char *const *sockets;          /* "ListenStream=8080": it is started when somebody connects */
        char *const *exec_start;
        char *const *exec_stop_post;
        int in, out, err; /* the caller's streams, or -EBADF: nothing, the journal, the journal */
        uint64_t stop_timeout_usec;
} UnitSpec;

/* "gantry-web.socket" for "gantry-web.service"; owned by the caller. */
int unit_socket_name(const char *service, char **ret);

/* Starts a transient unit in machine.slice and waits for READY=1 or the end; one that has sockets is not started, but its
 * socket unit. The unit stays known to PID 1 until the manager is closed, however soon it ends. -EEXIST: a unit of this name is loaded. -EPROTO:
 * the start job failed, *reterr_why is its result. */
int unit_start(Manager *m, const UnitSpec *spec, char **reterr_why);

typedef struct UnitResult {
        char *result;    /* "success", "exit-code", "signal", "oom-kill", "timeout", … (owned) */
        int main_code;   /* CLD_EXITED, CLD_KILLED, CLD_DUMPED, 0: never ran */
        int main_status; /* exit status or signal */
} UnitResult;

void unit_result_done(UnitResult *r);

/* Waits until the unit has ended, ExecStopPost= and all that Restart= asks for included. SIGINT and SIGTERM sent to the
 * caller meanwhile stop the unit. The last call for a manager: the connection ends with the wait. */
int unit_follow(Manager *m, const char *name, UnitResult *ret, char **reterr_why);

typedef enum UnitMoment {
        UNIT_READY,
        UNIT_ENDED, /* for good: between two runs it has not */
} UnitMoment;

/* Waits until the unit is as far. -ETIME: it was not in time (UINT64_MAX: as long as it takes). -ECANCELED: it has ended and was
 * never ready. A unit that is not loaded has ended. */
int unit_wait(Manager *m, const char *name, UnitMoment moment, uint64_t timeout_usec, char **reterr_why);

/* Has a unit stopped, and does not wait for that. A unit that is not loaded is success. */
int unit_stop(Manager *m, const char *name, char **reterr_why);

/* Sends SIGKILL to all processes of a unit. A unit that is not loaded is success. */
int unit_kill(Manager *m, const char *name, char **reterr_why);

/* The leader process of a machine. -ENOENT if machined knows no such machine. */
int machine_leader(Manager *m, const char *machine, pid_t *ret, char **reterr_why);

/* The addresses that it has in a network of its own: strv, owned by the caller. */
int machine_addresses(Manager *m, const char *machine, char ***ret, char **reterr_why);
