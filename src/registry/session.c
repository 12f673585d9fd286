/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: a running registry-client and the conversation with it.
 * Never: talks to the network; takes the client's word for more than a word.
 * Follows: docs/ARCHITECTURE.md, "Fetch". */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "basic/children.h"
#include "basic/fd.h"
#include "basic/local-socket.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "registry/session.h"
#include "registry/wire.h"

struct Session {
        pid_t pid; /* 0: it is not our child */
        int socket;
};

const char *session_socket;

/* What it has to know, in a file that only it has an fd for. */
static int write_access(const Access *access) {
        _cleanup_secret_blob_ Blob text = {};

        int r = access_format(access, &text);
        return r < 0 ? r : memory_file("access", text.data, text.size);
}

static int spawn(int socket, pid_t *ret) {
        _cleanup_free_ char *path = NULL;

        int r = program_path("registry-client", &path);
        if (r < 0)
                return r;

        Spawn child = {
                .argv = (char *[]) { path, NULL },
                .user = "gantry-fetch",
                .in = -EBADF,
                .out = -EBADF,
                .err = -EBADF,
                .pass = &socket,
                .n_pass = 1,
        };
        return child_start(&child, ret);
}

static int start(Session *s) {
        int sockets[2];

        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
                return -errno;

        _cleanup_close_ int theirs = sockets[1];
        s->socket = sockets[0];
        return spawn(theirs, &s->pid);
}

static int find(Session *s) {
        _cleanup_close_ int fd = local_socket_connect_path(session_socket, SOCK_SEQPACKET);
        int r = fd < 0 ? fd : children_adopt(fd);
        if (r >= 0)
                s->socket = TAKE_FD(fd);

        return r;
}

/* Nobody listens, or it cannot be run: the one is to be looked for elsewhere than the other. */
static int connect_or_start(Session *s, char **reterr_why) {
        int r = session_socket ? find(s) : start(s);
        if (r >= 0 || r == -ECANCELED || r == -ENOMEM)
                return r;
        if (session_socket)
                return refuse(reterr_why, r, "cannot connect to '%s' (--registry-socket=): %s",
                              session_socket, strerror(-r));

        return refuse(reterr_why, r, "cannot run registry-client: %s", user_strerror(r));
}

int session_open(const Access *access, Session **ret, char **reterr_why) {
        _cleanup_close_ int access_fd = write_access(access);
        if (access_fd < 0)
                return access_fd;

        _cleanup_session_ Session *s = malloc(sizeof(Session));
        if (!s)
                return -ENOMEM;
        *s = (Session) { .socket = -EBADF };

        int r = connect_or_start(s, reterr_why);
        if (r >= 0)
                r = session_ask(s, (char *[]) { (char *) "access", NULL }, access_fd);
        if (r >= 0)
                *ret = TAKE_PTR(s);

        return r;
}

Session *session_close(Session *s) {
        if (!s)
                return NULL;

        if (s->socket >= 0)
                children_leave(s->socket);
        fd_close(s->socket);
        child_end(s->pid);
        free(s);
        return NULL;
}

int session_fd(const Session *s) {
        return s->socket;
}

void session_answer_done(SessionAnswer *a) {
        strv_free(a->words);
        *a = (SessionAnswer) {};
}

int session_ask(Session *s, char *const *request, int fd) {
        return wire_send(s->socket, request, fd);
}

static const struct {
        const char *word;
        size_t min, max; /* how many more belong to it */
} kinds[] = {
        [SESSION_NOTE] = { "note", 1, 1 },     [SESSION_FILE] = { "file", 2, 2 },
        [SESSION_BEGIN] = { "begin", 2, 2 },   [SESSION_DONE] = { "done", 0, SIZE_MAX },
        [SESSION_FAILED] = { "failed", 2, 2 },
};

static int find_kind(char *const *words) {
        size_t n = strv_length(words) - 1;

        for (size_t i = 0; i < ELEMENTSOF(kinds); i++)
                if (streq(words[0], kinds[i].word))
                        return n >= kinds[i].min && n <= kinds[i].max ? (int) i : -EBADMSG;

        return -EBADMSG;
}

