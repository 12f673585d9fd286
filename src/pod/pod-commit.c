/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: giving a pod its name, its range of user ids and its level, and making it count.
 * Never: waits for a disk while others wait for it.
 * Follows: docs/STORE.md, "The crash argument". */

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>

#include "basic/array.h"
#include "basic/fd.h"
#include "basic/str.h"
#include "pod/pod-commit.h"
#include "pod/pod-identity.h"

#define UID_RANGES ((POD_UID_MAX - POD_UID_MIN) / POD_UID_RANGE + 1)

/* What other pods have. */
typedef struct Taken {
        int pods_fd;
        const char *name, *level; /* that are wanted; no level: the one of the range */
        bool has_name;            /* somebody who lives */
        bool has_level;           /* somebody: one who has ended still has it on his files */
        uid_t *bases;
        size_t n, allocated;
} Taken;

static void taken_done(Taken *t) {
        free(t->bases);
}

/* One that was never started waits for that; the others are alive if somebody is alive in them. */
static bool is_living(const Taken *t, PodPhase phase, const char *uuid) {
        _cleanup_pod_dir_ PodDir p = { .fd = -EBADF };

        return phase == POD_PREPARED ||
               (pod_dir_open(t->pods_fd, phase, uuid, &p) >= 0 && pod_dir_alive(&p));
}

static int note_pod(Taken *t, int phase_fd, PodPhase phase, const char *uuid) {
        char link[sizeof("/" POD_IDENTITY) + NAME_MAX];
        PodIdentity identity;

        (void) snprintf(link, sizeof(link), "%s/" POD_IDENTITY, uuid);
        if (pod_identity_read(phase_fd, link, &identity) < 0)
                return 0; /* moved on meanwhile, has none yet, or is no pod */
        if (streq(identity.name, t->name) && is_living(t, phase, uuid))
                t->has_name = true;
        if (t->level && streq(identity.level, t->level))
                t->has_level = true;

        int r = array_reserve(&t->bases, &t->allocated, t->n, sizeof(uid_t));
        if (r >= 0)
                t->bases[t->n++] = identity.uid_base;
        return r;
}

static int note_phase(Taken *t, PodPhase phase) {
        _cleanup_closedir_ DIR *d = NULL;

        int r = dir_stream_at(t->pods_fd, pod_phase_name(phase), &d);
        for (struct dirent *entry; r >= 0 && (entry = readdir(d));)
                r = note_pod(t, dirfd(d), phase, entry->d_name);

        return r == -ENOENT ? 0 : r; /* no pod was ever made */
}

static int compare_uids(const void *a, const void *b) {
        uid_t x = *(const uid_t *) a, y = *(const uid_t *) b;
        return x < y ? -1 : x > y;
}

/* In the order of life, so that a pod that moves on meanwhile is met once more rather than missed; running comes again, since a pod that
 * has ended may be started again. */
static int note_all(Taken *t) {
        static const PodPhase order[] = { POD_PREPARING, POD_PREPARED, POD_RUNNING, POD_EXITED,
                                          POD_RUNNING };
        int r = 0;

        for (size_t i = 0; r >= 0 && i < ELEMENTSOF(order); i++)
                r = note_phase(t, order[i]);
        if (t->n > 0)
                qsort(t->bases, t->n, sizeof(uid_t), compare_uids);

        return r;
}

int pod_name_is_taken(int pods_fd, const char *name) {
        _cleanup_(taken_done) Taken taken = { .pods_fd = pods_fd, .name = name };

        int r = note_all(&taken);
        return r < 0 ? r : taken.has_name;
}

/* The first range at or behind a random one that nobody has. */
static int choose_range(const Taken *t, uid_t *ret) {
        uint32_t start = str_random_u64() % UID_RANGES;

        for (uint32_t i = 0; i < UID_RANGES; i++) {
                uid_t base = POD_UID_MIN + (start + i) % UID_RANGES * POD_UID_RANGE;
                if (t->n == 0 || !bsearch(&base, t->bases, t->n, sizeof(uid_t), compare_uids)) {
                        *ret = base;
                        return 0;
                }
        }

        return -EBUSY;
}

/* One at a time. */
static int take_identity(int pods_fd, int fd, const char *name, const char *level, uid_t *ret_base) {
        _cleanup_(taken_done) Taken taken = { .pods_fd = pods_fd, .name = name, .level = level };

        _cleanup_close_ int lock = open_beneath(pods_fd, ".", O_RDONLY | O_DIRECTORY);
        if (lock < 0)
                return lock;
        if (flock(lock, LOCK_EX) < 0)
                return -errno;

        uid_t base;
        int r = note_all(&taken);
        if (r >= 0)
                r = taken.has_name ? -EEXIST : taken.has_level ? -EADDRINUSE : choose_range(&taken, &base);
        if (r >= 0)
                r = pod_identity_write(fd, name, base, level);
        if (r < 0)
                return r;

        *ret_base = base;
        return 0;
}

int pod_dir_commit(int pods_fd, PodDir *p, const char *name, const char *level) {
        _cleanup_free_ char *copy = NULL;
        uid_t base = 0;

        int r = str_copy(name, &copy);
        if (r >= 0)
                r = take_identity(pods_fd, p->fd, name, level, &base);
        if (r >= 0)
                r = tree_sync(p->fd);
        if (r >= 0)
                r = pod_dir_move(pods_fd, p, POD_PREPARED);
        if (r < 0)
                return r;

        p->name = TAKE_PTR(copy);
        p->uid_base = base;
        if (level)
                (void) snprintf(p->level, sizeof(p->level), "%s", level);
        else
                pod_level_of_range(base, p->level);
        return 0;
}
