/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the metadata service of one pod: two processes, one that has its keys and one that its apps speak to.
 * Never: stays when nobody asks; opens anything when it has heard of an app.
 * Follows: App Container spec 0.8.11, ace.md, "App Container Metadata Service"; docs/SECURITY.md. */

#include <fcntl.h>
#include <linux/close_range.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "basic/cli.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "basic/process.h"
#include "basic/sandbox.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "metadata/keeper.h"
#include "metadata/server.h"
#include "pod/metadata.h"
#include "pod/pod-dir.h"
#include "store/image-dir.h"

#define SERVICE_USER "gantry-metadata"
#define LISTENING_FD 3
#define KEEPER_FD 4

static const CliProgram program = {
        .name = "metadata-service",
        .arguments = "[OPTION…] UUID",
        .summary = "Answer the apps of a pod on fd 3; standard input is the token.",
        .common = CLI_ROOT,
};

/* What is served, as bytes: nothing of it has been parsed. */
typedef struct Sources {
        Blob pod_json, *manifests; /* one an app */
        size_t n;
} Sources;

static void sources_done(Sources *s) {
        for (size_t i = 0; i < s->n; i++)
                blob_done(&s->manifests[i]);
        free(s->manifests);
        blob_done(&s->pod_json);
}

/* An image may be gone that a pod does not need any more to run. */
static int read_manifest(Store *store, const AppcPodApp *app, Blob *ret) {
        _cleanup_close_ int fd = image_dir_open(store, &app->image_id);
        int r = fd < 0 ? fd : image_file_read(fd, "manifest", APPC_DOCUMENT_MAX, ret);

        return r == -ENOENT ? 0 : r;
}

static int read_sources(Store *store, const char *uuid, Sources *ret) {
        _cleanup_(appc_pod_freep) AppcPod *pod = NULL;
        _cleanup_pod_dir_ PodDir p = { .fd = -EBADF };

        int r = pod_dir_open_any(store_pods_fd(store), uuid, &p);
        if (r >= 0)
                r = file_read_at(p.fd, "pod.json", APPC_DOCUMENT_MAX, &ret->pod_json);
        if (r >= 0)
                r = appc_pod_parse(ret->pod_json.data, ret->pod_json.size, &pod, NULL);
        if (r >= 0)
                ret->manifests = calloc(pod->n_apps, sizeof(Blob));
        if (r >= 0 && !ret->manifests)
                r = -ENOMEM;
        for (; r >= 0 && ret->n < pod->n_apps; ret->n++)
                r = read_manifest(store, &pod->apps[ret->n], &ret->manifests[ret->n]);

        return r;
}

static int read_token(char ret[static METADATA_TOKEN_SIZE + 1]) {
        if (fd_read_full(STDIN_FILENO, ret, METADATA_TOKEN_SIZE) != METADATA_TOKEN_SIZE)
                return -EBADMSG;

        ret[METADATA_TOKEN_SIZE] = '\0';
        return in_charset(ret, DIGITS "abcdef") ? 0 : -EBADMSG;
}

/* Of what the process was begun with, only the two sockets and where it may complain. */
static int close_others(int keeper) {
        if (dup2(keeper, KEEPER_FD) < 0 || close_range(KEEPER_FD + 1, ~0U, 0) < 0)
                return -errno;

        fd_close(STDIN_FILENO);
        return 0;
}

/* With the image manifests begins what others have written. */
static int serve(const char *uuid, const char *token, Sources *sources, int keeper) {
        static const int syscalls[] = {
                SYS_accept4,      SYS_brk,     SYS_clock_gettime, SYS_close,           SYS_exit_group,
                SYS_fstat,        SYS_futex,   SYS_getrandom,     SYS_madvise,         SYS_mmap,
                SYS_mprotect,     SYS_mremap,  SYS_munmap,        SYS_newfstatat,      SYS_poll,
                SYS_ppoll,        SYS_read,    SYS_recvfrom,      SYS_restart_syscall, SYS_rt_sigprocmask,
                SYS_rt_sigreturn, SYS_sendmsg, SYS_sendto,        SYS_shutdown,        SYS_sigaltstack,
                SYS_write,        -1,
        };
        static const Sandbox cage = {
                .syscalls = syscalls,
                .memory = 1024 * 1024 * 1024,
                .cpu_seconds = 600,
        };
        MetadataPod pod = { .token = token, .keeper = KEEPER_FD };
        _cleanup_free_ char *why = NULL;

        json_init();
        int r = privilege_drop(SERVICE_USER);
        if (r < 0)
                return log_error_errno(r, "Cannot become user '%s': %s", SERVICE_USER, user_strerror(r));
        r = close_others(keeper);
        if (r >= 0)
                r = sandbox_enter(&cage);
        if (r < 0)
                return log_error_errno(r, "Cannot enter the cage: %m");

        r = documents_make(uuid, &sources->pod_json, sources->manifests, &pod.documents, &why);
        if (r < 0)
                return log_error_errno(r, "Cannot serve the manifests of pod '%s': %s", uuid,
                                       why ? why : strerror(-r));
        r = server_run(LISTENING_FD, &pod);
        documents_done(&pod.documents);
        return r < 0 ? log_error_errno(r, "Cannot serve pod '%s': %m", uuid) : 0;
}

/* Ends when this process does. It is the child, for whoever is asked first should not have to wait for one more process. */
static int start_keeper(Store *store, const char *uuid, int *ret_socket) {
        int sockets[2];

        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
                return -errno;

        pid_t pid = fork();
        if (pid == 0) {
                fd_close(LISTENING_FD);
                fd_close(sockets[1]);
                _exit(keeper_serve(sockets[0], store, uuid) < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
        }
        int r = pid < 0 ? -errno : 0;
        fd_close(sockets[0]);
        if (r < 0)
                fd_close(sockets[1]);
        else
                *ret_socket = sockets[1];

        return r;
}

static int run(int argc, char **argv) {
        _cleanup_(store_closep) Store *store = NULL;
        _cleanup_(sources_done) Sources sources = {};
        char token[METADATA_TOKEN_SIZE + 1], **args;
        int keeper = -EBADF;

        int r = cli_parse(&program, argc, argv, &args);
        if (r <= 0)
                return r;
        if (strv_length(args) != 1 || fcntl(LISTENING_FD, F_GETFD) < 0)
                return log_error_errno(-EINVAL, "Which pod? Give its UUID, and a listening socket as fd 3");

        r = read_token(token);
        if (r < 0)
                return log_error_errno(r, "Cannot read the token from standard input: %m");
        r = store_open(cli_root, 0, &store);
        if (r < 0)
                return log_error_errno(r, "Cannot open the store '%s': %s", cli_root,
                                       store_strerror(cli_root, r).text);
        r = read_sources(store, args[0], &sources);
        if (r < 0)
                return log_error_errno(r, "Cannot read what pod '%s' is made of: %m", args[0]);

        r = start_keeper(store, args[0], &keeper);
        if (r < 0)
                return log_error_errno(r, "Cannot begin to serve pod '%s': %m", args[0]);

        store = store_close(store);
        return serve(args[0], token, &sources, keeper);
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_FAILURE);
}
