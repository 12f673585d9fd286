/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what a program of gantry's could do if somebody took it over: started in its place, in its cage.
 * Never: leaves anything but files named "probe".
 * Follows: test-cages-6.1.sh, which says in PROBE_… where. Prints "NAME: ANSWER" a line, to standard error. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void tell(const char *name, int error) {
        fprintf(stderr, "%s: %s\n", name, error == 0 ? "done" : strerrorname_np(error));
}

static void make(const char *name, const char *directory) {
        char path[512];

        (void) snprintf(path, sizeof(path), "%s/probe", directory);
        int fd = open(path, O_WRONLY | O_CREAT, 0600);
        tell(name, fd < 0 ? errno : 0);
        if (fd >= 0 && close(fd) == 0)
                (void) unlink(path);
}

static void overwrite(const char *name, const char *path) {
        int fd = open(path, O_WRONLY);
        tell(name, fd < 0 ? errno : 0);
        if (fd >= 0)
                (void) close(fd);
}

static void execute(const char *name, const char *path, const char *argument) {
        int status = 0;

        pid_t pid = fork();
        if (pid == 0) {
                (void) freopen("/dev/null", "w", stdout);
                execl(path, path, argument, NULL);
                _exit(errno);
        }
        if (pid < 0 || waitpid(pid, &status, 0) < 0)
                tell(name, errno);
        else
                tell(name, WEXITSTATUS(status));
}

static int is_named(const char *pid, const char *name) {
        char path[512], comm[32] = "";

        (void) snprintf(path, sizeof(path), "/proc/%s/comm", pid);
        FILE *f = fopen(path, "re");
        int r = f && fgets(comm, sizeof(comm), f) && strncmp(comm, name, strlen(name)) == 0;
        if (f)
                (void) fclose(f);
        return r;
}

/* The memory of the first process of this name. */
static void look_into(const char *what, const char *name) {
        DIR *d = opendir("/proc");
        int error = ESRCH;

        for (struct dirent *e; d && error == ESRCH && (e = readdir(d));) {
                char path[512];

                if (!is_named(e->d_name, name))
                        continue;
                (void) snprintf(path, sizeof(path), "/proc/%s/mem", e->d_name);
                int fd = open(path, O_RDWR);
                error = fd < 0 ? errno : 0;
        }
        tell(what, error);
}

int main(void) {
        make("make a file in the store", getenv("PROBE_STORE"));
        make("make a file beside it", getenv("PROBE_OUTSIDE"));
        make("make a file in /etc", "/etc");
        overwrite("overwrite a file", getenv("PROBE_FILE"));
        execute("execute another program", "/bin/true", NULL);
        execute("execute a credential helper", getenv("PROBE_HELPER"), "get");
        execute("execute registry-client", getenv("PROBE_CLIENT"), "--version");
        execute("execute a stage", getenv("PROBE_STAGE"), "--version");
        look_into("look into the process with the credentials", "credentials");
        tell("open a socket", socket(AF_INET, SOCK_STREAM, 0) < 0 ? errno : 0);
        return EXIT_FAILURE;
}
