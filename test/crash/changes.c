/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: which system calls change a file system, and where.
 * Never: changes what the tracee is, but for one call's number and result.
 * Follows: seccomp(2), SECCOMP_RET_TRACE; ptrace(2), PTRACE_GET_SYSCALL_INFO. */

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <unistd.h>

#include <linux/ptrace.h>

#include "basic/fd.h"
#include "changes.h"

/* Where a call acts: on an fd, or on a path below one. Numbers are those of arguments. */
enum { NONE = -1 };
typedef struct Place {
        int fd, path;
} Place;

#define ON(fd)                                                                                              \
        { fd, NONE }
#define PATH(path)                                                                                          \
        { NONE, path }
#define AT(fd, path)                                                                                        \
        { fd, path }
#define NOWHERE                                                                                             \
        { NONE, NONE }

static const struct {
        int number;
        const char *name;
        Place places[2];
} calls[] = {
#define CALL(name, ...)                                                                                     \
        {                                                                                                   \
                SCMP_SYS(name), #name, {                                                                    \
                        __VA_ARGS__                                                                         \
                }                                                                                           \
        }
        CALL(open, PATH(0), NOWHERE),          CALL(openat, AT(0, 1), NOWHERE),
        CALL(openat2, AT(0, 1), NOWHERE),      CALL(mkdir, PATH(0), NOWHERE),
        CALL(mkdirat, AT(0, 1), NOWHERE),      CALL(mknodat, AT(0, 1), NOWHERE),
        CALL(rename, PATH(0), PATH(1)),        CALL(renameat, AT(0, 1), AT(2, 3)),
        CALL(renameat2, AT(0, 1), AT(2, 3)),   CALL(link, PATH(0), PATH(1)),
        CALL(linkat, AT(2, 3), AT(0, 1)),      CALL(symlink, PATH(1), NOWHERE),
        CALL(symlinkat, AT(1, 2), NOWHERE),    CALL(unlink, PATH(0), NOWHERE),
        CALL(unlinkat, AT(0, 1), NOWHERE),     CALL(rmdir, PATH(0), NOWHERE),
        CALL(write, ON(0), NOWHERE),           CALL(pwrite64, ON(0), NOWHERE),
        CALL(writev, ON(0), NOWHERE),          CALL(pwritev, ON(0), NOWHERE),
        CALL(pwritev2, ON(0), NOWHERE),        CALL(sendfile, ON(0), NOWHERE),
        CALL(copy_file_range, ON(2), NOWHERE), CALL(splice, ON(2), NOWHERE),
        CALL(truncate, PATH(0), NOWHERE),      CALL(ftruncate, ON(0), NOWHERE),
        CALL(fallocate, ON(0), NOWHERE),       CALL(chmod, PATH(0), NOWHERE),
        CALL(fchmod, ON(0), NOWHERE),          CALL(fchmodat, AT(0, 1), NOWHERE),
        CALL(chown, PATH(0), NOWHERE),         CALL(lchown, PATH(0), NOWHERE),
        CALL(fchown, ON(0), NOWHERE),          CALL(fchownat, AT(0, 1), NOWHERE),
        CALL(utimensat, AT(0, 1), NOWHERE),    CALL(setxattr, PATH(0), NOWHERE),
        CALL(lsetxattr, PATH(0), NOWHERE),     CALL(fsetxattr, ON(0), NOWHERE),
        CALL(removexattr, PATH(0), NOWHERE),   CALL(fremovexattr, ON(0), NOWHERE),
        CALL(fsync, ON(0), NOWHERE),           CALL(fdatasync, ON(0), NOWHERE),
        CALL(syncfs, ON(0), NOWHERE),
#undef CALL
};

int changes_stop(void) {
        scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
        if (!filter)
                return -ENOMEM;

        /* The tracee is to have no fewer rights than without us; we are root. */
        int r = seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0);
        if (r >= 0)
                r = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ALLOW);
        for (size_t i = 0; r >= 0 && i < ELEMENTSOF(calls); i++)
                if (calls[i].number >= 0) /* of this architecture */
                        r = seccomp_rule_add(filter, SCMP_ACT_TRACE(0), calls[i].number, 0);
        if (r >= 0)
                r = seccomp_load(filter);
        seccomp_release(filter);

        return r;
}

