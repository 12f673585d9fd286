/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: reading what an image is judged by.
 * Never: parses any of it.
 * Follows: docs/ARCHITECTURE.md, "The quarantine". */

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "image/hasher.h"
#include "image/oci.h"
#include "trust/bundle.h"
#include "trust/cosign.h"
#include "trust/simple-signing.h"
#include "verify/evidence.h"

#define SOURCE_MAX 4096U

void evidence_done(Evidence *e) {
        for (size_t i = 0; i < e->n_signatures; i++) {
                StoredSignature *s = &e->signatures[i];

                free(s->name);
                free(s->source);
                blob_done(&s->payload);
                blob_done(&s->signature);
                blob_done(&s->digests);
        }
        free(e->signatures);
        free(e->name);
        free(e->text);
        reference_free(e->reference);
        blob_done(&e->manifest);
        blob_done(&e->index);
        fd_close(e->document);
        *e = EVIDENCE_NULL;
}

/* The quarantine belongs to a process that spoke with the network: no links, nothing but files. */
static int open_file(int dir_fd, const char *name) {
        struct stat st;

        _cleanup_close_ int fd =
                        openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
        if (fd < 0)
                return -errno;
        if (fstat(fd, &st) < 0)
                return -errno;

        return S_ISREG(st.st_mode) ? TAKE_FD(fd) : -EINVAL;
}

/* An absent file is an empty blob. */
static int read_file(int dir_fd, const char *name, size_t limit, Blob *ret) {
        _cleanup_close_ int fd = open_file(dir_fd, name);
        if (fd == -ENOENT)
                return 0;

        return fd < 0 ? fd : fd_read_blob(fd, limit, ret);
}

static int read_part(int dir_fd, const char *name, const char *ending, size_t limit, Blob *ret) {
        _cleanup_free_ char *file = NULL;

        int r = str_printf(&file, "%s.%s", name, ending);
        return r < 0 ? r : read_file(dir_fd, file, limit, ret);
}

static const struct {
        const char *ending;
        size_t limit;
} kinds[_TRUST_SIGNATURE_KIND_MAX] = {
        [TRUST_SIGNATURE_COSIGN] = { ".signature", COSIGN_SIGNATURE_MAX },
        [TRUST_SIGNATURE_BUNDLE] = { ".bundle", BUNDLE_MAX },
        [TRUST_SIGNATURE_SIMPLE] = { ".simple", SIMPLE_SIGNATURE_MAX },
        [TRUST_SIGNATURE_OPENPGP] = { ".asc", OPENPGP_SIGNATURE_SIZE_MAX },
};

const char *stored_signature_ending(TrustSignatureKind kind) {
        return kinds[kind].ending;
}

size_t stored_signature_limit(TrustSignatureKind kind) {
        return kinds[kind].limit;
}

int stored_signature_name(const StoredSignature *s, const Blob *beside, char ret[static 33]) {
        _cleanup_(hasher_freep) Hasher *h = NULL;
        _cleanup_free_ char *head = NULL;
        char hex[DIGEST_TEXT_MAX];
        Digest digest;

        int r = hasher_new(DIGEST_SHA256, &h);
        if (r >= 0)
                r = str_printf(&head, "%s %zu ", kinds[s->kind].ending, s->signature.size);
        if (r < 0)
                return r;

        hasher_update(h, head, strlen(head));
        hasher_update(h, s->signature.data, s->signature.size);
        hasher_update(h, beside->data, beside->size);
        hasher_final(h, &digest);

        hex_encode(digest.bytes, 16, hex);
        memcpy(ret, hex, 33);
        return 0;
}

/* Is it the file that makes a signature, rather than one that goes with it? */
static bool find_kind(const char *file, TrustSignatureKind *ret) {
        for (size_t i = 0; i < ELEMENTSOF(kinds); i++)
                if (endswith(file, kinds[i].ending)) {
                        *ret = i;
                        return true;
                }

        return false;
}

/* Where the document itself is, what somebody says was computed over it counts for nothing. */
static int load_signature(int dir_fd, const char *file, TrustSignatureKind kind, bool has_document,
                          StoredSignature *s) {
        _cleanup_blob_ Blob source = {};

        s->kind = kind;
        s->name = strndup(file, strrchr(file, '.') - file);
        if (!s->name)
                return -ENOMEM;

        int r = read_file(dir_fd, file, kinds[kind].limit, &s->signature);
        if (r >= 0 && kind == TRUST_SIGNATURE_COSIGN)
                r = read_part(dir_fd, s->name, "payload", COSIGN_PAYLOAD_MAX, &s->payload);
        if (r >= 0 && kind == TRUST_SIGNATURE_OPENPGP && !has_document)
                r = read_part(dir_fd, s->name, "digests", OPENPGP_SIGNATURE_SIZE_MAX, &s->digests);
        if (r >= 0)
                r = read_part(dir_fd, s->name, "source", SOURCE_MAX, &source);
        if (r >= 0)
                r = str_copy(source.data ? source.data : file, &s->source);

        return r;
}

static int load_signatures(int dir_fd, Evidence *e) {
        _cleanup_closedir_ DIR *d = NULL;

        int r = dir_stream_at(dir_fd, "signatures", &d);
        if (r < 0)
                return r == -ENOENT ? 0 : r;

        e->signatures = calloc(TRUST_SIGNATURES_MAX, sizeof(StoredSignature));
        if (!e->signatures)
                return -ENOMEM;

        for (struct dirent *entry; (entry = readdir(d));) {
                TrustSignatureKind kind;

                if (!find_kind(entry->d_name, &kind))
                        continue;
                if (e->n_signatures >= TRUST_SIGNATURES_MAX)
                        return -E2BIG;
                r = load_signature(dirfd(d), entry->d_name, kind, e->document >= 0,
                                   &e->signatures[e->n_signatures++]);
                if (r < 0)
                        return r;
        }

        return 0;
}

static int add_digest(Evidence *e, const Blob *document) {
        if (document->size == 0)
                return 0;

        int r = digest_of(DIGEST_SHA256, document->data, document->size, &e->digests[e->n_digests]);
        if (r >= 0)
                e->n_digests++;
        return r;
}

static int load_document(int dir_fd, Evidence *e) {
        int fd = open_file(dir_fd, "image.aci");
        if (fd < 0)
                return fd == -ENOENT ? 0 : fd;

        e->document = fd;
        e->is_file = true;
        return 0;
}

int evidence_load(int dir_fd, Reference *reference, Evidence *ret) {
        _cleanup_evidence_ Evidence e = EVIDENCE_NULL;
        int r;

        e.reference = reference;
        r = reference_format(e.reference, &e.text);
        if (r >= 0) {
                r = reference_name(e.reference, &e.name);
                if (r == -ENODATA)
                        r = 0;
        }
        if (r >= 0)
                r = read_file(dir_fd, "manifest", OCI_DOCUMENT_MAX, &e.manifest);
        if (r >= 0)
                r = read_file(dir_fd, "index", OCI_DOCUMENT_MAX, &e.index);
        if (r >= 0)
                r = add_digest(&e, &e.manifest);
        if (r >= 0)
                r = add_digest(&e, &e.index);
        if (r >= 0)
                r = load_document(dir_fd, &e);
        if (r >= 0)
                r = load_signatures(dir_fd, &e);
        if (r < 0)
                return r;

        *ret = e;
        e = EVIDENCE_NULL;
        return 0;
}
