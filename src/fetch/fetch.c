/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry fetch`: which way each kind of reference takes into the store.
 * Never: touches the network or a foreign archive itself.
 * Follows: gantry-fetch(1). */

#include <unistd.h>

#include "basic/children.h"
#include "basic/cli.h"
#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "fetch/aci-family.h"
#include "fetch/oci-pull.h"
#include "registry/credential-agent.h"
#include "registry/lookaside.h"
#include "registry/lookup.h"
#include "registry/session.h"
#include "store/image-dir.h"

static FetchPlatform platform;
static const char *authfile;
static bool allow_http;

static int set_platform(const char *value, void *target) {
        platform_done(target);
        return platform_parse(value, target);
}

static const CliOption options[] = {
        { 0, "platform", "PLATFORM", "Fetch for OS/ARCH[/VARIANT], not this machine", set_platform,
          &platform },
        { 0, "authfile", "FILE", "Log in with what this auth.json has", cli_set_file, &authfile },
        { 0, "allow-http", NULL, "Let appc images and lookasides be asked over http", cli_set_true,
          &allow_http },
        { 0, "registry-socket", "PATH", "Leave the network to who listens there", cli_set_file,
          &session_socket },
        {},
};

/* What all references of one call have in common. */
typedef struct Fetch {
        Store *store;
        Progress *progress;
        FetchLimits limits;
        int agent; /* registry/credential-agent.h */
} Fetch;

static int make_absolute(Reference *ref) {
        int r = image_reference_localize(ref);
        return r < 0 ? log_error_errno(r, "Cannot open '%s': %m", ref->path) : 0;
}

/* Its places on the network, and the files of its lookaside if that is a directory of this machine. */
static int open_registry(const Fetch *f, Origin *o) {
        _cleanup_free_ char *why = NULL;

        int r = access_for_image(o->reference, f->agent, &f->limits, allow_http, &o->access, &why);
        if (r < 0 && children_interrupted())
                return -ECANCELED;
        if (r < 0)
                return log_error_errno(r, "Cannot fetch '%s': %s", o->text, why ? why : strerror(-r));

        const char *url = o->access.lookaside.url, *directory = url ? lookaside_directory(url) : NULL;
        return directory ? files_open_directory(directory, &o->files) : 0;
}

static int open_origin(const Fetch *f, Origin *o) {
        const char *path = o->reference->path;
        int r;

        switch (o->reference->kind) {
        case REFERENCE_OCI_DIR: r = files_open_directory(path, &o->files); break;
        case REFERENCE_OCI_ARCHIVE:
        case REFERENCE_DOCKER_ARCHIVE:
                r = files_open_archive(f->store, path, f->limits.unpacked_max, &o->files);
                break;
        default: return open_registry(f, o);
        }

        o->access.limits = fetch_limits_of_client(&f->limits);
        return r;
}

static int pull(const Fetch *f, const Reference *ref, const char *text, Digest *ret) {
        _cleanup_origin_ Origin o = { .reference = ref, .limits = &f->limits, .files = FILES_NULL };

        int r = str_copy(text, &o.text);
        if (r < 0)
                return log_error_errno(r, "Cannot fetch '%s': %m", text);
        r = open_origin(f, &o);

        return r < 0 ? r : oci_pull(f->store, &o, &platform, f->progress, ret);
}

static int get_aci(const Fetch *f, const Reference *ref, const char *text, Digest *ret) {
        const AciDownload d = {
                .aci = { .store = f->store,
                         .progress = f->progress,
                         .platform = &platform,
                         .reference = ref,
                         .text = text,
                         .unpacked_max = f->limits.unpacked_max },
                .limits = &f->limits,
                .agent = f->agent,
                .plain_http = allow_http,
        };

        return aci_fetch(&d, ret);
}

static int look_up(Store *s, const Reference *ref, Digest *ret) {
        int r = image_dir_find(s, ref->id, ret);
        if (r == -ENOTUNIQ)
                return log_error_errno(r, "Several images in '%s' begin with '%s'", store_path(s), ref->id);

        if (r == -ENOENT)
                return log_error_errno(r, "Cannot find image '%s': it is not in '%s'; fetch it by its name",
                                       ref->id, store_path(s));

        return r < 0 ? log_error_errno(r, "Cannot find image '%s' in '%s': %m", ref->id, store_path(s)) : 0;
}

static int fetch(const Fetch *f, const char *text, Digest *ret) {
        _cleanup_free_ char *why = NULL, *canonical = NULL;
        _cleanup_reference_ Reference *ref = NULL;

        int r = reference_parse(text, &ref, &why);
        if (r < 0)
                return log_error_errno(r, "Cannot use '%s' as a reference: %s", text,
                                       why ? why : strerror(-r));
        r = make_absolute(ref);
        if (r < 0)
                return r;
        r = reference_format(ref, &canonical);
        if (r < 0)
                return log_error_errno(r, "Cannot name an image: %m");

        switch (ref->kind) {
        case REFERENCE_REGISTRY:
        case REFERENCE_OCI_DIR:
        case REFERENCE_OCI_ARCHIVE:
        case REFERENCE_DOCKER_ARCHIVE: return pull(f, ref, canonical, ret);
        case REFERENCE_ACI:
        case REFERENCE_ACI_FILE:
        case REFERENCE_ACI_URL: return get_aci(f, ref, canonical, ret);
        case REFERENCE_ID: return look_up(f->store, ref, ret);
        }

        return -EINVAL;
}

/* Each in the form its own world uses: sha256:… for OCI, sha512-… for appc. */
static int print_result(Progress *progress, const char *reference, const Digest *id) {
        char text[DIGEST_TEXT_MAX];

        if (id->algorithm == DIGEST_SHA512)
                digest_format_id(id, text);
        else
                digest_format(id, text);

        int r = progress_image(progress, reference, text);
        return r < 0 ? log_error_errno(r, "Cannot write the result: %m") : 0;
}

static int fetch_all(Fetch *f, char *const *references) {
        _cleanup_progress_ Progress *progress = progress_new();
        if (!progress)
                return log_error_errno(ENOMEM, "Cannot fetch images: %m");

        f->progress = progress;
        STRV_FOREACH(text, references) {
                Digest id;

                progress_resolve(progress, *text);
                int r = fetch(f, *text, &id);
                if (r >= 0)
                        r = print_result(progress, *text, &id);
                if (r < 0)
                        return r;
        }

        return 0;
}

static int open_store(Store **ret) {
        int r = store_open(cli_root, STORE_CREATE, ret);
        if ((r == -EACCES || r == -EROFS) && geteuid() != 0)
                return log_error_errno(r, "Cannot open store '%s': %m; run as root or with --root=DIR",
                                       cli_root);

        return r < 0 ? log_error_errno(r, "Cannot open store '%s': %s", cli_root,
                                       store_strerror(cli_root, r).text)
                     : 0;
}

static const CliProgram program = {
        .name = "gantry-fetch",
        .arguments = "[OPTION…] REF…",
        .summary = "Download images that the trust rules admit, and print their IDs.",
        .options = options,
        .common = CLI_ROOT | CLI_JSON,
};

static int run(int argc, char **argv) {
        _cleanup_(store_closep) Store *store = NULL;
        _cleanup_free_ char *why = NULL;
        char **references;
        Fetch f = {};

        int r = cli_parse(&program, argc, argv, &references);
        if (r <= 0)
                return r;
        if (!references[0]) {
                log_error("An image to fetch is missing; see 'gantry fetch --help'");
                return -EINVAL;
        }

        r = platform.os ? 0 : platform_of_host(&platform);
        if (r < 0)
                return log_error_errno(r,
                                       "Cannot tell this machine's platform; name one with --platform=: %m");
        r = fetch_limits_load(&f.limits, &why);
        if (r < 0)
                return log_error_errno(r, "Cannot use the configuration: %s", why ? why : strerror(-r));
        r = credential_agent_start(authfile, &f.agent);
        if (r < 0)
                return log_error_errno(r, "Cannot start the process that reads credentials: %m");
        r = open_store(&store);
        if (r < 0)
                return r;
        r = cli_confine(CONFINE_FETCH, store_root_fd(store));
        if (r < 0)
                return r;

        children_take_signals();
        f.store = store;
        r = children_adopt(f.agent);
        if (r >= 0)
                r = fetch_all(&f, references);
        if (r == -ECANCELED)
                log_error("Interrupted");

        platform_done(&platform);
        return r;
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_FAILURE);
}
