/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what is done inside the worker: parse keys, signatures and manifests, compute, decide.
 * Never: runs in a process that could do more than answer.
 * Follows: reference order of the checks: docs/ARCHITECTURE.md, "How an image is judged". */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "basic/str.h"
#include "basic/strv.h"
#include "basic/worker.h"
#include "image/appc.h"
#include "image/json.h"
#include "image/oci.h"
#include "trust/openpgp-hash.h"
#include "verify/judge.h"

#define VERIFY_USER "gantry-verify"

typedef struct Task {
        const Policy *policy;
        const Evidence *evidence;
        const Answer *signer;
        const Blob *manifest;
} Task;

/* Signatures as trust_judge() takes them. They borrow from the parsed files beside them. */
typedef struct Parsed {
        OpenPgpSignatures *files[TRUST_SIGNATURES_MAX];
        TrustSignature signatures[TRUST_SIGNATURES_MAX];
        size_t n;
} Parsed;

static void refuse(Answer *answer, const char *format, ...) _printf_(2, 3);
static void refuse(Answer *answer, const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        answer->record.magic = TRUST_RECORD_MAGIC;
        answer->record.admitted = 0;
        (void) vsnprintf(answer->record.reason, sizeof(answer->record.reason), format, ap);
        va_end(ap);
}

