/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry gc`: pods that have ended long enough ago, and what dead processes left.
 * Never: touches what somebody holds the lock of.
 * Follows: docs/ARCHITECTURE.md, "The life of a pod"; gantry-gc(1). */

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "basic/cli.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "pod/exit-record.h"
#include "pod/pod-dir.h"
#include "store/part.h"
#include "store/store.h"

static uint64_t grace = 30 * 60, prepared_grace = 24 * 60 * 60, part_grace = 7 * 24 * 60 * 60; /* seconds */
static bool dry_run;

/* "90", "90s", "30min", "2h", "1d". */
static int set_span(const char *value, void *target) {
        static const struct {
                const char *unit;
                uint64_t seconds;
        } units[] = { { "", 1 }, { "s", 1 }, { "min", 60 }, { "h", 3600 }, { "d", 86400 } };
        size_t n = strspn(value, DIGITS);
        _cleanup_free_ char *number = strndup(value, n);
        uint64_t v;

        if (!number || str_to_u64(number, &v) < 0)
                return -EINVAL;
        for (size_t i = 0; i < ELEMENTSOF(units); i++)
                if (streq(value + n, units[i].unit))
                        return __builtin_mul_overflow(v, units[i].seconds, (uint64_t *) target) ? -ERANGE
                                                                                                : 0;

        return -EINVAL;
}

static const CliOption options[] = {
        { 0, "grace", "TIME", "Keep pods this long after their end (30min)", set_span, &grace },
        { 0, "prepared-grace", "TIME", "Keep pods never started this long (24h)", set_span,
          &prepared_grace },
        { 0, "part-grace", "TIME", "Keep partial downloads this long (7d)", set_span, &part_grace },
        { 'n', "dry-run", NULL, "Only say what would be removed", cli_set_true, &dry_run },
        {},
};

static const CliProgram program = {
        .name = "gantry-gc",
        .arguments = "[OPTION…]",
        .summary = "Remove pods that have ended and what interrupted work left behind.",
        .options = options,
        .common = CLI_ROOT,
};

static bool is_older(int fd, uint64_t seconds) {
        struct stat st;
        return fstat(fd, &st) >= 0 && (uint64_t) time(NULL) >= (uint64_t) st.st_ctime + seconds;
}

/* The directory's change time is that of the rename that said so. */
static bool is_due(const PodDir *p) {
        switch (p->phase) {
        case POD_PREPARING:
        case POD_GARBAGE: return true; /* unlocked: whoever was at it has died */
        case POD_PREPARED: return is_older(p->fd, prepared_grace);
        case POD_EXITED: return is_older(p->fd, grace);
        default: return false;
        }
}

/* Running by its directory, but nobody holds the lock: ExecStopPost= never came, as after a power cut. */
static int note_end(int pods_fd, PodDir *p) {
        int r = exit_record_write(p->fd, &(ExitRecord) { .when_usec = (uint64_t) time(NULL) * 1000000,
                                                         .result = (char *) "lost",
                                                         .code = 255 });
        return r < 0 ? r : pod_dir_move(pods_fd, p, POD_EXITED);
}

static int collect_pod(int pods_fd, PodDir *p) {
        const char *name = p->name ? p->name : p->uuid;
        int r;

        if (pod_dir_lock(p) < 0)
                return 0;
        if (p->phase == POD_RUNNING) {
                r = dry_run ? 0 : note_end(pods_fd, p);
                return r < 0 && r != -ENOENT
                                       ? log_error_errno(r, "Cannot note the end of pod '%s': %m", name)
                                       : 0;
        }
        if (!is_due(p))
                return 0;

        log_info("%s pod '%s' (%s)", dry_run ? "Would remove" : "Removing", name, pod_phase_name(p->phase));
        r = dry_run ? 0 : pod_dir_remove(pods_fd, p);
        return r < 0 && r != -ENOENT ? log_error_errno(r, "Cannot remove pod '%s': %m", name) : 0;
}

static int collect_pods(Store *s) {
        PodDir *list = NULL;
        size_t n = 0;
        int result = 0;

        int r = pod_dir_list(store_pods_fd(s), &list, &n);
        if (r < 0)
                return log_error_errno(r, "Cannot list pods: %m");
        for (size_t i = 0; i < n; i++) {
                r = collect_pod(store_pods_fd(s), &list[i]);
                if (r < 0)
                        result = r;
        }

        pod_dirs_free(list, n);
        return result;
}

/* A directory that nobody locks was left by a process that died; a download is kept for a while, to be gone on
 * with. */
static bool is_abandoned(int dir_fd, const char *name) {
        bool part = part_is_name(name);

        _cleanup_close_ int fd = part ? open_beneath(dir_fd, name, O_RDONLY | O_NOFOLLOW)
                                      : dir_open_at(dir_fd, name, 0);
        return fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) >= 0 && is_older(fd, part ? part_grace : 60);
}

/* Removes what is unfinished: everything below incoming/, and the ".#" names that files and images have
 * before they are published. */
static int collect_rubbish(int dir_fd, const char *prefix, const char *where) {
        int result = 0;

        _cleanup_closedir_ DIR *d = NULL;
        int r = dir_stream_at(dir_fd, ".", &d);
        if (r < 0)
                return log_error_errno(r, "Cannot read '%s': %m", where);

        for (struct dirent *entry; (entry = readdir(d));) {
                if (streq(entry->d_name, ".") || streq(entry->d_name, "..") ||
                    !startswith(entry->d_name, prefix) || !is_abandoned(dir_fd, entry->d_name))
                        continue;

                log_info("%s '%s/%s'", dry_run ? "Would remove" : "Removing", where, entry->d_name);
                r = dry_run ? 0 : remove_tree_at(dir_fd, entry->d_name);
                if (r < 0)
                        result = log_error_errno(r, "Cannot remove '%s/%s': %m", where, entry->d_name);
        }

        return result;
}

static int run(int argc, char **argv) {
        _cleanup_(store_closep) Store *s = NULL;
        char **args;

        int r = cli_parse(&program, argc, argv, &args);
        if (r <= 0)
                return r;
        if (strv_length(args) > 0) {
                log_error("No argument is wanted; see 'gantry gc --help'");
                return -EINVAL;
        }

        r = store_open(cli_root, 0, &s);
        if (r == -ENOENT)
                return 0; /* nothing was ever stored */
        if (r < 0)
                return log_error_errno(r, "Cannot open the store '%s': %m", cli_root);

        int pods = collect_pods(s), incoming = collect_rubbish(store_incoming_fd(s), "", "incoming"),
            images = collect_rubbish(store_images_fd(s), ".#", "images");
        return pods < 0 ? pods : incoming < 0 ? incoming : images;
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_FAILURE);
}
