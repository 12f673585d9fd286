/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the stage's side of a link, under a guest that says anything about its apps, and clients who have asked it for something.
 * Never: has an app: what it is said to have are pipes that nobody reads.
 * Follows: kvm-stage1/relay.h. */

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/strv.h"
#include "fuzz.h"
#include "kvm-stage1/relay.h"
#include "pod/init-config.h"

#define APPS 2
#define FDS_MAX 1024
#define BYTES_MAX 2400 /* so many messages are heard in a second */
#define CHUNK 64       /* comes in one turn */

static void open_pipe(int fds[2]) {
        fuzz_check(pipe2(fds, O_CLOEXEC | O_NONBLOCK) >= 0);
        fuzz_check(fcntl(fds[1], F_SETPIPE_SZ, 4096) >= 0);
}

/* Once for each app: who is said to be started again and again is refused. */
static int on_start(void *data, size_t app, int ret_streams[static 3], int *ret_status) {
        int(*statuses)[APPS] = data, fds[2];

        fuzz_check(app < APPS);
        if ((*statuses)[app] >= 0)
                return -EBUSY;
        for (unsigned i = 0; i < 3; i++) {
                open_pipe(fds);
                ret_streams[i] = fds[i > 0];
                fd_close(fds[i == 0]);
        }
        fuzz_check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) >= 0);
        (*statuses)[app] = fds[0];
        *ret_status = fds[1];
        return 0;
}

static void on_memory(void *data, size_t app) {
        fuzz_check(app < APPS);
}

static int on_notify(void *data, size_t app, char *message) {
        fuzz_check(app < APPS && strlen(message) <= LINK_NOTIFY_MAX);
        return 0;
}

static int on_log(void *data, size_t app, const RelayEntry *e) {
        fuzz_check(app < APPS && e->priority >= 0 && e->priority <= 7);
        fuzz_check(strlen(e->identifier) <= LINK_NAME_MAX && strlen(e->text) <= LINK_LOG_MAX);
        fuzz_check(strv_length(e->fields) <= LINK_FIELDS_MAX);
        return 0;
}

static void on_booted(void *data) {
}

/* Returns the client's end. The first request has the id 2, an EXEC's streams 6, 8 and 10. The next one has 12, and what changes 14. */
static int ask(Relay *r, ControlVerb verb) {
        ControlRequest q = { .verb = verb, .fds = CONTROL_FDS_NONE };
        int fds[2];

        if (verb == CONTROL_EXEC)
                q.fds = (struct ControlFds) {
                        .streams = { open("/dev/null", O_RDONLY), open("/dev/null", O_WRONLY),
                                     open("/dev/null", O_WRONLY) },
                        .orders = open("/dev/null", O_RDONLY),
                };
        fuzz_check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) >= 0);
        relay_request(r, 0, &q, fds[1]);
        return fds[0];
}

static void change(Relay *r) {
        if (relay_may_change(r))
                fuzz_check(relay_change(r, open("/proc/self/status", O_RDONLY | O_CLOEXEC)) >= 0);
}

/* Returns how much of it the guest has said. */
static size_t say(int guest, const uint8_t *data, size_t size) {
        size_t n = MIN(size, (size_t) CHUNK);

        fuzz_check(write(guest, data, n) == (ssize_t) n);
        if (n == 0)
                (void) shutdown(guest, SHUT_WR);
        return n;
}

/* What the stage would have heard is what a gantry-init can say. */
static void check_status(int socket) {
        InitStatus s;

        while (socket >= 0 && recv(socket, &s, sizeof(s), 0) == sizeof(s))
                fuzz_check(s.event >= INIT_STARTED && s.event <= INIT_FAILED && s.value >= 0 &&
                           s.value <= 255);
        fd_close(socket);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static const uint8_t hello[] = {
                LINK_HELLO, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, LINK_VERSION, 0, 0, 0
        };
        int pair[2], statuses[APPS] = { -EBADF, -EBADF }, exec = -EBADF, command = -EBADF, n = 0;
        const RelayEvents events = { &statuses, on_start, on_memory, on_notify, on_log, on_booted };
        _cleanup_free_ char *why = NULL;
        struct pollfd fds[FDS_MAX];
        size_t said = 0;
        Relay *r = NULL;

        if (size > BYTES_MAX)
                return 0;
        signal(SIGPIPE, SIG_IGN);
        fuzz_check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) >= 0);
        fuzz_check(relay_new(pair[0], APPS, &events, &r) >= 0 && relay_n_poll(r) <= FDS_MAX);
        relay_go(r, -EBADF);
        fuzz_check(write(pair[1], hello, sizeof(hello)) == sizeof(hello));
        for (unsigned turn = 0; n >= 0; turn++) {
                (void) relay_poll(r, fds);
                fuzz_check(poll(fds, relay_n_poll(r), 0) >= 0);
                n = relay_dispatch(r, fds, &why);
                if (turn == 0) {
                        exec = ask(r, CONTROL_EXEC);
                        command = ask(r, CONTROL_STOP);
                }
                change(r);
                if (n >= 0)
                        said += say(pair[1], data + said, size - said);
        }

        fuzz_check(n == -ECONNRESET || n == -EBUSY || ((n == -EBADMSG || n == -ECANCELED) && why));
        fuzz_check(relay_poll(r, fds) == -1 && fd_is_readable(exec) && fd_is_readable(command));
        relay_free(r);
        for (unsigned i = 0; i < APPS; i++)
                check_status(statuses[i]);
        fd_close(exec);
        fd_close(command);
        fd_close(pair[1]);
        return 0;
}
