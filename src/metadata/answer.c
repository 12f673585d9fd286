/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: which answer a request of the metadata service gets.
 * Never: answers whoever does not know the token; says in which way a signature is wrong.
 * Follows: App Container spec 0.8.11, ace.md, "App Container Metadata Service". */

#include <errno.h>
#include <stdio.h>

#include "basic/base64.h"
#include "basic/str.h"
#include "metadata/answer.h"
#include "metadata/form.h"
#include "pod/metadata.h"

static const char text_type[] = "text/plain; charset=us-ascii";

/* Passes over "/TOKEN/acMetadata/v1". 0, or the status. */
static unsigned enter(const MetadataPod *pod, Cursor *path) {
        static const char base[] = METADATA_PATH;
        size_t n = strlen(pod->token);
        Cursor slash, token, rest;

        if (!cursor_take(path, 1, &slash) || !cursor_take(path, n, &token) ||
            !secret_equal(token.p, pod->token, n))
                return 403;

        return cursor_take(path, strlen(base), &rest) && memcmp(rest.p, base, rest.n) == 0 ? 0 : 404;
}

static int ask(const MetadataPod *pod, const HttpRequest *q, const KeeperRequest *request,
               KeeperAnswer *ret) {
        _cleanup_blob_ Blob content = {};

        int r = form_get(q->body, "content", &content);
        if (r >= 0)
                r = keeper_ask(pod->keeper, request, content.data, content.size, ret);

        return r < 0 ? r : ret->error;
}

static int sign(const MetadataPod *pod, const HttpRequest *q, Answer *a) {
        _cleanup_free_ char *text = NULL;
        KeeperAnswer signature;

        int r = ask(pod, q, &(KeeperRequest) {}, &signature);
        if (r >= 0)
                r = base64_encode(cursor_of(signature.signature, HMAC_SIZE), &text);
        if (r < 0)
                return r;

        (void) snprintf(a->text, sizeof(a->text), "%s", text);
        a->body = a->text;
        a->size = strlen(a->text);
        return 0;
}

/* What cannot be a pod's UUID or a signature is as wrong as one that does not fit. */
static int read_claim(Cursor form, KeeperRequest *ret) {
        _cleanup_blob_ Blob uuid = {}, text = {}, signature = {};

        int r = form_get(form, "uuid", &uuid);
        if (r >= 0)
                r = form_get(form, "signature", &text);
        if (r < 0)
                return r;

        r = metadata_uuid(uuid.data, ret->uuid);
        if (r >= 0)
                r = base64_decode(cursor_of(text.data, text.size), &signature);
        if (r == -ENOMEM)
                return r;
        if (r < 0 || strlen(uuid.data) != uuid.size || signature.size != HMAC_SIZE)
                return -EKEYREJECTED;

        memcpy(ret->signature, signature.data, HMAC_SIZE);
        return 0;
}

static int verify(const MetadataPod *pod, const HttpRequest *q) {
        KeeperRequest request = {};
        KeeperAnswer unused;

        int r = read_claim(q->body, &request);
        return r < 0 ? r : ask(pod, q, &request, &unused);
}

static bool is(Cursor path, const char *word) {
        return path.n == strlen(word) && memcmp(path.p, word, path.n) == 0;
}

/* Even where there is nothing but the status to say, it is said in a type. */
static unsigned say(int r, Answer *a) {
        switch (r) {
        case 0: a->type = text_type; return 200;
        case -EKEYREJECTED: return 403;
        case -ENOENT: /* a field that is missing */
        case -EBADMSG: return 400;
        default: return 500;
        }
}

static unsigned post(const MetadataPod *pod, Cursor path, const HttpRequest *q, Answer *a) {
        if (is(path, "/pod/hmac/sign"))
                return say(sign(pod, q, a), a);
        if (is(path, "/pod/hmac/verify"))
                return say(verify(pod, q), a);

        return documents_find(&pod->documents, path) ? 405 : 404;
}

static unsigned get(const MetadataPod *pod, Cursor path, Answer *a) {
        const Document *d = documents_find(&pod->documents, path);
        if (!d)
                return is(path, "/pod/hmac/sign") || is(path, "/pod/hmac/verify") ? 405 : 404;

        a->type = d->type;
        a->body = d->body.data;
        a->size = d->body.size;
        return 200;
}

void answer_make(const MetadataPod *pod, const HttpRequest *q, Answer *ret) {
        Cursor path = q->target;

        *ret = (Answer) { .status = q->status };
        if (ret->status == 0)
                ret->status = enter(pod, &path);
        if (ret->status == 0)
                ret->status = q->method == HTTP_POST ? post(pod, path, q, ret) : get(pod, path, ret);
}
