/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the life of a pod on disk: phases, locks, finding it.
 * Never: starts or stops anything; waits for a lock somebody lives under.
 * Follows: docs/ARCHITECTURE.md, "The life of a pod". */

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "pod/pod-dir.h"
#include "pod/pod-identity.h"

static const char *const phase_names[_POD_PHASE_MAX] = {
        [POD_PREPARING] = "preparing", [POD_PREPARED] = "prepared", [POD_RUNNING] = "running",
        [POD_EXITED] = "exited",       [POD_GARBAGE] = "garbage",
};

const char *pod_phase_name(PodPhase phase) {
        return phase_names[phase];
}

void pod_dir_done(PodDir *p) {
        fd_close(p->fd);
        free(p->name);
        *p = (PodDir) { .fd = -EBADF };
}

int pod_dir_unit_name(const PodDir *p, char **ret) {
        _cleanup_free_ char *file = NULL;

        int r = pod_dir_read(p, POD_FILE_NOTE, &file);
        if (r < 0 && r != -ENOENT)
                return r;

        return file ? str_printf(ret, "gantry@%s.service", file)
                    : str_printf(ret, "gantry-%s.service", p->name ? p->name : p->uuid);
}

PodPhase pod_dir_phase_now(const PodDir *p) {
        return p->phase == POD_RUNNING && !pod_dir_alive(p) ? POD_EXITED : p->phase;
}

bool pod_uuid_is_valid(const char *s) {
        if (strlen(s) != 36)
                return false;
        for (size_t i = 0; i < 36; i++) {
                bool dash = i == 8 || i == 13 || i == 18 || i == 23;
                if (dash ? s[i] != '-' : !strchr(DIGITS "abcdef", s[i]))
                        return false;
        }

        return true;
}

/* RFC 9562 section 5.4: version 4, all random. */
static void uuid_new(char ret[37]) {
        uint64_t high = str_random_u64(), low = str_random_u64();

        high = (high & ~0xf000ULL) | 0x4000;
        low = (low & ~(3ULL << 62)) | 2ULL << 62;
        (void) snprintf(ret, 37, "%08x-%04x-%04x-%04x-%012llx", (unsigned) (high >> 32),
                        (unsigned) (high >> 16) & 0xffff, (unsigned) high & 0xffff, (unsigned) (low >> 48),
                        (unsigned long long) low & 0xffffffffffffULL);
}

int pod_uuid_of_invocation(char ret[static 37]) {
        const char *id = getenv("INVOCATION_ID");

        if (!id || strlen(id) != 32 || !in_charset(id, DIGITS "abcdef"))
                return -ENODATA;

        (void) snprintf(ret, 37, "%.8s-%.4s-%.4s-%.4s-%.12s", id, id + 8, id + 12, id + 16, id + 20);
        return 0;
}

static void pod_path(PodPhase phase, const char *uuid, char ret[64]) {
        (void) snprintf(ret, 64, "%s/%s", phase_names[phase], uuid);
}

int pod_dir_lock(const PodDir *p) {
        /* pod_dir_alive() shares the lock with all that ask, for an instant, which may be a long one if the machine is busy. Whoever lives in the
         * pod has it for himself, and for longer than this. */
        for (unsigned tries = 0; flock(p->fd, LOCK_EX | LOCK_NB) < 0; tries++) {
                if (errno != EWOULDBLOCK)
                        return -errno;
                bool shared = flock(p->fd, LOCK_SH | LOCK_NB) >= 0;
                if (shared)
                        (void) flock(p->fd, LOCK_UN);
                if (tries >= (shared ? 5000 : 50))
                        return -EWOULDBLOCK;
                (void) usleep(1000);
        }

        return 0;
}

int pod_dir_wait_lock(const PodDir *p) {
        return flock(p->fd, LOCK_EX) < 0 ? -errno : 0;
}

