/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: starting the metadata service when an app asks for it.
 * Never: reads a byte of what an app sends; has the token where others see it.
 * Follows: docs/ARCHITECTURE.md, "The metadata service". */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "basic/cli.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "basic/process.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "pod/annotations.h"
#include "pod/init-config.h"
#include "pod/service.h"
#include "stage/metadata.h"

static int make_token(char ret[static METADATA_TOKEN_SIZE + 1]) {
        uint8_t bytes[METADATA_TOKEN_SIZE / 2];

        if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
                return -EIO;

        hex_encode(bytes, sizeof(bytes), ret);
        return 0;
}

/* Port 0 is one that is free. */
static int listen_on_loopback(unsigned port) {
        const struct sockaddr_in address = {
                .sin_family = AF_INET,
                .sin_port = htons(port),
                .sin_addr = { .s_addr = htonl(INADDR_LOOPBACK) },
        };

        _cleanup_close_ int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0 || bind(fd, (const struct sockaddr *) &address, sizeof(address)) < 0 ||
            listen(fd, SOMAXCONN) < 0)
                return -errno;

        return TAKE_FD(fd);
}

/* Others may have taken any port. */
static int listen_beside_others(Metadata *m) {
        struct sockaddr_in address;
        socklen_t size = sizeof(address);

        _cleanup_close_ int fd = listen_on_loopback(0);
        if (fd < 0)
                return fd;
        if (getsockname(fd, (struct sockaddr *) &address, &size) < 0)
                return -errno;

        m->listening = TAKE_FD(fd);
        m->port = ntohs(address.sin_port);
        return 0;
}

static int listen_at_port(Metadata *m) {
        int fd = listen_on_loopback(m->port);
        if (fd < 0)
                return fd;

        m->listening = fd;
        return 0;
}

/* A socket stays in the network namespace that it was made in; the stage must not, whatever happens. `namespace` may be a process's pidfd. */
static int listen_in(Metadata *m, int namespace, int (*listen_there)(Metadata *m)) {
        _cleanup_close_ int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
        if (own < 0 || setns(namespace, CLONE_NEWNET) < 0)
                return -errno;

        int r = listen_there(m);
        if (setns(own, CLONE_NEWNET) < 0) {
                log_error_errno(errno, "Cannot leave the network of pod '%s': %m", m->uuid);
                _exit(EXIT_GANTRY);
        }

        return r;
}

int metadata_listen_at(Metadata *m, int namespace) {
        if (m->port == 0)
                return 0;

        m->host = true;
        return listen_in(m, namespace, listen_beside_others);
}

int metadata_listen(Metadata *m, int leader) {
        return m->boots && m->port > 0 && !m->host ? listen_in(m, leader, listen_at_port) : 0;
}

int metadata_open(const AppcPod *pod, const char *uuid, Metadata *ret) {
        const char *network = pairs_get(&pod->annotations, ANNOTATION_NETWORK);
        Metadata m = { .pod = pod, .uuid = uuid, .listening = -EBADF, .port = METADATA_PORT };

        if (!pod_has_metadata(pod)) {
                *ret = METADATA_NONE;
                return 0;
        }

        m.host = network && streq(network, "host");
        m.boots = pod_boots(pod);
        int r = make_token(m.token);
        if (r >= 0 && m.host)
                r = listen_beside_others(&m);
        if (r < 0)
                return r;

        *ret = m;
        return 0;
}

void metadata_close(Metadata *m) {
        if (m->service > 0) {
                (void) kill(m->service, SIGKILL);
                (void) process_wait(m->service);
        }
        fd_close(m->listening);
        *m = METADATA_NONE;
}

int metadata_orders(const Metadata *m, const AppcPodApp *app, Blob *orders) {
        _cleanup_free_ char *text = NULL;
        size_t size;

        if (m->port == 0)
                return 0;

        FILE *f = open_memstream(&text, &size);
        if (!f)
                return -ENOMEM;
        fwrite(orders->data, 1, orders->size, f);
        if (!m->host && !m->boots)
                fprintf(f, INIT_METADATA "=%u%c", m->port, 0);
        if (app_has_metadata(m->pod, app))
                fprintf(f, INIT_METADATA_URL "=http://127.0.0.1:%u/%s%c", m->port, m->token, 0);
        if (fclose(f) == EOF)
                return -ENOMEM;

        blob_done(orders);
        *orders = (Blob) { .data = TAKE_PTR(text), .size = size };
        return 0;
}

static bool has_option(int fd, int option, int value) {
        int is = -1;
        socklen_t size = sizeof(is);

        return getsockopt(fd, SOL_SOCKET, option, &is, &size) >= 0 && is == value;
}

void metadata_take(Metadata *m, int taken_fd) {
        _cleanup_close_ int fd = taken_fd;

        if (m->port > 0 && m->listening < 0 && m->service == 0 && has_option(fd, SO_DOMAIN, AF_INET) &&
            has_option(fd, SO_ACCEPTCONN, 1))
                m->listening = TAKE_FD(fd);
}

void metadata_poll(const Metadata *m, struct pollfd *ret) {
        *ret = (struct pollfd) { .fd = m->service > 0 ? -EBADF : m->listening, .events = POLLIN };
}

/* The token comes by a pipe, which has room for it. */
static int start(Metadata *m) {
        _cleanup_strv_ char **argv = NULL;
        int token[2];

        int r = program_command(&argv, "metadata-service", cli_root, m->uuid, NULL);
        if (r < 0)
                return r;
        if (pipe2(token, O_CLOEXEC) < 0)
                return -errno;

        r = fd_write_full(token[1], m->token, METADATA_TOKEN_SIZE);
        fd_close(token[1]);
        if (r >= 0)
                r = process_spawn(
                                &(Spawn) {
                                                .argv = argv,
                                                .in = token[0],
                                                .out = STDERR_FILENO,
                                                .err = -EBADF,
                                                .pass = &m->listening,
                                                .n_pass = 1,
                                },
                                &m->service);
        fd_close(token[0]);
        return r;
}

/* A service that cannot be had is not asked for again and again. */
static void give_up(Metadata *m) {
        m->listening = fd_close(m->listening);
}

void metadata_dispatch(Metadata *m, const struct pollfd *fd) {
        if (m->service > 0 || !fd->revents)
                return;

        int r = start(m);
        if (r < 0) {
                log_error_errno(r, "Cannot start the metadata service of pod '%s': %m", m->uuid);
                give_up(m);
        }
}

void metadata_reap(Metadata *m, pid_t pid, int status) {
        if (m->service == 0 || pid != m->service)
                return;

        m->service = 0;
        if (WIFEXITED(status) && WEXITSTATUS(status) != EXIT_SUCCESS)
                give_up(m); /* it has said why */
}
