/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the signatures of an image on the way from files to the judge, and what detached ones were made over.
 * Never: runs outside a worker; takes a signature of one kind for another.
 * Follows: docs/ARCHITECTURE.md, "How an image is judged". */

#include <string.h>
#include <unistd.h>

#include "trust/openpgp-hash.h"
#include "verify/signatures.h"

/* All but OpenPGP's, of which one file has many. */
static void add_whole(Signatures *list, const StoredSignature *s, uint32_t file) {
        bool has_payload = s->kind == TRUST_SIGNATURE_COSIGN;
        const Blob *data = has_payload ? &s->payload : &s->signature;

        list->items[list->n++] = (TrustSignature) {
                .kind = s->kind,
                .source = s->source,
                .number = file,
                .data = cursor_of(data->data, data->size),
                .base64 = has_payload ? s->signature.data : NULL,
        };
}

/* What was computed at admission for the k-th signature of the file. */
static bool stored_digest(const StoredSignature *s, size_t k, OpenPgpDigest *ret) {
        const char *line = s->digests.data;
        char text[OPENPGP_DIGEST_TEXT_MAX] = "";

        for (; line && k > 0; k--) {
                line = strchr(line, '\n');
                line = line ? line + 1 : NULL;
        }
        if (!line || strcspn(line, "\n") >= sizeof(text))
                return false;
        memcpy(text, line, strcspn(line, "\n"));

        return openpgp_digest_parse(text, ret) >= 0;
}

/* One file, of however many signatures; of what is none is told, or people would look for what is there. */
static void add_openpgp(Signatures *list, const StoredSignature *s, uint32_t file) {
        char *why = NULL;

        if (openpgp_signatures_parse(s->signature.data, s->signature.size, &list->files[file], &why) < 0) {
                list->items[list->n++] = (TrustSignature) {
                        .kind = TRUST_SIGNATURE_OPENPGP,
                        .source = s->source,
                        .number = file,
                        .defect = why ? why : "out of memory",
                };
                return;
        }

        for (size_t k = 0; k < openpgp_signatures_count(list->files[file]) && list->n < TRUST_SIGNATURES_MAX;
             k++) {
                TrustSignature signature = {
                        .kind = TRUST_SIGNATURE_OPENPGP,
                        .source = s->source,
                        .number = file,
                        .openpgp = openpgp_signatures_at(list->files[file], k),
                };

                signature.has_document = stored_digest(s, k, &signature.document);
                list->items[list->n++] = signature;
        }
}

Signatures *signatures_parse(const Evidence *e) {
        Signatures *list = calloc(1, sizeof(Signatures));

        for (size_t i = 0; list && i < e->n_signatures && list->n < TRUST_SIGNATURES_MAX; i++) {
                bool detached = e->signatures[i].kind == TRUST_SIGNATURE_OPENPGP;

                if (detached && e->is_file)
                        add_openpgp(list, &e->signatures[i], i);
                else if (!detached && !e->is_file)
                        add_whole(list, &e->signatures[i], i);
        }

        return list;
}

/* Hashes the document for all signatures of one file in one pass. */
static int hash_document(int fd, const OpenPgpSignatures *signatures, OpenPgpHash **ret) {
        _cleanup_openpgp_hash_ OpenPgpHash *hash = NULL;
        static uint8_t buffer[256 * 1024];
        off_t offset = 0;

        int r = openpgp_hash_new(signatures, &hash);
        if (r < 0)
                return r;

        for (;;) {
                ssize_t n = pread(fd, buffer, sizeof(buffer), offset);
                if (n < 0)
                        return -errno;
                if (n == 0)
                        break;
                openpgp_hash_update(hash, buffer, n);
                offset += n;
        }

        *ret = TAKE_PTR(hash);
        return 0;
}

int signatures_hash(const Evidence *e, Signatures *list, Answer *answer) {
        _cleanup_openpgp_hash_ OpenPgpHash *hash = NULL;
        uint32_t hashed = UINT32_MAX;
        size_t first = 0; /* signature of that file */

        for (size_t i = 0; i < list->n; i++) {
                TrustSignature *s = &list->items[i];

                if (!s->openpgp)
                        continue;
                if (hashed != s->number) {
                        hash = openpgp_hash_free(hash);
                        int r = hash_document(e->document, list->files[s->number], &hash);
                        if (r < 0)
                                return r;
                        hashed = s->number;
                        first = i;
                }

                s->has_document = openpgp_hash_final(hash, i - first, &s->document) >= 0;
                answer->documents[answer->n_documents].file = s->number;
                answer->documents[answer->n_documents].known = s->has_document;
                answer->documents[answer->n_documents++].digest = s->document;
        }

        return 0;
}

void signatures_take_documents(const Answer *signer, Signatures *list) {
        for (size_t i = 0, k = 0; i < list->n; i++)
                if (list->items[i].openpgp && k < signer->n_documents) {
                        list->items[i].has_document = signer->documents[k].known;
                        list->items[i].document = signer->documents[k++].digest;
                }
}
