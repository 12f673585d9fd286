/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "pod/exit-record.h"

/* How an app of a pod is doing: apps/APP/state, which the stage writes. Nothing of it is worth a sync: after a crash the pod is over. */
typedef enum AppPhase {
        APP_WAITING,    /* not started yet: for the pod, or for another app */
        APP_RUNNING,    /* its process was executed */
        APP_EXITED,     /* by itself, with status 0, or because it was to stop */
        APP_FAILED,     /* in any other way, or it could not be executed */
        APP_RESTARTING, /* it has ended, and systemd is about to start it again */
        _APP_PHASE_MAX,
} AppPhase;

typedef struct AppState {
        AppPhase phase;
        pid_t leader;          /* while it runs: its process 1, as the host sees it; else 0 */
        uint64_t since_usec;   /* when the phase began; CLOCK_REALTIME */
        uint64_t started_usec; /* when it was last executed; 0: never */
        uint32_t n_restarts;
        ExitRecord last; /* how it last ended; result NULL: never */
} AppState;

void app_state_done(AppState *s);
#define _cleanup_app_state_ _cleanup_(app_state_done)

const char *app_phase_name(AppPhase phase); /* "waiting", "running", … */

/* `app_fd` as pod_dir_open_app() returns it. -ENOENT: the pod was never started. */
int app_state_read(int app_fd, AppState *ret);
int app_state_write(int app_fd, const AppState *s);
