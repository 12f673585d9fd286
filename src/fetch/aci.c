/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the order of things for an .aci: copied first, so that what is judged is what is used.
 * Never: opens the archive; seal-layer does, after gantry-verify has admitted it.
 * Follows: https://github.com/appc/spec/blob/v0.8.11/spec/aci.md; discovery.md ("Validation"). */

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "basic/children.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "fetch/aci.h"
#include "fetch/image.h"
#include "fetch/sealer.h"
#include "image/appc.h"
#include "image/media-type.h"
#include "store/image-dir.h"
#include "store/image-layers.h"

#define CHUNK_SIZE ((size_t) 16 << 20)

static int copy(int from, int to) {
        for (;;) {
                ssize_t n = sendfile(to, from, /* offset= */ NULL, CHUNK_SIZE);
                if (n == 0)
                        return 0;
                if (n < 0)
                        return -errno;
                if (children_interrupted())
                        return -ECANCELED;
        }
}

static int copy_archive(const Aci *a, const Quarantine *q) {
        const char *path = a->reference->path;
        struct stat st;

        _cleanup_close_ int from = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (from < 0 || fstat(from, &st) < 0)
                return log_error_errno(errno, "Cannot open '%s': %m", path);
        if (!S_ISREG(st.st_mode)) {
                log_error("Cannot use '%s': it is not a regular file", path);
                return -EINVAL;
        }

        _cleanup_close_ int to = openat(q->fd, ACI_ARCHIVE,
                                        O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
        int r = to < 0 ? -errno : copy(from, to);
        return r < 0 && r != -ECANCELED ? log_error_errno(r, "Cannot copy '%s' to '%s/incoming': %m", path,
                                                          store_path(a->store))
                                        : r;
}

int aci_add_signature(const Quarantine *q, const Blob *signature, const char *source) {
        _cleanup_close_ int dir = dir_open_at(q->fd, "signatures", 0755);

        int r = dir < 0 ? dir : file_create_at(dir, "0.asc", signature->data, signature->size, 0644);
        if (r >= 0)
                r = file_create_at(dir, "0.source", source, strlen(source), 0644);

        return r < 0 ? log_error_errno(r, "Cannot keep '%s' in '%s/incoming': %m", source,
                                       store_path(q->store))
                     : 0;
}

/* Whether a signature is needed is not known here. */
static int copy_signature(const Aci *a, const Quarantine *q) {
        _cleanup_free_ char *path = NULL;
        _cleanup_blob_ Blob text = {};

        int r = str_printf(&path, "%s.asc", a->reference->path);
        if (r < 0)
                return log_error_errno(r, "Cannot name a signature: %m");

        r = file_read_at(AT_FDCWD, path, ACI_SIGNATURE_MAX, &text);
        if (r == -ENOENT)
                return 0;

        return r < 0 ? log_error_errno(r, "Cannot read '%s': %m", path) : aci_add_signature(q, &text, path);
}

/* appc has words of its own for machines. */
static int check_platform(const AppcImage *image, const FetchPlatform *p, char **reterr_why) {
        const char *os = pairs_get(&image->labels, "os"), *architecture = pairs_get(&image->labels, "arch");

        const char *wanted = appc_architecture_of(p->architecture, p->variant);
        if ((!os || streq(os, p->os)) && (!architecture || streq_ptr(architecture, wanted)))
                return 0;

        return platform_check(p, os, architecture, reterr_why);
}

static int check_dependencies(const AppcImage *image, char **reterr_why) {
        if (image->n_dependencies == 0)
                return 0;

        int r = str_copy("dependencies on other images are not supported yet", reterr_why);
        return r < 0 ? r : -EOPNOTSUPP;
}

/* The name and labels it was found by, which it must have itself. */
static int check_asked(const AppcImage *image, const Reference *asked, char **reterr_why) {
        _cleanup_pairs_ Pairs labels = {};
        int r = 0;

        if (asked->kind != REFERENCE_ACI)
                return 0;

        for (size_t i = 0; i < asked->labels.n && r >= 0; i++)
                r = pairs_add(&labels, asked->labels.items[i].name, asked->labels.items[i].value);
        if (r >= 0 && asked->version)
                r = pairs_add(&labels, "version", asked->version);

        return r < 0 ? r : appc_image_check(image, asked->name, &labels, reterr_why);
}

/* "aci:NAME[:version]": what it calls itself. */
static int name_itself(const AppcImage *image, char **ret) {
        Reference ref = {
                .kind = REFERENCE_ACI,
                .name = image->name,
                .version = (char *) pairs_get(&image->labels, "version"),
        };

        int r = reference_format(&ref, ret);
        if (r == -EINVAL) { /* a version that no reference can spell */
                ref.version = NULL;
                r = reference_format(&ref, ret);
        }

        return r;
}

static int check_manifest(const Aci *a, const Image *image, char **ret_name) {
        _cleanup_(appc_image_freep) AppcImage *manifest = NULL;
        _cleanup_blob_ Blob document = {};
        _cleanup_free_ char *why = NULL;

        int r = image_file_read(image->fd, "manifest", APPC_DOCUMENT_MAX, &document);
        if (r >= 0)
                r = appc_image_parse(document.data, document.size, &manifest, &why);
        if (r >= 0)
                r = check_asked(manifest, a->reference, &why);
        if (r >= 0)
                r = check_platform(manifest, a->platform, &why);
        if (r >= 0)
                r = check_dependencies(manifest, &why);
        if (r >= 0)
                r = name_itself(manifest, ret_name);

        return r < 0 ? log_error_errno(r, "Cannot use '%s': %s", a->text, why ? why : strerror(-r)) : 0;
}

/* The bytes that were judged, unless somebody changed the quarantine meanwhile: then the digest is
 * another. */
static int seal(const Aci *a, const Quarantine *q, const Digest *id, LayerRecord *ret) {
        _cleanup_sealer_ Sealer sealer = SEALER_NULL;
        _cleanup_free_ char *what = NULL;
        Sealed sealed;

        int r = image_layers_find(a->store, id, id, ret);
        if (r != -ENOENT)
                return r < 0 ? log_error_errno(r, "Cannot look for a layer in '%s': %m",
                                               store_path(a->store))
                             : 0;

        _cleanup_close_ int file = open_beneath(q->fd, ACI_ARCHIVE, O_RDONLY | O_NOFOLLOW);
        r = file < 0 ? file : str_printf(&what, "'%s'", a->text);
        if (r < 0)
                return log_error_errno(r, "Cannot seal '%s': %m", a->text);

        r = sealer_start(a->store, "aci", file, a->unpacked_max, &sealer);
        if (r >= 0)
                r = sealer_finish(&sealer, what, &sealed);
        if (r < 0)
                return r;
        if (!digest_equal(&sealed.tar, id)) {
                log_error("Cannot use '%s': it changed after it was admitted", a->text);
                return -EBADMSG;
        }

        return sealer_publish(&sealer, a->store, id, &sealed, ret);
}

/* By what it calls itself, and by what it was asked for unless that is a file. */
static int set_names(const Aci *a, Image *image, const char *name) {
        int r = image_finish(image, name);
        if (r >= 0 && a->reference->kind != REFERENCE_ACI_FILE && !streq(name, a->text))
                r = image_finish(image, a->text);

        return r;
}

int aci_finish(const Aci *a, Quarantine *q, Digest *ret) {
        _cleanup_image_ Image image = IMAGE_NULL;
        _cleanup_free_ char *name = NULL;
        LayerRecord layer;

        int r = image_admit(a->store, q, &image);
        if (r >= 0)
                r = check_manifest(a, &image, &name);
        if (r >= 0)
                r = seal(a, q, &image.id, &layer);
        if (r >= 0)
                r = image_set_layers(&image, &layer, 1);
        if (r >= 0)
                r = set_names(a, &image, name);
        if (r < 0)
                return r;

        *ret = image.id;
        return 0;
}

int aci_import(const Aci *a, Digest *ret) {
        _cleanup_quarantine_ Quarantine q = QUARANTINE_NULL;

        int r = quarantine_new(a->store, a->text, &q);
        if (r >= 0)
                r = copy_archive(a, &q);
        if (r >= 0)
                r = copy_signature(a, &q);

        return r < 0 ? r : aci_finish(a, &q, ret);
}