/* An errno of ours is what callers understand; any other number is just a failure. So is ECANCELED: whether we
 * were interrupted, and end without another word, is not for it to say. */
static int parse_error(const char *text) {
        uint64_t number;

        if (str_to_u64(text, &number) < 0 || number == 0 || number > EHWPOISON || number == ECANCELED)
                return -EPROTO;

        return -(int) number;
}

int session_answer(Session *s, SessionAnswer *ret) {
        _cleanup_strv_ char **words = NULL;
        int received = -EBADF;

        int r = wire_receive(s->socket, &words, &received);
        _cleanup_close_ int unexpected = received;
        if (r <= 0)
                return r == 0 ? -EPIPE : r;

        int kind = find_kind(words);
        if (kind < 0)
                return kind;

        SessionAnswer a = { .kind = kind };
        if (kind == SESSION_FAILED)
                a.error = parse_error(words[1]);
        if (kind == SESSION_NOTE || kind == SESSION_FAILED) {
                a.why = words[kind == SESSION_FAILED ? 2 : 1];
                str_to_line(a.why);
        }

        a.words = TAKE_PTR(words);
        *ret = a;
        return 0;
}

/* Answers SESSION_FILE: -errno, or 0 with the size of the file and, if that was asked for, an fd. */
static int give_file(Session *s, int error, uint64_t size, int fd) {
        char error_text[16], size_text[24];

        (void) snprintf(error_text, sizeof(error_text), "%d", -error);
        (void) snprintf(size_text, sizeof(size_text), "%" PRIu64, size);
        return wire_send(s->socket, (char *[]) { (char *) "file", error_text, size_text, NULL }, fd);
}

static int serve_file(Session *s, const SessionHooks *hooks, const char *path, bool open) {
        uint64_t size = 0;
        int found = -EBADF;

        int r = hooks && hooks->file ? hooks->file(path, hooks->userdata, &size, open ? &found : NULL)
                                     : -ENOENT;
        _cleanup_close_ int fd = found;
        return give_file(s, r, size, fd);
}

/* The words behind the first. */
static int take_result(const SessionAnswer *a, char ***ret) {
        _cleanup_strv_ char **result = NULL;

        int r = strv_add_all(&result, a->words + 1);
        if (r >= 0 && ret)
                *ret = TAKE_PTR(result);

        return r;
}

static int fail(const SessionAnswer *a, char **reterr_why) {
        int r = a->why[0] != '\0' && reterr_why ? str_copy(a->why, reterr_why) : 0;
        return r < 0 ? r : a->error;
}

int session_call(Session *s, char *const *request, int fd, const SessionHooks *hooks, char ***ret,
                 char **reterr_why) {
        int r = session_ask(s, request, fd);

        while (r >= 0) {
                _cleanup_session_answer_ SessionAnswer a = {};

                r = session_answer(s, &a);
                if (r < 0)
                        break;
                switch (a.kind) {
                case SESSION_NOTE:
                        if (hooks && hooks->note)
                                hooks->note(a.why);
                        break;
                case SESSION_FILE: r = serve_file(s, hooks, a.words[1], streq(a.words[2], "open")); break;
                case SESSION_BEGIN: break;
                case SESSION_DONE: return take_result(&a, ret);
                case SESSION_FAILED: return fail(&a, reterr_why);
                }
        }

        if (r == -EPIPE && reterr_why) {
                int copied = str_copy("registry-client has died", reterr_why);
                return copied < 0 ? copied : -EPROTO;
        }
        return r;
}

int session_get(Session *s, const char *url, size_t limit, const SessionHooks *hooks, Blob *ret,
                char **reterr_why) {
        char limit_text[24];

        _cleanup_close_ int fd = memfd_create("document", MFD_CLOEXEC);
        if (fd < 0)
                return -errno;

        (void) snprintf(limit_text, sizeof(limit_text), "%zu", limit);
        char *request[] = { (char *) "get", (char *) url, limit_text, (char *) "0", (char *) "", NULL };

        int r = session_call(s, request, fd, hooks, /* ret= */ NULL, reterr_why);
        return r < 0 ? r : fd_reread_blob(fd, limit, ret);
}
