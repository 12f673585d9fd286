/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what is in the store and is no image, layer or pod: parts, the quarantine, what is unfinished.
 * Never: decides what becomes of it.
 * Follows: docs/ARCHITECTURE.md, "The store". */

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "basic/array.h"
#include "basic/fd.h"
#include "basic/str.h"
#include "inventory/scan.h"
#include "stage1/current.h"
#include "stage1/versions.h"
#include "store/part.h"
#include "store/volume.h"

int scan_entries(Scan *s, int dir_fd, const char *name, ScanEntry f, void *userdata) {
        _cleanup_closedir_ DIR *d = NULL;

        int r = dir_stream_at(dir_fd, name, &d);
        if (r < 0)
                return r;

        for (;;) {
                const char *found;

                r = dir_next(d, &found);
                if (r <= 0)
                        return r;
                r = f(s, dirfd(d), found, userdata);
                if (r < 0)
                        return r;
        }
}

static int add(Scan *s, const InventoryLeftover *l) {
        Inventory *i = s->inventory;

        int r = array_reserve(&i->leftovers, &s->leftovers_allocated, i->n_leftovers, sizeof(*l));
        if (r >= 0)
                i->leftovers[i->n_leftovers++] = *l;
        return r;
}

static uint64_t changed_usec(const struct stat *st) {
        return (uint64_t) st->st_ctim.tv_sec * 1000000 + st->st_ctim.tv_nsec / 1000;
}

