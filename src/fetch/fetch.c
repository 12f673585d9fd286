/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry fetch`: which way each kind of reference takes into the store.
 * Never: touches the network or a foreign archive itself.
 * Follows: gantry-fetch(1). */

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "basic/cli.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "fetch/aci-import.h"
#include "fetch/children.h"
#include "fetch/oci-pull.h"
#include "image/reference.h"
#include "store/image-dir.h"

static int make_absolute(Reference *ref) {
        int r = image_reference_localize(ref);
        return r < 0 ? log_error_errno(r, "Cannot open '%s': %m", ref->path) : 0;
}

static int pull(Store *s, const Reference *ref, int layout_fd, Digest *ret) {
        _cleanup_free_ char *canonical = NULL;

        int r = reference_format(ref, &canonical);
        if (r < 0)
                return log_error_errno(r, "Cannot name an image: %m");

        return oci_pull(s, &(Origin) { .reference = canonical, .layout_fd = layout_fd }, ret);
}

static int pull_layout(Store *s, Reference *ref, Digest *ret) {
        int r = make_absolute(ref);
        if (r < 0)
                return r;

        _cleanup_close_ int fd = open(ref->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return fd < 0 ? log_error_errno(errno, "Cannot open '%s': %m", ref->path) : pull(s, ref, fd, ret);
}

static int import_aci(Store *s, Reference *ref, Digest *ret) {
        int r = make_absolute(ref);
        return r < 0 ? r : aci_import(s, ref->path, ret);
}

static int look_up(Store *s, const Reference *ref, Digest *ret) {
        int r = image_dir_find(s, ref->id, ret);
        if (r == -ENOTUNIQ)
                return log_error_errno(r, "Several images in '%s' begin with '%s'", store_path(s), ref->id);

        return r < 0 ? log_error_errno(r, "Cannot find image '%s' in '%s': %m", ref->id, store_path(s)) : 0;
}

static int fetch(Store *s, const char *text, Digest *ret) {
        _cleanup_reference_ Reference *ref = NULL;
        _cleanup_free_ char *why = NULL;

        int r = reference_parse(text, &ref, &why);
        if (why)
                log_error("Cannot use '%s' as a reference: %s", text, why);
        else if (r < 0)
                log_error_errno(r, "Cannot use '%s' as a reference: %m", text);
        if (r < 0)
                return r;

        switch (ref->kind) {
        case REFERENCE_REGISTRY: return pull(s, ref, -EBADF, ret);
        case REFERENCE_OCI_DIR: return pull_layout(s, ref, ret);
        case REFERENCE_ACI_FILE: return import_aci(s, ref, ret);
        case REFERENCE_ID: return look_up(s, ref, ret);
        default:
                log_error("Cannot fetch '%s': this kind of reference is not supported yet", text);
                return -EOPNOTSUPP;
        }
}

/* Each in the form its own world uses: sha256:… for OCI, sha512-… for appc. */
static int print_id(const Digest *id) {
        char text[DIGEST_TEXT_MAX];

        if (id->algorithm == DIGEST_SHA512)
                digest_format_id(id, text);
        else
                digest_format(id, text);
        if (puts(text) < 0 || fflush(stdout) != 0)
                return log_error_errno(errno, "Cannot write the result: %m");

        return 0;
}

static int open_store(Store **ret) {
        int r = store_open(cli_root, STORE_CREATE, ret);
        if ((r == -EACCES || r == -EPERM || r == -EROFS) && geteuid() != 0)
                return log_error_errno(r, "Cannot open store '%s': %m; run as root or with --root=DIR",
                                       cli_root);

        return r < 0 ? log_error_errno(r, "Cannot open store '%s': %m", cli_root) : 0;
}

static const CliProgram program = {
        .name = "gantry-fetch",
        .arguments = "[OPTION…] REF…",
        .summary = "Download images that the trust rules admit, and print their IDs.",
        .common = CLI_ROOT,
};

static int run(int argc, char **argv) {
        _cleanup_(store_closep) Store *store = NULL;
        char **references;

        int r = cli_parse(&program, argc, argv, &references);
        if (r <= 0)
                return r;
        if (!references[0]) {
                log_error("An image to fetch is missing; see 'gantry fetch --help'");
                return -EINVAL;
        }

        r = open_store(&store);
        if (r < 0)
                return r;

        children_take_signals();
        for (size_t i = 0; references[i] && r >= 0; i++) {
                Digest id;

                r = fetch(store, references[i], &id);
                if (r >= 0)
                        r = print_id(&id);
        }
        if (r == -ECANCELED)
                log_error("Interrupted");

        return r;
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_FAILURE);
}
