/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what of gantry talks to the network or reads documents that nobody has admitted, as user gantry-fetch.
 * Never: sees the store, only the directory and pipes it is handed; has a privilege to lose.
 * Follows: registry/session.h; docs/ARCHITECTURE.md, "Fetch". */

#include <signal.h>
#include <unistd.h>

#include "basic/cli.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "image/json.h"
#include "registry-client/docker-archive.h"
#include "registry-client/layout.h"
#include "registry-client/metadata.h"
#include "registry-client/registry.h"
#include "registry-client/web.h"

#define SOCKET_FD 3 /* where systemd has it, too */
#define ACCESS_MAX (4U * 1024U * 1024U)

typedef struct Client {
        Caller caller;
        Access access;
        Net net;          /* both, and the connections */
        Source *registry; /* made when it is first needed: it keeps its logins */
        bool confined;
} Client;

static void client_done(Client *c) {
        source_free(c->registry);
        http_free(c->net.http);
        access_done(&c->access);
}

static int open_registry(Client *c, char **reterr_why) {
        if (c->registry)
                return 0;
        if (c->access.n_endpoints == 0)
                return -EDESTADDRREQ;

        return registry_new(&c->net, &c->registry, reterr_why);
}

static int open_source(Client *c, const Reference *ref, Source **ret, Source **ret_owned,
                       char **reterr_why) {
        int r;

        switch (ref->kind) {
        case REFERENCE_REGISTRY:
                r = open_registry(c, reterr_why);
                *ret = c->registry;
                return r;
        case REFERENCE_OCI_DIR:
        case REFERENCE_OCI_ARCHIVE: r = layout_new(&c->caller, ret_owned); break;
        case REFERENCE_DOCKER_ARCHIVE: r = docker_archive_new(&c->caller, ret_owned); break;
        default: return -EOPNOTSUPP;
        }
        if (r >= 0)
                *ret = *ret_owned;

        return r;
}

/* "members": which files of the archive the image is made of, as a JSON array. */
static int write_members(Source *archive, int dir_fd) {
        _cleanup_json_ Json *list = json_new_strv(docker_archive_members(archive));
        _cleanup_blob_ Blob text = {};

        if (!list)
                return -ENOMEM;

        int r = json_format(list, /* pretty= */ false, &text);
        return r < 0 ? r : file_create_at(dir_fd, "members", text.data, text.size, 0644);
}

/* REF OS ARCHITECTURE VARIANT */
static int do_metadata(Client *c, char **words, int fd, char ***ret, char **reterr_why) {
        const Platform platform = { .os = words[1],
                                    .architecture = words[2],
                                    .variant = words[3][0] != '\0' ? words[3] : NULL };
        _cleanup_reference_ Reference *ref = NULL;
        _cleanup_source_ Source *owned = NULL;
        Source *source = NULL;

        int r = reference_parse(words[0], &ref, reterr_why);
        if (r >= 0)
                r = open_source(c, ref, &source, &owned, reterr_why);
        if (r >= 0)
                r = metadata_fetch(source, &c->net, ref, &platform, fd, reterr_why);
        if (r >= 0 && ref->kind == REFERENCE_DOCKER_ARCHIVE)
                r = write_members(source, fd);

        return r;
}

static int parse_stream(Client *c, const char *offset, const char *validator, int fd, Stream *ret) {
        Stream s = { .caller = &c->caller, .fd = fd };

        int r = str_to_u64(offset, &s.position);
        if (r >= 0 && validator[0] != '\0')
                r = str_copy(validator, &s.validator);
        if (r < 0)
                return r;

        *ret = s;
        return 0;
}

/* DIGEST SIZE OFFSET VALIDATOR */
static int do_blob(Client *c, char **words, int fd, char ***ret, char **reterr_why) {
        _cleanup_stream_ Stream stream = {};
        Digest digest;
        uint64_t size;

        int r = digest_parse(words[0], &digest);
        if (r >= 0)
                r = str_to_u64(words[1], &size);
        if (r >= 0)
                r = parse_stream(c, words[2], words[3], fd, &stream);
        if (r >= 0)
                r = open_registry(c, reterr_why);
        if (r < 0)
                return r;

        stream.fixed = true;
        return registry_copy(c->registry, &digest, size, &stream, reterr_why);
}

/* URL LIMIT OFFSET VALIDATOR */
static int do_get(Client *c, char **words, int fd, char ***ret, char **reterr_why) {
        _cleanup_stream_ Stream stream = {};
        uint64_t limit;

        int r = str_to_u64(words[1], &limit);
        if (r >= 0)
                r = parse_stream(c, words[2], words[3], fd, &stream);

        return r < 0 ? r : web_get(&c->net, words[0], limit, &stream, reterr_why);
}

