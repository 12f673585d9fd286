/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the order of things for an .aci file: copied first, so that what is judged is what is used.
 * Never: opens the archive; seal-layer does, after gantry-verify has admitted it.
 * Follows: https://github.com/appc/spec/blob/v0.8.11/spec/aci.md. */

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "fetch/aci-import.h"
#include "fetch/children.h"
#include "fetch/image.h"
#include "fetch/platform.h"
#include "fetch/quarantine.h"
#include "fetch/sealer.h"
#include "image/appc.h"
#include "image/reference.h"
#include "store/image-dir.h"

#define SIGNATURE_MAX 65536U
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

static int copy_image(const Quarantine *q, const char *path) {
        struct stat st;

        _cleanup_close_ int from = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (from < 0 || fstat(from, &st) < 0)
                return log_error_errno(errno, "Cannot open '%s': %m", path);
        if (!S_ISREG(st.st_mode)) {
                log_error("Cannot use '%s': it is not a regular file", path);
                return -EINVAL;
        }

        _cleanup_close_ int to = openat(q->fd, "image.aci",
                                        O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
        int r = to < 0 ? -errno : copy(from, to);
        return r < 0 && r != -ECANCELED ? log_error_errno(r, "Cannot copy '%s' to '%s/incoming': %m", path,
                                                          store_path(q->store))
                                        : r;
}

/* Whether a signature is needed is not known here. */
static int copy_signature(const Quarantine *q, const char *image_path) {
        _cleanup_close_ int signatures = -EBADF;
        _cleanup_free_ char *path = NULL;
        _cleanup_blob_ Blob text = {};

        int r = str_printf(&path, "%s.asc", image_path);
        if (r < 0)
                return log_error_errno(r, "Cannot name a signature: %m");

        r = file_read_at(AT_FDCWD, path, SIGNATURE_MAX, &text);
        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return log_error_errno(r, "Cannot read '%s': %m", path);

        signatures = dir_open_at(q->fd, "signatures", 0755);
        r = signatures < 0 ? signatures : file_create_at(signatures, "0.asc", text.data, text.size);
        if (r >= 0)
                r = file_create_at(signatures, "0.source", path, strlen(path));
        return r < 0 ? log_error_errno(r, "Cannot copy '%s' to '%s/incoming': %m", path,
                                       store_path(q->store))
                     : 0;
}

static int check_platform(const AppcImage *image, char **reterr_why) {
        const char *os = pairs_get(&image->labels, "os"), *architecture = pairs_get(&image->labels, "arch");
        struct utsname u;

        if (uname(&u) < 0)
                return -errno;

        const char *ours = appc_architecture_of(u.machine);
        if ((!os || streq(os, "linux")) && (!architecture || streq_ptr(architecture, ours)))
                return 0;

        return platform_refuse(os, architecture, ours ? ours : u.machine, reterr_why);
}

static int check_dependencies(const AppcImage *image, char **reterr_why) {
        if (image->n_dependencies == 0)
                return 0;

        int r = str_copy("dependencies on other images are not supported yet", reterr_why);
        return r < 0 ? r : -EOPNOTSUPP;
}

/* "aci:NAME[:version]" */
static int read_name(const Image *image, const char *path, char **ret) {
        _cleanup_(appc_image_freep) AppcImage *manifest = NULL;
        _cleanup_blob_ Blob document = {};
        _cleanup_free_ char *why = NULL;

        int r = image_file_read(image->fd, "manifest", APPC_DOCUMENT_MAX, &document);
        if (r >= 0)
                r = appc_image_parse(document.data, document.size, &manifest, &why);
        if (r >= 0)
                r = check_platform(manifest, &why);
        if (r >= 0)
                r = check_dependencies(manifest, &why);
        if (r >= 0) {
                Reference ref = {
                        .kind = REFERENCE_ACI,
                        .name = manifest->name,
                        .version = (char *) pairs_get(&manifest->labels, "version"),
                };
                r = reference_format(&ref, ret);
                if (r == -EINVAL) { /* a version that no reference can spell */
                        ref.version = NULL;
                        r = reference_format(&ref, ret);
                }
        }
        if (why)
                log_error("Cannot use '%s': %s", path, why);
        else if (r < 0)
                log_error_errno(r, "Cannot use '%s': %m", path);

        return r;
}

/* The bytes that were judged, unless somebody changed the quarantine meanwhile: then the digest is
 * another. */
static int seal(const Quarantine *q, const Digest *id, const char *path) {
        _cleanup_sealer_ Sealer sealer = SEALER_NULL;
        _cleanup_free_ char *what = NULL;
        Digest actual;

        int r = layer_exists(q->store, id);
        if (r != 0)
                return r < 0 ? log_error_errno(r, "Cannot look for a layer in '%s': %m",
                                               store_path(q->store))
                             : 0;

        _cleanup_close_ int file = open_beneath(q->fd, "image.aci", O_RDONLY | O_NOFOLLOW);
        r = file < 0 ? file : str_printf(&what, "'%s'", path);
        if (r < 0)
                return log_error_errno(r, "Cannot seal '%s': %m", path);

        r = sealer_start(q->store, "aci", file, &sealer);
        if (r >= 0)
                r = sealer_finish(&sealer, what, &actual);
        if (r < 0)
                return r;
        if (!digest_equal(&actual, id)) {
                log_error("Cannot use '%s': it changed after it was admitted", path);
                return -EBADMSG;
        }

        r = layer_publish(q->store, sealer.layer, id);
        return r < 0 ? log_error_errno(r, "Cannot publish a layer in '%s': %m", store_path(q->store)) : 0;
}

int aci_import(Store *s, const char *path, Digest *ret) {
        _cleanup_quarantine_ Quarantine q = QUARANTINE_NULL;
        _cleanup_image_ Image image = IMAGE_NULL;
        _cleanup_free_ char *name = NULL;
        Digest id;

        int r = quarantine_new(s, path, &q);
        if (r >= 0)
                r = copy_image(&q, path);
        if (r >= 0)
                r = copy_signature(&q, path);
        if (r >= 0)
                r = quarantine_admit(&q, &id);
        if (r >= 0)
                r = image_open(s, &id, &image);
        if (r >= 0)
                r = read_name(&image, path, &name);
        if (r >= 0)
                r = seal(&q, &id, path);
        if (r >= 0)
                r = image_finish(&image, name);
        if (r < 0)
                return r;

        *ret = id;
        return 0;
}