/* Whether somebody holds a lock on it. What can have none is not locked. */
static bool is_locked(int dir_fd, const char *name, const struct stat *st) {
        if (!S_ISREG(st->st_mode) && !S_ISDIR(st->st_mode))
                return false;

        _cleanup_close_ int fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        return fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

int scan_leftover(Scan *s, LeftoverKind kind, int dir_fd, const char *where, const char *name) {
        _cleanup_free_ char *path = NULL;
        uint64_t bytes = 0;
        struct stat st;

        if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT ? 0 : -errno;

        bool locked = kind <= LEFTOVER_UNFINISHED && is_locked(dir_fd, name, &st);
        int r = S_ISDIR(st.st_mode) && !(s->flags & INVENTORY_BYTES)
                                ? 0
                                : usage_add_tree(&s->usage, dir_fd, name, &bytes);
        if (r >= 0)
                r = str_printf(&path, "%s%s%s", where ? where : "", where ? "/" : "", name);
        if (r >= 0)
                r = add(s, &(InventoryLeftover) { kind, path, bytes, changed_usec(&st), locked });
        if (r < 0)
                return r == -ENOENT ? 0 : r;

        TAKE_PTR(path);
        return 0;
}

int scan_directory(Scan *s, int fd, const char *path) {
        _cleanup_free_ char *copy = NULL;
        uint64_t bytes = 0;
        struct stat st;

        if (fstat(fd, &st) < 0)
                return -errno;

        int r = usage_add(&s->usage, &st, &bytes);
        if (r >= 0)
                r = str_copy(path, &copy);
        if (r >= 0)
                r = add(s,
                        &(InventoryLeftover) { LEFTOVER_DIRECTORY, copy, bytes, changed_usec(&st), false });
        if (r < 0)
                return r;

        TAKE_PTR(copy);
        return 0;
}

static int note_incoming(Scan *s, int dir_fd, const char *name, void *userdata) {
        struct stat st;

        if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT ? 0 : -errno;

        LeftoverKind kind = startswith(name, ".#")                      ? LEFTOVER_UNFINISHED
                            : S_ISDIR(st.st_mode)                       ? LEFTOVER_QUARANTINE
                            : S_ISREG(st.st_mode) && part_is_name(name) ? LEFTOVER_PART
                                                                        : LEFTOVER_UNKNOWN;
        return scan_leftover(s, kind, dir_fd, "incoming", name);
}

static int note_in_root(Scan *s, int dir_fd, const char *name, void *userdata) {
        static const char *const known[] = { "incoming", "images", "layers", "pods", "stage1", "volumes" };

        for (size_t i = 0; i < ELEMENTSOF(known); i++)
                if (streq(name, known[i]))
                        return 0;

        return scan_leftover(s, startswith(name, ".#") ? LEFTOVER_UNFINISHED : LEFTOVER_UNKNOWN, dir_fd,
                             /* where= */ NULL, name);
}

/* One of them, or the note that it is. */
static bool is_current(const Current *notes, const char *name) {
        bool current = false;

        for (Stage1Kind kind = 0; kind < _STAGE1_KINDS && !current; kind++)
                current = streq_ptr(name, notes[kind].image.path) || streq(name, current_name(kind));

        return current;
}

/* `userdata` is a note of each kind. */
static int note_stage1(Scan *s, int dir_fd, const char *name, void *userdata) {
        _cleanup_free_ char *version = stage1_version_of(name);

        LeftoverKind kind = startswith(name, ".#")       ? LEFTOVER_UNFINISHED
                            : is_current(userdata, name) ? LEFTOVER_CURRENT
                            : version                    ? LEFTOVER_STAGE1
                                                         : LEFTOVER_UNKNOWN;
        return scan_leftover(s, kind, dir_fd, "stage1", name);
}

static void notes_done(Current (*notes)[_STAGE1_KINDS]) {
        for (Stage1Kind kind = 0; kind < _STAGE1_KINDS; kind++)
                current_done(&(*notes)[kind]);
}

static int read_notes(int dir_fd, Current *notes) {
        int r = 0;

        for (Stage1Kind kind = 0; kind < _STAGE1_KINDS && r >= 0; kind++) {
                r = current_read(dir_fd, kind, &notes[kind]);
                if (r == -ENOENT || r == -EBADMSG)
                        r = 0;
        }

        return r;
}

static int scan_stage1(Scan *s) {
        _cleanup_(notes_done) Current notes[_STAGE1_KINDS] = {};

        _cleanup_close_ int fd = stage1_dir_open(s->store, /* create= */ false);
        if (fd == -ENOENT)
                return 0;
        if (fd == -EACCES) {
                s->inventory->partial = true;
                return 0;
        }

        int r = fd < 0 ? fd : scan_directory(s, fd, "stage1");
        if (r >= 0)
                r = read_notes(fd, notes);

        return r < 0 ? r : scan_entries(s, fd, ".", note_stage1, notes);
}

static int note_volume(Scan *s, int dir_fd, const char *name, void *userdata) {
        LeftoverKind kind = startswith(name, ".#") ? LEFTOVER_UNFINISHED
                            : is_plain_name(name)  ? LEFTOVER_VOLUME
                                                   : LEFTOVER_UNKNOWN;
        return scan_leftover(s, kind, dir_fd, "volumes", name);
}

static int scan_volumes(Scan *s) {
        _cleanup_close_ int fd = dir_open_at(store_root_fd(s->store), "volumes", 0);
        if (fd == -ENOENT)
                return 0;
        if (fd == -EACCES) {
                s->inventory->partial = true;
                return 0;
        }

        int r = fd < 0 ? fd : scan_directory(s, fd, "volumes");
        return r < 0 ? r : scan_entries(s, fd, ".", note_volume, NULL);
}

int scan_incoming(Scan *s) {
        int incoming_fd = store_incoming_fd(s->store), root_fd = store_root_fd(s->store);

        int r = scan_directory(s, root_fd, ".");
        if (r >= 0)
                r = scan_entries(s, root_fd, ".", note_in_root, NULL);
        if (r >= 0)
                r = scan_volumes(s);
        if (r >= 0)
                r = scan_stage1(s);
        if (incoming_fd < 0) {
                s->inventory->partial = true;
                return r;
        }
        if (r >= 0)
                r = scan_directory(s, incoming_fd, "incoming");
        if (r >= 0)
                r = scan_entries(s, incoming_fd, ".", note_incoming, NULL);

        return r;
}
