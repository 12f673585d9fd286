/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: process 1 of a guest that is against its host: what an attacker could put in the place of gantry-guest.
 * Never: uses anything of gantry's, or does what it is asked for.
 * Follows: link/message.h; what it does is the name of its machine. */

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { HELLO = 1, START = 4, STATUS = 5, LOG = 8, DATA = 9 };
enum { STARTED = 1, EXITED = 2 };

static char what[64]; /* to do */
static int port;

static void load_file(const char *name) {
        char path[128];

        snprintf(path, sizeof(path), "/modules/%s", name);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        syscall(SYS_finit_module, fd, "", 0);
        close(fd);
}

/* "virtio_console virtio.ko virtio_ring.ko virtio_console.ko" */
static void load_modules(void) {
        char line[1024];

        FILE *f = fopen("/modules/list", "re");
        while (f && fgets(line, sizeof(line), f)) {
                char *rest = line, *feature = strsep(&rest, " \n"), *name;

                if (strcmp(feature, "virtio_mmio") != 0 && strcmp(feature, "virtio_console") != 0)
                        continue;
                while ((name = strsep(&rest, " \n")))
                        load_file(name);
        }
}

/* Records end with a NUL each. */
static void read_what(void) {
        char text[65536];

        int fd = open("/gantry/pod", O_RDONLY | O_CLOEXEC);
        ssize_t n = read(fd, text, sizeof(text) - 1);
        text[n < 0 ? 0 : n] = '\0';
        for (char *p = text; p < text + n; p += strlen(p) + 1)
                sscanf(p, "hostname=%63s", what);
}

static void say(uint8_t type, uint32_t id, const void *payload, uint32_t size) {
        static uint8_t frame[12 + 16384];
        uint8_t *p = frame;

        memset(frame, 0, 12);
        frame[0] = type;
        memcpy(frame + 4, &id, 4);
        memcpy(frame + 8, &size, 4);
        memcpy(frame + 12, payload, size);
        for (size_t left = 12 + size; left > 0;) {
                ssize_t n = write(port, p, left);
                if (n > 0) {
                        p += n;
                        left -= n;
                }
        }
}

static void start(void) {
        const int32_t status[] = { STARTED, 0 };
        uint8_t go[12];

        say(HELLO, 0, "\1\0\0\0", 4);
        for (size_t n = 0; n < sizeof(go);)
                n += read(port, go, sizeof(go)) > 0 ? sizeof(go) : 0;
        if (strcmp(what, "lies") == 0)
                return;
        say(START, 1, "", 1);
        say(STATUS, 0, status, sizeof(status));
}

int main(void) {
        static char text[8000];
        const int32_t status[] = { EXITED, 0 };

        mkdir("/dev", 0755);
        mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
        read_what();
        if (strcmp(what, "hangs") == 0)
                pause();
        load_modules();
        while ((port = open("/dev/vport0p1", O_RDWR | O_CLOEXEC)) < 0)
                nanosleep(&(struct timespec) { .tv_nsec = 1000000 }, NULL);
        if (strcmp(what, "panics") == 0)
                return 1;

        start();
        if (strcmp(what, "lies") == 0)
                say(STATUS, 0, status, sizeof(status));
        memset(text, 'x', sizeof(text));
        memcpy(text, "\6flood\0", 7); /* its priority, and its name */
        for (;;)
                if (strcmp(what, "floods") == 0)
                        say(LOG, 0, text, sizeof(text));
                else
                        say(DATA, 3, text, sizeof(text));
}