bool pod_dir_alive(const PodDir *p) {
        /* A lock of its own: asking must neither disturb nor profit from the lock that p->fd may hold. */
        _cleanup_close_ int fd = open_beneath(p->fd, ".", O_RDONLY | O_DIRECTORY);
        return fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

int pod_dir_read(const PodDir *p, const char *name, char **ret) {
        _cleanup_blob_ Blob text = {};

        int r = file_read_at(p->fd, name, 4096, &text);
        if (r < 0)
                return r;

        char *s = text.data;
        s[strcspn(s, "\n")] = '\0';
        *ret = TAKE_PTR(text.data);
        return 0;
}

int pod_dir_uid_base(const PodDir *p, uid_t *ret) {
        if (!p->name)
                return -ENOENT;
        if (p->uid_base == 0)
                return -EBADMSG;

        *ret = p->uid_base;
        return 0;
}

/* Whoever has none that can be read stands in nobody's way. */
static int read_identity(PodDir *p) {
        PodIdentity identity;

        int r = pod_identity_read(p->fd, POD_IDENTITY, &identity);
        if (r < 0)
                return r == -ENOENT || r == -EBADMSG ? 0 : r;

        p->uid_base = identity.uid_base;
        strcpy(p->level, identity.level);
        return str_copy(identity.name, &p->name);
}

int pod_dir_open(int pods_fd, PodPhase phase, const char *uuid, PodDir *ret) {
        char path[64];

        if (!pod_uuid_is_valid(uuid))
                return -EINVAL;

        pod_path(phase, uuid, path);
        _cleanup_pod_dir_ PodDir p = {
                .phase = phase, .fd = open_beneath(pods_fd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        };
        if (p.fd < 0)
                return p.fd;
        strcpy(p.uuid, uuid);

        int r = read_identity(&p);
        if (r < 0)
                return r;

        *ret = p;
        p = (PodDir) { .fd = -EBADF };
        return 0;
}

int pod_dir_create(int pods_fd, PodDir *ret) {
        char uuid[37];

        uuid_new(uuid);
        return pod_dir_create_as(pods_fd, uuid, ret);
}

int pod_dir_create_as(int pods_fd, const char *uuid, PodDir *ret) {
        char path[64];

        if (!pod_uuid_is_valid(uuid))
                return -EINVAL;
        pod_path(POD_PREPARING, uuid, path);
        if (mkdirat(pods_fd, path, 0700) < 0)
                return -errno;

        _cleanup_pod_dir_ PodDir p = { .fd = -EBADF };
        int r = pod_dir_open(pods_fd, POD_PREPARING, uuid, &p);
        if (r >= 0)
                r = pod_dir_lock(&p);
        if (r < 0) {
                (void) unlinkat(pods_fd, path, AT_REMOVEDIR);
                return r;
        }

        *ret = p;
        p = (PodDir) { .fd = -EBADF };
        return 0;
}

void pod_dirs_free(PodDir *list, size_t n) {
        for (size_t i = 0; i < n; i++)
                pod_dir_done(&list[i]);
        free(list);
}

static int list_phase(int pods_fd, PodPhase phase, PodDir **list, size_t *n) {
        _cleanup_closedir_ DIR *d = NULL;

        int r = dir_stream_at(pods_fd, phase_names[phase], &d);
        if (r < 0)
                return r == -ENOENT ? 0 : r; /* no pod was ever made */

        for (struct dirent *entry; (entry = readdir(d));) {
                PodDir p = { .fd = -EBADF };

                r = pod_dir_open(pods_fd, phase, entry->d_name, &p);
                if (r == -ENOENT || r == -EINVAL)
                        continue; /* moved on meanwhile, or no pod */
                if (r < 0)
                        return r;

                PodDir *grown = reallocarray(*list, *n + 1, sizeof(PodDir));
                if (!grown) {
                        pod_dir_done(&p);
                        return -ENOMEM;
                }
                *list = grown;
                (*list)[(*n)++] = p;
        }

        return 0;
}

int pod_dir_list(int pods_fd, PodDir **ret, size_t *ret_n) {
        PodDir *list = NULL;
        size_t n = 0;
        int r = 0;

        /* A listed pod is an open directory, and there may be more than 1024. */
        fd_limit_raise();

        /* In the order of life: a pod that moves on during the scan is met once more, never missed. */
        for (PodPhase phase = 0; phase < _POD_PHASE_MAX && r >= 0; phase++)
                r = list_phase(pods_fd, phase, &list, &n);
        if (r < 0) {
                pod_dirs_free(list, n);
                return r;
        }

        *ret = list;
        *ret_n = n;
        return 0;
}

static bool is_living(const PodDir *p) {
        return p->phase == POD_PREPARED || pod_dir_phase_now(p) == POD_RUNNING;
}

static time_t changed(const PodDir *p) {
        struct stat st;
        return fstat(p->fd, &st) < 0 ? 0 : st.st_mtime;
}

/* Whether `a` is what people mean rather than `b` by a name both have. */
static bool is_better(const PodDir *a, const PodDir *b) {
        if (is_living(a) != is_living(b))
                return is_living(a);

        return changed(a) >= changed(b);
}

/* One that is being prepared is not there yet by its name. */
static bool is_called(const PodDir *p, const char *name) {
        return p->phase != POD_PREPARING && p->phase != POD_GARBAGE && streq_ptr(p->name, name);
}

static bool is_uuid_prefix(const char *s, const char *uuid) {
        return strlen(s) >= 8 && startswith(uuid, s);
}

int pod_dir_find(int pods_fd, const char *wanted, PodDir *ret) {
        PodDir *list = NULL, *found = NULL;
        size_t n = 0;
        bool ambiguous = false;

        int r = pod_dir_list(pods_fd, &list, &n);
        if (r < 0)
                return r;

        for (size_t i = 0; i < n; i++)
                if (is_called(&list[i], wanted) && (!found || is_better(&list[i], found)))
                        found = &list[i];
        for (size_t i = 0; i < n && !(found && streq_ptr(found->name, wanted)); i++)
                if (list[i].phase != POD_GARBAGE && is_uuid_prefix(wanted, list[i].uuid)) {
                        ambiguous = ambiguous || (found && !streq(found->uuid, list[i].uuid));
                        found = &list[i];
                }

        if (found && !ambiguous) {
                *ret = *found;
                *found = (PodDir) { .fd = -EBADF };
        } else
                r = found ? -ENOTUNIQ : -ENOENT;

        pod_dirs_free(list, n);
        return r;
}

int pod_dir_open_app(const PodDir *p, const char *app) {
        _cleanup_close_ int apps_fd = dir_open_at(p->fd, "apps", 0755);
        return apps_fd < 0 ? apps_fd : dir_open_at(apps_fd, app, 0755);
}

int pod_dir_open_any(int pods_fd, const char *uuid, PodDir *ret) {
        /* In the order of life, so that a pod that moves on meanwhile is met. */
        for (PodPhase phase = 0; phase < _POD_PHASE_MAX; phase++) {
                int r = pod_dir_open(pods_fd, phase, uuid, ret);
                if (r != -ENOENT)
                        return r;
        }

        return -ENOENT;
}

int pod_dir_move(int pods_fd, PodDir *p, PodPhase to) {
        char from_path[64], to_path[64];

        pod_path(p->phase, p->uuid, from_path);
        pod_path(to, p->uuid, to_path);
        if (renameat2(pods_fd, from_path, pods_fd, to_path, RENAME_NOREPLACE) < 0)
                return -errno;
        p->phase = to;
        if (to == POD_RUNNING)
                return 0;

        _cleanup_close_ int target = dir_open_at(pods_fd, phase_names[to], 0);
        return target < 0 ? target : fsync(target) < 0 ? -errno : 0;
}

int pod_dir_remove(int pods_fd, PodDir *p) {
        if (p->phase != POD_GARBAGE) {
                int r = pod_dir_move(pods_fd, p, POD_GARBAGE);
                if (r < 0)
                        return r;
        }

        _cleanup_close_ int garbage = dir_open_at(pods_fd, phase_names[POD_GARBAGE], 0);
        return garbage < 0 ? garbage : remove_tree_at(garbage, p->uuid);
}
