/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "basic/macro.h"

/* pods/PHASE/UUID: the directory says the phase, an exclusive flock on the pod's directory says that
 * someone is alive in it. Phases only go forward; every step is one rename(2). A loser of a race sees
 * -ENOENT.
 *
 * Files of a pod: name, pod.json, userns (first id of its range), apps/APP/layers, apps/APP/{upper,work},
 * invocation (of the unit), signal (that killed the app), exit.json. */
typedef enum PodPhase {
        POD_PREPARING, /* being built, or its builder died */
        POD_PREPARED,  /* complete, never started */
        POD_RUNNING,   /* locked: runs; free: exited, and nobody has said so yet */
        POD_EXITED,
        POD_GARBAGE, /* being removed, by whoever gets the lock */
        _POD_PHASE_MAX,
} PodPhase;

typedef struct PodDir {
        char uuid[37];
        PodPhase phase;
        int fd; /* the directory; what it holds stays reachable when the pod moves on */
        char *name;
} PodDir;

void pod_dir_done(PodDir *p);
#define _cleanup_pod_dir_ _cleanup_(pod_dir_done)

/* "prepared", …; an exited pod whose directory still says running is reported as exited by
 * pod_dir_phase_now(). */
const char *pod_phase_name(PodPhase phase);
PodPhase pod_dir_phase_now(const PodDir *p);

/* 8-4-4-4-12 lower-case hex digits, as pods' directories are called. */
bool pod_uuid_is_valid(const char *s);

/* gantry-NAME.service, owned by the caller. */
int pod_dir_unit_name(const PodDir *p, char **ret);

/* Makes preparing/UUID, locked through the returned fd, with a fresh UUID and no name. */
int pod_dir_create(int pods_fd, PodDir *ret);

/* Gives the pod being prepared its name and a range of 65536 user ids that no other pod has, brings all that is
 * in it to the disk, and moves it to prepared. -EEXIST if a pod of this name is prepared or running. Serialised by a lock on
 * `pods_fd`. */
int pod_dir_commit(int pods_fd, PodDir *p, const char *name);

/* Moves the pod on. -ENOENT: somebody else did. */
int pod_dir_move(int pods_fd, PodDir *p, PodPhase to);

/* Moves it to garbage and deletes it. The caller has made sure that nobody is alive in it. */
int pod_dir_remove(int pods_fd, PodDir *p);

/* Takes the lock. -EWOULDBLOCK: someone is alive. The lock lasts until the fd and all copies inherited
 * from it are closed. */
int pod_dir_lock(const PodDir *p);

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

/* Opens the pod whose directory is the current one, as stage1 and ExecStopPost= are started; checks that
 * it is `uuid`. `*ret_pods_fd` is the directory of the phases, owned by the caller. */
int pod_dir_open_cwd(const char *uuid, PodDir *ret, int *ret_pods_fd);

/* The first id of the pod's range of 65536 user and group ids. */
int pod_dir_uid_base(const PodDir *p, uid_t *ret);

/* Reads a small text file of the pod without its newline. -ENOENT if it is not there. */
int pod_dir_read(const PodDir *p, const char *name, char **ret);