/* All but OpenPGP's, of which one file has many. */
static void add_whole(Parsed *p, const StoredSignature *s, uint32_t file) {
        bool has_payload = s->kind == TRUST_SIGNATURE_COSIGN;
        const Blob *data = has_payload ? &s->payload : &s->signature;

        p->signatures[p->n++] = (TrustSignature) {
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
static void add_openpgp(Parsed *p, const StoredSignature *s, uint32_t file) {
        char *why = NULL;

        if (openpgp_signatures_parse(s->signature.data, s->signature.size, &p->files[file], &why) < 0) {
                p->signatures[p->n++] = (TrustSignature) {
                        .kind = TRUST_SIGNATURE_OPENPGP,
                        .source = s->source,
                        .number = file,
                        .defect = why ? why : "out of memory",
                };
                return;
        }

        for (size_t k = 0; k < openpgp_signatures_count(p->files[file]) && p->n < TRUST_SIGNATURES_MAX;
             k++) {
                TrustSignature signature = {
                        .kind = TRUST_SIGNATURE_OPENPGP,
                        .source = s->source,
                        .number = file,
                        .openpgp = openpgp_signatures_at(p->files[file], k),
                };

                signature.has_document = stored_digest(s, k, &signature.document);
                p->signatures[p->n++] = signature;
        }
}

/* A detached signature is on a file: it says nothing about a manifest, whatever is written beside it. The others
 * say nothing about a file. */
static Parsed *parse_signatures(const Evidence *e) {
        Parsed *p = calloc(1, sizeof(Parsed));

        for (size_t i = 0; p && i < e->n_signatures && p->n < TRUST_SIGNATURES_MAX; i++) {
                bool detached = e->signatures[i].kind == TRUST_SIGNATURE_OPENPGP;

                if (detached && e->is_file)
                        add_openpgp(p, &e->signatures[i], i);
                else if (!detached && !e->is_file)
                        add_whole(p, &e->signatures[i], i);
        }

        return p;
}

size_t judge_count_digests(const Evidence *e) {
        _cleanup_(oci_index_freep) OciIndex *index = NULL;

        if (e->n_digests < 2 || oci_index_parse(e->index.data, e->index.size, &index, NULL) < 0)
                return MIN(e->n_digests, (size_t) 1);
        for (size_t i = 0; i < index->n_manifests; i++)
                if (digest_equal(&index->manifests[i].digest, &e->digests[0]))
                        return 2;

        return 1;
}

/* The reference must mean what is judged, or a pin would pin nothing. */
static bool pin_matches(const Evidence *e, size_t n_digests) {
        for (size_t i = 0; i < n_digests; i++)
                if (digest_equal(&e->reference->digest, &e->digests[i]))
                        return true;

        return false;
}

/* The decision proper: rule, its keys, the signatures. */
static void decide(const Policy *policy, const Rule *rule, const Evidence *e, const char *name,
                   const Parsed *p, Answer *answer) {
        bool pinned = e->reference && e->reference->has_digest;
        _cleanup_free_ char *why = NULL;
        TrustKey **keys = NULL;
        size_t n_keys = 0, n_digests = judge_count_digests(e);

        if (pinned && !pin_matches(e, n_digests)) {
                refuse(answer, "the manifest is not the one that the reference names");
                return;
        }
        if (rule && !rule->broken && policy_parse_keys(policy, rule, &keys, &n_keys, &why) < 0) {
                refuse(answer, "%s", why ? why : "out of memory");
                return;
        }

        trust_judge(rule, keys, n_keys,
                    &(TrustSubject) {
                                    .name = name,
                                    .text = e->text,
                                    .reference = e->reference,
                                    .digests = e->digests,
                                    .n_digests = n_digests,
                                    .pinned = pinned,
                    },
                    p->signatures, p->n, time(NULL), &answer->record);
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

static int hash_signatures(const Evidence *e, Parsed *p, Answer *answer) {
        _cleanup_openpgp_hash_ OpenPgpHash *hash = NULL;
        uint32_t hashed = UINT32_MAX;
        size_t first = 0; /* signature of that file */

        for (size_t i = 0; i < p->n; i++) {
                TrustSignature *s = &p->signatures[i];

                if (!s->openpgp)
                        continue;
                if (hashed != s->number) {
                        hash = openpgp_hash_free(hash);
                        int r = hash_document(e->document, p->files[s->number], &hash);
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

static void work_signer(void *userdata, void *ret) {
        const Task *t = userdata;
        Answer *answer = ret;
        TrustKey **keys = NULL;
        size_t n_keys = 0;

        Parsed *p = parse_signatures(t->evidence);
        int r = p ? policy_parse_keys(t->policy, NULL, &keys, &n_keys, NULL) : -ENOMEM;
        if (r >= 0)
                r = hash_signatures(t->evidence, p, answer);
        if (r < 0)
                refuse(answer, "%s", strerror(-r));
        else
                trust_judge_signer(keys, n_keys, p->signatures, p->n, time(NULL), &answer->record);
}

/* What judge_signer() computed, by the same order. */
static void take_documents(const Answer *signer, Parsed *p) {
        for (size_t i = 0, k = 0; i < p->n; i++)
                if (p->signatures[i].openpgp && k < signer->n_documents) {
                        p->signatures[i].has_document = signer->documents[k].known;
                        p->signatures[i].document = signer->documents[k++].digest;
                }
}

static int name_aci(const Blob *manifest, Answer *answer) {
        _cleanup_reference_ Reference *reference = NULL;
        _cleanup_(appc_image_freep) AppcImage *image = NULL;
        _cleanup_free_ char *why = NULL;

        int r = appc_image_parse(manifest->data, manifest->size, &image, &why);
        if (r < 0) {
                refuse(answer, "its manifest is not valid: %s", why ? why : strerror(-r));
                return r;
        }

        int n = snprintf(answer->name, sizeof(answer->name), "aci:%s", image->name);
        if (n >= (int) sizeof(answer->name)) {
                refuse(answer, "its name is too long");
                return -ENAMETOOLONG;
        }

        /* A version that a reference cannot spell, or a terminal not show, is left out: the name alone is enough to
         * judge by. */
        const char *version = pairs_get(&image->labels, "version");
        _cleanup_free_ char *escaped =
                        version ? str_escape(version, strlen(version), strlen(version)) : NULL;
        if (version && (!escaped || !streq(escaped, version)))
                version = NULL;
        n = snprintf(answer->reference, sizeof(answer->reference), "%s%s%s", answer->name,
                     version ? ":" : "", version ? version : "");
        if (n >= (int) sizeof(answer->reference) || reference_parse(answer->reference, &reference, NULL) < 0)
                memcpy(answer->reference, answer->name, sizeof(answer->name));

        return 0;
}

/* An ACI is judged by the name that it has itself. */
static bool name_agrees(const Evidence *e, Answer *answer) {
        if (!e->is_file)
                return true;
        if (name_aci(&e->manifest, answer) < 0)
                return false;
        if (streq(answer->name, e->name))
                return true;

        refuse(answer, "it is asked for as '%s', but its manifest says '%s'", e->name, answer->name);
        return false;
}

static void work_image(void *userdata, void *ret) {
        const Task *t = userdata;
        Answer *answer = ret;

        if (!name_agrees(t->evidence, answer))
                return;

        Parsed *p = parse_signatures(t->evidence);
        if (!p)
                refuse(answer, "out of memory");
        else
                decide(t->policy, judge_rule(t->policy, t->evidence->name), t->evidence, t->evidence->name,
                       p, answer);
}

static void work_aci(void *userdata, void *ret) {
        const Task *t = userdata;
        Answer *answer = ret;

        if (name_aci(t->manifest, answer) < 0)
                return;

        Parsed *p = parse_signatures(t->evidence);
        if (!p) {
                refuse(answer, "out of memory");
                return;
        }
        take_documents(t->signer, p);
        decide(t->policy, judge_rule(t->policy, answer->name), t->evidence, answer->name, p, answer);
}

static void work_by_keys(void *userdata, void *ret) {
        const Task *t = userdata;
        const Evidence *e = t->evidence;
        Answer *answer = ret;
        _cleanup_free_ char *why = NULL;
        _cleanup_strv_ char **paths = NULL;
        TrustKey **keys = NULL;
        size_t n_keys = 0;
        int r = 0;

        for (size_t i = 0; i < t->policy->n_keys && r >= 0; i++)
                r = strv_add(&paths, t->policy->keys[i].path);
        const Rule rule = {
                .file = (char *) "--key=",
                .prefix = (char *) "*",
                .require = RULE_REQUIRE_SIGNATURE,
                .threshold = 1,
                .enforce = true,
                .signed_name = e->reference ? RULE_SIGNED_NAME_REPOSITORY : RULE_SIGNED_NAME_ANY,
                .keys = paths,
        };
        if (r >= 0)
                r = policy_parse_keys(t->policy, &rule, &keys, &n_keys, &why);
        if (r < 0) {
                refuse(answer, "%s", why ? why : strerror(-r));
                return;
        }

        Parsed *p = parse_signatures(e);
        r = p ? 0 : -ENOMEM;
        if (r >= 0 && e->document >= 0)
                r = hash_signatures(e, p, answer);
        if (r < 0) {
                refuse(answer, "%s", strerror(-r));
                return;
        }

        trust_judge(&rule, keys, n_keys,
                    &(TrustSubject) {
                                    .name = e->name ? e->name : "",
                                    .text = e->text,
                                    .reference = e->reference,
                                    .digests = e->digests,
                                    .n_digests = e->n_digests,
                    },
                    p->signatures, p->n, time(NULL), &answer->record);
}

static int run(void (*work)(void *userdata, void *answer), Task *task, Answer *ret) {
        int r = crypto_init();
        if (r < 0)
                return r;
        json_init();
        tzset();

        r = worker_run(
                        &(Worker) {
                                        .work = work,
                                        .userdata = task,
                                        .user = VERIFY_USER,
                                        .read = &task->evidence->document,
                                        .n_read = task->evidence->document >= 0 ? 1 : 0,
                        },
                        ret, sizeof(*ret));
        if (r == -EPROTO) {
                *ret = (Answer) {};
                refuse(ret, "the verifier died of it");
                return 0;
        }

        return r < 0 ? r : answer_check(ret, task->evidence->n_signatures);
}

const Rule *judge_rule(const Policy *policy, const char *name) {
        return rule_set_match(policy->rules, name);
}

bool judge_used_index(const Evidence *e, const Answer *answer) {
        const TrustAttempt *a;

        if (e->n_digests < 2)
                return false;
        if (e->reference->has_digest && digest_equal(&e->reference->digest, &e->digests[1]))
                return true;
        for (size_t i = 0; (a = trust_record_next_good(&answer->record, &i));)
                if (a->digest == 1)
                        return true;

        return false;
}

int judge_image(const Policy *policy, const Evidence *e, Answer *ret) {
        return run(work_image, &(Task) { .policy = policy, .evidence = e }, ret);
}

int judge_signer(const Policy *policy, const Evidence *e, Answer *ret) {
        return run(work_signer, &(Task) { .policy = policy, .evidence = e }, ret);
}

int judge_aci(const Policy *policy, const Evidence *e, const Answer *signer, const Blob *manifest,
              Answer *ret) {
        return run(work_aci,
                   &(Task) { .policy = policy, .evidence = e, .signer = signer, .manifest = manifest }, ret);
}

int judge_by_keys(const Policy *keys, const Evidence *e, Answer *ret) {
        return run(work_by_keys, &(Task) { .policy = keys, .evidence = e }, ret);
}
