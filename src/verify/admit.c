/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the arrow incoming → images.
 * Never: publishes a byte that was not judged: what goes to images/ is what the worker saw.
 * Follows: docs/ARCHITECTURE.md, "The quarantine", "How an image is judged". */

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "basic/cli.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "basic/process.h"
#include "basic/str.h"
#include "image/oci.h"
#include "store/image-dir.h"
#include "store/image-signatures.h"
#include "verify/aci.h"
#include "verify/admit.h"
#include "verify/record.h"

/* The files of images/ID: documents, and per signature up to four. */
typedef struct Files {
        ImageFile list[3 + 4 * TRUST_SIGNATURES_MAX];
        char *names[4 * TRUST_SIGNATURES_MAX];
        Blob digests[TRUST_SIGNATURES_MAX];
        size_t n, n_names, n_digests;
} Files;

static void files_done(Files *f) {
        for (size_t i = 0; i < f->n_names; i++)
                free(f->names[i]);
        for (size_t i = 0; i < f->n_digests; i++)
                blob_done(&f->digests[i]);
}

static void add(Files *f, const char *name, const Blob *data) {
        if (data->size > 0)
                f->list[f->n++] = (ImageFile) { .name = name, .data = data->data, .size = data->size };
}

static int add_signature_part(Files *f, const char *name, const char *ending, const Blob *data) {
        int r = str_printf(&f->names[f->n_names], "signatures/%s%s", name, ending);
        if (r < 0)
                return r;

        add(f, f->names[f->n_names++], data);
        return 0;
}

/* What the signatures of one OpenPGP file sign, a line each, so that they can be judged again without the
 * document. */
static int format_digests(const Answer *answer, uint32_t file, Blob *ret) {
        char *text = NULL;
        size_t size = 0;

        FILE *f = open_memstream(&text, &size);
        if (!f)
                return -ENOMEM;
        for (uint32_t i = 0; i < answer->n_documents; i++) {
                char digest[OPENPGP_DIGEST_TEXT_MAX] = "-";

                if (answer->documents[i].file != file)
                        continue;
                if (answer->documents[i].known)
                        openpgp_digest_format(&answer->documents[i].digest, digest);
                fprintf(f, "%s\n", digest);
        }
        if (fclose(f) == EOF) {
                free(text);
                return -ENOMEM;
        }

        *ret = (Blob) { .data = text, .size = size };
        return 0;
}

static bool has_name(const Files *f, const char *name) {
        for (size_t i = 0; i < f->n_names; i++)
                if (startswith(f->names[i] + strlen("signatures/"), name))
                        return true;
        return false;
}

static int add_signature(Files *f, const StoredSignature *s, uint32_t number, const Answer *signer) {
        const Blob source = { .data = s->source, .size = strlen(s->source) };
        const Blob *beside = &s->payload; /* empty if there is none */
        char name[33];
        int r = 0;

        if (s->kind == TRUST_SIGNATURE_OPENPGP && signer) {
                r = format_digests(signer, number, &f->digests[f->n_digests]);
                if (r < 0)
                        return r;
                beside = &f->digests[f->n_digests++];
        }
        r = stored_signature_name(s, beside, name);
        if (r < 0 || has_name(f, name))
                return r;

        r = add_signature_part(f, name, stored_signature_ending(s->kind), &s->signature);
        if (r >= 0)
                r = add_signature_part(f, name, ".source", &source);
        if (r >= 0 && beside->size > 0)
                r = add_signature_part(f, name, s->kind == TRUST_SIGNATURE_COSIGN ? ".payload" : ".digests",
                                       beside);
        return r;
}

static int add_signatures(Files *f, const Evidence *e, const Answer *signer) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < e->n_signatures; i++)
                r = add_signature(f, &e->signatures[i], i, signer);

        return r;
}

/* The image is there already: its documents are the same, but there may be new signatures and there is a
 * new verdict. */
static int add_to_known(Store *s, const Digest *id, const Files *f, const Blob *verdict) {
        _cleanup_close_ int image_fd = image_dir_open(s, id);
        int r = image_fd < 0 ? image_fd : 0;

        for (size_t i = 0; i < f->n && r >= 0; i++)
                if (startswith(f->list[i].name, "signatures/"))
                        r = image_signature_add(image_fd, f->list[i].name + strlen("signatures/"),
                                                f->list[i].data, f->list[i].size);
        if (r >= 0)
                r = image_signatures_trim(image_fd, TRUST_SIGNATURES_MAX);

        return r < 0 ? r : image_dir_set_verdict(image_fd, verdict->data, verdict->size);
}

