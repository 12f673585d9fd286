/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the process that has the credentials, outside the cage of the one that asks for them.
 * Never: runs what no auth file names; says anything but what it is asked for; outlives who asks.
 * Follows: docs/SECURITY.md, "Cages". A question is one word, the name; an answer "none"; "found" and [user=…] [password=…] [token=…]; or
 * "failed", an errno and why. */

#include <fcntl.h>
#include <linux/close_range.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "basic/confine.h"
#include "basic/fd.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "registry/credential-agent.h"
#include "registry/credentials.h"
#include "registry/wire.h"

#define NAME_MAX_BYTES 4096U
#define SOCKET_FD 3 /* of the agent */

static char **wipe_words(char **words) {
        STRV_FOREACH(word, words)
                explicit_bzero(*word, strlen(*word));

        return strv_free(words);
}
DEFINE_CLEANUP(char *, wipe_words)
#define _cleanup_words_ _cleanup_(wipe_wordsp)

static const struct {
        const char *prefix;
        size_t offset;
} members[] = {
        { "user=", offsetof(Credentials, user) },
        { "password=", offsetof(Credentials, password) },
        { "token=", offsetof(Credentials, identity_token) },
};

static char **member(const Credentials *c, size_t i) {
        return (char **) ((char *) c + members[i].offset);
}

/* Helpers get it as a line. */
static bool is_name(const char *s) {
        for (const char *p = s; *p; p++)
                if (*p <= ' ' || *p > '~')
                        return false;

        return s[0] != '\0' && strlen(s) < NAME_MAX_BYTES;
}

static int answer_found(int socket, const Credentials *c) {
        _cleanup_words_ char **words = NULL;

        int r = strv_add(&words, "found");
        for (size_t i = 0; r >= 0 && i < ELEMENTSOF(members); i++) {
                const char *value = *member(c, i);

                if (value)
                        r = strv_addf(&words, "%s%s", members[i].prefix, value);
        }

        return r < 0 ? r : wire_send(socket, words, -EBADF);
}

static int answer_failed(int socket, int error, const char *why) {
        char number[16];

        (void) snprintf(number, sizeof(number), "%d", -error);
        return wire_send(socket,
                         (char *const[]) { (char *) "failed", number, (char *) (why ? why : ""), NULL },
                         -EBADF);
}

static int answer(int socket, const char *authfile, const char *name) {
        _cleanup_credentials_ Credentials c = {};
        _cleanup_free_ char *why = NULL;

        int r = is_name(name) ? credentials_find(authfile, name, &c, /* ret_file= */ NULL, &why) : -EINVAL;
        if (r == 0)
                return wire_send(socket, (char *const[]) { (char *) "none", NULL }, -EBADF);
        if (r > 0)
                r = answer_found(socket, &c);

        if (r == -EMSGSIZE)
                return answer_failed(socket, r, "the credentials are longer than 64 KiB");

        return r == -EPIPE || r >= 0 ? r : answer_failed(socket, r, why);
}

/* Nothing else is open; what helpers say to the user reaches him. */
static int isolate(int socket) {
        int null = open("/dev/null", O_RDWR | O_CLOEXEC);
        if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 ||
            (socket != SOCKET_FD && dup2(socket, SOCKET_FD) < 0))
                return -errno;
        if (close_range(SOCKET_FD + 1, ~0U, 0) < 0 || prctl(PR_SET_NAME, "credentials", 0, 0, 0) < 0)
                return -errno;
        return confine(CONFINE_CREDENTIALS, /* directory_fd= */ -EBADF);
}

_noreturn_ static void serve(int socket, const char *authfile) {
        int r = isolate(socket);

        while (r >= 0) {
                _cleanup_strv_ char **words = NULL;
                int received = -EBADF;

                r = wire_receive(SOCKET_FD, &words, &received);
                fd_close(received);
                if (r > 0)
                        r = strv_length(words) == 1 ? answer(SOCKET_FD, authfile, words[0]) : -EBADMSG;
                else if (r == 0)
                        _exit(EXIT_SUCCESS);
        }

        _exit(EXIT_FAILURE);
}

int credential_agent_start(const char *authfile, int *ret_socket) {
        int sockets[2];

        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
                return -errno;

        _cleanup_close_ int ours = sockets[0];
        pid_t pid = fork();
        if (pid == 0)
                serve(sockets[1], authfile);

        int error = -errno;
        fd_close(sockets[1]);
        if (pid < 0)
                return error;

        *ret_socket = TAKE_FD(ours);
        return 0;
}

static int take_found(char *const *words, Credentials *ret) {
        _cleanup_credentials_ Credentials c = {};
        int r = 0;

        STRV_FOREACH(word, words)
                for (size_t i = 0; r >= 0 && i < ELEMENTSOF(members); i++) {
                        const char *value = startswith(*word, members[i].prefix);

                        if (value && !*member(&c, i))
                                r = str_copy(value, member(&c, i));
                }
        if (r < 0)
                return r;

        *ret = c;
        c = (Credentials) {};
        return 1;
}

static int take_failed(const char *number, const char *why, char **reterr_why) {
        uint64_t error;

        int r = why[0] != '\0' && reterr_why ? str_copy(why, reterr_why) : 0;
        if (r < 0)
                return r;

        return str_to_u64(number, &error) < 0 || error == 0 || error > EHWPOISON ? -EPROTO : -(int) error;
}

static int take_answer(char *const *words, Credentials *ret, char **reterr_why) {
        size_t n = strv_length(words);

        if (streq(words[0], "none") && n == 1)
                return 0;
        if (streq(words[0], "found"))
                return take_found(words + 1, ret);
        if (streq(words[0], "failed") && n == 3)
                return take_failed(words[1], words[2], reterr_why);

        return -EPROTO;
}

int credential_agent_ask(int socket, const char *name, Credentials *ret, char **reterr_why) {
        _cleanup_words_ char **words = NULL;
        int unexpected = -EBADF;

        int r = wire_send(socket, (char *const[]) { (char *) name, NULL }, -EBADF);
        if (r >= 0)
                r = wire_receive(socket, &words, &unexpected);
        fd_close(unexpected);
        if (r == 0 || r == -EPIPE)
                return refuse(reterr_why, -EPIPE, "the process that reads credentials has ended");

        return r < 0 ? r : take_answer(words, ret, reterr_why);
}