/* images|keys NAME VERSION [LABEL VALUE]… */
static int do_discover(Client *c, char **words, int fd, char ***ret, char **reterr_why) {
        _cleanup_pairs_ Pairs labels = {};
        int r = 0;

        for (char **w = words + 3; w[0] && w[1] && r >= 0; w += 2)
                r = pairs_add(&labels, w[0], w[1]);
        if (r < 0)
                return r;

        const Wanted wanted = {
                .name = words[1],
                .version = words[2][0] != '\0' ? words[2] : NULL,
                .labels = labels,
                .keys = streq(words[0], "keys"),
        };
        return web_discover(&c->net, &wanted, ret, reterr_why);
}

static int do_login(Client *c, char **words, int fd, char ***ret, char **reterr_why) {
        int r = open_registry(c, reterr_why);
        return r < 0 ? r : registry_login(c->registry, reterr_why);
}

static const struct Verb {
        const char *name;
        size_t min, max;                            /* words behind it */
        enum { NOTHING, STREAM, DIRECTORY } wanted; /* as fd */
        int (*handle)(Client *c, char **words, int fd, char ***ret, char **reterr_why);
} verbs[] = {
        { "metadata", 4, 4, DIRECTORY, do_metadata },
        { "blob", 4, 4, STREAM, do_blob },
        { "get", 4, 4, STREAM, do_get },
        { "discover", 3, 2 * 64 + 3, NOTHING, do_discover },
        { "login", 0, 0, NOTHING, do_login },
};

static const struct Verb *find_verb(char **words, int fd) {
        size_t n = strv_length(words) - 1;

        for (size_t i = 0; i < ELEMENTSOF(verbs); i++)
                if (streq(words[0], verbs[i].name))
                        return n >= verbs[i].min && n <= verbs[i].max &&
                                                               (fd >= 0) == (verbs[i].wanted != NOTHING)
                                               ? &verbs[i]
                                               : NULL;

        return NULL;
}

/* With the first request all is known that it will ever write to: one directory, or none. So far nobody but our caller has spoken. */
static int enter_cage(Client *c, const struct Verb *verb, int fd) {
        if (c->confined)
                return 0;

        int r = cli_confine(CONFINE_CLIENT, verb->wanted == DIRECTORY ? fd : -EBADF);
        if (r < 0)
                return r;

        c->confined = true;
        return 0;
}

static int handle(Client *c, const struct Verb *verb, char **words, int fd) {
        _cleanup_strv_ char **result = NULL;
        _cleanup_free_ char *why = NULL;

        int r = verb->handle(c, words, fd, &result, &why);
        fd_close(fd); /* whoever reads it has seen all when the answer comes */

        return r < 0 ? caller_failed(&c->caller, r, why ? why : strerror(-r))
                     : caller_done(&c->caller, result);
}

/* 1, or 0 when there is nothing more to do. */
static int serve_one(Client *c) {
        _cleanup_strv_ char **words = NULL;
        int received = -EBADF;

        int r = caller_receive(&c->caller, &words, &received);
        _cleanup_close_ int fd = received;
        if (r <= 0)
                return r;

        const struct Verb *verb = find_verb(words, fd);
        r = verb ? enter_cage(c, verb, fd) : caller_failed(&c->caller, -EINVAL, strerror(EINVAL));
        if (verb && r >= 0)
                r = handle(c, verb, words + 1, TAKE_FD(fd));

        return r < 0 ? r : 1;
}

/* What it has to know comes first. 1, or 0 if the caller has gone without a word. */
static int begin(Client *c) {
        _cleanup_secret_blob_ Blob text = {};
        _cleanup_strv_ char **words = NULL;
        int received = -EBADF;

        int r = caller_receive(&c->caller, &words, &received);
        _cleanup_close_ int fd = received;
        if (r <= 0)
                return r;
        if (!streq(words[0], "access") || fd < 0)
                return -EBADMSG;

        r = fd_read_blob(fd, ACCESS_MAX, &text);
        if (r >= 0)
                r = access_parse(text.data, text.size, &c->access, /* reterr_why= */ NULL);
        if (r >= 0)
                r = http_new(&c->caller, &c->access.limits, &c->net.http);
        return r < 0 ? r : 1;
}

static int run(int argc, char **argv) {
        static const CliProgram program = {
                .name = "registry-client",
                .arguments = "3<>SOCKET",
                .summary = "Download for gantry's other programs. Not to be called by people.",
        };
        _cleanup_(client_done) Client client = { .caller.socket = SOCKET_FD };
        char **arguments;

        int r = cli_parse(&program, argc, argv, &arguments);
        if (r <= 0)
                return r;
        if (arguments[0]) {
                log_error("registry-client takes no arguments");
                return -EINVAL;
        }

        signal(SIGPIPE, SIG_IGN);
        client.net = (Net) { .access = &client.access, .caller = &client.caller };
        r = begin(&client);
        if (r < 0)
                return log_error_errno(r, "Cannot begin: %m");

        while (r > 0)
                r = serve_one(&client);

        return r == -EPIPE ? 0 : r;
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_FAILURE);
}