/* Publishes. Returns 1 if the image is new, 0 if it was known. */
static int publish(Store *s, const Digest *id, const Evidence *e, const Blob *manifest, const Answer *signer,
                   const Blob *verdict) {
        _cleanup_(files_done) Files f = {};

        add(&f, "manifest", manifest);
        add(&f, "index", &e->index);
        add(&f, "verdict.json", verdict);
        int r = add_signatures(&f, e, signer);
        if (r < 0)
                return r;

        r = image_dir_publish(s, id, f.list, f.n);
        if (r == -EEXIST)
                return add_to_known(s, id, &f, verdict);

        return r < 0 ? r : 1;
}

/* It came through another index than before, and that is what is signed, or named by digest: without it the image
 * could not be started again. */
static int keep_index(Store *s, const Digest *id, const Evidence *e) {
        _cleanup_close_ int image_fd = image_dir_open(s, id);
        return image_fd < 0 ? image_fd : image_dir_set_index(image_fd, e->index.data, e->index.size);
}

static int format_verdict(const Judged *j, Blob *ret) {
        _cleanup_json_ Json *json = NULL;

        int r = record_json(j, &json);
        return r < 0 ? r : json_format(json, /* pretty= */ true, ret);
}

static int finish(Store *s, const Policy *policy, const Evidence *e, const Digest *id, const Blob *manifest,
                  const Answer *answer, const Answer *signer) {
        const char *name = answer->name[0] ? answer->name : e->name;
        const Judged judged = {
                .reference = answer->reference[0] ? answer->reference : e->text,
                .name = name,
                .id = id,
                .rule = name ? judge_rule(policy, name) : NULL,
                .evidence = e,
                .answer = answer,
        };
        _cleanup_blob_ Blob verdict = {};
        char text[DIGEST_TEXT_MAX];

        record_log(&judged);
        if (!answer->record.admitted)
                return record_refuse(&judged);
        if (answer->record.unenforced)
                log_warning("Admitted image '%s' only because its rule is not enforced: %s",
                            judged.reference, answer->record.reason);

        int r = format_verdict(&judged, &verdict);
        if (r >= 0)
                r = publish(s, id, e, manifest, signer, &verdict);
        if (r == 0 && judge_used_index(e, answer))
                r = keep_index(s, id, e);
        if (r < 0)
                return log_error_errno(r, "Cannot admit image '%s' to '%s': %m", judged.reference,
                                       store_path(s));

        digest_format_id(id, text);
        printf("%s %s\n", text, r > 0 ? "new" : "known");
        return fflush(stdout) == EOF ? -errno : 0;
}

static int admit_aci(Store *s, const Policy *policy, const Evidence *e) {
        _cleanup_blob_ Blob manifest = {};
        Answer signer = {}, answer = {};
        Digest id;

        int r = aci_judge(policy, e, &signer, &manifest, &id, &answer);
        return r < 0 ? r : finish(s, policy, e, &id, &manifest, &answer, &signer);
}

static int admit_oci(Store *s, const Policy *policy, const Evidence *e) {
        Answer answer = {};

        if (e->n_digests == 0)
                return log_error_errno(-ENODATA, "Cannot judge image '%s': there is no manifest", e->text);

        int r = judge_image(policy, e, &answer);
        if (r < 0)
                return log_error_errno(r, "Cannot judge image '%s': %s", e->text, user_strerror(r));

        return finish(s, policy, e, &e->digests[0], &e->manifest, &answer, NULL);
}

int admit(Store *s, const Policy *policy, const char *name, Reference *reference) {
        _cleanup_reference_ Reference *taken = reference;
        _cleanup_evidence_ Evidence e = EVIDENCE_NULL;

        _cleanup_close_ int dir_fd = in_charset(name, DIGITS "abcdef")
                                                     ? dir_open_at(store_incoming_fd(s), name, 0)
                                                     : -EINVAL;
        int r = dir_fd < 0 ? dir_fd : evidence_load(dir_fd, TAKE_PTR(taken), &e);
        if (r < 0)
                return log_error_errno(r, "Cannot read '%s/incoming/%s': %m", store_path(s), name);

        return e.document >= 0 ? admit_aci(s, policy, &e) : admit_oci(s, policy, &e);
}
