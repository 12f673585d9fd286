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
#include "image/hasher.h"
#include "image/json.h"
#include "image/oci.h"
#include "verify/judge.h"
#include "verify/signatures.h"

#define VERIFY_USER "gantry-verify"

typedef struct Task {
        const Policy *policy;
        const Evidence *evidence;
        const Answer *signer;
        const Blob *manifest;
} Task;

static void refuse(Answer *answer, const char *format, ...) _printf_(2, 3);
static void refuse(Answer *answer, const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        answer->record.magic = TRUST_RECORD_MAGIC;
        answer->record.admitted = 0;
        (void) vsnprintf(answer->record.reason, sizeof(answer->record.reason), format, ap);
        va_end(ap);
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
                   const Signatures *list, Answer *answer) {
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
                    list->items, list->n, time(NULL), &answer->record);
}

static void work_signer(void *userdata, void *ret) {
        const Task *t = userdata;
        Answer *answer = ret;
        TrustKey **keys = NULL;
        size_t n_keys = 0;

        Signatures *list = signatures_parse(t->evidence);
        int r = list ? policy_parse_keys(t->policy, NULL, &keys, &n_keys, NULL) : -ENOMEM;
        if (r >= 0)
                r = signatures_hash(t->evidence, list, answer);
        if (r < 0)
                refuse(answer, "%s", strerror(-r));
        else
                trust_judge_signer(keys, n_keys, list->items, list->n, time(NULL), &answer->record);
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

        Signatures *list = signatures_parse(t->evidence);
        if (!list)
                refuse(answer, "out of memory");
        else
                decide(t->policy, judge_rule(t->policy, t->evidence->name), t->evidence, t->evidence->name,
                       list, answer);
}

static void work_aci(void *userdata, void *ret) {
        const Task *t = userdata;
        Answer *answer = ret;

        if (name_aci(t->manifest, answer) < 0)
                return;

        Signatures *list = signatures_parse(t->evidence);
        if (!list) {
                refuse(answer, "out of memory");
                return;
        }
        signatures_take_documents(t->signer, list);
        decide(t->policy, judge_rule(t->policy, answer->name), t->evidence, answer->name, list, answer);
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

        Signatures *list = signatures_parse(e);
        r = list ? 0 : -ENOMEM;
        if (r >= 0 && e->document >= 0)
                r = signatures_hash(e, list, answer);
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
                    list->items, list->n, time(NULL), &answer->record);
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
