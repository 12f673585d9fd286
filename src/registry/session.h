/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "registry/access.h"

/* One registry-client at work for us, as user gantry-fetch, with its connections and tokens: it is asked one
 * thing after another.
 *
 *         access                                    fd: what it has to know. Comes first, and is not answered
 *         metadata REF OS ARCHITECTURE VARIANT      fd: the directory to write to
 *         blob DIGEST SIZE OFFSET VALIDATOR         fd: what is written to, from OFFSET on
 *         get URL LIMIT OFFSET VALIDATOR            fd: the same
 *         discover images|keys NAME VERSION [LABEL VALUE]…         done: URL…
 *         login
 */
typedef struct Session Session;

/* Where one listens whose sandbox is a unit's; NULL: it is started as a child. */
extern const char *session_socket;

/* -errno and a half sentence in *reterr_why if there is no registry-client to be had. */
int session_open(const Access *access, Session **ret, char **reterr_why);
Session *session_close(Session *s);
DEFINE_CLEANUP(Session, session_close)
#define _cleanup_session_ _cleanup_(session_closep)

/* Becomes readable when there is an answer. */
int session_fd(const Session *s);

typedef enum SessionKind {
        SESSION_NOTE,   /* TEXT: something people may want to know; the work goes on */
        SESSION_FILE,   /* PATH open|size: it asks for a file of the layout */
        SESSION_BEGIN,  /* OFFSET VALIDATOR: bytes follow on the fd, from there on */
        SESSION_DONE,   /* the result, if there is one */
        SESSION_FAILED, /* ERRNO TEXT */
} SessionKind;

typedef struct SessionAnswer {
        SessionKind kind;
        char **words; /* one or more for all but SESSION_DONE */
        int error;    /* SESSION_FAILED: -errno */
        char *why;    /* SESSION_NOTE, SESSION_FAILED: one line, fit for a terminal; borrowed from words */
} SessionAnswer;

void session_answer_done(SessionAnswer *a);
#define _cleanup_session_answer_ _cleanup_(session_answer_done)

/* Asks. `fd` is handed over and may be closed then. */
int session_ask(Session *s, char *const *request, int fd);

/* Waits for the next word about what was asked. -EPIPE: registry-client has died. */
int session_answer(Session *s, SessionAnswer *ret);

/* What a caller of session_call() does meanwhile; each may be NULL. */
typedef struct SessionHooks {
        void (*note)(const char *text);
        /* 0 and the size of the file and, if `ret_fd` is not NULL, an fd to read it from; or -errno. */
        int (*file)(const char *path, void *userdata, uint64_t *ret_size, int *ret_fd);
        void *userdata;
} SessionHooks;

/* Asks and waits for the end: 0 and the result (a strv, perhaps NULL), or what it failed with and a half
 * sentence in *reterr_why. */
int session_call(Session *s, char *const *request, int fd, const SessionHooks *hooks, char ***ret,
                 char **reterr_why);

/* Gets a document of at most `limit` bytes from a URL, in the same way. */
int session_get(Session *s, const char *url, size_t limit, const SessionHooks *hooks, Blob *ret,
                char **reterr_why);
