/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the life of a pod on disk: phases, locks, names, user id ranges.
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

/* systemd's range for containers (UIDS-GIDS.md): 524288 … 1879048191, in steps of 65536. */
#define UID_RANGE 65536U
#define UID_BASE_MIN 0x00080000U
#define UID_BASE_MAX 0x6FFF0000U
#define UID_RANGES ((UID_BASE_MAX - UID_BASE_MIN) / UID_RANGE + 1)

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
        return str_printf(ret, "gantry-%s.service", p->name ? p->name : p->uuid);
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

static void pod_path(PodPhase phase, const char *uuid, char ret[64]) {
        (void) snprintf(ret, 64, "%s/%s", phase_names[phase], uuid);
}

int pod_dir_lock(const PodDir *p) {
        /* pod_dir_alive() holds a shared lock for an instant; whoever lives in the pod holds his for longer than this. */
        for (int tries = 0; flock(p->fd, LOCK_EX | LOCK_NB) < 0; tries++) {
                if (errno != EWOULDBLOCK || tries >= 50)
                        return -errno;
                (void) usleep(1000);
        }

        return 0;
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
        _cleanup_free_ char *text = NULL;
        uint64_t base;

        int r = pod_dir_read(p, "userns", &text);
        if (r >= 0)
                r = str_to_u64(text, &base);
        if (r < 0)
                return r;
        if (base < UID_BASE_MIN || base > UID_BASE_MAX || base % UID_RANGE != 0)
                return -EBADMSG;

        *ret = base;
        return 0;
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

        int r = pod_dir_read(&p, "name", &p.name);
        if (r < 0 && r != -ENOENT)
                return r;

        *ret = p;
        p = (PodDir) { .fd = -EBADF };
        return 0;
}

int pod_dir_create(int pods_fd, PodDir *ret) {
        char uuid[37], path[64];

        uuid_new(uuid);
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
                if (list[i].phase != POD_GARBAGE && streq_ptr(list[i].name, wanted) &&
                    (!found || is_better(&list[i], found)))
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

int pod_dir_open_cwd(const char *uuid, PodDir *ret, int *ret_pods_fd) {
        struct stat here, there;

        if (stat(".", &here) < 0)
                return -errno;

        _cleanup_close_ int pods_fd = open("../..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (pods_fd < 0)
                return -errno;

        for (PodPhase phase = 0; phase < _POD_PHASE_MAX; phase++) {
                _cleanup_pod_dir_ PodDir p = { .fd = -EBADF };

                int r = pod_dir_open(pods_fd, phase, uuid, &p);
                if (r == -ENOENT)
                        continue;
                if (r < 0)
                        return r;
                if (fstat(p.fd, &there) < 0)
                        return -errno;
                if (here.st_dev != there.st_dev || here.st_ino != there.st_ino)
                        continue;

                *ret = p;
                p = (PodDir) { .fd = -EBADF };
                *ret_pods_fd = TAKE_FD(pods_fd);
                return 0;
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

static int compare_uids(const void *a, const void *b) {
        uid_t x = *(const uid_t *) a, y = *(const uid_t *) b;
        return x < y ? -1 : x > y;
}

/* The first base at or behind a random one that no pod of `list` has. */
static int allocate_uid_range(const PodDir *list, size_t n, uid_t *ret) {
        _cleanup_free_ uid_t *used = calloc(n + 1, sizeof(uid_t));
        size_t n_used = 0;

        if (!used)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++)
                if (pod_dir_uid_base(&list[i], &used[n_used]) >= 0)
                        n_used++;
        qsort(used, n_used, sizeof(uid_t), compare_uids);

        uint32_t start = str_random_u64() % UID_RANGES;
        for (uint32_t i = 0; i < UID_RANGES; i++) {
                uid_t base = UID_BASE_MIN + (start + i) % UID_RANGES * UID_RANGE;
                if (!bsearch(&base, used, n_used, sizeof(uid_t), compare_uids)) {
                        *ret = base;
                        return 0;
                }
        }

        return -EBUSY;
}

static int write_identity(const PodDir *p, const char *name, uid_t base) {
        char text[80];

        (void) snprintf(text, sizeof(text), "%s\n", name);
        int r = file_create_at(p->fd, "name", text, strlen(text), 0644);
        if (r < 0)
                return r;

        (void) snprintf(text, sizeof(text), "%u\n", base);
        return file_create_at(p->fd, "userns", text, strlen(text), 0644);
}

static int commit_locked(int pods_fd, PodDir *p, const char *name, const PodDir *list, size_t n) {
        uid_t base;

        for (size_t i = 0; i < n; i++)
                if (streq_ptr(list[i].name, name) && is_living(&list[i]))
                        return -EEXIST;

        int r = allocate_uid_range(list, n, &base);
        if (r >= 0)
                r = write_identity(p, name, base);
        if (r >= 0)
                r = str_copy(name, &p->name);
        if (r >= 0)
                r = tree_sync(p->fd);
        if (r >= 0)
                r = pod_dir_move(pods_fd, p, POD_PREPARED);

        return r;
}

int pod_dir_commit(int pods_fd, PodDir *p, const char *name) {
        PodDir *list = NULL;
        size_t n = 0;

        _cleanup_close_ int lock = open_beneath(pods_fd, ".", O_RDONLY | O_DIRECTORY);
        if (lock < 0)
                return lock;
        if (flock(lock, LOCK_EX) < 0)
                return -errno;

        int r = pod_dir_list(pods_fd, &list, &n);
        if (r >= 0)
                r = commit_locked(pods_fd, p, name, list, n);

        pod_dirs_free(list, n);
        return r;
}