static int read_memory(pid_t pid, uint64_t address, void *buf, size_t size) {
        char name[64];

        (void) snprintf(name, sizeof(name), "/proc/%d/mem", pid);
        _cleanup_close_ int fd = open(name, O_RDONLY | O_CLOEXEC);
        ssize_t n = fd < 0 ? -1 : pread(fd, buf, size, (off_t) address);
        return n < 0 ? -errno : (int) n;
}

static int read_text(pid_t pid, uint64_t address, char *ret, size_t size) {
        int n = address == 0 ? 0 : read_memory(pid, address, ret, size - 1);
        if (n < 0)
                return n;

        ret[n] = '\0';
        return 0;
}

static int read_link(pid_t pid, const char *what, char *ret, size_t size) {
        char name[64];

        (void) snprintf(name, sizeof(name), "/proc/%d/%s", pid, what);
        ssize_t n = readlink(name, ret, size - 1);
        if (n < 0)
                return -errno;

        ret[n] = '\0';
        return 0;
}

/* The path of what the call is about, as the tracee sees it, so far as that matters to us. */
static int place_path(pid_t pid, const Place *place, const uint64_t args[], char *ret, size_t size) {
        int fd = place->fd == NONE ? AT_FDCWD : (int) args[place->fd];
        char text[2048] = "", link[32] = "cwd";

        if (place->path != NONE) {
                int r = read_text(pid, args[place->path], text, sizeof(text));
                if (r < 0)
                        return r;
        }
        if (text[0] == '/') {
                (void) snprintf(ret, size, "%s", text);
                return 0;
        }

        if (fd != AT_FDCWD)
                (void) snprintf(link, sizeof(link), "fd/%d", fd);
        int r = read_link(pid, link, ret, size / 2);
        if (r < 0)
                return r;

        size_t n = strlen(ret);
        if (text[0] != '\0')
                (void) snprintf(ret + n, size - n, "/%s", text);
        return 0;
}

static bool is_below(const char *path, const char *directory) {
        size_t n = strlen(directory);
        return strncmp(path, directory, n) == 0 && (path[n] == '/' || path[n] == '\0');
}

static bool opens_for_change(pid_t pid, const char *name, const uint64_t args[]) {
        const uint64_t changing = O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY);
        struct open_how how = {};

        if (strcmp(name, "open") == 0)
                return args[1] & changing;
        if (strcmp(name, "openat") == 0)
                return args[2] & changing;

        return read_memory(pid, args[2], &how, sizeof(how)) == sizeof(how) && how.flags & changing;
}

/* Making what is there already, which gantry does a lot, changes nothing. */
static bool is_in_vain(const char *name, const char *path) {
        return strncmp(name, "mkdir", 5) == 0 && access(path, F_OK) >= 0;
}

static bool is_at(pid_t pid, size_t i, const uint64_t args[], const char *directory, Change *ret) {
        if (strncmp(calls[i].name, "open", 4) == 0 && !opens_for_change(pid, calls[i].name, args))
                return false;

        for (size_t k = 0; k < ELEMENTSOF(calls[i].places); k++) {
                const Place *place = &calls[i].places[k];
                if (place->fd == NONE && place->path == NONE)
                        continue;
                if (place_path(pid, place, args, ret->path, sizeof(ret->path)) >= 0 &&
                    is_below(ret->path, directory)) {
                        ret->call = calls[i].name;
                        return !is_in_vain(calls[i].name, ret->path);
                }
        }

        return false;
}

bool change_is_below(pid_t pid, const char *directory, Change *ret) {
        struct ptrace_syscall_info info;

        if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) < 0 ||
            info.op != PTRACE_SYSCALL_INFO_SECCOMP)
                return false;

        for (size_t i = 0; i < ELEMENTSOF(calls); i++)
                if (calls[i].number >= 0 && (uint64_t) calls[i].number == info.seccomp.nr)
                        return is_at(pid, i, (const uint64_t *) info.seccomp.args, directory, ret);

        return false;
}

int change_replace(pid_t pid, int result) {
        long none = -1, value = result;

        if (ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, orig_rax), none) < 0 ||
            ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, rax), value) < 0)
                return -errno;

        return 0;
}
