/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the order of things for an .aci: copied first, so that what is judged is what is used.
 * Never: opens the archive; seal-layer does, after gantry-verify has admitted it. Gives an image its name.
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
#include "fetch/sealer.h"
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

/* An ID is more than a name: it says which bytes. */
static int check_id(const Digest *asked, const Digest *id, char **reterr_why) {
        char expected[DIGEST_TEXT_MAX], actual[DIGEST_TEXT_MAX];

        if (!asked || digest_equal(asked, id))
                return 0;

        digest_format_id(asked, expected);
        digest_format_id(id, actual);
        int r = str_printf(reterr_why, "its ID is %s, asked for was %s", actual, expected);
        return r < 0 ? r : -EBADMSG;
}

static int check(const Aci *a, const AciImage *image) {
        _cleanup_free_ char *why = NULL;

        int r = check_id(a->id, &image->image.id, &why);
        if (r >= 0)
                r = check_asked(image->manifest, a->reference, &why);
        if (r >= 0)
                r = aci_check_platform(image->manifest, a->platform, &why);

        return r < 0 ? log_error_errno(r, "Cannot use '%s': %s", a->text, why ? why : strerror(-r)) : 0;
}

/* The bytes that were judged, unless somebody changed the quarantine meanwhile: then the digest is
 * another. */
static int seal(const Aci *a, const Quarantine *q, AciImage *image) {
        _cleanup_sealer_ Sealer sealer = SEALER_NULL;
        _cleanup_free_ char *what = NULL;
        const Digest *id = &image->image.id;
        Sealed sealed;

        int r = image_layers_find(a->store, id, id, &image->layer);
        if (r != -ENOENT)
                return r < 0 ? log_error_errno(r, "Cannot use the layer of '%s': %s", a->text,
                                               image_layers_strerror(r))
                             : 0;

        _cleanup_close_ int file = open_beneath(q->fd, ACI_ARCHIVE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
        r = file < 0 ? file : str_printf(&what, "'%s'", a->text);
        if (r < 0)
                return log_error_errno(r, "Cannot seal '%s': %m", a->text);

        r = sealer_start(a->store,
                         &(SealerInput) { .format = "aci",
                                          .file = file,
                                          .max = a->unpacked_max,
                                          .whitelist = aci_image_whitelist(image) },
                         &sealer);
        if (r >= 0)
                r = sealer_finish(&sealer, what, &sealed);
        if (r < 0)
                return r;
        if (!digest_equal(&sealed.tar, id)) {
                log_error("Cannot use '%s': it changed after it was admitted", a->text);
                return -EBADMSG;
        }

        image->unpacked = sealed.tar_size;
        return sealer_publish(&sealer, a->store, id, &sealed, &image->layer);
}

int aci_admit(const Aci *a, Quarantine *q, AciImage *ret) {
        _cleanup_aci_image_ AciImage image = ACI_IMAGE_NULL;

        int r = image_admit(a->store, q, &image.image);
        if (r >= 0)
                r = aci_image_read(&image, a->text);
        if (r >= 0)
                r = check(a, &image);
        if (r >= 0)
                r = seal(a, q, &image);
        if (r < 0)
                return r;

        *ret = image;
        image = ACI_IMAGE_NULL;
        return 0;
}

int aci_import(const Aci *a, AciImage *ret) {
        _cleanup_quarantine_ Quarantine q = QUARANTINE_NULL;

        int r = quarantine_new(a->store, a->text, &q);
        if (r >= 0)
                r = copy_archive(a, &q);
        if (r >= 0)
                r = copy_signature(a, &q);

        return r < 0 ? r : aci_admit(a, &q, ret);
}
