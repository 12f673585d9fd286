/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the clients of a pod, and what they share: the app's standard input, its terminal.
 * Never: lets a client keep the app waiting, unless it is the one that started the pod.
 * Follows: pod/attach.h. */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/local-socket.h"
#include "basic/str.h"
#include "pod/annotations.h"
#include "pod/pod-terminal.h"
#include "stage/attach-client.h"
#include "stage/attach.h"

struct Attach {
        int fd;      /* where it listens; borrowed */
        uid_t owner; /* of what the app gets */
        int listener;
        int app;       /* the app's end of its standard input, until it has it */
        int handshake; /* to gantry-init, until it has sent the terminal */
        int terminal;  /* a copy for who reads it, until that one has it */
        int input;     /* what clients type goes here; -EBADF: it is not wanted */
        bool has_terminal, takes_input;
        unsigned rows, columns;
        AttachClient *clients[ATTACH_CLIENTS]; /* NULL: free */
};

Attach *attach_close(Attach *a) {
        if (!a)
                return NULL;

        if (a->listener >= 0)
                (void) unlinkat(a->fd, ATTACH_SOCKET, 0);
        for (size_t i = 0; i < ATTACH_CLIENTS; i++)
                attach_client_free(a->clients[i]);
        fd_close(a->listener);
        fd_close(a->app);
        fd_close(a->handshake);
        fd_close(a->terminal);
        fd_close(a->input);
        free(a);

        return NULL;
}

/* Whoever comes when all places are taken is sent away. */
static void add_client(Attach *a, int fd, bool patient) {
        AttachHello hello = { .terminal = a->has_terminal, .input = a->takes_input };
        size_t i = 0;

        while (i < ATTACH_CLIENTS && a->clients[i])
                i++;
        if (i == ATTACH_CLIENTS) {
                fd_close(fd);
                return;
        }
        if (attach_client_new(fd, patient, &a->clients[i]) < 0)
                return;
        if (!attach_client_send(a->clients[i], ATTACH_HELLO, &hello, sizeof(hello)))
                a->clients[i] = attach_client_free(a->clients[i]);
}

static int open_listener(int pod_fd) {
        _cleanup_close_ int fd = local_socket_bind(pod_fd, ATTACH_SOCKET, SOCK_SEQPACKET | SOCK_NONBLOCK);
        if (fd < 0)
                return fd;

        return listen(fd, ATTACH_CLIENTS) < 0 ? -errno : TAKE_FD(fd);
}

/* The app's standard input: a pipe that its user may open again, or the way to its terminal. */
static int open_input(Attach *a) {
        int fds[2];

        if (a->has_terminal)
                return pod_terminal_sockets(&a->handshake, &a->app);
        if (!a->takes_input)
                return 0;

        if (pipe2(fds, O_CLOEXEC) < 0)
                return -errno;
        a->app = fds[0];
        a->input = fds[1];
        return fcntl(a->input, F_SETFL, O_NONBLOCK) < 0 || fchown(a->app, a->owner, a->owner) < 0 ? -errno
                                                                                                  : 0;
}

static bool is_client(int fd) {
        int type;
        socklen_t n = sizeof(type);

        return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n) >= 0 && type == SOCK_SEQPACKET;
}

/* An app that is alone in its pod is attached to as the pod. */
int attach_open(const StageApp *app, Attach **ret) {
        bool alone = app->stage->n_apps == 1;
        int fd = alone ? app->stage->pod.fd : app->fd;

        _cleanup_(attach_closep) Attach *a = malloc(sizeof(Attach));
        if (!a)
                return -ENOMEM;

        *a = (Attach) {
                .fd = fd,
                .owner = app->stage->uid_base,
                .listener = open_listener(fd),
                .app = -EBADF,
                .handshake = -EBADF,
                .terminal = -EBADF,
                .input = -EBADF,
                .has_terminal = stage_app_is(app, ANNOTATION_TERMINAL, "yes"),
                .takes_input = stage_app_is(app, ANNOTATION_STDIN, "open"),
                .rows = 24,
                .columns = 80,
        };
        int r = a->listener < 0 ? a->listener : open_input(a);
        if (r < 0)
                return r;
        if (alone && is_client(STDIN_FILENO)) {
                int first = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
                if (first < 0)
                        return -errno;
                add_client(a, first, /* patient= */ true);
        }

        *ret = TAKE_PTR(a);
        return 0;
}

int attach_renew(Attach *a) {
        if (a->app >= 0)
                return 0;

        a->handshake = fd_close(a->handshake);
        a->terminal = fd_close(a->terminal);
        a->input = fd_close(a->input);
        return open_input(a);
}

int attach_stdin(const Attach *a) {
        return a->app;
}

void attach_started(Attach *a) {
        a->app = fd_close(a->app);
}

int attach_take_terminal(Attach *a) {
        return TAKE_FD(a->terminal);
}

bool attach_takes(const Attach *a) {
        for (size_t i = 0; i < ATTACH_CLIENTS; i++)
                if (a->clients[i] && a->clients[i]->output_size > 0)
                        return false;

        return true;
}

