/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: an app's credentials inside the pod.
 * Never: writes one to a disk, or has it in the environment.
 * Follows: https://systemd.io/CREDENTIALS, systemd.exec(5) "LoadCredential=". */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/credentials.h"
#include "pod/init-config.h"

#define PATH_SIZE (sizeof(INIT_CREDENTIALS_DIRECTORY) + 1 + NAME_MAX)
#define CREDENTIAL_MAX (1024 * 1024) /* systemd's limit for all of them */

static int copy_bytes(int from, int to, uid_t uid, gid_t gid) {
        ssize_t n;

        do
                n = sendfile(to, from, NULL, CREDENTIAL_MAX);
        while (n > 0);

        return n < 0 || fchmod(to, 0400) < 0 || fchown(to, uid, gid) < 0 ? -errno : 0;
}

static int copy(int from_dir, int to_dir, const char *name, uid_t uid, gid_t gid) {
        int from = openat(from_dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (from < 0)
                return -errno;

        int to = openat(to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400),
            r = to < 0 ? -errno : 0;
        if (r >= 0) {
                r = copy_bytes(from, to, uid, gid);
                close(to);
        }
        close(from);
        return r;
}

/* Takes `from_dir`. */
static int copy_all(int from_dir, int to_dir, uid_t uid, gid_t gid) {
        int r = 0;

        DIR *d = fdopendir(from_dir);
        if (!d)
                return -errno;
        for (struct dirent *entry; r >= 0 && (entry = readdir(d));)
                if (entry->d_name[0] != '.')
                        r = copy(dirfd(d), to_dir, entry->d_name, uid, gid);

        closedir(d);
        return r;
}

/* Memory that is not swapped out, where the kernel knows of such. */
static int mount_memory(const char *path) {
        unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;

        if (mount("tmpfs", path, "tmpfs", flags, "mode=0500,size=2M,noswap") >= 0)
                return 0;

        return mount("tmpfs", path, "tmpfs", flags, "mode=0500,size=2M") < 0 ? -errno : 0;
}

static int fill(const char *path, int from_dir, uid_t uid, gid_t gid) {
        int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;

        int r = copy_all(from_dir, fd, uid, gid);
        if (r >= 0 && (fchown(fd, uid, gid) < 0 ||
                       mount(NULL, path, NULL,
                             MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0))
                r = -errno;

        close(fd);
        return r;
}

static void make_path(const AppConfig *c, char ret[static PATH_SIZE]) {
        (void) snprintf(ret, PATH_SIZE, INIT_CREDENTIALS_DIRECTORY "/%s", c->credentials);
}

/* In a pod that boots systemd has put them where they are to be, but for root: what it has there is covered. */
int credentials_give(const AppConfig *c, uid_t uid, gid_t gid) {
        const char *given = getenv("CREDENTIALS_DIRECTORY");
        char path[PATH_SIZE];

        if (!c->credentials)
                return 0;
        if (!given)
                return -ENOKEY;

        make_path(c, path);
        int from = open(given, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (from < 0)
                return errno == ENOENT ? -ENOKEY : -errno;
        if ((mkdir(INIT_CREDENTIALS_DIRECTORY, 0755) < 0 && errno != EEXIST) ||
            (mkdir(path, 0755) < 0 && errno != EEXIST))
                return -errno;

        int r = mount_memory(path);
        return r < 0 ? r : fill(path, from, uid, gid);
}

int credentials_announce(AppConfig *c) {
        char path[PATH_SIZE];

        if (!c->credentials)
                return 0;

        make_path(c, path);
        return app_config_set_variable(c, "CREDENTIALS_DIRECTORY", path);
}
