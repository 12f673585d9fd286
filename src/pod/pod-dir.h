/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "basic/macro.h"
#include "pod/pod-level.h"

/* pods/PHASE/UUID: the directory says the phase, an exclusive flock on the pod's directory says that
 * someone is alive in it. Phases only go forward, but for an exited pod that systemd starts again; every step is one
 * rename(2). A loser of a race sees -ENOENT.
 *
 * Files of a pod: identity (its name, the first id of its range, its level: pod/pod-identity.h), pod.json, apps/APP/{upper,work},
 * invocation (of the unit), signal (that killed the app), exit.json, and pod-file: which one it was made of. */
typedef enum PodPhase {
        POD_PREPARING, /* being built, or its builder died */
        POD_PREPARED,  /* complete, never started */
        POD_RUNNING,   /* locked: runs; free: exited, and nobody has said so yet */
        POD_EXITED,
        POD_GARBAGE, /* being removed, by whoever gets the lock */
        _POD_PHASE_MAX,
} PodPhase;

#define POD_FILE_NOTE "pod-file"

typedef struct PodDir {
        char uuid[37];
        PodPhase phase;
        int fd;                    /* the directory; what it holds stays reachable when the pod moves on */
        char *name;                /* NULL: it has none yet */
        uid_t uid_base;            /* as it was read; ask pod_dir_uid_base() */
        char level[POD_LEVEL_MAX]; /* "": it has none yet, or none that can be read */
} PodDir;

void pod_dir_done(PodDir *p);
#define _cleanup_pod_dir_ _cleanup_(pod_dir_done)

/* "prepared", …; an exited pod whose directory still says running is reported as exited by
 * pod_dir_phase_now(). */
const char *pod_phase_name(PodPhase phase);
PodPhase pod_dir_phase_now(const PodDir *p);

/* 8-4-4-4-12 lower-case hex digits, as pods' directories are called. */
bool pod_uuid_is_valid(const char *s);

/* The UUID that the pod of a pod file has: the invocation ID of the unit that this process belongs to. -ENODATA if it
 * belongs to none. */
int pod_uuid_of_invocation(char ret[static 37]);

/* gantry@FILE.service for the pod of a pod file, gantry-NAME.service for others; owned by the caller. */
int pod_dir_unit_name(const PodDir *p, char **ret);

/* Makes preparing/UUID, locked through the returned fd, with a fresh UUID and no name. */
int pod_dir_create(int pods_fd, PodDir *ret);

/* The same with a UUID of the caller's. -EEXIST if there is a pod with it that is being prepared. */
int pod_dir_create_as(int pods_fd, const char *uuid, PodDir *ret);

/* Moves the pod on. -ENOENT: somebody else did. It is on the disk then, unless it runs: no app survives the power cut that could take
 * that back. */
int pod_dir_move(int pods_fd, PodDir *p, PodPhase to);

/* Moves it to garbage and deletes it. The caller has made sure that nobody is alive in it. */
int pod_dir_remove(int pods_fd, PodDir *p);

/* Takes the lock. -EWOULDBLOCK: someone is alive. The lock lasts until the fd and all copies inherited
 * from it are closed. */
int pod_dir_lock(const PodDir *p);

/* Takes the lock of a pod that is being removed, when whoever removes it has done so, or has died. */
int pod_dir_wait_lock(const PodDir *p);

/* True while the lock is held, be it through `p` itself. */
bool pod_dir_alive(const PodDir *p);

/* Opens all pods of all phases in the order of their lives. Free with pod_dirs_free(). */
int pod_dir_list(int pods_fd, PodDir **ret, size_t *ret_n);
void pod_dirs_free(PodDir *list, size_t n);

/* Opens the pod of this name (a living one before a dead one, the latest of several dead ones), UUID, or
 * UUID prefix of 8 or more digits. -ENOENT, or -ENOTUNIQ for a prefix of several. */
int pod_dir_find(int pods_fd, const char *name_or_uuid, PodDir *ret);

/* Opens the pod of exactly this UUID in exactly this phase. */
int pod_dir_open(int pods_fd, PodPhase phase, const char *uuid, PodDir *ret);

/* Opens the pod of exactly this UUID, whatever its phase. */
int pod_dir_open_any(int pods_fd, const char *uuid, PodDir *ret);

/* The first id of the pod's range of 65536 user and group ids. */
int pod_dir_uid_base(const PodDir *p, uid_t *ret);

/* Opens apps/APP of the pod, made if need be: where programs of ours put what is the app's alone. Returns the fd. */
int pod_dir_open_app(const PodDir *p, const char *app);

/* Reads a small text file of the pod without its newline. -ENOENT if it is not there. */
int pod_dir_read(const PodDir *p, const char *name, char **ret);