void attach_abandon(Attach *a) {
        for (size_t i = 0; i < ATTACH_CLIENTS; i++)
                if (a->clients[i] && a->clients[i]->patient)
                        a->clients[i] = attach_client_free(a->clients[i]);
}

void attach_write(Attach *a, bool error, const void *data, size_t n) {
        for (size_t i = 0; i < ATTACH_CLIENTS; i++)
                if (a->clients[i] &&
                    !attach_client_send(a->clients[i], error ? ATTACH_ERROR : ATTACH_OUTPUT, data, n))
                        a->clients[i] = attach_client_free(a->clients[i]);
}

void attach_end(Attach *a, int status) {
        AttachEnd end = { .status = status };

        for (size_t i = 0; i < ATTACH_CLIENTS; i++)
                if (a->clients[i] && a->clients[i]->output_size == 0)
                        (void) attach_client_send(a->clients[i], ATTACH_END, &end, sizeof(end));
}

/* Gives the app what a client has typed, as far as it takes it; the terminal may yet have to come. An app that does not read any
 * more is nobody's fault. */
static void pass_input(Attach *a, AttachClient *c) {
        while (c->input_done < c->input_size) {
                ssize_t n = write(a->input, c->input + c->input_done, c->input_size - c->input_done);
                if (n < 0 && (errno == EAGAIN || a->handshake >= 0))
                        return;
                if (n < 0) {
                        a->input = fd_close(a->input);
                        break;
                }
                c->input_done += n;
        }

        c->input_size = c->input_done = 0;
}

/* A terminal takes a character for the end, and others may go on typing. */
static void end_input(Attach *a, AttachClient *c) {
        if (!a->has_terminal) {
                a->input = fd_close(a->input);
                return;
        }

        c->input[0] = 'D' & 0x1f;
        c->input_size = 1;
        pass_input(a, c);
}

static void on_resize(Attach *a, const AttachSize *size) {
        a->rows = size->rows;
        a->columns = size->columns;
        if (a->has_terminal && a->input >= 0)
                (void) pod_terminal_resize(a->input, a->rows, a->columns);
}

/* Returns false if the client is to be dropped. */
static bool on_message(Attach *a, AttachClient *c) {
        AttachSize size;
        size_t n;

        switch (attach_client_receive(c, &n)) {
        case ATTACH_INPUT:
                if (a->takes_input) {
                        c->input_size = n;
                        pass_input(a, c);
                }
                return true;
        case ATTACH_INPUT_END:
                if (a->takes_input)
                        end_input(a, c);
                return true;
        case ATTACH_RESIZE:
                if (n != sizeof(size))
                        return false;
                memcpy(&size, c->input, sizeof(size));
                on_resize(a, &size);
                return true;
        default: return false;
        }
}

/* gantry-init waits until its terminal is as large as the first client's. */
static void on_handshake(Attach *a) {
        if (pod_terminal_receive(a->handshake, &a->input) >= 0) {
                a->terminal = fcntl(a->input, F_DUPFD_CLOEXEC, 3);
                (void) pod_terminal_resize(a->input, a->rows, a->columns);
                (void) pod_terminal_release(a->handshake);
        }
        a->handshake = fd_close(a->handshake);
}

enum { LISTENER, HANDSHAKE, INPUT, CLIENTS };

void attach_poll(const Attach *a, struct pollfd fds[ATTACH_POLL]) {
        bool waits = false;

        for (size_t i = 0; i < ATTACH_CLIENTS; i++) {
                const AttachClient *c = a->clients[i];
                short events = !c ? 0
                                  : (c->input_size > 0 ? 0 : POLLIN) | (c->output_size > 0 ? POLLOUT : 0);

                waits = waits || (c && c->input_size > 0);
                fds[CLIENTS + i] = (struct pollfd) { .fd = events ? c->fd : -EBADF, .events = events };
        }
        fds[LISTENER] = (struct pollfd) { .fd = a->listener, .events = POLLIN };
        fds[HANDSHAKE] = (struct pollfd) { .fd = a->handshake, .events = POLLIN };
        fds[INPUT] = (struct pollfd) { .fd = waits ? a->input : -EBADF, .events = POLLOUT };
}

/* Returns false if the client is to be dropped. */
static bool serve(Attach *a, AttachClient *c, short events) {
        if (c->output_size > 0 && !attach_client_flush(c))
                return false;

        return c->input_size > 0 || !(events & ~POLLOUT) || on_message(a, c);
}

void attach_dispatch(Attach *a, const struct pollfd fds[ATTACH_POLL]) {
        if (fds[HANDSHAKE].revents)
                on_handshake(a);
        for (size_t i = 0; i < ATTACH_CLIENTS; i++) {
                AttachClient *c = a->clients[i];

                if (c && fds[INPUT].revents)
                        pass_input(a, c);
                if (c && fds[CLIENTS + i].revents && !serve(a, c, fds[CLIENTS + i].revents))
                        a->clients[i] = attach_client_free(c);
        }
        if (fds[LISTENER].revents) {
                int fd = accept4(a->listener, NULL, NULL, SOCK_CLOEXEC);
                if (fd >= 0)
                        add_client(a, fd, /* patient= */ false);
        }
}
