/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "basic/macro.h"

#define SPAWN_PASS_MAX 512

/* How a child program is to be started. Unset fds are -EBADF: standard input is then /dev/null, standard
 * output and error are the parent's. `pass` become fds 3, 4, … and nothing else is inherited; there are
 * at most SPAWN_PASS_MAX. */
typedef struct Spawn {
        char *const *argv;        /* argv[0] is a path, or a name looked up in PATH */
        const char *user;         /* become this system user first, for good; NULL: stay */
        char *const *environment; /* NULL: the parent's */
        int in, out, err;
        const int *pass;
        size_t n_pass;
        unsigned timeout; /* process_capture() kills it after so many seconds: -ETIMEDOUT; 0: never */
} Spawn;

/* Starts it. Returns 0 and the pid, or -errno (also when execve(2) fails, so that -ENOENT means "no such
 * program"). */
int process_spawn(const Spawn *spawn, pid_t *ret);

/* Waits. Returns the exit status, 128+n if signal n killed it, or -errno. */
int process_wait(pid_t pid);

/* Both at once. */
int process_run(const Spawn *spawn);

/* As process_run(), and what it prints is the result: at most `limit` bytes, NUL-terminated, owned by the
 * caller. */
int process_capture(const Spawn *spawn, size_t limit, char **ret);

/* The path of a program of ours: "gantry-verify" below bindir, "seal-layer" below libexecdir, or below
 * $GANTRY_EXEC_DIR, from which the tests run an uninstalled build. */
int program_path(const char *name, char **ret);

/* The command line of such a program for the store at `root`: its path, --root=, and the words, up to a NULL. */
int program_command(char ***ret, const char *name, const char *root, ...) _sentinel_;

/* Looks up a system user. -ESRCH if there is none, which user_strerror() puts in better words than
 * strerror(3). */
int user_find(const char *user, uid_t *ret_uid, gid_t *ret_gid);
const char *user_strerror(int r);

/* What this process makes on file systems from now on is `id`'s, user and group, while it may do what it may as root. In a
 * directory that is mounted idmapped only ids of the map can have files. 0 is the way back. */
int process_make_files_as(uid_t id);

/* Gives up root for `user` (uid, gid, no supplementary groups, no capabilities) and the way back
 * (no_new_privs). Without root nothing can be given up but the way back. -ESRCH if there is no such user. */
int privilege_drop(const char *user);
